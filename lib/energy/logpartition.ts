/**
 * log Z from importance weights, with two asymptotic bounds and every reason to doubt them.
 *
 * `T_n = logsumexp ℓ − log n` is biased low; the leave-one-out jackknife removes the 1/n term of the bias, and going
 * twice as far overshoots it. The pair brackets the *bias* of the estimator, not its sampling error: one run's
 * interval holds the true log Z at most a fifth of the time, and with heavy tails "upper" lies below the truth. Hence
 * the names, and the flags.
 */
import { at } from '../at.ts'
import { defaultThresholds, type Doubt, doubtsOf, type Thresholds } from './doubt.ts'
import { paretoTail } from './pareto.ts'
import { studentQuantile } from './quantile.ts'
import { leaveOneOut, logOneMinusTop, logOneMinusRest, sumOfSquares, summarise, type WeightSummary } from './summary.ts'
import type { Weights } from './weights.ts'

declare const asymptotic: unique symbol

/** A number whose *expectation* is at most log Z: not a bound for one run. */
export type AsymptoticLower = number & { readonly [asymptotic]?: 'lower' }

/** A number whose expectation is at least log Z for n large enough, and below it for heavy tails (R12): not a bound. */
export type AsymptoticUpper = number & { readonly [asymptotic]?: 'upper' }

/**
 * What the largest weights say of the tail: a fitted index `paretoK`, visibly bounded weights, or too few distinct ones to
 * tell, which is a doubt.
 */
export type Tail = 'fitted' | 'bounded' | 'unknown'

/** An estimate of log Z (nats). `reliable` is true when `doubts` is empty. */
export interface LogPartition {
  readonly n: number
  readonly lower: AsymptoticLower
  readonly jackknife: number
  readonly upper: AsymptoticUpper
  readonly standardError: number
  readonly effectiveSampleSize: number
  readonly maxWeight: number
  /** A 95 % interval around `jackknife`, Student's t with ESS − 1 degrees of freedom; it goes down to `lower`, where one weight is nearly all. */
  readonly interval: readonly [number, number]
  readonly tail: Tail
  /** The tail index, where one was fitted. */
  readonly paretoK?: number
  readonly doubts: readonly Doubt[]
  readonly reliable: boolean
  /** The order of the bias of `lower`; that of `jackknife` is one higher. */
  readonly bias: 'O(1/n)'
}

/**
 * `b = log1p(−1/n) − (1/n) Σ log1p(−wᵢ) ≥ 0`, the step from `T_n` to the mean of the leave-one-out estimates; 0 where one
 * draw has all the weight, since without it there is no estimate.
 */
const leaveOneOutStep = (summary: WeightSummary): number => {
  const step = summary.n === 1 ? 0 : Math.log1p(-1 / summary.n) - leaveOneOut(summary) / summary.n
  return step === Number.POSITIVE_INFINITY ? 0 : Math.max(0, step)
}

/** Equal weights: an exclusion that no draw has met looks like none. */
const NO_VARIATION: Doubt = 'no variation'

const tailOf = (k: number): Pick<LogPartition, 'tail' | 'paretoK'> =>
  Number.isFinite(k) ? { tail: 'fitted', paretoK: k } : { tail: k === Number.NEGATIVE_INFINITY ? 'bounded' : 'unknown' }

/**
 * The estimate of log Z from a summary of the weights: `lower = T_n`, `jackknife = T_n + (n−1)·b`,
 * `upper = T_n + 2(n−1)·b`, the closed form that does not cancel (Nowozin 2018, JVI; Deng et al. 2020).
 */
export const logPartitionOf =
  (thresholds: Thresholds) =>
  (summary: WeightSummary): LogPartition => {
    const { n } = summary
    const squares = sumOfSquares(summary)
    const lower = summary.logSum - Math.log(n)
    const b = leaveOneOutStep(summary)
    const [jackknife, upper] = [lower + (n - 1) * b, lower + 2 * (n - 1) * b]
    const effectiveSampleSize = Math.min(Math.max(1 / squares, 1), n)
    const standardError = n > 1 ? Math.sqrt((Math.max(0, squares - 1 / n) * n) / (n - 1)) : Number.POSITIVE_INFINITY
    const half = studentQuantile(effectiveSampleSize - 1) * standardError
    const paretoK = paretoTail(summary.top, n)
    const numbers = [lower, jackknife, upper, standardError]
    const doubts = [
      ...doubtsOf(thresholds, { n, effectiveSampleSize, paretoK, numbers }),
      ...(squares <= (1 + 1e-12) / n && n > 1 ? [NO_VARIATION] : []),
    ]
    return {
      n,
      lower,
      jackknife,
      upper,
      standardError,
      interval: [Math.min(lower, jackknife - half), jackknife + half],
      effectiveSampleSize,
      maxWeight: Math.exp(at(summary.top, 0)),
      ...tailOf(paretoK),
      doubts,
      reliable: doubts.length === 0,
      bias: 'O(1/n)',
    }
  }

/**
 * log Z of a sample, with the default thresholds.
 *
 * @example
 * const draws = await run(importance(key(1), 400)({
 *   base: enumerable({ points: [0, 1], probabilities: [0.5, 0.5] }),
 *   energy: energyOf((x: number) => x), // log Z = log (1 + 1/e)/2 = −.380
 * }))
 * const { jackknife, interval, reliable } = logPartition(right(weigh(draws.logWeights)))
 * jackknife // => -0.40535
 * interval // => [-0.451978, -0.358721]
 * reliable // => true
 */
export const logPartition = (weights: Weights): LogPartition =>
  logPartitionOf(defaultThresholds)(summarise(weights.logWeights.length)(weights))

const restPairs = (rest: Float64Array, size: number): number => {
  const power = (k: number): number => (k === 0 ? size : at(rest, k - 1))
  return rest.reduceRight((acc, _, index) => {
    const k = index + 1
    let binomial = 1
    let total = 0
    for (let a = 0; a <= k; a++) {
      total += binomial * power(a) * power(k - a)
      binomial = (binomial * (k - a)) / (a + 1)
    }
    return acc - (total - 2 ** k * power(k)) / (2 * k)
  }, 0)
}

/** `Σ_{i<j} log(1 − wᵢ − wⱼ)` over all pairs of draws, in O(T²) for T kept weights. */
const leaveTwoOut = (summary: WeightSummary): number => {
  const { top, rest, n } = summary
  const size = n - top.length
  let total = restPairs(rest, size)
  for (let i = 0; i < top.length; i++) {
    const w = Math.exp(at(top, i))
    const left = logOneMinusTop(summary, i)
    if (size > 0) total += size * left + logOneMinusRest(rest, Math.exp(-left))
    for (let j = i + 1; j < top.length; j++) total += Math.log(Math.max(0, 1 - w - Math.exp(at(top, j))))
  }
  return total
}

/**
 * The generalised jackknife of order m (Sharot 1976): bias of order n^{−(m+1)}. Order 0 is `lower`, 1 the jackknife;
 * 2 is as far as is practical. Falls back to the order below where n or the weights do not allow it.
 */
export const generalisedJackknife =
  (order: 0 | 1 | 2) =>
  (weights: Weights): number => {
    const first = logPartition(weights)
    if (order < 2 || first.n < 3) return order === 0 ? first.lower : first.jackknife
    const { n } = first
    const summary = summarise(256)(weights)
    const one = leaveOneOutStep(summary)
    const two = Math.log1p(-2 / n) - leaveTwoOut(summary) / ((n * (n - 1)) / 2)
    const value = first.lower + (n - 1) ** 2 * one - ((n - 2) ** 2 / 2) * two
    return Number.isFinite(value) ? value : first.jackknife
  }
