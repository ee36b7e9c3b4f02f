/** Scalar functions that must follow the same formula as their WGSL twins. */
import { describe, expect, it } from 'vitest'
import { log1pExact } from '../../lib/ops/numeric.ts'

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
