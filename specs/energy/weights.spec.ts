/** SNIS: invariances, hull, bias by enumeration, and the typed refusals (G12, M7). */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { expectation } from '../../lib/energy/compositions.ts'
import {
  bankOf,
  bankWeights,
  effectiveSampleSize,
  maxWeight,
  meanEstimate,
  moments,
  snis,
  weigh,
} from '../../lib/energy/index.ts'
import { at } from '../../lib/at.ts'
import { dot } from '../../lib/math.ts'
import { left, right } from '../either.ts'
import { batchOf, close } from './support.ts'

const logs = fc.array(fc.double({ min: -200, max: 200, noNaN: true }), { minLength: 1, maxLength: 50 })
const values = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => Math.sin(3 * i))

describe('normalised weights', () => {
  it('sum to 1 however large the log-weights are, of a bank too', () => {
    for (const c of [0, 1e6, 1e9, -1e12, 1e15]) {
      const { normalised } = right(weigh([c, c + 1, c + 2, c + 3]))
      expect(normalised.reduce((a, b) => a + b)).toBeCloseTo(1, 14)
      const bank = bankOf({ rows: 2, columns: 1, values: Float64Array.of(c, c + 1) })
      const found = moments(bank)([-1.0986122886526803])
      expect(bankWeights(bank, [-1.0986122886526803]).weights.reduce((a, b) => a + b)).toBeCloseTo(1, 14)
      expect(at(found.moments, 0) >= c && at(found.moments, 0) <= c + 1).toBe(true)
    }
  })
})

describe('self-normalised importance sampling', () => {
  test.prop([logs, fc.double({ min: -1e4, max: 1e4, noNaN: true })], { seed: 12, numRuns: 300 })(
    'G12: invariant to w → c·w',
    (ls, c) => {
      const plain = snis(values(ls.length))(right(weigh(ls)))
      const shifted = snis(values(ls.length))(right(weigh(ls.map((l) => l + c))))
      // The shift itself rounds each log-weight by up to |l + c|·2⁻⁵³.
      expect(Math.abs(plain.value - shifted.value)).toBeLessThan(1e-11)
      expect(Math.abs(plain.effectiveSampleSize / shifted.effectiveSampleSize - 1)).toBeLessThan(1e-10)
    },
  )

  test.prop([logs], { seed: 13, numRuns: 300 })('G12: in the hull of the sample, 1 ≤ ESS ≤ n', (ls) => {
    const weights = right(weigh(ls))
    const phi = values(ls.length)
    const found = snis(phi)(weights)
    expect(found.value).toBeGreaterThanOrEqual(Math.min(...phi) - 1e-12)
    expect(found.value).toBeLessThanOrEqual(Math.max(...phi) + 1e-12)
    expect(effectiveSampleSize(weights)).toBeGreaterThanOrEqual(1)
    expect(effectiveSampleSize(weights)).toBeLessThanOrEqual(ls.length)
    expect(maxWeight(weights)).toBeGreaterThanOrEqual(1 / ls.length - 1e-12)
  })

  it('G12: n = 1 returns φ(x₁), with an infinite standard error', () => {
    const found = snis([0.7])(right(weigh([-3])))
    expect(found.value).toBe(0.7)
    expect(found.standardError).toBe(Number.POSITIVE_INFINITY)
    expect(found.bias).toBe('O(1/n)')
  })

  it('a draw of weight zero may have any value, even an infinite one', () => {
    const found = snis([Number.POSITIVE_INFINITY, 2])(right(weigh([Number.NEGATIVE_INFINITY, 0])))
    expect(found.value).toBe(2)
  })

  const P = [0.5, 0.3, 0.2]
  const L = [0, 1, -1.5]
  const PHI = [1, 0, 3]
  const Z = dot(P, L.map(Math.exp))
  const truth = dot(
    P,
    L.map((l, i) => (Math.exp(l) * at(PHI, i)) / Z),
  )
  const bias = (n: number): number =>
    expectation(P, n, (c) => snis(batchOf(c, PHI))(right(weigh(batchOf(c, L)))).value) - truth

  it('G12: the exact bias is O(1/n), with the constant of the delta method', () => {
    const constant = -dot(
      P,
      L.map((l, i) => (Math.exp(l) / Z) ** 2 * (at(PHI, i) - truth)),
    )
    const gaps = [16, 32, 64].map((n) => Math.abs(n * bias(n) - constant))
    expect(at(gaps, 2)).toBeLessThan(0.6 * at(gaps, 1))
    expect(at(gaps, 1)).toBeLessThan(0.6 * at(gaps, 0))
    expect(Math.abs(bias(64))).toBeLessThan(Math.abs(bias(8)))
  })

  it('planted bug: without normalisation the estimate is not even invariant to w → c·w, and is off by Z', () => {
    const wrong = (n: number): number => expectation(P, n, (c) => dot(batchOf(c, L).map(Math.exp), batchOf(c, PHI)) / n)
    expect(Math.abs(wrong(8) - truth)).toBeGreaterThan(0.05)
    expect(Math.abs(wrong(8) - truth * Z)).toBeLessThan(1e-12)
  })
})

describe('plain means', () => {
  it('M7: unbiased, and the squared standard error is an unbiased variance (n = 2 … 12)', () => {
    const P = [0.6, 0.3, 0.1]
    const V = [1, -2, 5]
    const mu = dot(P, V)
    const variance = dot(
      P,
      V.map((v) => (v - mu) ** 2),
    )
    for (const n of [2, 5, 12]) {
      expect(Math.abs(expectation(P, n, (c) => meanEstimate(batchOf(c, V)).value) - mu)).toBeLessThan(1e-12)
      const found = expectation(P, n, (c) => meanEstimate(batchOf(c, V)).standardError ** 2)
      expect(Math.abs(found - variance / n)).toBeLessThan(1e-12)
      const planted = expectation(P, n, (c) => (meanEstimate(batchOf(c, V)).standardError ** 2 * (n - 1)) / n)
      expect(Math.abs(planted - variance / n)).toBeGreaterThan(1e-3)
    }
    expect(meanEstimate([1]).standardError).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('refusals', () => {
  it('names what is wrong with a list of log-weights', () => {
    expect(left(weigh([])).tag).toBe('Domain')
    expect(left(weigh([0, Number.NaN])).tag).toBe('NonFinite')
    expect(left(weigh([Number.POSITIVE_INFINITY])).tag).toBe('NonFinite')
    expect(left(weigh([Number.NEGATIVE_INFINITY])).tag).toBe('Support')
  })

  it('extreme log-weights are fine', () => {
    const weights = right(weigh([-1e300, 0, 1e4, 1e4]))
    expect(close(at(weights.normalised, 2), 0.5)).toBe(true)
  })
})
