/**
 * Sampling-importance-resampling: draw n proposals from the base, then draw from them with probability proportional to
 * `e^{−E}`. This is the joint sampling of residual EBMs and E-ARM's energy re-sampling. The law is exact as n → ∞ only,
 * and only on the support of the proposals: with top-k proposals the limit is the tilt of the truncated base (R15).
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at } from '../at.ts'
import { type Failure, failure, fromThrown, raise } from '../errors.ts'
import { fold, type Key } from '../key.ts'
import { maximum, softmax, sum } from '../math.ts'
import { forEachComposition, logMultinomial } from './compositions.ts'
import { checkLogs, checkProbabilities, proportions, sameLength } from './finite.ts'
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

/**
 * Draws `draws` ancestors (with replacement) from weighted proposals; throws `Shape` for another number of weights.
 *
 * @example
 * const { samples, distinctAncestors } = resample(key(1), 4)(['a', 'b', 'c'], right(weigh([0, 0, -50])))
 * samples // => ['a', 'a', 'a', 'b']
 * distinctAncestors // => 2
 */
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

/**
 * Proposes `proposals` things from the base and draws `draws` of them by weight.
 *
 * @example
 * const tilt = { base: enumerable({ points: [0, 1], probabilities: [0.5, 0.5] }), energy: energyOf((x: number) => x) }
 * const { samples, effectiveSampleSize } = await run(resampling(key(1), { proposals: 1000, draws: 100 })(tilt))
 * samples.filter((x) => x === 1).length // => 30
 * effectiveSampleSize // => 827.285
 */
export const resampling =
  (key: Key, options: { readonly proposals: number; readonly draws: number }) =>
  <X>(tilt: Tilt<X>): TE.TaskEither<Failure, Resampled<X>> =>
    pipe(
      tilt,
      importance(fold(key, 0), options.proposals),
      TE.chainEitherK(({ samples, logWeights }) =>
        pipe(
          weigh(logWeights),
          E.chain((weights) =>
            E.tryCatch(
              () => resample(fold(key, 1), options.draws)(samples, weights),
              fromThrown('Domain', 'ask for a whole number of draws'),
            ),
          ),
        ),
      ),
    )

/**
 * The exact law of one draw from n proposals, on a finite support, by enumeration of all batches (R14): n = 1 gives the
 * base, n → ∞ the tilt. `logWeights[i] = −E(point i)`, and the law is in the order of the points. A batch of which every
 * weight is 0 is a `Support` failure of `resampling`, so this is the law given that there is none. Throws `Domain` for
 * n < 1, `Shape`, `NonFinite` for NaN and +∞, and `Support` when every batch has weight 0.
 *
 * @example
 * resamplingLaw([0.5, 0.5], [0, -Math.log(3)], 1) // => [0.5, 0.5]
 * resamplingLaw([0.5, 0.5], [0, -Math.log(3)], 50) // => [0.746193, 0.253807]
 */
export const resamplingLaw = (
  baseProbabilities: ArrayLike<number>,
  logWeights: ArrayLike<number>,
  n: number,
): Float64Array => {
  if (!Number.isInteger(n) || n < 1) raise(failure('Domain', `${n} proposals`, 'use a whole number from 1', { n }))
  sameLength('a resampling law', baseProbabilities, logWeights)
  checkProbabilities('the base probability', baseProbabilities)
  checkLogs('the log-weight', logWeights)
  const shares = proportions(baseProbabilities)
  const law = new Float64Array(logWeights.length)
  forEachComposition(n, law.length, (counts) => {
    const chance = Math.exp(logMultinomial(counts, shares))
    const logs = Float64Array.from(counts, (c, i) => Math.log(c) + (c === 0 ? 0 : at(logWeights, i)))
    if (chance === 0 || maximum(logs) === Number.NEGATIVE_INFINITY) return
    softmax(logs).forEach((share, i) => {
      law[i] = at(law, i) + chance * share
    })
  })
  const whole = sum(law)
  if (whole === 0) raise(failure('Support', 'every batch has weight 0', 'use a base that covers the tilt'))
  return law.map((x) => x / whole)
}
