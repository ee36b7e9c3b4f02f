/**
 * What is trained of a run of translation: batches of pairs of one shape, or of as many tokens each, of pairs of about one length.
 */
import { at } from '../../at.ts'
import type { Feeds } from '../../executor.ts'
import { bucketDraws, bucketShares, bucketsOf } from './buckets.ts'
import type { TranslationExperiment } from './experiment-options.ts'
import { pairedRows } from './row-kinds.ts'
import type { TrainedRows } from './task-trainer.ts'
import { rowsOfUpdate } from './trainings.ts'
import { type PairRows, drawPairs } from './translation-rows.ts'
import type { TranslationTask } from './translation-task.ts'

/** A run's pairs, and what they are pairs of. */
export interface PairParts {
  readonly options: TranslationExperiment
  readonly pairs: TranslationTask
}

/** What is trained: batches of one shape. */
export const trainedPairs = ({ options, pairs }: PairParts): TrainedRows => {
  const kind = pairedRows(pairs.network, pairs.end)
  const rows = rowsOfUpdate(options, options.time)
  return {
    options,
    kind,
    moving: kind,
    time: options.time,
    batch: (key) => pairFeeds(drawPairs(pairs.rows.training, key, rows)),
    initialise: pairs.network.initialise,
  }
}

const pairFeeds = ({ source, lengths, target: tokens }: PairRows): Feeds => ({ source, lengths, tokens })

/** The same with batches of as many tokens each where the options say so, of pairs of about one length. */
export const dynamicPairs = (parts: PairParts): TrainedRows => {
  const { options, pairs } = parts
  const rows = trainedPairs(parts)
  if (options.batchTokens === undefined) return rows
  const { training } = pairs.rows
  const buckets = bucketsOf(training, pairs.end, options.batchTokens)
  const [shares, draw] = [bucketShares(buckets), bucketDraws(training, buckets)]
  return {
    ...rows,
    shapes: buckets.map(({ batch, time }, i) => ({ batch, time, share: at(shares, i) })),
    batch: (key) => {
      const { bucket, pairs: drawn } = draw(key)
      return { ...pairFeeds(drawn), shape: Int32Array.of(bucket) }
    },
  }
}
