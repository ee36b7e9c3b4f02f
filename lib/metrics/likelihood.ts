/**
 * Perplexity and bits per dimension: functions of a total log-probability and of how much it is spread over. The pair is
 * a monoid. Which things are counted (words, tokens, dimensions; EOS or not) is the caller's to say, and matters.
 */
import type { Monoid } from 'fp-ts/lib/Monoid.js'
import { at } from '../at.ts'

/** A total log-probability (nats) of so many tokens or dimensions. */
export interface Likelihood {
  readonly logProbability: number
  readonly count: number
}

/**
 * Totals of two sets together.
 *
 * @example
 * likelihoodMonoid.concat({ logProbability: -3, count: 2 }, { logProbability: -1, count: 1 }) // => { logProbability: -4, count: 3 }
 */
export const likelihoodMonoid: Monoid<Likelihood> = {
  concat: (a, b) => ({ logProbability: a.logProbability + b.logProbability, count: a.count + b.count }),
  empty: { logProbability: 0, count: 0 },
}

/**
 * The total of single log-probabilities (nats); those whose `kept` is 0 are left out.
 *
 * @example
 * likelihoodOf([-1, -2, -9], [1, 1, 0]) // => { logProbability: -3, count: 2 }
 */
export const likelihoodOf = (logProbabilities: ArrayLike<number>, kept?: ArrayLike<number>): Likelihood => {
  let [logProbability, count] = [0, 0]
  for (let i = 0; i < logProbabilities.length; i++) {
    if (kept !== undefined && at(kept, i) === 0) continue
    logProbability += at(logProbabilities, i)
    count += 1
  }
  return { logProbability, count }
}

/**
 * Cross-entropy `−log p / count`, in nats.
 *
 * @example
 * crossEntropyRate({ logProbability: -3, count: 2 }) // => 1.5
 */
export const crossEntropyRate = ({ logProbability, count }: Likelihood): number => -logProbability / count

/**
 * `e^{−log p / count}`.
 *
 * @example
 * perplexity(likelihoodOf([Math.log(0.25), Math.log(0.25)])) // => 4
 */
export const perplexity = (x: Likelihood): number => Math.exp(crossEntropyRate(x))

/**
 * `−log₂ p / count`: bits per dimension when dimensions were counted.
 *
 * @example
 * bitsPerDimension(likelihoodOf([Math.log(0.25), Math.log(0.25)])) // => 2
 */
export const bitsPerDimension = (x: Likelihood): number => crossEntropyRate(x) / Math.LN2
