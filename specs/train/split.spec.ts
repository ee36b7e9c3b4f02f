/**
 * A step in two halves is the step in one: the same bits for one part, the same numbers for parts that are weighed by what
 * their losses are means of, whoever computes them; and training goes on from the one with the other.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import type { Feeds, Prepared } from '../../lib/executor.ts'
import { fold, key } from '../../lib/key.ts'
import { contract } from '../../lib/ops/contract.ts'
import { input } from '../../lib/ops/layout.ts'
import { divide, multiply, square, subtract } from '../../lib/ops/pointwise.ts'
import { sum, sumAll } from '../../lib/ops/reduce.ts'
import { adam, chain, clipByGlobalNorm } from '../../lib/optimise/index.ts'
import { gradientProgram, trainingProgram, updateProgram } from '../../lib/optimise/training.ts'
import { reference } from '../../lib/reference.ts'
import { type Gradients, gradientsBy, meanGradient, type PartGradient, splitStepper } from '../../lib/train/split.ts'
import type { Stepper } from '../../lib/train/stepper.ts'
import { type StepsOptions, trainSteps } from '../../lib/train/steps.ts'
import { type StepsState, startSteps } from '../../lib/train/steps-state.ts'
import { normals } from '../../lib/laws/arbitraries/distributions.ts'
import { left, run } from '../either.ts'

const ROWS = 6
const optimiser = chain(clipByGlobalNorm(0.5), adam(0.05))

/** A squared error over rows of which some count nothing: its mean is over those that count. */
const over = (rows: number) => {
  const [row, from, to] = [axis('row', rows), axis('from', 3), axis('to', 2)]
  // Declared in the other order than the gradient comes in.
  const w = input('w', to, from)
  const [x, y, mask] = [input('x', row, from), input('y', row, to), input('mask', row)]
  const terms = multiply(mask, sum(to)(square(subtract(contract(from)(x, w), y))))
  const weight = sumAll(mask)
  return { parameters: { w }, loss: divide(sumAll(terms), weight), weight, outputs: { counted: weight } }
}

const rowsOf = (step: number, first: number, rows: number): Feeds => ({
  x: normals(fold(key(1), step), 3 * ROWS).slice(3 * first, 3 * (first + rows)),
  y: normals(fold(key(2), step), 2 * ROWS).slice(2 * first, 2 * (first + rows)),
  mask: Float64Array.from({ length: rows }, (_, i) => ((first + i + step) % 4 === 0 ? 0 : 1)),
})

/** A step in two halves, with parts of so many rows. */
const split = async (rows: number): Promise<Stepper<readonly Feeds[]>> => {
  const update = await run(reference.prepare(updateProgram({ ...over(rows), optimiser })))
  return splitStepper(gradientsBy(await run(reference.prepare(gradientProgram(over(rows)), update))), update)
}

const parts =
  (rows: number): StepsOptions<readonly Feeds[]>['batches'] =>
  (step) =>
    TE.right(Array.from({ length: ROWS / rows }, (_, k) => rowsOf(step, k * rows, rows)))

const start = startSteps({ w: Float32Array.from([1, 2, 3, 4, 5, 6], (v) => v / 8) })

const training = {
  watch: ['gradientNorm', 'counted'],
  steps: 9,
  evaluateEvery: 4,
  evaluate: () => TE.right({ score: 0 }),
  signal: new AbortController().signal,
}

const whole = async (more: Partial<StepsOptions> = {}, from: StepsState = start): Promise<StepsState> => {
  const prepared = await run(reference.prepare(trainingProgram({ ...over(ROWS), optimiser })))
  return run(trainSteps({ ...training, prepared, batches: (step) => TE.right(rowsOf(step, 0, ROWS)), ...more })(from))
}

const inParts = async (rows: number, more: object = {}, from: StepsState = start): Promise<StepsState> =>
  run(trainSteps({ ...training, prepared: await split(rows), batches: parts(rows), ...more })(from))

describe('a step in two halves', () => {
  it('of one part is the step in one, to the bit', async () => {
    expect(await inParts(ROWS)).toStrictEqual(await whole())
  })

  it.each([3, 2, 1])('of parts of %d rows gives the same numbers, though parts count differently', async (rows) => {
    const [one, other] = [await whole(), await inParts(rows)]
    other.state['w']?.forEach((v, i) => expect(v).toBeCloseTo(one.state['w']?.[i] ?? Number.NaN, 6))
    const [a, b] = [one.curve[0]?.watched ?? {}, other.curve[0]?.watched ?? {}]
    expect(Object.keys(b)).toEqual(['loss', 'gradientNorm', 'counted'])
    for (const name of ['loss', 'gradientNorm']) expect(b[name]).toBeCloseTo(a[name] ?? Number.NaN, 6)
    // Outputs are means too: that of the weights by themselves.
    if (rows === 1) expect(b['counted']).toBe(1)
  })

  it('goes on from a training in one, and the other way round', async () => {
    const [half, mine] = [await whole({ steps: 4 }), await inParts(ROWS, { steps: 4 })]
    expect(await inParts(ROWS, {}, half)).toStrictEqual(await whole())
    expect(await whole({}, mine)).toStrictEqual(await whole())
  })

  it('tells of a gradient that is not finite, with the last good step', async () => {
    const broken = { batches: (step: number) => TE.right([{ ...rowsOf(step, 0, ROWS), mask: new Float64Array(ROWS) }]) }
    const stepper = await split(ROWS)
    const found = left(await trainSteps({ ...training, prepared: stepper, ...broken })(start)())
    expect([found.tag, found.facts['lastGood']]).toEqual(['NonFinite', 0])
  })
})

describe('gradients that are computed elsewhere', () => {
  it('hear of the parameters when they are put back, and after every step; parts keep their order', async () => {
    const held: (readonly number[])[] = []
    const update = await run(reference.prepare(updateProgram({ ...over(1), optimiser })))
    const away = await run(reference.prepare(gradientProgram(over(1))))
    const one = gradientsBy(away)
    const gradients: Gradients = {
      of: (all) => TE.map((found: readonly PartGradient[]) => [...found].reverse())(one.of([...all].reverse())),
      hold: ({ w }) => {
        held.push(Array.from(w?.data ?? []))
        return away.writeState({ w: w?.data ?? new Float64Array(0) })
      },
    }
    const there = await run(
      trainSteps({ ...training, prepared: splitStepper(gradients, update), batches: parts(1) })(start),
    )
    expect(there).toStrictEqual(await inParts(1))
    // Once when it starts, after each of nine steps, and after each of three roundings.
    expect(held).toHaveLength(1 + 9 + 3)
    expect(held[0]).toEqual(Array.from(start.state['w'] ?? []))
    expect(held.at(-1)).toEqual(Array.from(there.state['w'] ?? []))
  })
})

describe('what a step reads back', () => {
  it('is the parameters alone where gradients are computed elsewhere, and nothing where they lie beside the update', async () => {
    const asked: unknown[] = []
    const prepared: Prepared = await run(reference.prepare<string, string>(updateProgram({ ...over(ROWS), optimiser })))
    const update: Prepared = {
      ...prepared,
      readState: (names) => {
        asked.push(names)
        return prepared.readState(names)
      },
    }
    const beside = gradientsBy(await run(reference.prepare(gradientProgram(over(ROWS)), prepared)))
    const away: Gradients = { ...beside, hold: () => TE.right(undefined) }
    for (const gradients of [beside, away]) await run(splitStepper(gradients, update).run([rowsOf(0, 0, ROWS)]))
    expect(asked).toEqual([['w']])
  })
})

describe('the mean of parts', () => {
  it('weighs by their weights, and is the part itself where there is one', () => {
    const part = (weight: number, loss: number, g: number) => ({
      weight,
      outputs: { loss },
      gradients: { w: Float64Array.of(g, 0.1) },
    })
    expect(meanGradient([part(3, 1, 4), part(1, 5, 8)])).toEqual({
      outputs: { loss: 2 },
      gradients: { w: Float64Array.of(5, 0.1) },
    })
    expect(meanGradient([part(3, 1 / 3, 0.1)])).toEqual({
      outputs: { loss: 1 / 3 },
      gradients: { w: Float64Array.of(0.1, 0.1) },
    })
  })

  it.each([2, 3])('adds %i arrays of any length in f64, and rounds to f32 once where they are f32', (count) => {
    const n = 5000
    const part = (weight: number, k: number): PartGradient => ({
      weight,
      outputs: { loss: 0 },
      gradients: { w: Float32Array.from({ length: n }, (_, i) => Math.sin(i + k)) },
    })
    const parts = [part(3, 0.1), part(1, 0.2), part(1, 0.7)].slice(0, count)
    const exact = (i: number): number =>
      parts.reduce(
        (total, { weight, gradients }) => total + (weight / (count + 2)) * (gradients['w']?.[i] ?? Number.NaN),
        0,
      )
    expect(meanGradient(parts).gradients['w']).toStrictEqual(Float32Array.from({ length: n }, (_, i) => exact(i)))
  })
})
