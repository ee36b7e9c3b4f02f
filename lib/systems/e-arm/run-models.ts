/**
 * The networks of a run that was trained before: its checkpoint read back, on an executor, to be measured and sampled from.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { type Run, effect, fail, need } from '../../effect.ts'
import { type Failure, failure } from '../../errors.ts'
import { adapterOf, onExecutor } from '../executor.ts'
import type { EArmExperiment } from './experiment-options.ts'
import { rememberedRun } from './memory.ts'
import type { EArmServices } from './results.ts'
import { memoryName, type TrainedSeed, trainedSeeds } from './runs.ts'
import { settingsOf, validateExperiment } from './settings.ts'
import type { Task, TaskRuntime } from './task.ts'
import { eArmWork } from './tokens-task.ts'

/** The trainings of a run that are complete, at least one seed's. */
interface SavedSeeds {
  readonly seeds: readonly [TrainedSeed, ...TrainedSeed[]]
  readonly unfinished: readonly number[]
}

/** A run's networks, open. */
export interface RunModels<T extends Task> extends SavedSeeds {
  readonly run: Run
  readonly options: EArmExperiment
  readonly task: T
  readonly runtime: TaskRuntime
  /** What has computed so far. */
  readonly adapter: () => string
}

const untrained = ({ task, out }: EArmExperiment, directory: string): Failure =>
  failure(
    'Checkpoint',
    `no seed of the run in ${out ?? directory} is trained to its end`,
    `go on with it first: exptilt earm ${task} --resume ${out ?? directory}`,
    { directory },
  )

const savedSeeds = async (
  run: Run,
  { directory, progress }: EArmServices,
  options: EArmExperiment,
): Promise<SavedSeeds> => {
  const silent = { ...progress, note: (): void => undefined }
  const where = { directory, name: memoryName(options), settings: settingsOf(options), adapter: '' }
  const memory = await run(rememberedRun({ ...where, progress: silent }))
  const { complete, missing } = trainedSeeds(options, memory.fits())
  const [first, ...rest] = complete
  if (first === undefined) return fail(untrained(options, directory ?? ''))
  return { seeds: [first, ...rest], unfinished: missing }
}

/**
 * Does something with the networks of a run on the rows of a task. `services.directory` is the folder of its checkpoints.
 * `Checkpoint` when there is none, when it is another run's (its settings are other ones), or when no seed is trained to its
 * end.
 */
export const withRunModels =
  <T extends Task>(services: EArmServices, options: EArmExperiment, task: TaskEither<Failure, T>) =>
  <A>(use: (models: RunModels<T>) => Promise<A>): TaskEither<Failure, A> =>
    effect(async (run) => {
      const checked = need(validateExperiment(options))
      const saved = await savedSeeds(run, services, checked)
      const own = await run(task)
      const onModels = onExecutor(E.right(checked), services, eArmWork)
      return run(
        onModels(async ({ executor }) => {
          const runtime = own.runtime(executor, services)
          try {
            return await use({
              run,
              options: checked,
              task: own,
              runtime,
              adapter: () => adapterOf(executor),
              ...saved,
            })
          } finally {
            runtime.release()
          }
        }),
      )
    })
