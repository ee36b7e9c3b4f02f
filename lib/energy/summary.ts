/**
 * What log Z needs to know of a set of weights: the largest ones exactly, and power sums of the rest. Both a plain
 * array and a stream of batches give such a summary, so that the estimators of log Z are written once.
 *
 * With T largest weights kept, each other weight is at most 1/(T + 1), so `Σ log(1 − wᵢ)` over the rest is a rapidly
 * convergent series in the power sums: with T = 256 and eight powers the remainder is below 1e-20.
 */
import { at } from '../at.ts'
import { logSumExp } from '../math.ts'
import type { Weights } from './weights.ts'

/** The number of power sums kept. */
export const POWERS = 8

/** n draws: `logSum = logsumexp ℓ`, normalised log-weights of the largest, descending, and `rest[k−1] = Σ wᵢᵏ` of the others. */
export interface WeightSummary {
  readonly n: number
  readonly logSum: number
  readonly top: Float64Array
  readonly rest: Float64Array
}

/** `Σ wᵢ²`, the inverse of the effective sample size. */
export const sumOfSquares = ({ top, rest }: WeightSummary): number =>
  top.reduceRight((acc, l) => acc + Math.exp(2 * l), at(rest, 1))

/** Summarises the weights of a sample, keeping the `capacity` largest exactly. */
export const summarise =
  (capacity: number) =>
  ({ logWeights, logSum }: Weights): WeightSummary => {
    const descending = Float64Array.from(logWeights).sort().reverse()
    const kept = Math.min(capacity, descending.length)
    return {
      n: descending.length,
      logSum,
      top: descending.slice(0, kept).map((l) => l - logSum),
      rest: powerSums(descending.subarray(kept), logSum),
    }
  }

/** `Σᵢ e^{k(ℓᵢ − shift)}` for k = 1 … POWERS. */
export const powerSums = (logs: ArrayLike<number>, shift: number): Float64Array => {
  const out = new Float64Array(POWERS)
  for (let i = 0; i < logs.length; i++) {
    const w = Math.exp(at(logs, i) - shift)
    let power = w
    for (let k = 0; k < POWERS; k++) {
      out[k] = at(out, k) + power
      power *= w
    }
  }
  return out
}

/** `Σ_rest log(1 − c·wᵢ) = −Σₖ cᵏ Rₖ / k`. */
export const logOneMinusRest = (rest: Float64Array, c: number): number =>
  rest.reduceRight((acc, r, k) => acc - (c ** (k + 1) * r) / (k + 1), 0)

/** `log(1 − wᵢ)` for kept weight i; for the largest it is the log-sum of all others, exact even when wᵢ rounds to 1. */
export const logOneMinusTop = (summary: WeightSummary, i: number): number => {
  const w = Math.exp(at(summary.top, i))
  return i === 0 && w > 0.5
    ? logSumExp([logSumExp(summary.top.subarray(1)), Math.log(at(summary.rest, 0))])
    : Math.log1p(-w)
}

/** `Σᵢ log(1 − wᵢ)` over all draws. */
export const leaveOneOut = (summary: WeightSummary): number =>
  summary.top.reduceRight((acc, _, i) => acc + logOneMinusTop(summary, i), logOneMinusRest(summary.rest, 1))
