/** Scalar functions that must follow the same formula as their WGSL twins. */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { normalQuantile as exactQuantile } from '../../lib/math.ts'
import { log1pExact, normalQuantileValue } from '../../lib/ops/numeric.ts'

describe('log1p', () => {
  it('has a floor where 1 + x would be below 2⁻¹²⁶', () => {
    expect([-1, -2, Number.NEGATIVE_INFINITY].map(log1pExact)).toEqual([-1, -1, -1].map(() => -126 * Math.LN2))
    expect(log1pExact(-1 + 2 ** -53)).toBeCloseTo(-53 * Math.LN2, 12)
    expect([log1pExact(0), log1pExact(-0), log1pExact(1e-20), log1pExact(Number.NaN)]).toEqual([
      0,
      -0,
      1e-20,
      Number.NaN,
    ])
  })
})

describe('the normal quantile', () => {
  test.prop([fc.double({ min: 2 ** -24, max: 1 - 2 ** -24, noNaN: true })], { seed: 57, numRuns: 500 })(
    'gives the normal quantile to 1e-6 over all probabilities that are drawn',
    (p) => {
      const [found, exact] = [normalQuantileValue(p), exactQuantile(p)]
      expect(Math.abs(found - exact)).toBeLessThanOrEqual(2e-6 * Math.max(1, Math.abs(exact)))
    },
  )

  test.prop([fc.double({ min: 0, max: 0.4999, noNaN: true })], { seed: 58 })('is odd about one half', (x) => {
    const share = Math.fround(x)
    expect(normalQuantileValue(0.5 - share) + normalQuantileValue(0.5 + share)).toBeCloseTo(0, 12)
  })

  it('is ±∞ at the ends and NaN outside', () => {
    const found = [0, 1, -0.1, 1.1, Number.NaN].map(normalQuantileValue)
    expect(found).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NaN, Number.NaN, Number.NaN])
  })
})
