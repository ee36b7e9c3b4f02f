/** Perplexity, bits per dimension and the exposure-bias ratio, by hand. */
import { describe, expect, it } from 'vitest'
import { exposureMonoid, exposureOf, exposureRatio } from '../../lib/metrics/exposure.ts'
import { bitsPerDimension, likelihoodMonoid, likelihoodOf, perplexity } from '../../lib/metrics/likelihood.ts'
import { left, right } from '../either.ts'

describe('likelihood', () => {
  it('a uniform distribution over v things has perplexity v and log₂ v bits', () => {
    const uniform = likelihoodOf(new Float64Array(7).fill(-Math.log(8)))
    expect(perplexity(uniform)).toBeCloseTo(8, 12)
    expect(bitsPerDimension(uniform)).toBeCloseTo(3, 12)
  })

  it('leaves out what is not kept, and adds up', () => {
    const some = likelihoodOf([-1, -2, -40], [1, 1, 0])
    expect(some).toEqual({ logProbability: -3, count: 2 })
    expect(likelihoodMonoid.concat(likelihoodOf([-1]), likelihoodOf([-2]))).toEqual(some)
    expect(likelihoodMonoid.empty).toEqual(likelihoodOf([]))
  })
})

describe('the exposure-bias ratio (Table 8)', () => {
  it('counts the words that are more probable under the model', () => {
    const found = right(exposureOf([-1, -2, -3, -4], [-2, -1, -3, -5]))
    expect(found).toEqual({ greater: 2, total: 4 })
    expect(exposureRatio(found)).toBe(0.5)
    expect(right(exposureOf([-1, -2], [-2, -1], [1, 0]))).toEqual({ greater: 1, total: 1 })
    expect(exposureMonoid.concat(found, found)).toEqual({ greater: 4, total: 8 })
    expect(exposureMonoid.concat(found, exposureMonoid.empty)).toEqual(found)
  })

  it('the paper’s German figures: 14 203 of 22 148 are 64.1 %', () =>
    expect(exposureRatio({ greater: 14_203, total: 22_148 })).toBeCloseTo(0.6412, 3))

  it('refuses different words', () => expect(left(exposureOf([1], [1, 2])).tag).toBe('Shape'))
})
