/**
 * What a Monte Carlo computation returns: the value with its standard error, a 95 % interval, the effective sample
 * size, the largest weight, every reason to doubt it and, in the type, the order of its bias (property M7).
 */
import { at } from '../at.ts'
import { failure, raise } from '../errors.ts'
import { mean, sum } from '../math.ts'
import { defaultThresholds, type Doubt, doubtsOf, type Thresholds } from './doubt.ts'
import { shareInterval, studentQuantile } from './quantile.ts'

/**
 * The order of the bias in the number of draws n: none, 1/n (self-normalised estimators), 1/√n (a distance that has a kink
 * at the truth, such as total variation where both laws agree), or one that more draws do not lessen. `O(1/steps)`: the
 * start of a Markov chain, which more chains do not lessen either.
 */
export type Bias = 'unbiased' | 'O(1/n)' | 'O(1/√n)' | 'O(1/steps)' | 'O(1)'

/** What an estimate is made from. `range`: bounds that the value cannot leave, where they are known. */
export interface EstimateParts<B extends Bias> {
  readonly value: number
  readonly standardError: number
  readonly n: number
  readonly effectiveSampleSize: number
  /** The largest normalised weight: 1/n when all weights are equal. */
  readonly maxWeight: number
  readonly bias: B
}

/** An estimate from n draws. `reliable` is true when `doubts` is empty, and never beside a number that is not finite. */
export interface Estimate<B extends Bias> extends EstimateParts<B> {
  /** A 95 % interval: Student's t with ESS − 1 degrees of freedom, or an exact one where the law is known. */
  readonly interval: readonly [number, number]
  readonly doubts: readonly Doubt[]
  readonly reliable: boolean
}

/** How an interval is made: within a known range, or as given; and from when on to doubt. */
export interface EstimateOptions {
  /** The values of the draws lie in it. Where all are equal, `[v − (v−low)·m, v + (high−v)·m]`, `m = 1 − .025^{1/ESS}`. */
  readonly range?: readonly [number, number] | undefined
  readonly interval?: readonly [number, number] | undefined
  readonly thresholds?: Thresholds
}

/** [0, 1]: the range of shares and of total variation. */
export const unitRange: readonly [number, number] = [0, 1]

const intervalOf = <B extends Bias>(parts: EstimateParts<B>, { range }: EstimateOptions): readonly [number, number] => {
  const { value, standardError, effectiveSampleSize } = parts
  const half = studentQuantile(effectiveSampleSize - 1) * standardError
  if (range === undefined) return [value - half, value + half]
  const [low, high] = range
  const unseen = standardError === 0 ? 1 - 0.025 ** (1 / Math.max(effectiveSampleSize, 1)) : 0
  return [Math.max(low, value - half - (value - low) * unseen), Math.min(high, value + half + (high - value) * unseen)]
}

/**
 * Completes an estimate with its interval and doubts; the standard error of a single draw is infinite, not zero.
 *
 * @example
 * const parts = { value: 0.4, standardError: 0.1, n: 100, effectiveSampleSize: 90, maxWeight: 0.02 }
 * const found = estimate({ ...parts, bias: 'unbiased' }, { range: [0, 1] })
 * found.interval // => [0.201302, 0.598698]
 * found.doubts // => []
 */
export const estimate = <B extends Bias>(given: EstimateParts<B>, options: EstimateOptions = {}): Estimate<B> => {
  const { interval, range, thresholds = defaultThresholds } = options
  const single = !(given.n > 1) && interval === undefined
  const parts = single ? { ...given, standardError: Number.POSITIVE_INFINITY } : given
  const { n, effectiveSampleSize, value, standardError } = parts
  const constant: readonly Doubt[] =
    standardError === 0 && range === undefined && interval === undefined ? ['no variation'] : []
  const doubts = [
    ...doubtsOf(thresholds, { n, effectiveSampleSize, numbers: [value, standardError, parts.maxWeight] }),
    ...constant,
  ]
  return { ...parts, interval: interval ?? intervalOf(parts, options), doubts, reliable: doubts.length === 0 }
}

/** Whether all values are 0 or 1: the draws of an event. */
export const isEvent = (values: ArrayLike<number>): boolean => {
  for (let i = 0; i < values.length; i++) if (at(values, i) !== 0 && at(values, i) !== 1) return false
  return true
}

/**
 * The mean of independent draws, unbiased, with standard error `s/√n`. Of zeros and ones it is a share, and its interval
 * is exact (Clopper–Pearson): an event that n draws never hit may have probability `1 − .025^{1/n}`.
 *
 * @example
 * const mean = meanEstimate([1, 2, 3, 4])
 * mean.value // => 2.5
 * mean.standardError // => 0.645497
 */
export const meanEstimate = (values: ArrayLike<number>, range?: readonly [number, number]): Estimate<'unbiased'> => {
  const n = values.length
  const value = mean(values)
  let squares = 0
  for (let i = 0; i < n; i++) squares += (at(values, i) - value) ** 2
  const parts = {
    value,
    standardError: Math.sqrt(squares / (n - 1) / n),
    n,
    effectiveSampleSize: n,
    maxWeight: 1 / n,
    bias: 'unbiased',
  } as const
  return n > 1 && isEvent(values)
    ? estimate(parts, { interval: shareInterval(sum(values), n) })
    : estimate(parts, { range })
}

/**
 * The share of `hits` in n independent trials: `meanEstimate` of as many ones and zeros. Throws `Domain` unless
 * 0 ≤ hits ≤ n.
 *
 * @example
 * const share = shareEstimate(30, 100)
 * share.value // => 0.3
 * share.interval // => [0.212406, 0.399815]
 */
export const shareEstimate = (hits: number, n: number): Estimate<'unbiased'> => {
  const interval = shareInterval(hits, n)
  const value = hits / n
  return estimate(
    {
      value,
      standardError: n > 1 ? Math.sqrt((value * (1 - value)) / (n - 1)) : Number.POSITIVE_INFINITY,
      n,
      effectiveSampleSize: n,
      maxWeight: 1 / n,
      bias: 'unbiased',
    },
    { interval },
  )
}

/** A ratio of sums and its standard error. */
export interface RatioEstimate {
  readonly value: number
  readonly standardError: number
}

/**
 * `Σ aᵢ / Σ bᵢ` over independent pairs, with the delta-method standard error `√(n/(n−1) · Σ (aᵢ − value·bᵢ)²) / Σ bᵢ`: a
 * cross-entropy per symbol from strings of different lengths. One pair, and denominators that sum to 0, have an infinite error. Throws
 * `Shape` unless there are as many of both.
 *
 * @example
 * ratioEstimate([1, 2, 3], [2, 4, 5]) // => { value: 0.545455, standardError: 0.0378725 }
 */
export const ratioEstimate = (numerators: ArrayLike<number>, denominators: ArrayLike<number>): RatioEstimate => {
  const n = numerators.length
  if (n !== denominators.length)
    raise(
      failure('Shape', `${n} numerators and ${denominators.length} denominators`, 'give pairs', {
        lengths: [n, denominators.length],
      }),
    )
  const total = sum(denominators)
  const value = sum(numerators) / total
  let squares = 0
  for (let i = 0; i < n; i++) squares += (at(numerators, i) - value * at(denominators, i)) ** 2
  const standardError =
    n > 1 && total !== 0 ? Math.sqrt((squares * n) / (n - 1)) / Math.abs(total) : Number.POSITIVE_INFINITY
  return { value, standardError }
}
