/** Batches of a pool: every datum with its own noise, a pass before any repeats, rounds that keep to their share. */
import { describe, expect, it } from 'vitest'
import { key } from '../../../lib/key.ts'
import {
  dividedPools,
  type Pool,
  poolBatches,
  type PoolPlan,
  stepsOfRound,
} from '../../../lib/systems/residual/pool.ts'
import { rowsOf } from '../../../lib/systems/residual/sequence.ts'

/** Data row i is (i), and its noise rows are 100·i + 0, 1, …. */
const poolOf = (count: number, perDatum: number, from = 0): Pool => ({
  data: rowsOf(
    Array.from({ length: count }, (_, i) => Int32Array.of(from + i)),
    1,
  ),
  noise: rowsOf(
    Array.from({ length: count * perDatum }, (_, j) =>
      Int32Array.of(100 * (from + Math.floor(j / perDatum)) + (j % perDatum)),
    ),
    1,
  ),
})

const plan = (more: Partial<PoolPlan> = {}): PoolPlan => ({
  mix: { data: 3, ratio: 2 },
  extra: 0,
  rounds: 1,
  steps: 100,
  ...more,
})

describe('batches of a pool', () => {
  it('hold each datum, then its ν noise rows, then its further one', () => {
    const batch = poolBatches(poolOf(12, 3), plan({ extra: 1 }), key(1))
    for (const step of [0, 1, 7]) {
      const rows = Array.from(batch(step))
      const data = rows.slice(0, 3)
      expect(rows.slice(3, 9)).toEqual(data.flatMap((i) => [100 * i, 100 * i + 1]))
      expect(rows.slice(9)).toEqual(data.map((i) => 100 * i + 2))
    }
  })

  it('see every datum once a pass, in another order each pass, the same for a step whenever it is asked for', () => {
    const batch = poolBatches(poolOf(12, 2), plan(), key(2))
    const pass = (p: number): readonly number[] =>
      [0, 1, 2, 3].flatMap((i) => Array.from(batch(4 * p + i).subarray(0, 3)))
    const [first, second] = [pass(0), pass(1)]
    expect([...first].sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, i) => i))
    expect(second).not.toEqual(first)
    expect(pass(0)).toEqual(first)
  })

  it('keep to their round’s share of the rows, and the last round takes the steps that are left', () => {
    const own = plan({ rounds: 3, steps: 10 })
    expect(stepsOfRound(own)).toBe(4)
    const batch = poolBatches(poolOf(12, 2), own, key(3))
    for (let step = 0; step < 10; step++)
      for (const i of batch(step).subarray(0, 3)) expect(Math.floor(i / 4)).toBe(Math.floor(step / 4))
  })

  it('noise of two tables of data is divided as they are', () => {
    const both = poolOf(5, 2)
    const { training, validation } = dividedPools(poolOf(3, 2).data, poolOf(2, 2, 3).data, both.noise)
    expect(training).toEqual(poolOf(3, 2))
    expect(validation).toEqual(poolOf(2, 2, 3))
  })
})
