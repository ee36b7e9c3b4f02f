/** KL(p‖π) and TVD from draws of q: consistent, with honest errors, by enumeration and by replication. */
import { describe, expect, it } from 'vitest'
import { expectation } from '../../lib/energy/compositions.ts'
import { divergences, exactDivergence, exactTotalVariation } from '../../lib/energy/index.ts'
import { fold, key } from '../../lib/key.ts'
import { at } from '../../lib/at.ts'
import { binomialDesign } from '../../lib/laws/statistics.ts'
import { left, right, run } from '../either.ts'
import { asTilt, batchOf, exactOf } from './support.ts'

const model = { probabilities: Float64Array.of(0.4, 0.3, 0.2, 0.1), energies: Float64Array.of(0.5, 0, -0.3, -0.8) }
const PI = [0.1, 0.2, 0.3, 0.4]
const logPi = PI.map(Math.log)
const exact = exactOf(model)
const logQ = model.probabilities.map(Math.log)
const logP = logQ.map((l, i) => l - at(model.energies, i))
const KL = exactDivergence(exact.logProbabilities, logPi)
const TV = exactTotalVariation(exact.probabilities, PI)
const found = (batch: (logs: ArrayLike<number>) => readonly number[]) =>
  right(divergences({ logPotential: batch(logP), logModel: batch(logPi), logProposal: batch(logQ) }))

describe('divergences of a tilt', () => {
  it('with every point at its exact frequency they are exact', () => {
    const all = found((logs) => batchOf([4, 3, 2, 1], logs))
    expect(all.divergence.value).toBeCloseTo(KL, 12)
    expect(all.totalVariation.value).toBeCloseTo(TV, 12)
  })

  it('M7: the bias is O(1/n), by enumeration', () => {
    const bias = (n: number) =>
      expectation(model.probabilities, n, (c) => found((logs) => batchOf(c, logs)).divergence.value) - KL
    const scaled = [8, 16, 32].map((n) => n * bias(n))
    expect(Math.abs(at(scaled, 2) - at(scaled, 1))).toBeLessThan(0.6 * Math.abs(at(scaled, 1) - at(scaled, 0)))
  })

  it('KL(p‖π) is not KL(π‖p): the direction is pinned', () => {
    expect(Math.abs(KL - exactDivergence(logPi, exact.logProbabilities))).toBeGreaterThan(0.005)
  })

  it('95 % intervals cover: n = 400, binomial test against .93 (α = 1e-9)', async () => {
    const design = binomialDesign({ alpha: 1e-9, minDiscrepancy: 0.15, power: 1 - 1e-6 })
    const tilt = asTilt(model)
    let [first, second] = [0, 0]
    for (let i = 0; i < design.n; i++) {
      const samples = await run(tilt.base.sample(fold(key(5), i), 400))
      const e = found((logs) => samples.map((x) => at(logs, x)))
      if (e.divergence.interval[0] <= KL && KL <= e.divergence.interval[1]) first++
      if (e.totalVariation.interval[0] <= TV && TV <= e.totalVariation.interval[1]) second++
    }
    expect(design.atLeast(first, design.n, 0.93).complaints).toEqual([])
    expect(design.atLeast(second, design.n, 0.93).complaints).toEqual([])
    // Planted: intervals of half the width would cover 67 % and fail.
    expect(design.atLeast(Math.round(0.67 * design.n), design.n, 0.93).passed).toBe(false)
  })

  it('fails with the failures of the weights', () => {
    const nowhere = [Number.NEGATIVE_INFINITY]
    expect(left(divergences({ logPotential: nowhere, logModel: [0], logProposal: [0] })).tag).toBe('Support')
  })
})
