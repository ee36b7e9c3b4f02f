import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { histogram } from '../../../lib/systems/gam/histogram.ts'

const finite = fc.double({ min: -1e6, max: 1e6, noNaN: true })

describe('histogram', () => {
  test.prop([fc.array(finite, { minLength: 1, maxLength: 50 }), fc.integer({ min: 1, max: 30 })], {
    seed: 5,
    numRuns: 300,
  })('counts every value once, in the bin that holds it', (values, bins) => {
    const { lowest, width, counts } = histogram(bins)(values)
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(values.length)
    const spread = Math.max(...values) - Math.min(...values)
    expect(counts).toHaveLength(spread === 0 ? 1 : bins)
    counts.forEach((count, bin) => {
      const [from, to] = [lowest + bin * width, lowest + (bin + 1) * width]
      const slack = 1e-9 * (1 + Math.abs(from) + Math.abs(to))
      const inside = values.filter((value) => value >= from - slack && value <= to + slack).length
      expect(count).toBeLessThanOrEqual(inside)
    })
  })

  it('leaves out what is not finite', () => {
    expect(histogram(4)([Number.NaN, Number.NEGATIVE_INFINITY]).counts).toEqual([])
    expect(histogram(2)([0, 1, Number.POSITIVE_INFINITY]).counts).toEqual([1, 1])
  })
})
