/** Schedules: their values at the first step, around their corners, and after their end. */
import { describe, expect, it } from 'vitest'
import { input } from '../../lib/ops/layout.ts'
import { constantRate, cosineRate, inverseRate, inverseSquareRoot, type Schedule } from '../../lib/optimise/index.ts'
import { cooledDown, warmedUp } from '../../lib/optimise/schedule.ts'
import { valuesOf } from '../domains.ts'
import { near } from '../near.ts'

const step = input('step')
const at = (schedule: Schedule, ...steps: readonly number[]): readonly (number | undefined)[] =>
  steps.map((t) => valuesOf([schedule(step)], [{ node: step, data: Float64Array.of(t) }])[0]?.[0])

describe('schedules', () => {
  it('constant and inverse', () => {
    expect(at(constantRate(0.3), 0, 1, 1e6)).toEqual([0.3, 0.3, 0.3])
    expect(at(inverseRate(8), 0, 1, 3, 7)).toEqual([8, 4, 2, 1])
  })

  it('linear warm-up, then inverse square root', () => {
    expect(at(inverseSquareRoot(2, 4), 0, 1, 3, 15, 63)).toEqual(near([0.5, 1, 2, 1, 0.5]))
  })

  it('half a cosine, then the last value', () => {
    expect(at(cosineRate(1, 10), 0, 5, 10, 50)).toEqual(near([1, 0.5, 0, 0]))
    expect(at(cosineRate(1, 4, 0.2), 0, 2, 4, 5)).toEqual(near([1, 0.6, 0.2, 0.2]))
  })

  it('any other, warmed up: from 1/warmUp of it to all of it', () => {
    expect(at(warmedUp(4, constantRate(8)), 0, 1, 2, 3, 4, 100)).toEqual(near([2, 4, 6, 8, 8, 8]))
    expect(at(warmedUp(2, inverseRate(8)), 0, 1, 3)).toEqual(near([4, 4, 2]))
    expect(at(warmedUp(0, inverseRate(8)), 0, 1)).toEqual([8, 4])
  })

  it('any other, cooled down over its last steps, then 0', () => {
    expect(at(cooledDown(10, 4, constantRate(8)), 0, 6, 7, 9, 10, 50)).toEqual(near([8, 8, 6, 2, 0, 0]))
    expect(at(cooledDown(4, 2, inverseRate(8)), 1, 3)).toEqual(near([4, 1]))
  })
})
