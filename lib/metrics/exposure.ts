/**
 * The exposure-bias ratio (E-ARM paper, Table 8, after Zhang et al. 2019): among the ground-truth words, with contexts
 * decoded by each model, the share to which one model gives a greater probability than another. Above ½ it is better off.
 */
import type { Monoid } from 'fp-ts/lib/Monoid.js'
import { at } from '../at.ts'
import { type Failure, failure } from '../errors.ts'
import * as E from 'fp-ts/lib/Either.js'

/** How many words were compared, and to how many the first model gives more. */
export interface Exposure {
  readonly greater: number
  readonly total: number
}

/**
 * Counts of two sets together.
 *
 * @example
 * exposureMonoid.concat({ greater: 1, total: 2 }, { greater: 2, total: 2 }) // => { greater: 3, total: 4 }
 */
export const exposureMonoid: Monoid<Exposure> = {
  concat: (a, b) => ({ greater: a.greater + b.greater, total: a.total + b.total }),
  empty: { greater: 0, total: 0 },
}

/**
 * Compares the probabilities (or their logarithms) of the same words; equal ones count for the baseline.
 *
 * @example
 * right(exposureOf([3, 1, 2], [2, 2, 2])) // => { greater: 1, total: 3 }
 */
export const exposureOf = (
  model: ArrayLike<number>,
  baseline: ArrayLike<number>,
  kept?: ArrayLike<number>,
): E.Either<Failure, Exposure> => {
  if (model.length !== baseline.length)
    return E.left(
      failure(
        'Shape',
        `${model.length} probabilities of one model and ${baseline.length} of the other`,
        'compare both on the same words',
      ),
    )
  let [greater, total] = [0, 0]
  for (let i = 0; i < model.length; i++) {
    if (kept !== undefined && at(kept, i) === 0) continue
    total += 1
    if (at(model, i) > at(baseline, i)) greater += 1
  }
  return E.right({ greater, total })
}

/**
 * `N / total`, in [0, 1].
 *
 * @example
 * exposureRatio({ greater: 3, total: 4 }) // => 0.75
 */
export const exposureRatio = ({ greater, total }: Exposure): number => greater / total
