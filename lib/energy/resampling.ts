/**
 * Sampling-importance-resampling: draw n proposals from the base, then draw from them with probability proportional to
 * `e^{−E}`. This is the joint sampling of residual EBMs and E-ARM's energy re-sampling. The law is exact as n → ∞ only,
 * and only on the support of the proposals: with top-k proposals the limit is the tilt of the truncated base (R15).
 */
import { at } from '../at.ts'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { type Failure, failure, raise } from '../errors.ts'
import { fold, type Key } from '../key.ts'
import { expectation } from './compositions.ts'
import { importance, type Tilt } from './tilt.ts'
import { categorical } from './uniform.ts'
import { effectiveSampleSize, maxWeight, type Weights, weigh } from './weights.ts'

/** Resampled things, and how many of the proposals they descend from. */
export interface Resampled<X> {
  readonly samples: readonly X[]
  /** `ancestors[i]` is the proposal that sample i is. */
  readonly ancestors: Int32Array
  readonly distinctAncestors: number
  readonly proposals: number
  readonly effectiveSampleSize: number
  readonly maxWeight: number
  readonly bias: 'O(1/n)'
}

const wrongCount = (proposals: number, weights: number): Failure =>
  failure('Shape', `${weights} weights were given for ${proposals} proposals`, 'give one weight per proposal', {
    proposals,
    weights,
  })

/** Draws `draws` ancestors (with replacement) from weighted proposals; throws `Shape` for another number of weights. */
export const resample =
  (key: Key, draws: number) =>
  <X>(proposals: readonly X[], weights: Weights): Resampled<X> => {
    if (proposals.length !== weights.normalised.length) raise(wrongCount(proposals.length, weights.normalised.length))
    const ancestors = categorical(key, weights.normalised, draws)
    return {
      samples: Array.from(ancestors).flatMap((i) => proposals.slice(i, i + 1)),
      ancestors,
      distinctAncestors: new Set(ancestors).size,
      proposals: proposals.length,
      effectiveSampleSize: effectiveSampleSize(weights),
      maxWeight: maxWeight(weights),
      bias: 'O(1/n)',
    }
  }

/** Proposes `proposals` things from the base and draws `draws` of them by weight. */
export const resampling =
  (key: Key, options: { readonly proposals: number; readonly draws: number }) =>
  <X>(tilt: Tilt<X>): TE.TaskEither<Failure, Resampled<X>> =>
    pipe(
      tilt,
      importance(fold(key, 0), options.proposals),
      TE.chainEitherK(({ samples, logWeights }) =>
        pipe(
          weigh(logWeights),
          E.map((weights) => resample(fold(key, 1), options.draws)(samples, weights)),
        ),
      ),
    )

/**
 * The exact law of one draw from n proposals, on a finite support, by enumeration of all batches (R14): n = 1 gives the
 * base, n → ∞ the tilt. `logWeights[i] = −E(point i)`.
 */
export const resamplingLaw = (
  baseProbabilities: ArrayLike<number>,
  logWeights: ArrayLike<number>,
  n: number,
): Float64Array => {
  const weights = Float64Array.from(logWeights, Math.exp)
  const share = (i: number) => (counts: Int32Array) => {
    let total = 0
    for (let j = 0; j < counts.length; j++) total += at(counts, j) * at(weights, j)
    return (at(counts, i) * at(weights, i)) / total
  }
  return Float64Array.from({ length: weights.length }, (_, i) => expectation(baseProbabilities, n, share(i)))
}
