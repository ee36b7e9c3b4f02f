/** Errors and intervals by hand: the factor n/(n−1) in each, events that were never hit, one survivor. */
import { at } from '../../lib/at.ts'
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { generalisedJackknife } from '../../lib/energy/logpartition.ts'
import {
  estimate,
  logPartition,
  meanEstimate,
  quasiDiagnostics,
  ratioEstimate,
  shareEstimate,
  shareInterval,
  snis,
  streamMeans,
  weigh,
  weightStreams,
} from '../../lib/energy/index.ts'
import { matrix } from '../../lib/linear.ts'
import { keys, normals } from '../../lib/laws/arbitraries/distributions.ts'
import { right } from '../either.ts'
import { thrown } from '../thrown.ts'

const NONE = Number.NEGATIVE_INFINITY
const survivor = (n: number) => right(weigh(Float64Array.from({ length: n }, (_, i) => (i === 3 ? -2 : NONE))))

describe('standard errors', () => {
  test.prop([keys, fc.integer({ min: 2, max: 30 })], { seed: 141, numRuns: 100 })(
    'of log Z is that of the mean of w/Ẑ, n/(n − 1) included',
    (k, n) => {
      const weights = right(weigh(normals(k, n)))
      const relative = weights.normalised.map((w) => n * w)
      expect(logPartition(weights).standardError).toBeCloseTo(meanEstimate(relative).standardError, 10)
    },
  )

  test.prop([keys, fc.integer({ min: 2, max: 30 })], { seed: 142, numRuns: 100 })(
    'of SNIS, of a stream and of a ratio are those of the mean where weights and counts are equal',
    (k, n) => {
      const values = normals(k, n)
      const wanted = meanEstimate(values).standardError
      const weights = right(weigh(new Float64Array(n)))
      const stream = weightStreams(1).batch(
        new Float64Array(n),
        matrix(n, 1, (i) => at(values, i)),
      )
      const [streamed] = right(streamMeans(right(stream)))
      expect(snis(values)(weights).standardError).toBeCloseTo(wanted, 10)
      expect(streamed?.standardError).toBeCloseTo(wanted, 6)
      expect(ratioEstimate(values, new Float64Array(n).fill(1)).standardError).toBeCloseTo(wanted, 10)
    },
  )

  it('by hand: weights 1 and 3 of two draws', () => {
    const weights = right(weigh([0, Math.log(3)]))
    expect(logPartition(weights).standardError).toBeCloseTo(0.5, 14)
    // Σ w²(φ − Ê)² = 1/16 · 9/16 + 9/16 · 1/16, times 2.
    expect(snis([0, 1])(weights).standardError).toBeCloseTo(Math.sqrt((2 * 18) / 256), 14)
    expect(ratioEstimate([1, 4], [1, 2])).toEqual({ value: 5 / 3, standardError: Math.sqrt(2 * (8 / 9)) / 3 })
    expect(ratioEstimate([1], [2]).standardError).toBe(Number.POSITIVE_INFINITY)
    expect(ratioEstimate([1, 2], [1, -1]).standardError).toBe(Number.POSITIVE_INFINITY)
    expect(thrown(() => ratioEstimate([1, 2], [1]))?.tag).toBe('Shape')
    expect(shareEstimate(0, 1).standardError).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('events', () => {
  it('that were never hit have an interval, exact for independent draws', () => {
    expect(meanEstimate(new Float64Array(300)).interval).toEqual(shareInterval(0, 300))
    expect(meanEstimate(new Float64Array(300)).interval[1]).toBeCloseTo(1 - 0.025 ** (1 / 300), 12)
    expect(meanEstimate(new Float64Array(300).fill(1)).interval[1]).toBe(1)
    expect(shareEstimate(7, 300).interval).toEqual(shareInterval(7, 300))
    const mean = meanEstimate(Float64Array.from({ length: 300 }, (_, i) => Number(i < 7)))
    const { standardError, ...share } = shareEstimate(7, 300)
    expect(mean).toMatchObject(share)
    expect(mean.standardError).toBeCloseTo(standardError, 14)
  })

  it('of weighted draws: as many draws as are effective, in a stream too', () => {
    const logs = Float64Array.from({ length: 300 }, (_, i) => Math.sin(i))
    const weights = right(weigh(logs))
    for (const value of [0, 1]) {
      const found = snis(new Float64Array(300).fill(value))(weights)
      const unseen = 1 - 0.025 ** (1 / found.effectiveSampleSize)
      expect([found.value, found.standardError]).toEqual([value, 0])
      expect(at(found.interval, 0)).toBeCloseTo(value === 0 ? 0 : 1 - unseen, 12)
      expect(at(found.interval, 1)).toBeCloseTo(value === 0 ? unseen : 1, 12)
      const stream = right(
        weightStreams(1).batch(
          logs,
          matrix(300, 1, () => value),
        ),
      )
      const [streamed] = right(streamMeans(stream))
      expect(at(streamed?.interval ?? [], 1 - value)).toBeCloseTo(at(found.interval, 1 - value), 9)
    }
    const quasi = quasiDiagnostics(10)(weights)
    expect(quasi.totalVariationBound.interval[1]).toBeGreaterThan(0.01)
    expect(quasi.totalVariation.interval[1]).toBeGreaterThan(0.01)
  })

  it('draws that are all alike, of a variable without a known range, are a doubt', () => {
    expect(meanEstimate(new Float64Array(300).fill(5)).doubts).toEqual(['no variation'])
    expect(meanEstimate(new Float64Array(300).fill(5), [0, 10]).interval[1]).toBeCloseTo(
      5 + 5 * (1 - 0.025 ** (1 / 300)),
      12,
    )
  })

  it('an interval does not leave a known range', () => {
    const parts = { value: 0.01, standardError: 0.1, n: 100, effectiveSampleSize: 100, maxWeight: 0.01 } as const
    const found = estimate({ ...parts, bias: 'unbiased' }, { range: [0, 1] })
    expect(found.interval[0]).toBe(0)
    expect(found.interval[1]).toBeCloseTo(0.01 + 1.9842169515 * 0.1, 9)
  })
})

describe('one survivor', () => {
  it('gives log Z with its doubts, finite: −2 − log n, whatever the order of the jackknife', () => {
    for (const n of [50, 2000]) {
      const found = logPartition(survivor(n))
      for (const x of [found.lower, found.jackknife, found.upper]) expect(x).toBeCloseTo(-2 - Math.log(n), 12)
      for (const order of [0, 1, 2] as const)
        expect(generalisedJackknife(order)(survivor(n))).toBeCloseTo(-2 - Math.log(n), 9)
      expect(found.standardError).toBeCloseTo(1, 12)
      expect(found.doubts).toContain('few effective draws')
      expect(found.reliable).toBe(false)
      // One degree of freedom: 12.7 standard errors to either side.
      expect(found.interval[1] - found.jackknife).toBeCloseTo(12.7062047, 6)
    }
  })
})
