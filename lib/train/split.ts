/**
 * A step in two halves: gradients of parts of a batch, wherever they are computed, and one update by their mean. The parts of
 * one executor one after the other are accumulation: a batch larger than memory. Spread over several they are parallel.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { at, field, orElse, outside, presentIn, two } from '../at.ts'
import type { Values } from '../dtype.ts'
import { effect } from '../effect.ts'
import type { Failure } from '../errors.ts'
import type { Feeds, Prepared } from '../executor.ts'
import type { Value } from '../expr.ts'
import { WEIGHT, gradientFeeds, gradientsOf, parametersOf } from '../optimise/training.ts'
import type { Stepper } from './stepper.ts'

/** What a part of a batch says: scalar outputs (`loss` among them), the gradient by parameter, and how much it counts. */
export interface PartGradient {
  readonly weight: number
  readonly outputs: Readonly<Record<string, number>>
  readonly gradients: Readonly<Record<string, Values>>
}

/** Where gradients are computed. */
export interface Gradients {
  /** The gradient of every part, in their order, at the parameters of the update. */
  readonly of: (parts: readonly Feeds[]) => TaskEither<Failure, readonly PartGradient[]>
  /** Hears of the parameters whenever they are others; absent: they are those of the update itself, beside which it lies. */
  readonly hold?: (parameters: Readonly<Record<string, Value>>) => TaskEither<Failure, void>
}

/** The outputs of a `gradientProgram` as the gradient of a part. */
export const partOf = (found: Readonly<Partial<Record<string, Value>>>): PartGradient => {
  const data = Object.fromEntries(Object.entries(presentIn(found)).map(([name, value]) => [name, value.data]))
  const gradients = gradientsOf(data)
  const fed = gradientFeeds(gradients)
  const { [WEIGHT]: weight, ...others } = data
  const outputs = Object.entries(others).filter(([name]) => !(name in fed))
  return {
    weight: at(orElse(weight, []), 0),
    outputs: Object.fromEntries(outputs.map(([name, values]) => [name, at(values, 0)])),
    gradients,
  }
}

/**
 * Gradients by a prepared `gradientProgram`, part by part: beside its update it accumulates.
 *
 * @example
 * const [w, x] = [input('w'), input('x')]
 * const prepared = await run(reference.prepare(gradientProgram({ parameters: { w }, loss: multiply(w, x) })))
 * await run(prepared.writeState({ w: Float64Array.of(2) }))
 * const [part] = await run(gradientsBy(prepared).of([{ x: Float64Array.of(3) }]))
 * part?.gradients['w'] // => [3]
 */
export const gradientsBy = ({ run: once }: Pick<Prepared, 'run'>): Gradients => ({
  of: (parts) =>
    effect(async (run) => {
      const found: PartGradient[] = []
      for (const part of parts) found.push(partOf(await run(once(part))))
      return found
    }),
})

/** Numbers that are summed at a time: few enough to stay in the nearest cache. */
const BLOCK = 2048

const add = (sums: Float64Array, own: Values, share: number): void => {
  for (let i = 0; i < own.length; i++) sums[i] = (sums[i] ?? outside(sums, i)) + share * (own[i] ?? outside(own, i))
}

/** Σ_k share_k·x_k in f64 into `mean`, of any number of arrays. */
const addAll = (mean: Mean, arrays: readonly Values[], shares: readonly number[]): void => {
  for (let start = 0; start < mean.length; start += BLOCK) {
    const end = Math.min(start + BLOCK, mean.length)
    const sums = new Float64Array(end - start)
    arrays.forEach((own, k) => {
      add(sums, own.subarray(start, end), at(shares, k))
    })
    mean.set(sums, start)
  }
}

/** The same of two, as two workers have it, in a third of the time. */
const addTwo = (mean: Mean, [a, b]: readonly [Values, Values], [s, t]: readonly [number, number]): void => {
  for (let i = 0; i < mean.length; i++) mean[i] = 0 + s * (a[i] ?? outside(a, i)) + t * (b[i] ?? outside(b, i))
}

type Mean = Float32Array | Float64Array

/** Σ_k share_k·x_k in f64, each sum rounded once: to f32 where the arrays are. */
const weighed = (arrays: readonly Values[], shares: readonly number[]): Values => {
  const first = at(arrays, 0)
  const mean = first instanceof Float32Array ? new Float32Array(first.length) : new Float64Array(first.length)
  if (arrays.length === 2) addTwo(mean, two(arrays), two(shares))
  else addAll(mean, arrays, shares)
  return mean
}

/**
 * The mean of parts by their weights, Σ_k (w_k/Σ_j w_j)·g_k in f64 and in their order: the gradient of the whole batch where
 * the loss of each is a mean over w_k things. It does not depend on where the parts were computed; of one part it is the part. One that
 * counts nothing (0 things, of which there is no mean) is left out.
 */
export const meanGradient = (all: readonly PartGradient[]): Omit<PartGradient, 'weight'> => {
  const counting = all.filter(({ weight }) => weight !== 0)
  const parts = counting.length === 0 ? all : counting
  const total = parts.reduce((sum, { weight }) => sum + weight, 0)
  const shares = parts.map(({ weight }) => weight / total)
  const first = at(parts, 0)
  const outputs = Object.keys(first.outputs).map((name) => {
    const mean = parts.reduce((sum, part, k) => sum + at(shares, k) * field(part.outputs, name), 0)
    return [name, mean] as const
  })
  const gradients = Object.keys(first.gradients).map((name) => {
    const arrays = parts.map((part) => field(part.gradients, name))
    return [name, weighed(arrays, shares)] as const
  })
  return { outputs: Object.fromEntries(outputs), gradients: Object.fromEntries(gradients) }
}

const scalar = (x: number): Value => ({ axes: [], dtype: 'f32', data: Float64Array.of(x) })

/**
 * Steps on batches that come in parts: gradients here, one update by a prepared `updateProgram` there. Its state is that of the
 * update, so that a run goes on with any other number of parts, or with a `trainingProgram`.
 *
 * @example
 * const [w, x] = [input('w'), input('x')]
 * const update = await run(reference.prepare(updateProgram({ parameters: { w }, optimiser: sgd(0.25) })))
 * const slopes = await run(reference.prepare(gradientProgram({ parameters: { w }, loss: multiply(w, x) }), update))
 * const stepper = splitStepper(gradientsBy(slopes), update)
 * await run(stepper.writeState({ w: Float64Array.of(2) }))
 * await run(stepper.run([{ x: Float64Array.of(1) }, { x: Float64Array.of(3) }], [])) // by the mean of both gradients
 * const { w: moved } = await run(stepper.readState(['w']))
 * moved?.data // => [1.5]
 */
export const splitStepper = ({ of, hold }: Gradients, update: Prepared): Stepper<readonly Feeds[]> => {
  const held = (names?: readonly string[]): TaskEither<Failure, void> =>
    effect(async (run) => {
      if (hold !== undefined) await run(hold(parametersOf(await run(update.readState(names)))))
    })
  return {
    readState: update.readState,
    writeState: (values) =>
      effect(async (run) => {
        await run(update.writeState(values))
        await run(held())
      }),
    run: (parts, read) =>
      effect(async (run) => {
        const { outputs, gradients } = meanGradient(await run(of(parts)))
        const wanted = (name: string): boolean => read === undefined || read.includes(name)
        const own = (['loss', 'gradientNorm'] as const).filter(wanted)
        const found = await run(
          update.run({ loss: Float64Array.of(field(outputs, 'loss')), ...gradientFeeds(gradients) }, own),
        )
        // The optimiser's state, which is larger than they are, stays where it is.
        await run(held(Object.keys(gradients)))
        const others = Object.entries(outputs).filter(([name]) => wanted(name))
        return { ...Object.fromEntries(others.map(([name, x]) => [name, scalar(x)])), ...found }
      }),
  }
}
