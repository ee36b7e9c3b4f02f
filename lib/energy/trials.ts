/**
 * Means from rejection samples, unbiased under both designs: a fixed number of accepted samples (`meanEstimate`), and a
 * fixed number of trials of which at least one was accepted (here). Filling an all-rejected batch with 0, with the last
 * value, or with a forced acceptance would bias them (G11), so such a batch is a failure.
 */
import * as E from 'fp-ts/lib/Either.js'
import { type Failure, failure } from '../errors.ts'
import { type Estimate, meanEstimate } from './estimate.ts'

/**
 * The mean of the accepted values of a fixed number of trials, unbiased given that one was accepted; `RejectionBudget` when
 * none was, `Shape` when the lists differ in length.
 *
 * @example
 * right(trialsMean([1, 5, 3], [true, false, true])).value // => 2
 */
export const trialsMean = (
  values: ArrayLike<number>,
  accepted: readonly boolean[],
): E.Either<Failure, Estimate<'unbiased'>> => {
  if (values.length !== accepted.length)
    return E.left(
      failure('Shape', `${values.length} values of ${accepted.length} trials`, 'give one value per trial', {
        values: values.length,
        trials: accepted.length,
      }),
    )
  const kept = Array.from(values).filter((_, i) => accepted[i] === true)
  return kept.length > 0
    ? E.right(meanEstimate(kept))
    : E.left(
        failure('RejectionBudget', `none of ${values.length} trials was accepted`, 'draw more trials', {
          trials: values.length,
          accepted: 0,
        }),
      )
}
