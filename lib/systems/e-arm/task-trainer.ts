/**
 * The trainings of a task's network, and the updates of Table 11 on it.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { Failure } from '../../errors.ts'
import type { Executor, Feeds, Prepared } from '../../executor.ts'
import { type Key, fold } from '../../key.ts'
import type { Parameters } from '../../models/autoregressive.ts'
import type { EmbeddedModel } from '../../models/embedded.ts'
import type { EArmExperiment } from './experiment-options.ts'
import { childWords } from './feeds.ts'
import type { RowKind } from './row-kinds.ts'
import { keyOf } from './runs.ts'
import type { Task, TaskTrainer } from './task.ts'
import { type EArmTrainer, type TrainerSettings, eArmTrainer, updateShape } from './trainer.ts'
import { mixingOf, optimiserFor } from './trainings.ts'
import { type TimedKinds, updateKinds } from './update-kinds.ts'

/** What a task trains: its rows, those of an update (a function of a key), and its network. */
export interface TrainedRows {
  readonly options: EArmExperiment
  readonly kind: RowKind
  /** The same for Langevin dynamics, where the network can be read from embeddings. */
  readonly moving: RowKind<EmbeddedModel> | undefined
  readonly time: number
  readonly batch: (key: Key) => Feeds
  readonly initialise: (key: Key) => Parameters
}

const settingsOf = ({ options, time }: TrainedRows): TrainerSettings => ({
  options: options.objective,
  batch: options.batch,
  time,
  dropout: options.network.dropout,
  optimiser: optimiserFor(options),
})

/** The trainings of the network on an executor. */
export const taskTrainer =
  (rows: TrainedRows): Task['trainer'] =>
  (executor: Executor): TE.TaskEither<Failure, TaskTrainer> =>
    TE.map((trainer: EArmTrainer): TaskTrainer => {
      const mixing = mixingOf(rows.options)
      const batches = (seed: number) => (step: number) =>
        TE.right({
          ...rows.batch(fold(keyOf(seed, 'rows'), step)),
          key: childWords(keyOf(seed, 'update'), step),
          mixing: mixing(step),
        })
      return {
        negatives: trainer.shape.negatives,
        stepping: (variant, seed) =>
          TE.map((prepared: Prepared) => ({ prepared, batches: batches(seed) }))(trainer.prepared(variant)),
        release: trainer.release,
      }
    })(eArmTrainer(executor, rows.kind, settingsOf(rows)))

/** The updates of Table 11 on rows that are at hand. */
export const taskUpdates =
  (rows: TrainedRows): Task['updates'] =>
  (executor, start) => {
    const settings = settingsOf(rows)
    const { negatives, length } = updateShape(settings)
    const at = { feeds: rows.batch(start), parameters: rows.initialise(start), key: start }
    return TE.map((kinds: TimedKinds) => ({
      ...kinds,
      dataTokens: settings.batch * settings.time,
      sampledTokens: negatives * length,
    }))(updateKinds(executor, rows.kind, rows.moving, { ...settings, ...at }))
  }
