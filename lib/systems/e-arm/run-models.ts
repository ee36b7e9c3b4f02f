/**
 * The models of a run that was trained before: its checkpoint read back, on an executor, to be measured and sampled from.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { openExecutor } from '../../choose.ts'
import { type Run, effect, fail, need } from '../../effect.ts'
import { type Failure, failure } from '../../errors.ts'
import { type LanguageRuntime, languageRuntime } from '../../models/language-runtime.ts'
import { type EArmExperiment, validateExperiment } from './experiment-options.ts'
import type { EArmServices } from './experiment-results.ts'
import { rememberedRun } from './memory.ts'
import { ROWS_AT_ONCE, type TrainedSeed, memoryName, settingsOf, trainedSeeds } from './runs.ts'
import type { EArmTask } from './task.ts'

/** A run's models, open. */
export interface RunModels {
  readonly run: Run
  readonly options: EArmExperiment
  readonly task: EArmTask
  readonly language: LanguageRuntime
  readonly adapter: string
  /** Seeds of which both trainings are complete, at least one. */
  readonly seeds: readonly [TrainedSeed, ...TrainedSeed[]]
  readonly unfinished: readonly number[]
}

const untrained = ({ task, out }: EArmExperiment, directory: string): Failure =>
  failure(
    'Checkpoint',
    `no seed of the run in ${out ?? directory} is trained to its end`,
    `go on with it first: exptilt earm ${task} --resume ${out ?? directory}`,
    { directory },
  )

/** The models of a run's options, read from `services.directory`; `task` gives the model and the rows to measure. */
const opened = async (
  run: Run,
  services: EArmServices,
  options: EArmExperiment,
): Promise<Pick<RunModels, 'seeds' | 'unfinished'>> => {
  const { directory, progress } = services
  const where = { directory, name: memoryName, settings: settingsOf(options), adapter: '' }
  const silent = { ...progress, note: (): void => undefined }
  const memory = await run(rememberedRun({ ...where, progress: silent }))
  const { complete, missing } = trainedSeeds(options, memory.fits())
  const [first, ...rest] = complete
  if (first === undefined) return fail(untrained(options, directory ?? ''))
  return { seeds: [first, ...rest], unfinished: missing }
}

/**
 * Does something with the models of a run. `services.directory` is the folder of its checkpoints. `Checkpoint` when there
 * is none, when it is another run's, or when no seed is trained to its end.
 */
export const withRunModels =
  (services: EArmServices, options: EArmExperiment, task: TaskEither<Failure, EArmTask>) =>
  <A>(use: (models: RunModels) => Promise<A>): TaskEither<Failure, A> =>
    effect(async (run) => {
      const checked = need(validateExperiment(options))
      const models = await opened(run, services, checked)
      const own = await run(task)
      const executor = await run(openExecutor(checked.device))
      services.progress.note(executor.description)
      const language = languageRuntime(executor, own.model, { batch: ROWS_AT_ONCE })
      try {
        return await use({
          run,
          options: checked,
          task: own,
          language,
          adapter: executor.description,
          ...models,
        })
      } finally {
        language.release()
        executor.release()
      }
    })
