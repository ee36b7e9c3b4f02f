/**
 * The exposure-bias ratio of two trained translators (E-ARM paper, Table 8, after Zhang et al. 2019): each decodes the
 * sources of training pairs greedily, and gives the words of the reference their probabilities in the contexts that it has
 * decoded itself. Counted are the words to which one gives more than the other.
 *
 * A word at a place that one of the decodings does not reach, because it has ended, has no such context: it is left out. So
 * is the end itself, which is no word.
 */
import * as E from 'fp-ts/lib/Either.js'
import { at } from '../../at.ts'
import type { Failure } from '../../errors.ts'
import { type Exposure, exposureOf } from '../../metrics/exposure.ts'
import type { Parameters } from '../../models/autoregressive.ts'
import type { Measuring } from './translation-measures.ts'
import { type PairRows, beforeEnd, firstPairs } from './translation-rows.ts'

/** Reference words in the contexts that a model decoded [count·time]: log-probabilities in nats, and 1 where there is both. */
export interface DecodedWords {
  readonly logProbability: Float64Array
  readonly reached: Uint8Array
}

/** The words of the references of the first training pairs, as many as are translated. Failures as in `translate`. */
export const decodedWords = async (
  { run, options, task, runtime, search }: Measuring,
  parameters: Parameters,
): Promise<DecodedWords> => {
  const pairs = firstPairs(task.rows.training, options.translated)
  const decoded = await run(runtime.translate(parameters, pairs, { width: 1, lengthPenalty: 0, ...search }))
  const contexts = new Int32Array(pairs.target.length).fill(task.end)
  decoded.forEach(([found], i) => {
    contexts.set(found?.tokens ?? [], i * pairs.time)
  })
  const lengths = decoded.map(([found]) => found?.tokens.length ?? 0)
  return {
    logProbability: await run(runtime.words(parameters, pairs, contexts)),
    reached: reachedBy(pairs, lengths, task.end),
  }
}

const reachedBy = ({ target, count, time }: PairRows, lengths: readonly number[], end: number): Uint8Array => {
  const reached = new Uint8Array(count * time)
  for (let i = 0; i < count; i++) {
    const words = beforeEnd(target.subarray(i * time, (i + 1) * time), end).length
    reached.fill(1, i * time, i * time + Math.min(words, at(lengths, i)))
  }
  return reached
}

/** N and the total of Table 8: to how many of the words that both reach `model` gives a greater probability. */
export const exposureAgainst = (model: DecodedWords, baseline: DecodedWords): E.Either<Failure, Exposure> =>
  exposureOf(
    model.logProbability,
    baseline.logProbability,
    model.reached.map((one, i) => one * at(baseline.reached, i)),
  )
