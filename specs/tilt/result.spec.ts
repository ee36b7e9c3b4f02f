/** The interval of a mean over texts, where what islands say is skewed. */
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { fineUniforms } from '../../lib/energy/uniform.ts'
import { key } from '../../lib/key.ts'
import { resultOf, textMean, type Tilted } from '../../lib/tilt/result.ts'
import { right } from '../either.ts'
import { thrown } from '../thrown.ts'

/** Islands of one text each, all of one weight. */
const islandsOf = (k: number): Tilted =>
  right(
    resultOf({
      sampler: 'smc',
      texts: Array.from({ length: k }, (_, i) => String(i)),
      tokens: Array.from({ length: k }, () => []),
      logWeights: new Float64Array(k).fill(-Math.log(k)),
      origins: Int32Array.from({ length: k }, (_, i) => i),
      islands: Int32Array.from({ length: k }, (_, i) => i),
      partitions: new Float64Array(k),
      independent: true,
      steps: [],
      deaths: [],
    }),
  )

/** How often an interval of the mean of k draws lies above the true mean, and how often below. */
const misses = (
  k: number,
  draw: (u: number) => number,
  truth: number,
): { readonly above: number; readonly below: number } => {
  const [found, runs] = [islandsOf(k), 8000]
  const uniforms = fineUniforms(key(3), k * runs)
  let [above, below] = [0, 0]
  for (let r = 0; r < runs; r++) {
    const [low, high] = textMean((text) => draw(at(uniforms, r * k + Number(text))))(found).interval
    above += Number(low > truth)
    below += Number(high < truth)
  }
  return { above: above / runs, below: below / runs }
}

describe('the interval of a mean over texts', () => {
  it('is Student’s where nothing is skewed', () => {
    const { interval, standardError } = textMean(Number)(islandsOf(5))
    expect(standardError).toBeCloseTo(Math.sqrt(2.5 / 5), 12)
    expect(interval[0]).toBeCloseTo(2 - 2.7764451 * standardError, 6)
    expect(interval[1]).toBeCloseTo(2 + 2.7764451 * standardError, 6)
  })

  it('covers at 93 % or more whatever the skewness of 16 islands, each side of an exponential law too', () => {
    // Student's interval lies below the mean of an exponential law in 2.5 % and, by Edgeworth, γ(2t² + 1)φ(t)/(6√k) = 4.2 % more
    // of the runs; what is left once that is taken out is of order 1/k.
    const skewed = misses(16, (u) => -Math.log(u), 1)
    const mirrored = misses(16, Math.log, -1)
    const even = misses(16, (u) => u, 0.5)
    expect(skewed.below).toBeLessThan(0.055)
    expect(mirrored).toEqual({ above: skewed.below, below: skewed.above })
    for (const { above, below } of [skewed, even]) expect(above + below).toBeLessThan(0.07)
  })

  it('of a share is by its log-odds, and what is possible where no text, or each, has the property', () => {
    const five = islandsOf(5)
    const share = textMean((text) => Number(text === '0'))(five)
    expect(share.value).toBeCloseTo(0.2, 12)
    const reach = (2.7764451 * share.standardError) / (0.2 * 0.8)
    expect(Math.log(share.interval[0] / (1 - share.interval[0]))).toBeCloseTo(Math.log(0.25) - reach, 5)
    expect(Math.log(share.interval[1] / (1 - share.interval[1]))).toBeCloseTo(Math.log(0.25) + reach, 5)
    // Five texts that all lack what a share of 0.52 has are met in one run of 40.
    const unseen = 1 - 0.025 ** 0.2
    expect(textMean(() => 0)(five)).toEqual({ value: 0, standardError: 0, interval: [0, expect.closeTo(unseen, 9)] })
    expect(textMean(() => 1)(five).interval).toEqual([expect.closeTo(1 - unseen, 9), 1])
  })

  it('is refused of a function that is not finite of a text with weight', () => {
    for (const x of [Number.NaN, Number.POSITIVE_INFINITY])
      expect(thrown(() => textMean((text) => (text === '2' ? x : 1))(islandsOf(4)))).toMatchObject({
        tag: 'NonFinite',
        what: `the function is ${x} of the text "2"`,
      })
  })

  it('is a point where all islands say the same, and everything where there is one', () => {
    expect(textMean(() => 3)(islandsOf(4)).interval).toEqual([3, 3])
    expect(textMean(Number)(islandsOf(1)).interval).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY])
  })
})
