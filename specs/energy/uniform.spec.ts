/** Uniforms and categorical draws: open interval, resolution, and never a category of probability zero (M1, M2). */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { categorical, cumulative, invert } from '../../lib/energy/uniform.ts'
import { fineUniforms } from '../../lib/energy/index.ts'
import { key, words } from '../../lib/key.ts'
import { at } from '../../lib/at.ts'
import { chiSquareDesign, dkwDesign, standard } from '../../lib/laws/statistics.ts'
import { countsOf } from '../../lib/laws/space.ts'

describe('uniforms', () => {
  it('M2: lie in (0, 1), are uniform (DKW, α = 1e-9), and depend on (key, i) alone', () => {
    const design = dkwDesign(standard)
    const u = fineUniforms(key(1), design.n)
    expect(u.every((x) => x > 0 && x < 1)).toBe(true)
    expect(design.check(u, (x) => x).complaints).toEqual([])
    expect(fineUniforms(key(1), 7)).toEqual(u.slice(0, 7))
  })

  it('F13: uniform i is made of the upper 26 bits of words 2i and 2i + 1', () => {
    const w = words(key(5), 2000)
    const wanted = Array.from({ length: 1000 }, (_, i) => {
      const bits = BigInt(at(w, 2 * i) >>> 6) * 2n ** 26n + BigInt(at(w, 2 * i + 1) >>> 6)
      return (Number(bits) + 0.5) / 2 ** 52
    })
    expect(Array.from(fineUniforms(key(5), 1000))).toEqual(wanted)
  })

  it('have 52 bits: the extreme words give the extreme values, inside (0, 1)', () => {
    const low = 0.5 * 2 ** -52
    const high = ((2 ** 26 - 1) * 2 ** 26 + (2 ** 26 - 1) + 0.5) * 2 ** -52
    expect(low).toBeGreaterThan(0)
    expect(high).toBeLessThan(1)
  })
})

describe('categorical draws', () => {
  it('M1: weights whose sum is beyond f64 are drawn by their shares', () => {
    const drawn = Array.from(categorical(key(3), [1e308, 0, 1e308], 1000))
    expect(drawn.includes(1)).toBe(false)
    expect(Math.abs(drawn.filter((i) => i === 0).length - 500)).toBeLessThan(100)
  })

  test.prop([fc.array(fc.constantFrom(0, 1e-300, 1e-9, 0.1, 1), { minLength: 1, maxLength: 12 })], {
    seed: 111,
    numRuns: 300,
  })('M1: never a category of probability zero, for uniforms at every edge', (ps) => {
    fc.pre(ps.some((p) => p > 0))
    const draw = invert(cumulative(ps))
    const edges = [0.5 * 2 ** -52, 1e-9, 0.25, 0.5, 0.75, 1 - 2 ** -53]
    const sums = cumulative(ps)
    const total = at(sums, sums.length - 1)
    const atSums = Array.from(sums, (s) => s / total).filter((u) => u > 0 && u < 1)
    for (const u of [...edges, ...atSums]) expect(at(ps, draw(u))).toBeGreaterThan(0)
  })

  it.each([32_768, 131_072])(
    'M1: of %i categories with gaps of 60, 200 and 10⁴ only the likely are drawn, at every edge',
    (n) => {
      const edges = [0.5 * 2 ** -52, 2 ** -24, 0.25, 0.5, 1 - 2 ** -24, 1 - 2 ** -53]
      for (const gap of [60, 200, 1e4])
        for (const likely of [0, n >> 1, n - 1]) {
          // e^−60 of every other category is 1.1e-21 together: below the resolution of a uniform.
          const draw = invert(cumulative(new Float64Array(n).fill(Math.exp(-gap)).fill(1, likely, likely + 1)))
          expect(new Set(edges.map(draw))).toEqual(new Set([likely]))
        }
    },
  )

  it('are right at every multiple of 2⁻¹²: counts are p·2¹² exactly', () => {
    const ps = [0.25, 0, 0.125, 0.5, 0.125, 0]
    const draw = invert(cumulative(ps))
    const counts = countsOf(
      Array.from({ length: 4096 }, (_, i) => draw((i + 0.5) / 4096)),
      6,
    )
    expect(Array.from(counts)).toEqual(ps.map((p) => p * 4096))
    expect(invert(cumulative([1, 1]))(0.5)).toBe(1)
  })

  it('M4: are, one by one, the first category whose sum exceeds its uniform, and 0.98 u would differ', () => {
    for (const ps of [
      [1, 1, 1],
      [3, 1, 0, 4, 2],
      [0, 0.2, 0.7, 0.1],
    ]) {
      const total = ps.reduce((sum, p) => sum + p, 0)
      const first = (u: number): number => {
        let [i, below] = [0, at(ps, 0)]
        while (u * total >= below) below += at(ps, ++i)
        return i
      }
      const us = Array.from(fineUniforms(key(6), 20_000))
      expect(Array.from(categorical(key(6), ps, 20_000))).toEqual(us.map(first))
      expect(us.filter((u) => first(u) !== first(0.98 * u)).length).toBeGreaterThan(100)
    }
  })

  it('follow unnormalised probabilities (χ², α = 1e-9, TV .02)', () => {
    const ps = [3, 1, 0, 4, 2]
    const design = chiSquareDesign({ ...standard, minDiscrepancy: 0.02 }, 5)
    expect(design.check(countsOf(Array.from(categorical(key(2), ps, design.n)), 5), ps).complaints).toEqual([])
  })
})
