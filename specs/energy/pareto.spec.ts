/** The tail index: recovers the shape of Pareto weights, and says what it cannot know. */
import { describe, expect, it } from 'vitest'
import { paretoShape, paretoTail, tailLength } from '../../lib/energy/pareto.ts'
import { fineUniforms } from '../../lib/energy/index.ts'
import { fold, key } from '../../lib/key.ts'
import { at } from '../../lib/at.ts'
import { mean } from '../../lib/math.ts'

const tail = (logs: Float64Array): number => paretoTail(Float64Array.from(logs).sort().reverse(), logs.length)

describe('k̂', () => {
  it('recovers the shape of generalised Pareto exceedances to .05, shrunk to ½ by ten observations', () => {
    for (const k of [-0.3, 0.2, 0.5, 1]) {
      const n = 2000
      const fits = Array.from({ length: 20 }, (_, r) => {
        const u = fineUniforms(fold(key(1), r), n)
        return paretoShape(u.map((x) => (x ** -k - 1) / k).sort())
      })
      expect(Math.abs(mean(fits) - (n * k + 5) / (n + 10))).toBeLessThan(0.05)
    }
  })

  it.each<readonly [string, number, (i: number) => number, number]>([
    ['squares', 5, (i) => i * i, 0.4855327713004435],
    ['cubes', 20, (i) => i ** 3, 0.8116787828096217],
    ['exponentials', 50, (i) => Math.exp(i / 10), 0.5847545692097977],
    ['numbers', 30, (i) => i, -0.5496401637086582],
  ])('of the first %s (%d) is what the formulas give elsewhere, to eleven digits', (_name, n, f, shape) => {
    // Zhang and Stephens' average over 30 + ⌊√n⌋ values, written anew in Python with exact sums.
    expect(paretoShape(Float64Array.from({ length: n }, (_, i) => f(i + 1)))).toBeCloseTo(shape, 11)
  })

  it('orders log-weights by their tails', () => {
    const u = fineUniforms(key(2), 5000)
    const found = [0.2, 0.6, 1, 1.5].map((k) => tail(u.map((x) => -k * Math.log(x))))
    found.forEach((k, i) => {
      if (i > 0) expect(k).toBeGreaterThan(at(found, i - 1) + 0.2)
    })
    expect(at(found, 3)).toBeGreaterThan(1)
  })

  it('is invariant to a shift of the log-weights, and needs only the tail', () => {
    const logs = fineUniforms(key(3), 1000).map((x) => -0.8 * Math.log(x))
    expect(tail(logs.map((l) => l + 900))).toBeCloseTo(tail(logs), 9)
    const descending = Float64Array.from(logs).sort().reverse()
    expect(paretoTail(descending.slice(0, tailLength(1000) + 1), 1000)).toBe(tail(logs))
  })

  it('equal weights are visibly bounded; two weights far above all others are not', () => {
    expect(tail(new Float64Array(100))).toBe(Number.NEGATIVE_INFINITY)
    expect(tail(Float64Array.from({ length: 100 }, (_, i) => (i < 2 ? 9 : 0)))).toBe(Number.POSITIVE_INFINITY)
    expect(tail(Float64Array.from({ length: 100 }, (_, i) => (i < 2 ? 0.01 : 0)))).toBe(Number.NEGATIVE_INFINITY)
    expect(tail(Float64Array.of(0))).toBe(Number.POSITIVE_INFINITY)
  })
})
