/**
 * The objectives of energies on any executor, over a space so small that a batch is all of it: R3, R4, R6, R8 and R20. Each
 * check gives the largest deviation from the exact value, in f64. Without a test framework, so that every runtime can run
 * them.
 */
import { axis } from '../../../lib/axis.ts'
import { exactDivergence, exactNceGradient, exactNceLoss } from '../../../lib/energy/index.ts'
import type { Executor } from '../../../lib/executor.ts'
import type { Expr, Tensor } from '../../../lib/expr.ts'
import { gradient } from '../../../lib/grad.ts'
import { at } from '../../../lib/at.ts'
import { logSumExp } from '../../../lib/math.ts'
import { gather } from '../../../lib/ops/gather.ts'
import { input, literalIntegers } from '../../../lib/ops/layout.ts'
import { negate } from '../../../lib/ops/pointwise.ts'
import { evaluateOn } from '../../../lib/program.ts'
import {
  importanceLikelihood,
  type Mix,
  noiseContrastive,
  type Objective,
} from '../../../lib/systems/residual/objective.ts'
import { run } from '../../either.ts'
import { declared } from '../../../lib/phantom.ts'

/** A property on one executor: its title, and how far the executor is from what must hold. */
export interface Check {
  readonly title: string
  readonly deviation: (executor: Executor) => Promise<number>
}

/** Deviations of f64: sums of at most 24 terms of size up to 4. */
export const F64 = 1e-13

/** Deviations of f32: sums of at most 24 terms of size up to 4, 2⁻²³·8·(2 + log₂ 24)·4 (a running-error bound). */
export const F32 = 2.6e-5

const [POINTS, DATA, NOISE] = [4, [0, 0, 0, 0, 1, 1, 2, 3], [0, 0, 1, 1, 2, 2, 3, 3]] as const
const p = [0.5, 0.25, 0.125, 0.125]
const q = [0.25, 0.25, 0.25, 0.25]
/** Energies that f32 holds exactly. */
const energies = Float64Array.of(0.75, -1.25, 2.5, -0.5)
const best = Float64Array.from(p, (x, i) => Math.log(at(q, i) / x))

const most = (deviations: readonly number[]): number => deviations.reduce((a, b) => (b <= a ? a : b), 0)
const away = (found: ArrayLike<number>, wanted: ArrayLike<number>): number =>
  most(Array.from(wanted, (w, i) => Math.abs(at(found, i) - w)))
const wide = (x: Expr): Tensor<'batch' | '1'> => declared(x)

/** Loss and gradient with respect to a table of energies, of a batch of its points. */
const overTable = async (
  executor: Executor,
  picks: readonly number[],
  objective: (logits: Tensor<'batch' | '1'>) => Objective,
  values: Float64Array,
) => {
  const point = axis('point', POINTS)
  const table = input('table', point)
  const batch = gather(point)(table, literalIntegers(Int32Array.from(picks), axis('batch', picks.length)))
  const { loss } = objective(negate(wide(batch)))
  const slopes = gradient(loss, { table })
  const out = await run(evaluateOn(executor)({ loss, slope: slopes.table }, { table: values }))
  return { loss: out.loss?.data[0] ?? Number.NaN, slope: Array.from(out.slope?.data ?? []) }
}

const contrastive = (executor: Executor, ratio: number, values: Float64Array) => {
  const mix: Mix = { data: DATA.length, ratio }
  const noise = Array.from({ length: ratio }, () => NOISE).flat()
  return overTable(executor, [...DATA, ...noise], (logits) => noiseContrastive(logits, mix), values)
}

const ofLogits = (values: Float64Array): Float64Array => values.map((e) => -e)

const whole =
  (ratio: number) =>
  async (executor: Executor): Promise<number> => {
    const found = await contrastive(executor, ratio, energies)
    const slope = exactNceGradient(p, q, ofLogits(energies), ratio).map((g) => -g)
    return most([away([found.loss], [exactNceLoss(p, q, ofLogits(energies), ratio)]), away(found.slope, slope)])
  }

const optimum =
  (ratio: number) =>
  async (executor: Executor): Promise<number> =>
    away((await contrastive(executor, ratio, best)).slope, new Float64Array(POINTS))

const atTheBest = async (executor: Executor): Promise<number> => {
  const middle = p.map((x, i) => Math.log((x + at(q, i)) / 2))
  const divergence = (exactDivergence(p.map(Math.log), middle) + exactDivergence(q.map(Math.log), middle)) / 2
  return away([(await contrastive(executor, 1, best)).loss], [2 * Math.LN2 - 2 * divergence])
}

/** Relative to |E|: of one datum and one row of noise with the same logit one loses |E| and the other nothing. */
const extreme = async (executor: Executor): Promise<number> => {
  const deviations: number[] = []
  const x: Tensor<'batch' | '1'> = input('logits', axis('batch', 2))
  const { loss } = noiseContrastive(x, { data: 1, ratio: 1 })
  const named = { loss, slope: gradient(loss, { x }).x }
  for (const e of [88, 89, 1e3, 1e4, 3e38].flatMap((size) => [Math.fround(size), Math.fround(-size)])) {
    const out = await run(evaluateOn(executor)(named, { logits: Float64Array.of(e, e) }))
    const [data = Number.NaN, noise = Number.NaN] = Array.from(out.slope?.data ?? [])
    deviations.push(Math.abs((out.loss?.data[0] ?? Number.NaN) / Math.abs(e) - 1))
    deviations.push(away([data, noise], e > 0 ? [0, 1] : [-1, 0]))
  }
  return deviations.some(Number.isNaN) ? Number.POSITIVE_INFINITY : most(deviations)
}

const importance = async (executor: Executor): Promise<number> => {
  const mix: Mix = { data: 1, ratio: POINTS }
  const found = await overTable(executor, [2, 0, 1, 2, 3], (s) => importanceLikelihood(s, mix), energies)
  const total = logSumExp(ofLogits(energies))
  const slope = energies.map((e, i) => (i === 2 ? 1 : 0) - Math.exp(-e - total))
  return most([away([found.loss], [at(energies, 2) + total - Math.log(POINTS)]), away(found.slope, slope)])
}

/** The properties of the objectives that executors must have. */
export const objectiveChecks: readonly Check[] = [
  { title: 'R3: over the whole space the NCE loss and its gradient are those of the expectation', deviation: whole(1) },
  { title: 'R4: at E* = log q − log p the gradient is 0', deviation: optimum(1) },
  { title: 'R4: at E* the loss is 2 ln 2 − 2 JSD(p, q)', deviation: atTheBest },
  { title: 'R6: with ν = 3 rows of noise a datum too, log ν in the logit', deviation: whole(3) },
  { title: 'R6: with ν = 3 the optimum is the same E*', deviation: optimum(3) },
  { title: 'R8: energies of ±88 to ±3e38 cost |E| on the losing side, with a slope in [−1, 1]', deviation: extreme },
  { title: 'R20: importance-sampled likelihood has the gradient ∂E(x) − Σ w ∂E', deviation: importance },
]
