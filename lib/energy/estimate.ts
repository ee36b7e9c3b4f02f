/**
 * What a Monte Carlo computation returns: the value with its standard error, a 95 % interval, the effective sample
 * size, the largest weight and, in the type, the order of its bias (property M7).
 */
import { at } from '../at.ts'
import { mean, normalQuantile } from '../math.ts'

/** The order of the bias: exactly zero, or of order 1/n (self-normalised estimators). */
export type Bias = 'unbiased' | 'O(1/n)'

/** An estimate from n draws. `maxWeight` is the largest normalised weight: 1/n when all weights are equal. */
export interface Estimate<B extends Bias> {
  readonly value: number
  readonly standardError: number
  /** A 95 % interval, Student's t with ESS − 1 degrees of freedom. */
  readonly interval: readonly [number, number]
  readonly n: number
  readonly effectiveSampleSize: number
  readonly maxWeight: number
  readonly bias: B
}

/** The 97.5 % quantile of Student's t (Cornish–Fisher to third order; exact to 1 % from 3 degrees of freedom). */
export const studentQuantile = (degrees: number): number => {
  const z = normalQuantile(0.975)
  const v = Math.max(degrees, 1)
  const first = (z ** 3 + z) / 4
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96
  const third = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384
  return z + first / v + second / v ** 2 + third / v ** 3
}

/** What an estimate is made from. */
export interface EstimateParts<B extends Bias> {
  readonly value: number
  readonly standardError: number
  readonly n: number
  readonly effectiveSampleSize: number
  readonly maxWeight: number
  readonly bias: B
}

/** Completes an estimate with its interval; the standard error of a single draw is infinite, not zero. */
export const estimate = <B extends Bias>(parts: EstimateParts<B>): Estimate<B> => {
  const standardError = parts.n > 1 ? parts.standardError : Number.POSITIVE_INFINITY
  const half = studentQuantile(parts.effectiveSampleSize - 1) * standardError
  return { ...parts, standardError, interval: [parts.value - half, parts.value + half] }
}

/**
 * The mean of independent draws, unbiased, with standard error `s/√n`.
 *
 * @example
 * meanEstimate([1, 2, 3]).value // 2
 */
export const meanEstimate = (values: ArrayLike<number>): Estimate<'unbiased'> => {
  const n = values.length
  const value = mean(values)
  let squares = 0
  for (let i = 0; i < n; i++) squares += (at(values, i) - value) ** 2
  return estimate({
    value,
    standardError: Math.sqrt(squares / (n - 1) / n),
    n,
    effectiveSampleSize: n,
    maxWeight: 1 / n,
    bias: 'unbiased',
  })
}
