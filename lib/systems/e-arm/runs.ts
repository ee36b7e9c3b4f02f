/**
 * What a run shares with everything that reads it back: its random streams, the settings under which its checkpoints are
 * valid, how rows are measured and drawn, and which of its trainings are complete.
 */
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TokenRows } from '../../data/strings.ts'
import type { Failure } from '../../errors.ts'
import { type Key, fold, key } from '../../key.ts'
import type { Parameters } from '../../models/autoregressive.ts'
import type { LanguageRuntime, SampleOptions } from '../../models/language-runtime.ts'
import type { Fits } from '../../train/fits-store.ts'
import { stepsFinished } from '../../train/steps.ts'
import type { StepsState } from '../../train/steps-state.ts'
import { rowAt } from '../residual/sequence.ts'
import type { EArmExperiment } from './experiment-options.ts'
import { type EArmResults, type Variant, spreadOf } from './experiment-results.ts'

/** Rows that are scored or sampled at once. Samples depend on it. */
export const ROWS_AT_ONCE = 64

/** What the checkpoints of a run on text or images are called. */
export const memoryName = 'e-arm'

/** Random streams of a seed, by purpose. */
const streams = { initial: 0, rows: 1, update: 2, samples: 3 } as const

/** The key of a seed for one purpose. */
export const keyOf = (seed: number, stream: keyof typeof streams): Key => fold(key(seed), streams[stream])

/** Cross-entropy of every row in nats per token [count]. */
export const rowCrossEntropies = (
  language: LanguageRuntime,
  parameters: Parameters,
  rows: TokenRows,
): TE.TaskEither<Failure, Float64Array> =>
  pipe(
    language.score(parameters, rows),
    TE.map((scores) => scores.map((s) => -s / rows.time)),
  )

/** A mean over rows and its standard error. */
export interface TestMeasure {
  readonly test: number
  readonly standardError: number
}

/** The mean of one number for each row, and the standard error of that mean: infinite for one row. */
export const testMeasure = (each: Float64Array): TestMeasure => {
  const { mean, deviation } = spreadOf(Array.from(each))
  return { test: mean, standardError: each.length > 1 ? deviation / Math.sqrt(each.length) : Number.POSITIVE_INFINITY }
}

/** Draws rows, each as a list of tokens. Failures as in `sampleRows`. */
export const drawnRows = (
  language: LanguageRuntime,
  parameters: Parameters,
  options: SampleOptions,
): TE.TaskEither<Failure, readonly (readonly number[])[]> =>
  pipe(
    language.sample(parameters, options),
    TE.map((rows) => Array.from({ length: rows.count }, (_, i) => Array.from(rowAt(rows, i)))),
  )

/** The texts of rows, by variant. */
export const decodedSamples = (
  samples: EArmResults['samples'],
  decode: (row: Int32Array) => string,
): EArmResults['texts'] =>
  Object.fromEntries(
    Object.entries(samples).map(([variant, rows]) => [variant, rows.map((row) => decode(Int32Array.from(row)))]),
  )

/** Both trainings of a seed, complete. */
export interface TrainedSeed {
  readonly seed: number
  readonly fits: Readonly<Record<Variant, StepsState>>
}

/** Seeds whose trainings are complete, and those of which not. */
export interface CompleteSeeds<S> {
  readonly complete: readonly S[]
  readonly missing: readonly number[]
}

/** The seeds of a run; `trained` gives what is complete of one, or nothing. */
export const completeSeeds = <S extends { readonly seed: number }>(
  options: Pick<EArmExperiment, 'seed' | 'seeds'>,
  trained: (seed: number) => S | undefined,
): CompleteSeeds<S> => {
  const seeds = Array.from({ length: options.seeds }, (_, i) => options.seed + i)
  const complete = seeds.flatMap((seed): readonly S[] => {
    const found = trained(seed)
    return found === undefined ? [] : [found]
  })
  return { complete, missing: seeds.filter((seed) => complete.every((each) => each.seed !== seed)) }
}

/** A training at its end, if it came there; the shared one stands for it where no epoch has the energy. */
export const trainedFit =
  ({ epochs, updates }: Pick<EArmExperiment, 'epochs' | 'updates'>, fits: Fits) =>
  (name: string, seed: number): StepsState | undefined =>
    [fits[`${name}-${seed}`], fits[`shared-${seed}`]].find(
      (fit) => fit !== undefined && stepsFinished(fit, epochs * updates),
    )

/** The seeds of a run of which both trainings are complete, and those of which not. */
export const trainedSeeds = (options: EArmExperiment, fits: Fits): CompleteSeeds<TrainedSeed> => {
  const fitOf = trainedFit(options, fits)
  return completeSeeds(options, (seed) => {
    const [plain, eArm] = [fitOf('plain', seed), fitOf('e-arm', seed)]
    return plain === undefined || eArm === undefined ? undefined : { seed, fits: { plain, 'e-arm': eArm } }
  })
}
