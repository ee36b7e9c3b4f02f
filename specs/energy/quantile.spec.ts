/** Quantiles of Student's t and of the beta distribution against tables (SciPy 1.17.1), and the exact intervals of shares. */
import { at } from '../../lib/at.ts'
import { readFileSync } from 'node:fs'
import * as t from 'io-ts'
import { describe, expect, it } from 'vitest'
import { decodeJson } from '../../lib/codec/json.ts'
import { betaQuantile, binomialUpper, incompleteBeta } from '../../lib/energy/quantile.ts'
import { shareInterval, studentQuantile } from '../../lib/energy/index.ts'
import { right } from '../either.ts'

const tables = right(
  decodeJson(
    t.type({
      levels: t.array(t.number),
      quantiles: t.array(t.array(t.number)),
      beta: t.array(t.tuple([t.number, t.number, t.number, t.number])),
    }),
    'student-t.json',
  )(readFileSync(new URL('../fixtures/student-t.json', import.meta.url), 'utf8')),
)

describe('Student’s t', () => {
  it('has the quantiles of the table: df 1 … 120, six levels, to nine digits', () => {
    expect(tables.quantiles).toHaveLength(120)
    tables.quantiles.forEach((row, i) =>
      tables.levels.forEach((level, j) => {
        expect(Math.abs(studentQuantile(i + 1, level) / at(row, j) - 1), `df ${i + 1}, level ${level}`).toBeLessThan(
          1e-9,
        )
      }),
    )
  })

  it.each([
    // SciPy 1.17.1
    [1, 0.9999, 3183.0987571099],
    [2, 0.975, 4.302652729696],
    [1e6, 0.975, 1.959966356814107],
    [1e6, 0.9999, 3.719030274762571],
  ])('df %d at %d, to nine digits', (degrees, level, wanted) => {
    expect(Math.abs(studentQuantile(degrees, level) / wanted - 1)).toBeLessThan(1e-9)
  })

  it('is 12.71 at one degree of freedom, 1.96 at infinitely many; fewer than one count as one', () => {
    expect(studentQuantile(1)).toBeCloseTo(12.7062047362, 9)
    expect(studentQuantile(0)).toBe(studentQuantile(1))
    expect(studentQuantile(Number.POSITIVE_INFINITY)).toBeCloseTo(1.959963985, 8)
    expect(studentQuantile(2.5)).toBeGreaterThan(studentQuantile(3))
  })

  it('is continuous where the series takes over', () => {
    for (const level of [0.9, 0.975, 0.9995])
      expect(Math.abs(studentQuantile(9999.9, level) / studentQuantile(10_000.1, level) - 1)).toBeLessThan(3e-8)
  })
})

describe('shares', () => {
  it.each([
    // To 40 digits (mpmath), and closed forms for b = 1 and of one half.
    [2, 5, 0.25, 0.466064453125],
    [0.5, 0.5, 0.01, 0.063768560858519],
    [30, 0.1, 0.9, 0.001358991328375403],
    [1e7, 1e7, 0.5, 0.5],
    [1e9, 1, 1 - 1e-9, Math.exp(1e9 * Math.log(1 - 1e-9))],
    [1, 1e9, 1e-9, -Math.expm1(1e9 * Math.log1p(-1e-9))],
    [1e5, 3e5, 0.25, 0.5002427886356727],
  ])('the incomplete beta function of (%d, %d) at %d keeps its digits', (a, b, x, wanted) => {
    expect(Math.abs(incompleteBeta(a, b, x) / wanted - 1)).toBeLessThan(1e-8)
  })

  it('the interval of no hit is 1 − .025^(1/n), whatever n', () => {
    for (const n of [1, 10, 1e3, 1e6, 1e9])
      expect(Math.abs(shareInterval(0, n)[1] / -Math.expm1(Math.log(0.025) / n) - 1)).toBeLessThan(1e-10)
  })

  it('beta quantiles are those of the table, and invert the incomplete beta function', () => {
    for (const [level, a, b, wanted] of tables.beta) {
      expect(Math.abs(betaQuantile(level, a, b) / wanted - 1), `Beta(${a}, ${b})`).toBeLessThan(1e-9)
      expect(incompleteBeta(a, b, betaQuantile(level, a, b))).toBeCloseTo(level, 11)
    }
    expect([betaQuantile(0.5, 0, 3), betaQuantile(0.5, 3, 0)]).toEqual([0, 1])
  })

  it('of none and of all the interval is closed in form; never a point', () => {
    for (const n of [1, 5, 300]) {
      const [low, high] = shareInterval(0, n)
      expect(low).toBe(0)
      expect(high).toBeCloseTo(1 - 0.025 ** (1 / n), 12)
      expect(shareInterval(n, n)[0]).toBeCloseTo(0.025 ** (1 / n), 12)
      expect(shareInterval(n, n)[1]).toBe(1)
    }
  })

  it.each([3, 20, 75])(
    'M7: of %i trials it covers at least 95 % whatever the probability: exact, by enumeration',
    (n) => {
      const intervals = Array.from({ length: n + 1 }, (_, k) => shareInterval(k, n))
      for (let p = 0.005; p < 1; p += 0.0101) {
        const covered = intervals.reduce((total, [low, high], k) => {
          const mass = binomialUpper(n, p, k) - binomialUpper(n, p, k + 1)
          return low <= p && p <= high ? total + mass : total
        }, 0)
        expect(covered, `p = ${p}`).toBeGreaterThanOrEqual(0.95 - 1e-12)
      }
    },
  )
})
