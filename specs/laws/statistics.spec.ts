/** The harness itself: declarations are compulsory, sample sizes match published ones, and planted bugs are seen. */
import { describe, expect, it } from 'vitest'
import { categorical } from '../../lib/energy/uniform.ts'
import { fineUniforms, shareInterval } from '../../lib/energy/index.ts'
import { key } from '../../lib/key.ts'
import { at } from '../../lib/at.ts'
import { countsOf } from '../../lib/laws/space.ts'
import { binomialUpper } from '../../lib/energy/quantile.ts'
import { chiSquareTail, nonCentralTail } from '../../lib/laws/special.ts'
import {
  bernsteinDesign,
  binomialDesign,
  chiSquareDesign,
  declared,
  dkwDesign,
  nonCentrality,
  standard,
  twoSampleDesign,
} from '../../lib/laws/statistics.ts'

describe('declarations', () => {
  it('a test without α, discrepancy and power throws', () => {
    expect(() => declared({})).toThrow('must declare')
    expect(() => chiSquareDesign({ alpha: 1e-9, power: 0.99 }, 4)).toThrow('must declare')
    expect(() => dkwDesign({ alpha: 1e-9, minDiscrepancy: 0.01 })).toThrow('must declare')
    expect(() => binomialDesign({ ...standard, alpha: 0 })).toThrow('must declare')
    expect(() => bernsteinDesign({ ...standard, power: Number.NaN }, 0, 1)).toThrow('must declare')
    expect(declared(standard)).toEqual(standard)
  })

  it('a test with fewer draws than its contract throws', () => {
    expect(() => chiSquareDesign(standard, 4).check([1, 1, 1, 1], [0.25, 0.25, 0.25, 0.25])).toThrow(
      'the contract needs',
    )
  })
})

describe('special functions and sample sizes', () => {
  it('χ² tails against closed forms', () => {
    expect(chiSquareTail(2, 7)).toBeCloseTo(Math.exp(-3.5), 14)
    expect(chiSquareTail(4, 7)).toBeCloseTo(Math.exp(-3.5) * 4.5, 13)
    expect(chiSquareTail(1, 3.841458820694124)).toBeCloseTo(0.05, 12)
    expect(nonCentralTail(3, 1e-9, 5)).toBeCloseTo(chiSquareTail(3, 5), 9)
  })

  it('binomial tails by summation, and Clopper–Pearson inverts them', () => {
    const direct = [7, 8, 9, 10].reduce(
      (acc, k) => acc + [120, 45, 10, 1].slice(k - 7, k - 6).reduce((a, c) => a + c * 0.3 ** k * 0.7 ** (10 - k), 0),
      0,
    )
    expect(binomialUpper(10, 0.3, 7)).toBeCloseTo(direct, 13)
    const [low, high] = shareInterval(7, 10, 0.05)
    expect(binomialUpper(10, low, 7)).toBeCloseTo(0.025, 9)
    expect(1 - binomialUpper(10, high, 8)).toBeCloseTo(0.025, 9)
    expect(shareInterval(0, 10, 0.05)[0]).toBe(0)
  })

  it('the non-centralities for α = 1e-9, β = 1e-6', () => {
    const found = [2, 4, 8, 16].map((k) => nonCentrality(k - 1, 1e-9, 1 - 1e-6))
    const known = [118, 128.5, 141.9, 160.4]
    found.forEach((lambda, i) => {
      expect(Math.abs(lambda - at(known, i))).toBeLessThan(0.5)
    })
    expect(dkwDesign({ ...standard, power: 1 - 1e-9 }).n / 1000).toBeCloseTo(428, 0)
  })
})

describe('planted bugs', () => {
  const P = [0.1, 0.2, 0.3, 0.4]
  const design = chiSquareDesign(standard, 4)
  const drawn = (ps: readonly number[], seed: number): Float64Array =>
    countsOf(Array.from(categorical(key(seed), ps, design.n)), 4)

  const shifted = (ps: readonly number[], n: number): readonly number[] => {
    const mass = ps.reduce((acc, p) => acc + p, 0)
    return ps.map((p) => Math.ceil((n * p) / mass))
  }

  it('χ² passes the right law, sampled', () => {
    expect(design.check(drawn(P, 1), P).complaints).toEqual([])
    expect(design.check(drawn([0.11, 0.19, 0.3, 0.4], 2), P).passed).toBe(false)
  })

  it('χ² fails the expected counts of a shift of .01, of swapped cells and of temperature 1.02', () => {
    expect(design.check(shifted(P, design.n), P).complaints).toEqual([])
    expect(design.check(shifted([0.11, 0.19, 0.3, 0.4], design.n), P).passed).toBe(false)
    expect(design.check(shifted([0.1, 0.2, 0.4, 0.3], design.n), P).passed).toBe(false)
    const fine = chiSquareDesign({ ...standard, minDiscrepancy: 0.003 }, 4)
    const cold = P.map((p) => p ** (1 / 1.02))
    expect(fine.check(shifted(cold, fine.n), P).passed).toBe(false)
  })

  it('a draw of probability zero fails at once', () => {
    const counts = Float64Array.of(design.n, 1, 0, 0)
    expect(design.check(counts, [1, 0, 0, 0]).passed).toBe(false)
  })

  it('two samples of the same law agree, of different laws do not', () => {
    const two = twoSampleDesign({ ...standard, minDiscrepancy: 0.02 }, 4)
    const draw = (ps: readonly number[], seed: number) => countsOf(Array.from(categorical(key(seed), ps, two.n)), 4)
    expect(two.check(draw(P, 5), draw(P, 6)).complaints).toEqual([])
    expect(two.check(draw(P, 5), draw([0.12, 0.18, 0.3, 0.4], 6)).passed).toBe(false)
  })

  it('DKW sees a shift of .01, Bernstein a mean off by .01, the binomial a rate off by .02', () => {
    const dkw = dkwDesign(standard)
    const u = fineUniforms(key(7), dkw.n)
    expect(dkw.check(u, (x) => x).complaints).toEqual([])
    expect(
      dkw.check(
        u.map((x) => Math.min(1, x + 0.0101)),
        (x) => x,
      ).passed,
    ).toBe(false)
    const bernstein = bernsteinDesign(standard, 0, 1)
    const v = fineUniforms(key(8), bernstein.n)
    expect(bernstein.check(v, 0.5).complaints).toEqual([])
    expect(bernstein.check(v, 0.51).passed).toBe(false)
    const binomial = binomialDesign({ ...standard, minDiscrepancy: 0.02 })
    const hits = fineUniforms(key(9), binomial.n).filter((x) => x < 0.3).length
    expect(binomial.check(hits, binomial.n, 0.3).complaints).toEqual([])
    expect(binomial.check(hits, binomial.n, 0.32).passed).toBe(false)
    expect(binomial.atLeast(hits, binomial.n, 0.32).passed).toBe(false)
  })
})
