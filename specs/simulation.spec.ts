/** The simulator of runs through a queue: what is conserved, and what is known without it. */
import { describe, expect, it } from 'vitest'
import { type Costs, simulate } from '../scripts/simulation.ts'

/** Costs of nothing but the work itself. */
const free: Costs = {
  ...{ workers: 7, shards: 70, shard: 3, giver: 0, redis: 0, beats: 0, latency: 0 },
  ...{ life: Number.POSITIVE_INFINITY, noticed: 10, replaced: 2, retries: 3, ahead: 4 },
}

const all = (shards: number): readonly number[] => Array.from({ length: shards }, (_, i) => i)

describe('a simulated run', () => {
  it.each([
    [7, 70],
    [7, 71],
    [1, 5],
    [100, 3],
  ])('without limits and deaths takes its work over its workers: %d workers, %d shards', (workers, shards) => {
    const found = simulate({ ...free, workers, shards }, 1)
    expect(found.seconds).toBeCloseTo(3 * Math.ceil(shards / workers), 9)
    expect([found.taken, found.begun, found.lost]).toEqual([all(shards), shards, 0])
  })

  it('takes at least as long as the giver and Redis are busy, and they are busy with each shard once', () => {
    // Half of Redis' time is for signs of life in the last.
    for (const limits of [{ giver: 1 }, { redis: 1 }, { redis: 0.5, beats: 0.5 / 7 }]) {
      const { seconds, busy } = simulate({ ...free, ...limits }, 1)
      const total = 70
      expect(seconds).toBeGreaterThanOrEqual(total)
      expect(seconds * (busy.giver + busy.redis)).toBeCloseTo(total, 9)
      // Seven workers of a third of a shard a second ask for more than one a second.
      expect(seconds).toBeLessThan(total + 3 + 1)
    }
  })

  it('takes the way there and back of each shard of one worker', () => {
    const { seconds } = simulate({ ...free, workers: 1, shards: 5, giver: 0.1, redis: 0.01, latency: 0.2 }, 1)
    expect(seconds).toBeCloseTo(5 * (3 + 0.1 + 0.01 + 2 * 0.2), 9)
  })

  it.each([1, 2, 3, 4, 5])('does every shard once, whoever dies (seed %d)', (seed) => {
    const costs = { ...free, workers: 20, shards: 500, life: 40, giver: 0.01, redis: 0.001, latency: 0.01, retries: 50 }
    const found = simulate(costs, seed)
    expect(found.taken).toEqual(all(500))
    expect(found.lost).toBeGreaterThan(20)
    expect(found.begun).toBe(500 + found.lost)
    expect(found.given).toEqual([])
    expect(found.seconds).toBeGreaterThan((3 * 500) / 20)
    expect(found.waiting.results).toBeLessThanOrEqual(4 * 20)
    expect(simulate(costs, seed)).toEqual(found)
  })

  it('gives up a shard that lost its worker more often than it is begun again, and takes nothing beyond it', () => {
    const found = simulate({ ...free, life: 2, shards: 200 }, 3)
    expect(found.given.length).toBeGreaterThan(0)
    expect(found.taken).toEqual(all(Math.min(...found.given)))
  })

  it('loses as many shards as deaths come upon one, of an exponential life', () => {
    // A shard is lost with 1 − e^(−3/30), and begun until it is not.
    const { lost, begun } = simulate({ ...free, workers: 50, shards: 20_000, life: 30, retries: 100 }, 9)
    const p = 1 - Math.exp(-3 / 30)
    expect(Math.abs(lost / begun - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / begun))
  })
})
