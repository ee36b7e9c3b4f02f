/**
 * The models of a translation run that was trained before: its checkpoint read back, on an executor, to be measured and to
 * translate; and what a run shares with that.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import type { Run } from '../../effect.ts'
import type { Failure } from '../../errors.ts'
import type { Executor } from '../../executor.ts'
import type { Fits } from '../../train/fits-store.ts'
import type { StepsState } from '../../train/steps-state.ts'
import { onExecutor } from '../executor.ts'
import type { EArmServices } from './experiment-results.ts'
import { type SavedSeeds, savedSeeds } from './run-models.ts'
import { type CompleteSeeds, completeSeeds, trainedFit } from './runs.ts'
import type { TranslationExperiment } from './experiment-options.ts'
import { settingsOf, validateTranslation } from './settings.ts'
import type { TranslationVariant } from './translation-programs.ts'
import { type TranslationRuntime, translationRuntime } from './translation-runtime.ts'
import { type TranslationTask, translationTask } from './translation-task.ts'

/** Pairs that are scored at once, lanes of beams, and targets that are sampled at once: samples depend on it. */
export const ROWS_AT_ONCE = 32

/** What the checkpoints of a translation run are called. */
export const memoryName = 'translation'

/** A training at its end. */
export interface TrainedVariant {
  readonly variant: TranslationVariant
  readonly fit: StepsState
}

/** All trainings of a seed, complete, in the order of the options. */
export interface TrainedTranslation {
  readonly seed: number
  readonly fits: readonly TrainedVariant[]
}

/** The seeds of a run of which every training is complete, and those of which not. */
export const trainedTranslations = (options: TranslationExperiment, fits: Fits): CompleteSeeds<TrainedTranslation> => {
  const fitOf = trainedFit(options, fits)
  return completeSeeds(options, (seed) => {
    const found = options.variants.flatMap((variant): readonly TrainedVariant[] => {
      const fit = fitOf(variant, seed)
      return fit === undefined ? [] : [{ variant, fit }]
    })
    return found.length < options.variants.length ? undefined : { seed, fits: found }
  })
}

/** A run's models, open. */
export interface TranslationModels extends SavedSeeds<TrainedTranslation> {
  readonly run: Run
  readonly options: TranslationExperiment
  readonly executor: Executor
  readonly task: TranslationTask
  readonly runtime: TranslationRuntime
}

/**
 * Does something with the models of a run. `services.directory` is the folder of its checkpoints. Failures as in `savedSeeds`, `translationTask` and `openExecutor`.
 */
export const withTranslationModels =
  (services: EArmServices, options: TranslationExperiment) =>
  <A>(use: (models: TranslationModels) => Promise<A>): TaskEither<Failure, A> =>
    onExecutor(
      validateTranslation(options),
      services,
    )(async ({ run, executor, options: valid }) => {
      const saved = await savedSeeds(run, services, {
        options: valid,
        name: memoryName,
        settings: settingsOf(valid),
        seedsOf: (fits) => trainedTranslations(valid, fits),
      })
      const task = await run(translationTask(services.data, valid))
      const sizes = { batch: ROWS_AT_ONCE, time: valid.time, end: task.end }
      const runtime = translationRuntime(executor, task.network, sizes)
      try {
        return await use({ run, options: valid, executor, task, runtime, ...saved })
      } finally {
        runtime.release()
      }
    })
