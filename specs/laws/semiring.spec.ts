/** Laws of semirings: what breaks them is seen, equation by equation. The library's own: `instances.spec.ts`. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { complaintsOf } from '../../lib/laws/law.ts'
import { type SemiringSubject, semiringLaws } from '../../lib/laws/semiring.ts'
import { maxPlus, real } from '../../lib/semiring.ts'

const values = fc.integer({ min: -50, max: 50 })

const broken = async (subject: SemiringSubject<number>): Promise<readonly string[]> =>
  (await complaintsOf(semiringLaws(subject))).map((found) => found.split(':')[0] ?? '')

describe('planted bugs', () => {
  it('each wrong part breaks the equations that speak of it', async () => {
    expect(await broken({ semiring: real, values })).toEqual([])
    expect(await broken({ semiring: { ...real, zero: 1 }, values })).toEqual(['0 + a = a', '0·a = 0', 'a·0 = 0'])
    expect(await broken({ semiring: { ...maxPlus, one: 1 }, values })).toEqual(['1·a = a', 'a·1 = a'])
    expect(await broken({ semiring: { ...real, add: (a, b) => a - b }, values })).toEqual([
      '(a + b) + c = a + (b + c)',
      'a + b = b + a',
      '0 + a = a',
    ])
    expect(
      await broken({ semiring: { ...real, mul: (a, b) => a * b + a - a * 1 + (b < 0 ? 1 : 0) }, values }),
    ).toContain('(a·b)·c = a·(b·c)')
    const left = (a: number, b: number): number => (a > 9 ? a : a * b)
    const leftBroken = await broken({ semiring: { ...real, mul: left }, values })
    expect(leftBroken).toEqual(expect.arrayContaining(['(a + b)·c = a·c + b·c', 'a·0 = 0']))
  })

  it('says both sides and the smallest triple', async () => {
    const [found = ''] = await complaintsOf(semiringLaws({ semiring: { ...maxPlus, one: 1 }, values }))
    expect(found).toMatch(/^1·a = a: 1 on the left, 0 on the right; counterexample \[0,0,0\]/)
  })

  it('a star is one where it is given', async () => {
    const star = (a: number): number | undefined => (Math.abs(a) < 1 ? 1 / (1 - a) : undefined)
    const shares = fc.integer({ min: -15, max: 31 }).map((k) => k / 16)
    const equals = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-9 * (1 + Math.abs(b))
    expect(await broken({ semiring: real, values: shares, equals, star })).toEqual([])
    expect(await broken({ semiring: real, values: shares, equals, star: (a) => star(a / 2) })).toEqual([
      'a* = 1 + a·a*',
    ])
  })
})
