/** log Z: bias by exact enumeration of batches, agreement of the closed form with the textbook, and the flags. */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { expectation } from '../../lib/energy/compositions.ts'
import { doubtsOf } from '../../lib/energy/doubt.ts'
import { generalisedJackknife } from '../../lib/energy/logpartition.ts'
import { defaultThresholds, type LogPartition, logPartition, weigh } from '../../lib/energy/index.ts'
import { fold, key } from '../../lib/key.ts'
import { at } from '../../lib/at.ts'
import { dot, logMeanExp, logSumExp, mean } from '../../lib/math.ts'
import { dirichlet, normals } from '../../lib/laws/arbitraries/distributions.ts'
import { right } from '../either.ts'
import { batchOf, close } from './support.ts'

const logZ = (logs: readonly number[]) => logPartition(right(weigh(logs)))
const estimateOf = (logs: readonly number[], order: 0 | 1 | 2) => generalisedJackknife(order)(right(weigh(logs)))

const P = [0.4, 0.3, 0.2, 0.1]
const L = [0.3, -0.5, 1.1, 0.7]
const TRUE_Z = dot(P, L.map(Math.exp))
const CV2 =
  dot(
    P,
    L.map((l) => (Math.exp(l) - TRUE_Z) ** 2),
  ) /
  TRUE_Z ** 2

const expected = (n: number, f: (logs: readonly number[]) => number): number =>
  expectation(P, n, (counts) => f(batchOf(counts, L)))

describe('the closed form', () => {
  const textbook = (logs: readonly number[]) => {
    const n = logs.length
    const t = logMeanExp(logs)
    const out = mean(logs.map((_, i) => logSumExp(logs.filter((_, j) => j !== i)) - Math.log(n - 1)))
    return { jackknife: n * t - (n - 1) * out, upper: (2 * n - 1) * t - 2 * (n - 1) * out }
  }

  test.prop([fc.array(fc.double({ min: -30, max: 30, noNaN: true }), { minLength: 2, maxLength: 40 })], {
    seed: 11,
    numRuns: 300,
  })('equals leave-one-out computed naively', (logs) => {
    const found = logZ(logs)
    const naive = textbook(logs)
    const scale = 40 * 60
    expect(close(found.jackknife, naive.jackknife, scale)).toBe(true)
    expect(close(found.upper, naive.upper, scale)).toBe(true)
    expect(found.upper).toBeGreaterThanOrEqual(found.lower)
  })

  it('order 2 equals the definition with all pairs left out', () => {
    const logs = Array.from(normals(key(5), 12))
    const n = logs.length
    const without = (dropped: readonly number[]) =>
      logSumExp(logs.filter((_, i) => !dropped.includes(i))) - Math.log(n - dropped.length)
    const singles = logs.map((_, i) => without([i]))
    const pairs = logs.flatMap((_, i) => logs.flatMap((_, j) => (i < j ? [without([i, j])] : [])))
    const value = (n ** 2 / 2) * without([]) - (n - 1) ** 2 * mean(singles) + ((n - 2) ** 2 / 2) * mean(pairs)
    expect(estimateOf(logs, 2)).toBeCloseTo(value, 11)
  })

  it('order 2 by power sums (n = 600 > 256 kept) equals all pairs written out', () => {
    const logs = Array.from(normals(key(6), 600))
    const n = logs.length
    const w = right(weigh(logs)).normalised
    let pairs = 0
    for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) pairs += Math.log1p(-at(w, i) - at(w, j))
    const one = Math.log1p(-1 / n) - mean(w.map((x) => Math.log1p(-x)))
    const two = Math.log1p(-2 / n) - pairs / ((n * (n - 1)) / 2)
    const value = logMeanExp(logs) + (n - 1) ** 2 * one - ((n - 2) ** 2 / 2) * two
    expect(Math.abs(estimateOf(logs, 2) - value)).toBeLessThan(1e-9)
  })

  it('does not cancel at n = 1e5 with log-normal weights: jackknife near ½', () => {
    const found = logZ(Array.from(normals(key(7), 100_000)))
    expect(Math.abs(found.jackknife - 0.5)).toBeLessThan(4 * found.standardError)
    expect(found.upper - found.lower).toBeCloseTo(1 / found.effectiveSampleSize - 1 / found.n, 6)
  })

  it('is finite when one weight is everything: leave-one-out of a dominant weight is exact', () => {
    const found = logZ([0, -800])
    expect(found.jackknife).toBeCloseTo(2 * -Math.log(2) - (0 + -800) / 2, 9)
    expect(found.reliable).toBe(false)
    expect(found.interval[0]).toBe(found.lower)
    expect(logZ([3]).lower).toBe(3)
    expect(logZ([3]).standardError).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('bias, by enumeration', () => {
  const truth = Math.log(TRUE_Z)

  it('R9: E[T_n] ≤ log Z and increases with n', () => {
    const values = [1, 2, 3, 5, 8, 13, 21, 30, 40].map((n) => expected(n, logMeanExp))
    values.forEach((value, i) => {
      expect(value).toBeLessThanOrEqual(truth + 1e-12)
      if (i > 0) expect(value).toBeGreaterThanOrEqual(at(values, i - 1) - 1e-12)
    })
  })

  it('R10: n·(log Z − E[T_n]) → cv²/2', () => {
    const scaled = [10, 20, 40].map((n) => n * (truth - expected(n, logMeanExp)))
    const gaps = scaled.map((s) => Math.abs(s - CV2 / 2))
    expect(at(gaps, 2)).toBeLessThan(0.6 * at(gaps, 1))
    expect(at(gaps, 2)).toBeLessThan(0.05 * CV2)
  })

  it('R11: E[U_n] from the T_n, and n·(E[U_n] − log Z) → cv²/2', () => {
    for (const n of [2, 5, 12]) {
      const upper = expected(n, (logs) => logZ(logs).upper)
      const composed = (2 * n - 1) * expected(n, logMeanExp) - 2 * (n - 1) * expected(n - 1, logMeanExp)
      expect(Math.abs(upper - composed)).toBeLessThan(1e-11)
    }
    const scaled = [10, 20, 40].map((n) => n * (expected(n, (logs) => logZ(logs).upper) - truth))
    const gaps = scaled.map((s) => Math.abs(s - CV2 / 2))
    expect(at(gaps, 2)).toBeLessThan(0.6 * at(gaps, 1))
  })

  it('each order of the jackknife removes one order of the bias', () => {
    const bias = (n: number, order: 0 | 1 | 2) => Math.abs(expected(n, (logs) => estimateOf(logs, order)) - truth)
    expect(bias(24, 1)).toBeLessThan(bias(24, 0) / 10)
    expect(bias(24, 2)).toBeLessThan(bias(24, 1) / 3)
    expect(bias(12, 1) / bias(24, 1)).toBeGreaterThan(3)
    expect(bias(12, 2) / bias(24, 2)).toBeGreaterThan(5)
  })

  it('R12: "upper" is no bound: counter-examples exist, and every one of them is flagged', () => {
    const cases = Array.from({ length: 150 }, (_, i) => fold(key(12), i)).flatMap((k) =>
      [2, 5].map((n) => ({
        n,
        p: dirichlet(fold(k, 0), 4, 0.3),
        logs: normals(fold(k, 1), 4).map((z) => 4 * z),
      })),
    )
    const broken = cases.filter(({ n, p, logs }) => {
      const upper = expectation(p, n, (counts) => logZ(batchOf(counts, logs)).upper)
      return upper < Math.log(dot(p, logs.map(Math.exp))) - 1e-9
    })
    expect(broken.length).toBeGreaterThan(50)
    for (const { n, p, logs } of broken) {
      const doubts = expectation(p, n, (counts) => (logZ(batchOf(counts, logs)).reliable ? 1 : 0))
      expect(doubts).toBe(0)
    }
  })

  // The heavy point's probability h, and its log-weight ℓ above the other's. A batch without it has equal weights, whose only
  // doubt is that they do not vary: that happens with probability (1 − h)ⁿ, and nothing else is missed but batches with five heavy points or
  // more, whose weights are no longer a tail: at most C(30, 5)·0.002⁵ = 5e-9 for n = 30, C(100, 5)·(5.6e-4)⁵ = 4e-9 for 100.
  it.each([
    [5.6e-4, 7.3, 30],
    [5.6e-4, 7.3, 100],
    [3.7e-4, 6.6, 30],
    [1.6e-5, 9.1, 100],
    [0.002, 12.8, 30],
  ])(
    'R12: h = %d, ℓ = %d, n = %d ≥ 25: a counter-example, flagged for its weights whenever the heavy point is drawn',
    (h, gap, n) => {
      const [p, logs] = [
        [h, 1 - h],
        [gap, 0],
      ]
      const records = Array.from({ length: n + 1 }, (_, heavy) => logZ(batchOf([heavy, n - heavy], logs)))
      const under = (f: (record: LogPartition) => number) =>
        expectation(p, n, ([heavy = 0]) => f(records[heavy] ?? logZ([])))
      expect(under(({ upper }) => upper)).toBeLessThan(Math.log(h * Math.exp(gap) + 1 - h) - 1e-3)
      const flagged = under(({ doubts }) =>
        doubts.includes('heavy tail') || doubts.includes('low effective share') ? 1 : 0,
      )
      expect(Math.abs(flagged - (1 - (1 - h) ** n))).toBeLessThan(1e-8)
      expect(records.some(({ doubts }) => doubts.includes('few draws'))).toBe(false)
      expect(records[0]?.doubts).toEqual(['no variation'])
    },
  )
})

describe('flags', () => {
  it('names each reason', () => {
    const facts = { n: 1000, effectiveSampleSize: 500, paretoK: 0.2 }
    expect(doubtsOf(defaultThresholds, facts)).toEqual([])
    expect(doubtsOf(defaultThresholds, { ...facts, n: 24 })).toEqual(['few draws'])
    expect(doubtsOf(defaultThresholds, { ...facts, effectiveSampleSize: 9 })).toEqual([
      'few effective draws',
      'low effective share',
    ])
    expect(doubtsOf(defaultThresholds, { ...facts, paretoK: 0.9 })).toEqual(['heavy tail'])
  })

  it('σ = 3 log-normal weights, n = 100: flagged', () => {
    const flagged = Array.from({ length: 40 }, (_, i) => normals(fold(key(31), i), 100).map((z) => 3 * z)).filter(
      (logs) => !logZ(Array.from(logs)).reliable,
    )
    expect(flagged.length).toBe(40)
  })
})
