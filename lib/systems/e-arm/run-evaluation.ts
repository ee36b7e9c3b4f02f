/**
 * A finished run measured again: both variants of every seed on test rows, of its own data or of other data, with standard
 * errors over rows and the paired difference.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { at } from '../../at.ts'
import type { ImageShape } from '../../data/images-shape.ts'
import { effect, fail } from '../../effect.ts'
import { type Failure, failure } from '../../errors.ts'
import type { EArmExperiment } from './experiment-options.ts'
import { type EArmResults, type EArmServices, inMeasure } from './experiment-results.ts'
import { type RunModels, withRunModels } from './run-models.ts'
import { type TestMeasure, type TrainedSeed, rowCrossEntropies, testMeasure } from './runs.ts'
import { type EArmTask, eArmTask } from './task.ts'

/** What to measure on: other data than the run's, and how many test rows; absent: as in the run. */
export interface EvaluationRequest {
  readonly data?: string
  readonly measured?: number
}

/** A difference between two measures of the same rows, and its standard error over rows; in the unit of the measure. */
export interface PairedDifference {
  readonly value: number
  readonly standardError: number
}

/** One seed: test cross-entropies in nats per token, and the difference e-arm − plain in the unit of the measure. */
export interface EvaluatedSeed {
  readonly seed: number
  readonly plain: TestMeasure
  readonly eArm: TestMeasure
  readonly difference: PairedDifference
}

/** What was measured. */
export interface EArmEvaluation {
  /** The run's own. */
  readonly options: EArmExperiment
  readonly data: string
  readonly title: string
  readonly licence: string
  readonly adapter: string
  readonly measure: EArmResults['measure']
  /** Test rows, and tokens of a row. */
  readonly rows: number
  readonly time: number
  readonly seeds: readonly EvaluatedSeed[]
  /** Seeds whose training is not complete, which are left out. */
  readonly unfinished: readonly number[]
}

/** The function behind `exptilt earm … evaluate`. */
export type EvaluateEArm = (
  services: EArmServices,
) => (options: EArmExperiment, request?: EvaluationRequest) => TaskEither<Failure, EArmEvaluation>

/**
 * The difference of two measures M(b̄) − M(ā) of the same rows, whose standard error is that of the rows' contributions
 * M′(b̄)·b_i − M′(ā)·a_i (delta method): pairing takes out what makes a row hard for both.
 */
export const pairedDifference =
  (measure: EArmResults['measure']) =>
  (a: Float64Array, b: Float64Array): PairedDifference => {
    const [first, second] = [testMeasure(a).test, testMeasure(b).test]
    const value = inMeasure(measure)
    const slope = (nats: number): number => (measure === 'perplexity' ? Math.exp(nats) : 1 / Math.LN2)
    const contributions = b.map((x, i) => slope(second) * x - slope(first) * at(a, i))
    return { value: value(second) - value(first), standardError: testMeasure(contributions).standardError }
  }

const shapeText = ({ height, width, channels, levels }: ImageShape): string =>
  `${height} × ${width} pixels with ${channels} channel${channels === 1 ? '' : 's'} of ${levels} levels`

const sameShape = (a: ImageShape, b: ImageShape): boolean => shapeText(a) === shapeText(b)

/** The run's model with the rows of other data; `Usage` when those are images of another shape. */
const withRowsOf = (own: EArmTask, other: EArmTask, data: string): EArmTask => {
  if (own.image !== undefined && other.image !== undefined && !sameShape(own.image, other.image))
    return fail(
      failure(
        'Usage',
        `${data} has images of ${shapeText(other.image)}, and the run's have ${shapeText(own.image)}`,
        'give images of the same size',
        { own: own.image, other: other.image },
      ),
    )
  return { ...other, model: own.model }
}

const measuredTask = (
  services: EArmServices,
  options: EArmExperiment,
  { data = options.data, measured = options.measured }: EvaluationRequest,
): TaskEither<Failure, EArmTask> =>
  effect(async (run) => {
    const other = await run(eArmTask(services.data, { ...options, data, measured }))
    if (data === options.data || options.task === 'lm') return other
    return withRowsOf(await run(eArmTask(services.data, options)), other, data)
  })

const evaluatedSeed = async (
  { run, language, task }: RunModels,
  { seed, fits }: TrainedSeed,
): Promise<EvaluatedSeed> => {
  const plain = await run(rowCrossEntropies(language, fits.plain.best, task.test))
  const eArm = await run(rowCrossEntropies(language, fits['e-arm'].best, task.test))
  return {
    seed,
    plain: testMeasure(plain),
    eArm: testMeasure(eArm),
    difference: pairedDifference(task.measure)(plain, eArm),
  }
}

/** Measures a run again, with the parameters of its best validation. Failures as in `withRunModels` and `eArmTask`. */
export const evaluateEArm: EvaluateEArm =
  (services) =>
  (options, request = {}) =>
    withRunModels(
      services,
      options,
      measuredTask(services, options, request),
    )(async (models) => {
      const { task, adapter, unfinished } = models
      const seeds: EvaluatedSeed[] = []
      for (const seed of models.seeds) seeds.push(await evaluatedSeed(models, seed))
      const { title, licence, measure, time } = task
      return {
        options: models.options,
        data: request.data ?? options.data,
        title,
        licence,
        adapter,
        measure,
        rows: task.test.count,
        time,
        seeds,
        unfinished,
      }
    })
