/** Farkas' lemma: exactly one of the two answers, and each is checked. */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { alternative } from '../../lib/moments/simplex.ts'

const integers = fc.integer({ min: 1, max: 4 }).chain((rows) =>
  fc.record({
    rows: fc.constant(rows),
    a: fc.array(fc.array(fc.integer({ min: -3, max: 3 }), { minLength: rows, maxLength: rows }), {
      minLength: 1,
      maxLength: 9,
    }),
    b: fc.array(fc.integer({ min: -3, max: 3 }), { minLength: rows, maxLength: rows }),
  }),
)

describe('alternative', () => {
  test.prop([integers], { seed: 620, numRuns: 500 })('gives v ≥ 0 with A·v = b, or y with y·A ≤ 0 < y·b', (x) => {
    const found = alternative(x.rows, x.a.length, (i, s) => at(x.a[s] ?? [], i), Float64Array.from(x.b))
    if (found.kind === 'solution') {
      expect(found.v.every((v) => v >= 0)).toBe(true)
      x.b.forEach((b, i) => {
        expect(x.a.reduce((t, column, s) => t + at(found.v, s) * at(column, i), 0)).toBeCloseTo(b, 9)
      })
      return
    }
    const against = (column: readonly number[]) => column.reduce((t, v, i) => t + v * at(found.y, i), 0)
    for (const column of x.a) expect(against(column)).toBeLessThanOrEqual(1e-9)
    expect(against(x.b)).toBeGreaterThan(1e-9)
  })

  it('by hand: 2 is a sum of ones, −2 is not', () => {
    expect(alternative(1, 2, () => 1, Float64Array.of(2))).toMatchObject({ kind: 'solution' })
    expect(alternative(1, 2, () => 1, Float64Array.of(-2))).toEqual({ kind: 'farkas', y: Float64Array.of(-1) })
  })
})
