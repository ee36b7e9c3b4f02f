/**
 * The models of a run that was trained before: its checkpoint read back, on an executor, to be measured and sampled from.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { type Run, effect, fail, need } from '../../effect.ts'
import { type Failure, failure } from '../../errors.ts'
import { type LanguageRuntime, languageRuntime } from '../../models/language-runtime.ts'
import type { Fits } from '../../train/fits-store.ts'
import { onExecutor } from '../executor.ts'
import type { EArmExperiment } from './experiment-options.ts'
import { settingsOf, validateExperiment } from './settings.ts'
import type { EArmServices } from './experiment-results.ts'
import { type Remembered, rememberedRun } from './memory.ts'
import { type CompleteSeeds, ROWS_AT_ONCE, type TrainedSeed, memoryName, trainedSeeds } from './runs.ts'
import type { EArmTask } from './task.ts'

/** A run's models, open. */
export interface RunModels extends SavedSeeds<TrainedSeed> {
  readonly run: Run
  readonly options: EArmExperiment
  readonly task: EArmTask
  readonly language: LanguageRuntime
  readonly adapter: string
}

/** A run as messages name it, the name and the settings of its checkpoints, and what of them counts as complete. */
export interface SavedRun<S> extends Pick<Remembered, 'name' | 'settings'> {
  readonly options: { readonly task: string; readonly out?: string }
  readonly seedsOf: (fits: Fits) => CompleteSeeds<S>
}

const untrained = ({ task, out }: SavedRun<unknown>['options'], directory: string): Failure =>
  failure(
    'Checkpoint',
    `no seed of the run in ${out ?? directory} is trained to its end`,
    `go on with it first: exptilt earm ${task} --resume ${out ?? directory}`,
    { directory },
  )

/** The trainings of a run that are complete, at least one seed's. */
export interface SavedSeeds<S> {
  readonly seeds: readonly [S, ...S[]]
  readonly unfinished: readonly number[]
}

/**
 * What the checkpoints in `services.directory` hold of a run. `Checkpoint` when there is none, when it is another run's (its
 * settings are other ones), or when no seed is trained to its end.
 */
export const savedSeeds = async <S>(
  run: Run,
  { directory, progress }: EArmServices,
  { options, seedsOf, ...where }: SavedRun<S>,
): Promise<SavedSeeds<S>> => {
  const silent = { ...progress, note: (): void => undefined }
  const memory = await run(rememberedRun({ ...where, directory, adapter: '', progress: silent }))
  const { complete, missing } = seedsOf(memory.fits())
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
      const models = await savedSeeds(run, services, {
        options: checked,
        name: memoryName,
        settings: settingsOf(checked),
        seedsOf: (fits) => trainedSeeds(checked, fits),
      })
      const own = await run(task)
      const onModels = onExecutor(E.right(checked), services)
      return run(
        onModels(async ({ executor }) => {
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
          }
        }),
      )
    })
