/** Scalar functions against identities and known values. */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import {
  divisorFrom,
  log1mexp,
  logFactorial,
  logGamma,
  logMeanExp,
  logSigmoid,
  logSumExp,
  median,
  normalQuantile,
  sigmoid,
  softmax,
  softplus,
  spreadOf,
  sum,
  xlogx,
} from '../lib/math.ts'

const reals = fc.double({ min: -700, max: 700, noNaN: true })

describe('log-sum-exp and friends', () => {
  test.prop([fc.array(reals, { minLength: 1, maxLength: 20 }), reals], { seed: 131, numRuns: 300 })(
    'log-sum-exp commutes with shifts; softmax sums to one',
    (xs, c) => {
      expect(Math.abs(logSumExp(xs.map((x) => x + c)) - c - logSumExp(xs))).toBeLessThan(1e-11)
      expect(Math.abs(sum(softmax(xs)) - 1)).toBeLessThan(1e-12)
      expect(logMeanExp(xs)).toBeCloseTo(logSumExp(xs) - Math.log(xs.length), 12)
    },
  )

  it('has its zero and its infinities', () => {
    expect(logSumExp([])).toBe(Number.NEGATIVE_INFINITY)
    expect(logSumExp([Number.NEGATIVE_INFINITY, 3])).toBe(3)
    expect(logSumExp([Number.POSITIVE_INFINITY, 3])).toBe(Number.POSITIVE_INFINITY)
    expect(logSumExp([Number.NaN, 3])).toBeNaN()
  })

  test.prop([reals], { seed: 132, numRuns: 300 })('softplus, sigmoid and their logs agree', (x) => {
    expect(softplus(x) - softplus(-x)).toBeCloseTo(x, 10)
    expect(sigmoid(x) + sigmoid(-x)).toBeCloseTo(1, 14)
    expect(logSigmoid(x)).toBe(-softplus(-x))
    if (x > 1e-8) expect(Math.exp(log1mexp(x)) + Math.exp(-x)).toBeCloseTo(1, 12)
  })

  it('log1mexp keeps its digits at both ends', () => {
    expect(log1mexp(1e-20)).toBeCloseTo(Math.log(1e-20), 12)
    expect(log1mexp(50)).toBe(-Math.exp(-50))
    expect(xlogx(0)).toBe(0)
  })
})

describe('gamma and the normal quantile', () => {
  it('a sum keeps what rounding would lose: a million tenths, cancellation, a part, infinities', () => {
    expect(sum(new Float64Array(1e6).fill(0.1))).toBe(100_000)
    expect(sum([1, 1e100, 1, -1e100])).toBe(2)
    expect(sum([5, 1e16, 1, -1e16, 7], 1, 4)).toBe(1)
    expect(sum([])).toBe(0)
    expect(sum([1, Number.POSITIVE_INFINITY])).toBe(Number.POSITIVE_INFINITY)
    expect(sum([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1])).toBeNaN()
    expect(sum([1e308, 1e308])).toBe(Number.POSITIVE_INFINITY)
  })

  it('log n! is the sum of logs', () => {
    for (const n of [0, 1, 2, 10, 40, 170]) {
      const direct = Array.from({ length: n }, (_, i) => Math.log(i + 1)).reduce((acc, x) => acc + x, 0)
      expect(Math.abs(logFactorial(n) - direct)).toBeLessThan(1e-12 * (1 + direct))
    }
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 13)
  })

  it('the quantile has its known values and is odd', () => {
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 14)
    expect(normalQuantile(0.001)).toBeCloseTo(-3.090232306167813, 14)
    expect(normalQuantile(1e-40)).toBeCloseTo(-13.31092, 5)
    expect(normalQuantile(0.3)).toBeCloseTo(-normalQuantile(0.7), 12)
    expect(normalQuantile(0.5)).toBe(0)
    expect([0, -0, 1].map(normalQuantile)).toEqual([-Infinity, -Infinity, Infinity])
    expect([-0.1, 1.1, Number.NaN].map(normalQuantile)).toEqual([Number.NaN, Number.NaN, Number.NaN])
  })
})

describe('the median', () => {
  it('is the value in the middle, or the mean of two', () => {
    expect(median([3, 1, 2])).toBe(2)
    expect(median([10, 9, 1, 2])).toBe(5.5)
  })
})

describe('the spread of numbers', () => {
  it('is their mean and the sample standard deviation, 0 of one number', () => {
    expect(spreadOf([1, 3, 5, 7])).toEqual({ mean: 4, deviation: Math.sqrt(20 / 3) })
    expect(spreadOf([2])).toEqual({ mean: 2, deviation: 0 })
  })
})

describe('divisors', () => {
  test.prop([fc.nat({ max: 60 }), fc.double({ min: -1, max: 70, noNaN: true })])(
    'the least that is large enough, by trying all',
    (n, least) => {
      const all = Array.from({ length: n }, (_, i) => i + 1).filter((d) => n % d === 0)
      expect(divisorFrom(n, least)).toBe(all.find((d) => d >= least))
    },
  )
})
