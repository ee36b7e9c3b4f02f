/** W17: the semirings compute what they are for; their laws are in specs/laws/instances.spec.ts. */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { boolean, log, logAddExp, maxPlus, minPlus, real } from '../lib/semiring.ts'

const inputs = fc.array(fc.double({ min: -30, max: 30, noNaN: true }), { minLength: 1, maxLength: 6 })

describe('semirings', () => {
  test.prop([inputs, inputs], { seed: 171 })('W17: sums of products', (xs, ys) => {
    const pairs = xs.map((x, i) => [x, ys[i % ys.length] ?? 0] as const)
    expect(pairs.reduce((s, [x, y]) => maxPlus.add(s, maxPlus.mul(x, y)), maxPlus.zero)).toBe(
      Math.max(...pairs.map(([x, y]) => x + y)),
    )
    expect(pairs.reduce((s, [x, y]) => minPlus.add(s, minPlus.mul(x, y)), minPlus.zero)).toBe(
      Math.min(...pairs.map(([x, y]) => x + y)),
    )
    const through = pairs.reduce((s, [x, y]) => real.add(s, real.mul(Math.exp(x), Math.exp(y))), real.zero)
    const direct = pairs.reduce((s, [x, y]) => log.add(s, log.mul(x, y)), log.zero)
    expect(Math.abs(Math.log(through) - direct)).toBeLessThanOrEqual(1e-11 * (1 + Math.abs(direct)))
  })

  it('W17: log-add-exp neither overflows nor underflows', () => {
    expect(logAddExp(1e308, 1e308)).toBe(1e308 + Math.LN2)
    expect(logAddExp(-1e5, -1e5)).toBeCloseTo(-1e5 + Math.LN2, 10)
    expect(logAddExp(Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY)).toBe(Number.NEGATIVE_INFINITY)
    expect(logAddExp(0, Number.NEGATIVE_INFINITY)).toBe(0)
  })

  it('W17: reachability', () => {
    expect([boolean.add(false, true), boolean.mul(true, false), boolean.zero, boolean.one]).toEqual([
      true,
      false,
      false,
      true,
    ])
  })
})
