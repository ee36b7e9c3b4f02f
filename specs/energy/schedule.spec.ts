/** The paper's schedule: step sizes, clipping, ascent, early stopping with the best λ, and both samplers (G14, G15). */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'
import { exactTilt } from '../../lib/energy/exact.ts'
import { featureRows } from '../../lib/energy/features.ts'
import { momentStep } from '../../lib/energy/schedule.ts'
import { bufferBank, pushBank } from '../../lib/energy/sources.ts'
import {
  bankOf,
  bufferSource,
  descendMoments,
  enumerable,
  exactMoments,
  fitMoments,
  indicators,
  learningRate,
  type MomentSource,
  paperSchedule,
  rejectionSource,
  startDescent,
} from '../../lib/energy/index.ts'
import { key } from '../../lib/key.ts'
import { fromRows, row } from '../../lib/linear.ts'
import { at } from '../../lib/at.ts'
import { dot } from '../../lib/math.ts'
import { left, run } from '../either.ts'

const points = [0, 1, 2, 3]
const base = enumerable({ points, probabilities: [0.4, 0.3, 0.2, 0.1] })
const features = indicators<number>(['odd', 'high'], (i) => [i & 1, i >> 1])
const rows = featureRows(features)(points)
const momentsAt = (lambda: ArrayLike<number>): Float64Array =>
  exactMoments(
    exactTilt(
      base.logProbabilities,
      points.map((_, i) => -dot(lambda, row(rows, i))),
    ).probabilities,
    rows,
  )
const target = momentsAt([0.8, -0.5])
const exactSource: MomentSource<null> = {
  start: null,
  step: (_, lambda) => TE.right({ moments: momentsAt(lambda), state: null }),
}

describe('the schedule', () => {
  it('G15: α(e) = 10/(1 + e), and the gradient is clipped to ±0.25', () => {
    expect([0, 1, 9].map((e) => learningRate(paperSchedule, e))).toEqual([10, 5, 1])
    const next = momentStep(paperSchedule, 0, Float64Array.of(0, 0), Float64Array.of(0.01, -3))
    expect(at(next, 0)).toBeCloseTo(0.1, 14)
    expect(at(next, 1)).toBe(-2.5)
  })

  it('G15: one small step at exact moments raises the likelihood', () => {
    const likelihood = (lambda: Float64Array): number =>
      dot(lambda, target) -
      exactTilt(
        base.logProbabilities,
        points.map((_, i) => -dot(lambda, row(rows, i))),
      ).logPartition
    const lambda = Float64Array.of(-0.3, 0.9)
    const gaps = target.map((t, j) => t - at(momentsAt(lambda), j))
    const next = momentStep({ ...paperSchedule, initialRate: 0.01 }, 0, lambda, gaps)
    expect(likelihood(next)).toBeGreaterThan(likelihood(lambda))
  })

  it('with exact moments converges to λ*', async () => {
    const problem = { source: exactSource, measure: momentsAt, target }
    const found = await run(
      descendMoments(key(1), paperSchedule)(problem)(startDescent(Float64Array.of(0, 0), exactSource)),
    )
    expect(found.best.momentError).toBeLessThan(1e-6)
  })

  it('G14: stops after `patience` epochs without progress and answers the best λ, not the last', async () => {
    const errors = [0.5, 0.2, 0.4, 0.1, 0.3, 0.3, 0.3, 0.3, 0.05]
    let calls = 0
    const measure = (): Float64Array => Float64Array.of(at(target, 0) + at(errors, calls++), at(target, 1))
    const reports: number[] = []
    const options = { ...paperSchedule, patience: 4, onEpoch: (e: { readonly epoch: number }) => reports.push(e.epoch) }
    const found = await run(
      descendMoments(key(1), options)({ source: exactSource, measure, target })(
        startDescent(Float64Array.of(0, 0), exactSource),
      ),
    )
    expect(found.best.epoch).toBe(3)
    expect(found.best.momentError).toBeCloseTo(0.1, 12)
    expect(reports).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect(found.best.lambda).not.toEqual(found.lambda)
  })

  it('resumes: 5 epochs and then 5 more are 10 epochs', async () => {
    const source = bufferSource(base, features, { batch: 50, capacity: 200 })
    const go = (epochs: number) =>
      descendMoments(key(2), { ...paperSchedule, epochs })({ source, measure: momentsAt, target })
    const start = startDescent(Float64Array.of(0, 0), source)
    const whole = await run(go(10)(start))
    const half = await run(go(5)(start))
    expect(await run(go(10)(structuredClone(half)))).toEqual(whole)
  })
})

describe('moments that are not finite', () => {
  const bad = Float64Array.of(0.5, Number.NaN)
  const source = (moments: Float64Array): MomentSource<null> => ({
    start: null,
    step: () => TE.right({ moments, state: null }),
  })
  const good = { source: source(target), measure: () => target, target }
  const ended = (problem: Partial<typeof good>) =>
    descendMoments(key(1), paperSchedule)({ ...good, ...problem })(startDescent(Float64Array.of(0, 0), good.source))()

  it.each([
    ['of the target', { target: bad }, 'the target of feature 1 is NaN'],
    ['of the source', { source: source(bad) }, 'the moment of feature 1 is NaN'],
    ['of the measure', { measure: () => bad }, 'the measured moment of feature 1 is NaN'],
  ])('end the descent, named by their feature: %s', async (_, problem, what) => {
    expect(left(await ended(problem))).toMatchObject({ tag: 'NonFinite', what })
  })
})

describe('the samplers of Training-1', () => {
  it('10 accepted samples a step, and SNIS on a buffer, both come near λ* (ℓ1_mom ≤ .02)', async () => {
    const sources = {
      rejection: rejectionSource(base, features, { accepted: 10, batch: 100, budget: 1e5 }),
      buffer: bufferSource(base, features, { batch: 100, capacity: 5000 }),
    }
    const options = { ...paperSchedule, epochs: 60 }
    const first = await run(
      descendMoments(key(3), options)({ source: sources.rejection, measure: momentsAt, target })(
        startDescent(Float64Array.of(0, 0), sources.rejection),
      ),
    )
    const second = await run(
      descendMoments(key(4), options)({ source: sources.buffer, measure: momentsAt, target })(
        startDescent(Float64Array.of(0, 0), sources.buffer),
      ),
    )
    expect(first.best.momentError).toBeLessThan(0.02)
    expect(second.best.momentError).toBeLessThan(0.02)
    const newton = fitMoments()(bufferBank(2, second.source))(target)
    expect(newton.residual).toBeLessThan(1e-9)
  })

  it('a sampler without hope fails typed', async () => {
    const source = rejectionSource(base, features, { accepted: 10, batch: 10, budget: 10 })
    const problem = { source, measure: momentsAt, target }
    const start = startDescent(Float64Array.of(-30, 30), source)
    expect(left(await descendMoments(key(5), paperSchedule)(problem)(start)()).tag).toBe('RejectionBudget')
  })

  it('G13: the buffer keeps the last draws up to its capacity', () => {
    const banks = [1, 2, 3].map((v) => bankOf(fromRows([[v], [v]])))
    const kept = banks.reduce((buffer, bank) => pushBank(4, buffer, bank), pushBank(4, [], bankOf(fromRows([[0]]))))
    expect(kept).toEqual(banks.slice(1))
    expect(pushBank(1, [], bankOf(fromRows([[7], [7]]))).length).toBe(1)
  })
})
