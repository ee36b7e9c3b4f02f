/** Stars are geometric series, and division undoes multiplication, in each of the five semirings. */
import { describe, expect, it } from 'vitest'
import { boolean, log, maxPlus, minPlus, real } from '../../lib/automata/star.ts'
import { left, right } from '../either.ts'

describe('stars', () => {
  it('real: 1/(1 − x) inside the unit circle', () => {
    expect([0, 0.5, -0.5].map((x) => right(real.star(x)))).toEqual([1, 2, 1 / 1.5])
    for (const x of [1, -1, 2, Number.NaN]) expect(left(real.star(x))).toMatchObject({ tag: 'Diverges', facts: { x } })
  })

  it('log: −log(1 − e^x) below 0, with the digits of small x', () => {
    expect(right(log.star(Number.NEGATIVE_INFINITY))).toBeCloseTo(0, 15)
    expect(right(log.star(-Math.LN2))).toBeCloseTo(Math.LN2, 15)
    expect(right(log.star(-1e-12))).toBeCloseTo(12 * Math.LN10, 9)
    for (const x of [0, 1, Number.NaN]) expect(left(log.star(x)).tag).toBe('Diverges')
  })

  it('max-plus and min-plus: 0 where a round gains nothing', () => {
    for (const x of [0, 0.5, 7, Number.POSITIVE_INFINITY]) {
      expect(right(maxPlus.star(-x))).toBe(0)
      expect(right(minPlus.star(x))).toBe(0)
    }
    for (const x of [0.5, 7]) {
      expect(left(maxPlus.star(x)).tag).toBe('Diverges')
      expect(left(minPlus.star(-x)).tag).toBe('Diverges')
    }
  })

  it('Boolean: always true', () => expect([true, false].map((x) => right(boolean.star(x)))).toEqual([true, true]))

  it.each([
    ['real', real, 0.25],
    ['log', log, -1.5],
    ['max-plus', maxPlus, -1.5],
    ['min-plus', minPlus, 1.5],
  ] as const)('%s: x* = 1 ⊕ x ⊗ x*, and (x ⊗ y) ÷ y = x', (_name, s, x) => {
    const star = right(s.star(x))
    expect(s.add(s.one, s.mul(x, star))).toBeCloseTo(star, 14)
    expect(s.divide(s.mul(x, 0.5), 0.5)).toBe(x)
  })

  it('weights are printed so that rounding does not tell states apart, and a digit in twelve does', () => {
    for (const s of [real, log]) {
      expect(s.print(0.1 + 0.2)).toBe(s.print(0.3))
      expect(s.print(0.300000000001)).not.toBe(s.print(0.3))
    }
    expect(maxPlus.print(0.1 + 0.2)).not.toBe(maxPlus.print(0.3))
  })
})
