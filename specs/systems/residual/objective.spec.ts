/** The objectives as expressions, against sums over a finite space: NCE, its dynamic form, importance-sampled likelihood. */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { axis } from '../../../lib/axis.ts'
import { exactNceGradient, exactNceLoss, nceLoss } from '../../../lib/energy/index.ts'
import type { Expr, Tensor } from '../../../lib/expr.ts'
import { gradient } from '../../../lib/grad.ts'
import { at } from '../../../lib/at.ts'
import { logSumExp, mean, sigmoid, softplus } from '../../../lib/math.ts'
import { gather } from '../../../lib/ops/gather.ts'
import { input, literalIntegers } from '../../../lib/ops/layout.ts'
import { constant, negate } from '../../../lib/ops/pointwise.ts'
import { evaluateOn } from '../../../lib/program.ts'
import { reference } from '../../../lib/reference.ts'
import {
  dynamicContrastive,
  importanceLikelihood,
  logitsOf,
  type Mix,
  noiseContrastive,
  type Objective,
} from '../../../lib/systems/residual/objective.ts'
import { run } from '../../either.ts'
import { close } from '../../energy/support.ts'
import { dirichlet, keys, normals } from '../../../lib/laws/arbitraries/distributions.ts'
import { fold, type Key } from '../../../lib/key.ts'
import { declared } from '../../../lib/phantom.ts'

const batchInput = (n: number): Tensor<'batch' | '1'> => input('logits', axis('batch', n))

/** An objective of given logits, its parts and its gradient with respect to them. */
const evaluated = async (make: (logits: Tensor<'batch' | '1'>) => Objective, logits: Float64Array) => {
  const x = batchInput(logits.length)
  const { loss, ...watched } = make(x)
  const { x: slope } = gradient(loss, { x })
  const out = await run(evaluateOn(reference)({ loss, slope, ...watched }, { logits }))
  const scalar = (name: 'loss' | 'accuracy' | 'dataEnergy' | 'noiseEnergy'): number => out[name]?.data[0] ?? Number.NaN
  return {
    loss: scalar('loss'),
    accuracy: scalar('accuracy'),
    dataEnergy: scalar('dataEnergy'),
    noiseEnergy: scalar('noiseEnergy'),
    slope: Array.from(out.slope?.data ?? []),
  }
}

const mixes: fc.Arbitrary<readonly [Mix, Key]> = fc.tuple(
  fc.record({ data: fc.integer({ min: 1, max: 3 }), ratio: fc.integer({ min: 1, max: 4 }) }),
  keys,
)

const logitsFor = ({ data, ratio }: Mix, k: Key): Float64Array => normals(k, data * (1 + ratio)).map((z) => 3 * z)

describe('noise-contrastive estimation as an expression', () => {
  test.prop([mixes], { seed: 301, numRuns: 40 })('is the loss and gradient of lib/energy/nce', async ([mix, k]) => {
    const logits = logitsFor(mix, k)
    const wanted = nceLoss({ data: logits.slice(0, mix.data), noise: logits.slice(mix.data), ratio: mix.ratio })
    const found = await evaluated((x) => noiseContrastive(x, mix), logits)
    expect(close(found.loss, wanted.loss)).toBe(true)
    found.slope.forEach((g, i) => expect(close(g, at([...wanted.data, ...wanted.noise], i), 1)).toBe(true))
    const right = logits.filter((s, i) => (i < mix.data ? s > Math.log(mix.ratio) : s <= Math.log(mix.ratio)))
    if (mix.ratio === 1) expect(close(found.accuracy, right.length / logits.length)).toBe(true)
    expect(close(found.dataEnergy, -mean(logits.slice(0, mix.data)), 3)).toBe(true)
    expect(close(found.noiseEnergy, -mean(logits.slice(mix.data)), 3)).toBe(true)
  })

  it('the l2 pulls every logit towards 0, by 2·rate·s/n', async () => {
    const mix: Mix = { data: 2, ratio: 2 }
    const logits = Float64Array.of(1, -2, 3, 0.5, -1, 0)
    const plain = await evaluated((x) => noiseContrastive(x, mix), logits)
    const held = await evaluated((x) => noiseContrastive(x, mix, 0.3), logits)
    expect(close(held.loss - plain.loss, 0.3 * mean(logits.map((s) => s * s)), 1)).toBe(true)
    held.slope.forEach((g, i) => expect(close(g - at(plain.slope, i), (0.6 * at(logits, i)) / 6, 1)).toBe(true))
  })

  it('of a model that is not residual: the log-normaliser and log q enter s, and c has a gradient', async () => {
    const c: Tensor<'1'> = input('c')
    const mix: Mix = { data: 1, ratio: 1 }
    const energies = batchInput(2)
    const logBase: Tensor<'batch' | '1'> = input('q', axis('batch', 2))
    const { loss } = noiseContrastive(logitsOf(energies, { logNormaliser: c, logBase }), mix)
    const slopes = gradient(loss, { c })
    const feeds = { logits: Float64Array.of(-1, 2), q: Float64Array.of(-3, -4), c: Float64Array.of(0.25) }
    const out = await run(evaluateOn(reference)({ loss, slope: slopes.c }, feeds))
    const [data, noise] = [1 - 0.25 + 3, -2 - 0.25 + 4]
    expect(close(out.loss?.data[0] ?? 0, softplus(-data) + softplus(noise), 5)).toBe(true)
    expect(close(out.slope?.data[0] ?? 0, sigmoid(-data) - sigmoid(noise), 5)).toBe(true)
  })
})

/** A table of energies gathered at fixed points: every point of a finite space once on either side, weighted by repeats. */
const tabular = (
  points: number,
  picks: readonly number[],
): { readonly table: Tensor<'point' | '1'>; readonly batch: Expr } => {
  const point = axis('point', points)
  const table = input('table', point)
  return { table, batch: gather(point)(table, literalIntegers(Int32Array.from(picks), axis('batch', picks.length))) }
}

describe('what is watched, and the l2', () => {
  const mix: Mix = { data: 2, ratio: 3 }
  const level = Math.log(3)
  // Right on its side: one of two data, four of six rows of noise; a tie with log ν counts as noise.
  const logits = Float64Array.of(level + 0.5, level - 0.5, level + 1, level + 2, -1, level, 0.3, -2)
  const extra: Tensor<'batch' | '1'> = input('logits', axis('batch', 8))
  it.each([
    ['NCE', (x: Tensor<'batch' | '1'>, rate: number) => noiseContrastive(x, mix, rate)],
    [
      'dynamic NCE',
      (x: Tensor<'batch' | '1'>, rate: number) => dynamicContrastive(x, mix, { weight: 0.5, extra, count: 8 }, rate),
    ],
    ['importance-sampled likelihood', (x: Tensor<'batch' | '1'>, rate: number) => importanceLikelihood(x, mix, rate)],
  ] as const)('of %s: the mean share on the right side, mean energies, rate · mean E²', async (_, make) => {
    const found = await evaluated((x) => make(x, 0), logits)
    expect(close(found.accuracy, (1 / 2 + 4 / 6) / 2)).toBe(true)
    expect(close(found.dataEnergy, -level)).toBe(true)
    expect(close(found.noiseEnergy, -mean(logits.slice(2)))).toBe(true)
    const held = await evaluated((x) => make(x, 0.3), logits)
    expect(close(held.loss - found.loss, 0.3 * mean(logits.map((s) => s * s)), 1)).toBe(true)
  })

  it('dynamic NCE weighs both of its data sides', async () => {
    const sides = { weight: 0.25, extra: batchInput(8), count: 8 }
    const { loss } = await evaluated((x) => dynamicContrastive(x, mix, sides), logits)
    const accept = (s: number): number => softplus(level - s)
    const wanted =
      0.25 * mean(logits.slice(0, 2).map(accept)) +
      0.75 * mean(logits.map(accept)) +
      3 * mean(logits.slice(2).map((s) => softplus(s - level)))
    expect(close(loss, wanted, 3)).toBe(true)
  })
})

describe('objectives over a whole space', () => {
  it('R6: with data and noise in exact proportion the gradient is that of the expectation, and 0 at s = log p/q', async () => {
    // p = (3, 1)/4 and q = (1, 1)/2 as counts: 4 data, 8 noise, ν = 2.
    const mix: Mix = { data: 4, ratio: 2 }
    const { table, batch } = tabular(2, [0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1])
    const logits: Tensor<'batch' | '1'> = negate(wide(batch))
    const { loss } = noiseContrastive(logits, mix)
    const { table: slope } = gradient(loss, { table })
    const at2 = async (energies: readonly number[]) =>
      run(evaluateOn(reference)({ loss, slope }, { table: Float64Array.from(energies) }))
    const [p, q] = [
      [0.75, 0.25],
      [0.5, 0.5],
    ]
    const found = await at2([0.3, -0.7])
    expect(close(found.loss?.data[0] ?? 0, exactNceLoss(p, q, [-0.3, 0.7], 2), 3)).toBe(true)
    const wanted = exactNceGradient(p, q, [-0.3, 0.7], 2)
    expect(Array.from(found.slope?.data ?? []).every((g, i) => close(g, -at(wanted, i), 1))).toBe(true)
    const optimum = await at2([-Math.log(1.5), -Math.log(0.5)])
    expect(Array.from(optimum.slope?.data ?? []).every((g) => Math.abs(g) < 1e-15)).toBe(true)
  })

  it('R6: the energy alone as the model: at E = −log p + 1.7 the best c is log Σ e^{−E} = −1.7, and every other has a slope', async () => {
    // p = (3, 1)/4 and q = (1, 1)/2 as counts, ν = 2; log q is fed, the residual model's is 0.
    const mix: Mix = { data: 4, ratio: 2 }
    const picks = [0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]
    const energies = batchInput(picks.length)
    const logBase: Tensor<'batch' | '1'> = input('q', axis('batch', picks.length))
    const c: Tensor<'1'> = input('c')
    const { loss } = noiseContrastive(logitsOf(energies, { logNormaliser: c, logBase }), mix)
    const slopes = gradient(loss, { c })
    const p = [0.75, 0.25]
    const slopeAt = async (value: number, residual: boolean): Promise<number> => {
      const logits = Float64Array.from(picks, (i) => 1.7 - Math.log(at(p, i) / (residual ? 0.5 : 1)))
      const q = new Float64Array(picks.length).fill(residual ? 0 : Math.log(0.5))
      const out = await run(evaluateOn(reference)({ slope: slopes.c }, { logits, q, c: Float64Array.of(value) }))
      return out.slope?.data[0] ?? Number.NaN
    }
    for (const residual of [false, true]) {
      expect(Math.abs(await slopeAt(-1.7, residual))).toBeLessThan(1e-12)
      expect(await slopeAt(-1.2, residual)).toBeGreaterThan(0.05)
      expect(await slopeAt(-2.2, residual)).toBeLessThan(-0.05)
    }
  })

  it('dynamic NCE is fitted to the interpolation: the gradient is 0 at s = log((α·p + (1 − α)·q)/q)', async () => {
    const [mix, alpha]: [Mix, number] = [{ data: 4, ratio: 1 }, 0.25]
    const { table, batch } = tabular(2, [0, 0, 0, 1, 0, 1, 0, 1])
    const { batch: more } = tabular(2, [0, 1])
    const extra: Tensor<'batch' | '1'> = negate(wide(more))
    const { loss } = dynamicContrastive(negate(wide(batch)), mix, { weight: alpha, extra, count: 2 })
    const { table: slope } = gradient(loss, { table })
    const inside = [0.75 * alpha + 0.5 * (1 - alpha), 0.25 * alpha + 0.5 * (1 - alpha)]
    const energies = Float64Array.from(inside, (m) => -Math.log(m / 0.5))
    const found = await run(evaluateOn(reference)({ slope }, { table: energies }))
    expect(Array.from(found.slope?.data ?? []).every((g) => Math.abs(g) < 1e-15)).toBe(true)
    const off = await run(evaluateOn(reference)({ slope }, { table: Float64Array.of(-Math.log(1.5), -Math.log(0.5)) }))
    expect(Math.abs(off.slope?.data[0] ?? 0)).toBeGreaterThan(0.05)
  })

  it('R20: the gradient of importance-sampled likelihood is ∂E(x) − Σ w ∂E(x_j); with all points as proposals, that of log P_joint', async () => {
    // q uniform on 4 points, the proposals are all of them: log Ẑ = log Z exactly.
    const points = 4
    const mix: Mix = { data: 1, ratio: points }
    const { table, batch } = tabular(points, [2, 0, 1, 2, 3])
    const { loss } = importanceLikelihood(negate(wide(batch)), mix)
    const { table: slope } = gradient(loss, { table })
    const energies = normals([7, 7], points)
    const logJoint = (es: Float64Array): number =>
      -at(es, 2) - Math.log(points) - (logSumExp(es.map((e) => -e)) - Math.log(points))
    const found = await run(evaluateOn(reference)({ loss, slope }, { table: energies }))
    expect(close(found.loss?.data[0] ?? 0, -logJoint(energies) - Math.log(points), 3)).toBe(true)
    const weights = energies.map((e) => Math.exp(-e - logSumExp(energies.map((x) => -x))))
    Array.from(found.slope?.data ?? []).forEach((g, i) => {
      const step = 1e-5
      const moved = (by: number): number => logJoint(energies.map((e, j) => (j === i ? e + by : e)))
      const central = -(moved(step) - moved(-step)) / (2 * step)
      expect(Math.abs(g - central)).toBeLessThan(1e-7)
      expect(close(g, (i === 2 ? 1 : 0) - at(weights, i), 1)).toBe(true)
    })
  })

  test.prop([mixes], { seed: 302, numRuns: 25 })(
    'importance-sampled likelihood groups the noise by datum',
    async ([mix, k]) => {
      const logits = logitsFor(mix, k)
      const found = await evaluated((x) => importanceLikelihood(x, mix), logits)
      const wanted = mean(
        Array.from({ length: mix.data }, (_, b) => {
          const own = logits.subarray(mix.data + b * mix.ratio, mix.data + (b + 1) * mix.ratio)
          return logSumExp(own) - Math.log(mix.ratio) - at(logits, b)
        }),
      )
      expect(close(found.loss, wanted, 10)).toBe(true)
    },
  )

  test.prop([keys], { seed: 303, numRuns: 20 })(
    'the expectation of the NCE loss over batches is the exact loss',
    (k) => {
      // One datum and one noise row: the expectation over all pairs, enumerated.
      const [p, q] = [dirichlet(fold(k, 0), 3, 1), dirichlet(fold(k, 1), 3, 1)]
      const s = normals(fold(k, 2), 3)
      let total = 0
      for (let i = 0; i < 3; i++)
        for (let j = 0; j < 3; j++)
          total += at(p, i) * at(q, j) * nceLoss({ data: [at(s, i)], noise: [at(s, j)], ratio: 1 }).loss
      expect(close(total, exactNceLoss(p, q, s, 1), 3)).toBe(true)
    },
  )

  it('the penalty at rate 0 is absent from the expression', () => {
    const x = batchInput(2)
    const mix: Mix = { data: 1, ratio: 1 }
    expect(noiseContrastive(x, mix, 0).loss).not.toBe(noiseContrastive(x, mix, 0.1).loss)
    expect(constant(0)).toBe(constant(0))
  })
})

const wide = (x: Expr): Tensor<'batch' | '1'> => declared(x)
