/**
 * Importance weights in log space: checked once, then normalised, so that every estimator of weights is total.
 * `ℓᵢ = log P(xᵢ) − log q(xᵢ)`, `wᵢ = e^{ℓᵢ − logsumexp ℓ}`.
 */
import * as E from 'fp-ts/lib/Either.js'
import { at } from '../at.ts'
import { type Failure, failure } from '../errors.ts'
import { logSumExp, maximum, softmax } from '../math.ts'
import { type Estimate, estimate } from './estimate.ts'

/** Weights of n draws: `logWeights` as given (nats), `normalised` summing to 1, and `logSum = logsumexp ℓ`. */
export interface Weights {
  readonly logWeights: Float64Array
  readonly normalised: Float64Array
  readonly logSum: number
}

const problem = (logWeights: ArrayLike<number>): E.Either<Failure, number> => {
  if (logWeights.length === 0)
    return E.left(failure('Domain', 'there are no weights', 'draw at least one sample', { n: 0 }))
  for (let i = 0; i < logWeights.length; i++) {
    const value = at(logWeights, i)
    if (Number.isNaN(value) || value === Number.POSITIVE_INFINITY)
      return E.left(
        failure('NonFinite', `log-weight ${i} is ${value}`, 'check the energy at this sample and log q there', {
          i,
          value,
        }),
      )
  }
  const logSum = logSumExp(logWeights)
  return logSum === Number.NEGATIVE_INFINITY
    ? E.left(failure('Support', 'every weight is zero', 'use a base that covers the tilt', { n: logWeights.length }))
    : E.right(logSum)
}

/**
 * Checks and normalises log-weights. `-Infinity` is a legal log-weight (a sample outside the support of the tilt).
 * Fails with `NonFinite` on NaN or +∞, `Support` when every weight is zero, `Domain` on an empty list.
 *
 * @example
 * weigh([0, 0]) // right({ normalised: [0.5, 0.5], … })
 */
export const weigh = (logWeights: ArrayLike<number>): E.Either<Failure, Weights> =>
  E.map((logSum: number) => ({
    logWeights: Float64Array.from(logWeights),
    normalised: softmax(logWeights),
    logSum,
  }))(problem(logWeights))

/** `ESS = 1 / Σ wᵢ²`, between 1 and n (Kong 1992). */
export const effectiveSampleSize = ({ normalised }: Weights): number => {
  let squares = 0
  for (let i = 0; i < normalised.length; i++) squares += at(normalised, i) ** 2
  return Math.min(Math.max(1 / squares, 1), normalised.length)
}

/** The largest normalised weight: the share of the estimate that hangs on one sample. */
export const maxWeight = ({ normalised }: Weights): number => maximum(normalised)

/**
 * Self-normalised importance sampling: `Ê = Σ wᵢ φ(xᵢ)`, with the delta-method standard error
 * `√(n/(n−1) · Σ wᵢ² (φᵢ − Ê)²)`. Consistent, biased of order 1/n; the GAM paper's second method (Training-1).
 * `values[i] = φ(xᵢ)`, one per weight.
 */
export const snis =
  (values: ArrayLike<number>) =>
  (weights: Weights): Estimate<'O(1/n)'> => {
    const w = weights.normalised
    const n = w.length
    let value = 0
    for (let i = 0; i < n; i++) value += at(w, i) === 0 ? 0 : at(w, i) * at(values, i)
    let squares = 0
    for (let i = 0; i < n; i++) squares += at(w, i) === 0 ? 0 : (at(w, i) * (at(values, i) - value)) ** 2
    return estimate({
      value,
      standardError: Math.sqrt((squares * n) / (n - 1)),
      n,
      effectiveSampleSize: effectiveSampleSize(weights),
      maxWeight: maxWeight(weights),
      bias: 'O(1/n)',
    })
  }
