/**
 * Early stopping as a pure fold over the scores of a validation measure (cross-entropy, the ℓ1 distance of moments):
 * it keeps the best, not the last, and stops when the best has not improved for `patience` epochs.
 */
import * as t from 'io-ts'
import { failure, raise } from '../errors.ts'
import { exactNumber, natural } from '../codec/scalars.ts'

/** The state of the fold. Lower scores are better; before the first finite score `best` is +∞ and `bestEpoch` is −1. */
export interface EarlyStopping {
  readonly patience: number
  readonly leastGain: number
  readonly epochs: number
  readonly best: number
  readonly bestEpoch: number
  readonly stop: boolean
}

/** How long to wait for an improvement (epochs, ≥ 1), and the least drop in the score that counts as one (default 0). */
interface EarlyStoppingOptions {
  readonly patience: number
  readonly leastGain?: number
}

/** The state before any score; throws `Usage` for a patience that is not a natural number ≥ 1, or a negative gain. */
export const startStopping = ({ patience, leastGain = 0 }: EarlyStoppingOptions): EarlyStopping =>
  Number.isSafeInteger(patience) && patience >= 1 && leastGain >= 0
    ? { patience, leastGain, epochs: 0, best: Number.POSITIVE_INFINITY, bestEpoch: -1, stop: false }
    : raise(
        failure(
          'Usage',
          `early stopping with patience ${patience} and least gain ${leastGain}`,
          'give a whole patience of at least 1 and a gain of at least 0',
          {
            patience,
            leastGain,
          },
        ),
      )

/** Whether `score` would become the best: finite, and below `best − leastGain` (a tie keeps the earlier epoch). */
export const improves =
  (score: number) =>
  ({ best, leastGain }: EarlyStopping): boolean =>
    Number.isFinite(score) && score < best - leastGain

/**
 * The state after one more epoch. A score that is not finite counts as an epoch without improvement.
 * `stop = epochs since the best ≥ patience`.
 *
 * @example
 * [3, 1, 2, 2].reduce((s, score) => observe(score)(s), startStopping({ patience: 2 }))   // best 1, bestEpoch 1, stop
 */
export const observe =
  (score: number) =>
  (state: EarlyStopping): EarlyStopping => {
    const better = improves(score)(state)
    const bestEpoch = better ? state.epochs : state.bestEpoch
    const epochs = state.epochs + 1
    return {
      ...state,
      epochs,
      bestEpoch,
      best: better ? score : state.best,
      stop: epochs - 1 - bestEpoch >= state.patience,
    }
  }

/** The state in a file. */
export const earlyStoppingCodec: t.Type<EarlyStopping, unknown> = t.readonly(
  t.strict({
    patience: natural,
    leastGain: exactNumber,
    epochs: natural,
    best: exactNumber,
    bestEpoch: t.refinement(t.number, (n) => Number.isSafeInteger(n) && n >= -1, 'epoch'),
    stop: t.boolean,
  }),
  'early stopping',
)
