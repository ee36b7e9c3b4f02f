/**
 * A finished run measured again: every variant of every seed on test rows, of its own data or of other data, with standard
 * errors over rows and the paired difference from plain training.
 */
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at } from '../../at.ts'
import type { Failure } from '../../errors.ts'
import type { EArmExperiment } from './experiment-options.ts'
import { type PairedDifference, pairedDifference, type Scores, type TestMeasure } from './measures.ts'
import type { EArmResults, EArmServices, TranslationMeasures } from './results.ts'
import { type RunModels, withRunModels } from './run-models.ts'
import type { TrainedSeed } from './runs.ts'
import { validateExperiment } from './settings.ts'
import type { EvaluationRequest, MeasuredTask } from './task.ts'
import { measuredTask } from './tasks.ts'
import type { Variant } from './variants.ts'

export type { EvaluationRequest } from './task.ts'

/** A variant: cross-entropy in nats per token, what its translations are like, and its measure less that of plain training. */
export interface EvaluatedTraining extends TestMeasure {
  readonly variant: Variant
  readonly translation?: TranslationMeasures
  /** Paired over test rows, in the unit of the measure; absent for plain training itself and where there is none. */
  readonly difference?: PairedDifference
}

/** All variants of a seed. */
export interface EvaluatedSeed {
  readonly seed: number
  readonly variants: readonly EvaluatedTraining[]
}

/** What was measured. */
export interface EArmEvaluation extends Pick<EArmResults, 'title' | 'licence' | 'adapter' | 'measure' | 'rows'> {
  /** The run's, with what was measured otherwise. */
  readonly options: EArmExperiment
  /** Tokens of a row. */
  readonly time: number
  /** Pairs that do not fit into the run's rows. */
  readonly leftOut: number
  readonly seeds: readonly EvaluatedSeed[]
  /** Seeds whose training is not complete, which are left out. */
  readonly unfinished: readonly number[]
}

/** The function behind `exptilt earm … evaluate`. */
export type EvaluateEArm = (
  services: EArmServices,
) => (options: EArmExperiment, request?: EvaluationRequest) => TE.TaskEither<Failure, EArmEvaluation>

const evaluatedSeed = async (
  { run, runtime, task }: RunModels<MeasuredTask>,
  { seed, trained }: TrainedSeed,
): Promise<EvaluatedSeed> => {
  const scores: Scores[] = []
  for (const { parameters } of trained) scores.push(await run(runtime.score(parameters, 'test')))
  const plain = scores[trained.findIndex(({ variant }) => variant === 'plain')]
  const { translations } = await run(runtime.review(trained, seed, { exposure: false, shown: false }))
  const variants = trained.map(({ variant }, i): EvaluatedTraining => {
    const [own, translation] = [at(scores, i), translations[i]]
    return {
      variant,
      ...runtime.measured(own),
      ...(translation === undefined ? {} : { translation }),
      ...(plain === undefined || plain === own ? {} : { difference: pairedDifference(task.measure)(plain, own) }),
    }
  })
  return { seed, variants }
}

const evaluated = async (models: RunModels<MeasuredTask>): Promise<EArmEvaluation> => {
  const { task, adapter, unfinished } = models
  const seeds: EvaluatedSeed[] = []
  for (const seed of models.seeds) seeds.push(await evaluatedSeed(models, seed))
  const { options, title, licence, measure, rows, time, leftOut } = task
  return { options, title, licence, adapter: adapter(), measure, rows, time, leftOut, seeds, unfinished }
}

/** What was asked for, as far as options have it, so that it is checked as these are. */
const asked = (options: EArmExperiment, { data: _, target: __, ...request }: EvaluationRequest): EArmExperiment => ({
  ...options,
  ...Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined)),
})

/**
 * Measures a run again, with the parameters of its best validation. Failures as in `withRunModels` and `measuredTask`; `Usage`
 * for options that cannot be.
 *
 * @example
 * import { eArm } from 'exptilt/systems'
 * const measured = (services: eArm.EArmServices) => evaluateEArm(services)(eArm.eArmPresets.lm.tiny)
 */
export const evaluateEArm: EvaluateEArm =
  (services) =>
  (options, request = {}) =>
    pipe(
      TE.fromEither(validateExperiment(asked(options, request))),
      TE.chain(() => withRunModels(services, options, measuredTask(services.data, options, request))(evaluated)),
    )
