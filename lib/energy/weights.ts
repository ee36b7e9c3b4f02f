/**
 * Importance weights in log space: checked once, then normalised, so that every estimator of weights is total.
 * `ℓᵢ = log P(xᵢ) − log q(xᵢ)`, `wᵢ = e^{ℓᵢ − logsumexp ℓ}`.
 */
import { at } from '../at.ts'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { type Failure, failure, raise } from '../errors.ts'
import { logSumExp, maximum, softmax } from '../math.ts'
import { type Estimate, estimate, isEvent, unitRange } from './estimate.ts'
import { checkedLogs, noSupport, type RowName } from './gate.ts'

/** Weights of n draws: `logWeights` as given (nats), `normalised` summing to 1, and `logSum = logsumexp ℓ`. */
export interface Weights {
  readonly logWeights: Float64Array
  readonly normalised: Float64Array
  readonly logSum: number
}

const logSumOf = (logWeights: ArrayLike<number>): E.Either<Failure, number> => {
  const logSum = logSumExp(logWeights)
  return logSum === Number.NEGATIVE_INFINITY
    ? E.left(noSupport('every weight is zero', { n: logWeights.length }))
    : E.right(logSum)
}

const none = (logWeights: ArrayLike<number>): E.Either<Failure, ArrayLike<number>> =>
  logWeights.length === 0
    ? E.left(failure('Domain', 'there are no weights', 'draw at least one sample', { n: 0 }))
    : E.right(logWeights)

/**
 * Checks and normalises log-weights. `-Infinity` is a legal log-weight (a sample outside the support of the tilt).
 * Fails with `NonFinite` on NaN or +∞, `Support` when every weight is zero, `Domain` on an empty list.
 *
 * @example
 * right(weigh([0, 0, Math.log(2)])).normalised // => [0.25, 0.25, 0.5]
 */
export const weigh = (
  logWeights: ArrayLike<number>,
  name: RowName = (i) => `log-weight ${i}`,
): E.Either<Failure, Weights> =>
  pipe(
    none(logWeights),
    E.chain(checkedLogs(name)),
    E.chain(logSumOf),
    E.map((logSum) => ({
      logWeights: Float64Array.from(logWeights),
      normalised: softmax(logWeights),
      logSum,
    })),
  )

/**
 * `ESS = 1 / Σ wᵢ²`, between 1 and n (Kong 1992).
 *
 * @example
 * effectiveSampleSize(right(weigh([0, 0, Math.log(2)]))) // => 2.66667
 */
export const effectiveSampleSize = ({ normalised }: Weights): number => {
  let squares = 0
  for (let i = 0; i < normalised.length; i++) squares += at(normalised, i) ** 2
  return Math.min(Math.max(1 / squares, 1), normalised.length)
}

/**
 * The largest normalised weight: the share of the estimate that hangs on one sample.
 *
 * @example
 * maxWeight(right(weigh([0, 0, Math.log(2)]))) // => 0.5
 */
export const maxWeight = ({ normalised }: Weights): number => maximum(normalised)

/**
 * Self-normalised importance sampling: `Ê = Σ wᵢ φ(xᵢ)`, with the delta-method standard error
 * `√(n/(n−1) · Σ wᵢ² (φᵢ − Ê)²)`. Consistent, biased of order 1/n; the GAM paper's second method (Training-1).
 * `values[i] = φ(xᵢ)`, one per weight (else a `Shape` error). Of an event (zeros and ones) that the draws never or always
 * hit, the interval is that of as many independent draws as are effective.
 *
 * @example
 * snis([1, 2, 3])(right(weigh([0, 0, Math.log(2)]))).value // => 2.25
 */
export const snis =
  (values: ArrayLike<number>) =>
  (weights: Weights): Estimate<'O(1/n)'> => {
    const w = weights.normalised
    const n = w.length
    if (values.length !== n) raise(wrongCount(values.length, n))
    let value = 0
    for (let i = 0; i < n; i++) value += at(w, i) === 0 ? 0 : at(w, i) * at(values, i)
    let squares = 0
    for (let i = 0; i < n; i++) squares += at(w, i) === 0 ? 0 : (at(w, i) * (at(values, i) - value)) ** 2
    return selfNormalised({
      value,
      squares,
      n,
      effectiveSampleSize: effectiveSampleSize(weights),
      maxWeight: maxWeight(weights),
      event: isEvent(values),
    })
  }

const wrongCount = (values: number, n: number): Failure =>
  failure('Shape', `${values} values were given for ${n} weights`, 'give one value per weight', { values, n })

/**
 * A self-normalised estimate from its value, `Σ wᵢ² (φᵢ − value)²`, and whether φ is an event: the one place of the factor
 * n/(n−1) in its error.
 */
export const selfNormalised = (parts: {
  readonly value: number
  readonly squares: number
  readonly n: number
  readonly effectiveSampleSize: number
  readonly maxWeight: number
  readonly event: boolean
}): Estimate<'O(1/n)'> => {
  const { squares, event, ...rest } = parts
  const always = event && rest.value >= 1 - 1e-12
  return estimate(
    {
      ...rest,
      value: always ? 1 : rest.value,
      standardError: always ? 0 : Math.sqrt((squares * rest.n) / (rest.n - 1)),
      bias: 'O(1/n)',
    },
    { range: event ? unitRange : undefined },
  )
}
