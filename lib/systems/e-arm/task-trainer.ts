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
import { type EArmTrainer, type RowsShape, type TrainerSettings, eArmTrainer, updateShape } from './trainer.ts'
import { mixingOf, optimiserFor, rowsOfUpdate } from './trainings.ts'
import { type TimedKinds, updateKinds } from './update-kinds.ts'

/** What a task trains: its rows, those of an update (a function of a key), and its network. */
export interface TrainedRows {
  readonly options: EArmExperiment
  readonly kind: RowKind
  /** The same for Langevin dynamics, where the network can be read from embeddings. */
  readonly moving: RowKind<EmbeddedModel> | undefined
  readonly time: number
  /** Shapes of batches with how often each is drawn, where they have several: `shape` among the feeds says which one a batch has. */
  readonly shapes?: readonly (RowsShape & { readonly share: number })[]
  readonly batch: (key: Key) => Feeds
  readonly initialise: (key: Key) => Parameters
}

const settingsOf = ({ options, time, shapes }: TrainedRows): TrainerSettings => ({
  options: options.objective,
  batch: rowsOfUpdate(options, time),
  time,
  ...(shapes === undefined ? {} : { shapes }),
  ...(options.task === 'translate' ? { rowsPerSource: options.perSource ?? 1 } : {}),
  dropout: options.network.dropout,
  optimiser: optimiserFor(options),
})

/** Rows that are sampled for an update: of several shapes on average. */
const negativesOf = (rows: TrainedRows): number => {
  const settings = settingsOf(rows)
  const of = (shape: RowsShape): number => updateShape({ ...settings, ...shape }).negatives
  return rows.shapes === undefined
    ? of(settings)
    : Math.round(rows.shapes.reduce((mean, { share, ...shape }) => mean + share * of(shape), 0))
}

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
        negatives: negativesOf(rows),
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
