/** Sampling-importance-resampling against its exact law (R14, R15, E22). */
import { describe, expect, it } from 'vitest'
import { exactTilt } from '../../lib/energy/exact.ts'
import { exactTotalVariation, importance, resample, resampling, resamplingLaw, weigh } from '../../lib/energy/index.ts'
import { fold, key } from '../../lib/key.ts'
import { at } from '../../lib/at.ts'
import { dot, sum } from '../../lib/math.ts'
import { chiSquareDesign, standard } from '../../lib/laws/statistics.ts'
import { left, right, run } from '../either.ts'
import { countsOf } from '../../lib/laws/space.ts'
import { asTilt, exactOf } from './support.ts'

const model = { probabilities: Float64Array.of(0.6, 0.25, 0.1, 0.05), energies: Float64Array.of(1, 0, -1, -2) }
const logs = model.energies.map((e) => -e)
const tilt = asTilt(model)
const exact = exactOf(model)

describe('the exact law', () => {
  it('R14: n = 1 is the base; TV(n) → 0 with n·TV → ½ Σ p |w/Z − E_p[w/Z]|', () => {
    const distance = (n: number): number =>
      exactTotalVariation(resamplingLaw(model.probabilities, logs, n), exact.probabilities)
    expect(exactTotalVariation(resamplingLaw(model.probabilities, logs, 1), model.probabilities)).toBeLessThan(1e-12)
    const found = [1, 2, 4, 8, 16, 32].map(distance)
    found.forEach((d, i) => {
      if (i > 0) expect(d).toBeLessThan(at(found, i - 1))
    })
    const relative = logs.map((l) => Math.exp(l - exact.logPartition))
    const second = dot(exact.probabilities, relative)
    const limit =
      dot(
        exact.probabilities,
        relative.map((w) => Math.abs(w - second)),
      ) / 2
    const gaps = found.map((d, i) => Math.abs(d * 2 ** i - limit))
    expect(at(gaps, 5)).toBeLessThan(0.6 * at(gaps, 4))
    expect(at(gaps, 5)).toBeLessThan(0.1 * limit)
    expect(sum(resamplingLaw(model.probabilities, logs, 8))).toBeCloseTo(1, 12)
  })

  it('E22: the order of the candidates does not matter', () => {
    const order = [2, 0, 3, 1]
    const permuted = resamplingLaw(
      order.map((i) => at(model.probabilities, i)),
      order.map((i) => at(logs, i)),
      5,
    )
    const plain = resamplingLaw(model.probabilities, logs, 5)
    order.forEach((i, j) => {
      expect(at(permuted, j)).toBeCloseTo(at(plain, i), 12)
    })
  })

  it('R15: with proposals from a truncated base the limit misses p by the mass outside', () => {
    const kept = [0.6, 0.25, 0, 0]
    const limit = exactTilt(kept.map(Math.log), model.energies).probabilities
    const outside = at(exact.probabilities, 2) + at(exact.probabilities, 3)
    expect(exactTotalVariation(limit, exact.probabilities)).toBeGreaterThanOrEqual(outside - 1e-12)
    expect(
      exactTotalVariation(
        resamplingLaw(
          kept.map((q) => q / 0.85),
          logs,
          40,
        ),
        limit,
      ),
    ).toBeLessThan(0.01)
  })
})

describe('the sampler', () => {
  it('R14: follows the law of n = 4 candidates, not p (χ², α = 1e-9, TV .02)', async () => {
    const design = chiSquareDesign({ ...standard, minDiscrepancy: 0.02 }, 4)
    const law = resamplingLaw(model.probabilities, logs, 4)
    const proposals = await run(tilt.base.sample(key(1), 4 * design.n))
    const drawn = Array.from({ length: design.n }, (_, b) => {
      const batch = proposals.slice(4 * b, 4 * b + 4)
      const weights = right(weigh(batch.map((i) => at(logs, i))))
      return resample(fold(key(2), b), 1)(batch, weights).samples[0] ?? -1
    })
    expect(design.check(countsOf(drawn, 4), law).complaints).toEqual([])
    expect(design.check(countsOf(drawn, 4), exact.probabilities).passed).toBe(false)
  })

  it('draws with a key of its own: proposals from stream 0, ancestors from stream 1, to the bit', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const own = key(100 + seed)
      const { samples, logWeights } = await run(importance(fold(own, 0), 6)(tilt))
      const wanted = resample(fold(own, 1), 3)(samples, right(weigh(logWeights)))
      expect(await run(resampling(own, { proposals: 6, draws: 3 })(tilt))).toEqual(wanted)
    }
  })

  it('reports ancestors, ESS and the largest weight; every sample is a candidate', async () => {
    const found = await run(resampling(key(3), { proposals: 50, draws: 200 })(tilt))
    expect(found.samples.length).toBe(200)
    expect(found.distinctAncestors).toBe(new Set(found.ancestors).size)
    expect(found.distinctAncestors).toBeLessThanOrEqual(50)
    expect(found.effectiveSampleSize).toBeLessThanOrEqual(50)
    expect(found.bias).toBe('O(1/n)')
    const single = resample(key(4), 3)(['only'], right(weigh([-7])))
    expect(single.samples).toEqual(['only', 'only', 'only'])
  })

  it('fails when no proposal has weight', async () => {
    const nowhere = asTilt({ ...model, energies: model.energies.map(() => Number.POSITIVE_INFINITY) })
    expect(left(await resampling(key(5), { proposals: 10, draws: 1 })(nowhere)()).tag).toBe('Support')
  })
})
