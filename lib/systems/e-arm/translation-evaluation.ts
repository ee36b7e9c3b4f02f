/**
 * A finished translation run measured again: every variant of every seed on test pairs, its own or those of two files, with
 * standard errors over pairs and the paired difference from plain training.
 */
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at } from '../../at.ts'
import { type PairFiles, readPairLines } from '../../data/pair-files.ts'
import { type Run, fail } from '../../effect.ts'
import { type Failure, failure } from '../../errors.ts'
import type { EArmServices } from './experiment-results.ts'
import type { PairedDifference } from './run-evaluation.ts'
import { type TestMeasure, keyOf } from './runs.ts'
import { type TranslationMeasures, measureTranslations, searchesOf } from './translation-measures.ts'
import {
  type TrainedTranslation,
  type TrainedVariant,
  type TranslationModels,
  withTranslationModels,
} from './translation-models.ts'
import type { TranslationExperiment } from './experiment-options.ts'
import { validateTranslation } from './settings.ts'
import type { TranslationVariant } from './translation-programs.ts'
import { encodePairs, firstPairs, fitsInto, pairRows } from './translation-rows.ts'
import { type PairScores, perToken } from './translation-runtime.ts'
import type { TranslationTask } from './translation-task.ts'

/** What of a run's options may be other ones when it is measured again. */
export type MeasuringOptions = Pick<
  TranslationExperiment,
  'measured' | 'translated' | 'beam' | 'lengthPenalty' | 'candidates' | 'lengths'
>

/** How to measure: absent, as in the run; and two files of test pairs instead of its own, then all of their pairs. */
export type TranslationEvaluationRequest = {
  readonly [K in keyof MeasuringOptions]?: MeasuringOptions[K] | undefined
} & { readonly files?: PairFiles | undefined }

/** Options with what was asked for in its place. */
const measuredUnder = (
  options: TranslationExperiment,
  asked: Omit<TranslationEvaluationRequest, 'files'>,
): TranslationExperiment => ({
  ...options,
  measured: asked.measured ?? options.measured,
  translated: asked.translated ?? options.translated,
  beam: asked.beam ?? options.beam,
  lengthPenalty: asked.lengthPenalty ?? options.lengthPenalty,
  candidates: asked.candidates ?? options.candidates,
  lengths: asked.lengths ?? options.lengths,
})

/** A variant: cross-entropy in nats per target token, translations, and the perplexity less that of plain training. */
export interface EvaluatedTranslation extends TranslationMeasures, TestMeasure {
  readonly variant: TranslationVariant
  /** Paired over test pairs; absent for plain training itself and where there is none. */
  readonly difference?: PairedDifference
}

/** All variants of a seed. */
export interface EvaluatedTranslationSeed {
  readonly seed: number
  readonly variants: readonly EvaluatedTranslation[]
}

/** What was measured. */
export interface TranslationEvaluation {
  /** The run's, with what was measured otherwise; of two files `data` and `target`. */
  readonly options: TranslationExperiment
  readonly title: string
  readonly licence: string
  readonly adapter: string
  /** Pairs whose cross-entropy was measured, those that were translated, and those that do not fit into the run's rows. */
  readonly pairs: Readonly<Record<'measured' | 'translated' | 'leftOut', number>>
  readonly seeds: readonly EvaluatedTranslationSeed[]
  /** Seeds whose training is not complete, which are left out. */
  readonly unfinished: readonly number[]
}

/** The function behind `exptilt earm translate evaluate`. */
export type EvaluateTranslation = (
  services: EArmServices,
) => (
  options: TranslationExperiment,
  request?: TranslationEvaluationRequest,
) => TE.TaskEither<Failure, TranslationEvaluation>

/**
 * The difference of two perplexities e^b̄ − e^ā of the same pairs, b̄ = −Σ s_i / Σ c_i over scores s and token counts c, and
 * its standard error: that of the pairs' contributions e^b̄·(−s_i − b̄·c_i) / Σ c less the same of a (delta method of a ratio).
 */
export const pairedPerplexities = (a: PairScores, b: PairScores): PairedDifference => {
  const [first, second] = [perToken(a).value, perToken(b).value]
  const tokens = a.counts.reduce((total, n) => total + n, 0)
  const contribution = ({ scores, counts }: PairScores, mean: number, i: number): number =>
    (Math.exp(mean) * (-at(scores, i) - mean * at(counts, i))) / tokens
  const n = a.scores.length
  const squares = a.scores.reduce(
    (total, _, i) => total + (contribution(b, second, i) - contribution(a, first, i)) ** 2,
    0,
  )
  const standardError = n > 1 ? Math.sqrt((squares * n) / (n - 1)) : Number.POSITIVE_INFINITY
  return { value: Math.exp(second) - Math.exp(first), standardError }
}

/** Test pairs with the options that they are measured under, and how many of them do not fit. */
interface Tested {
  readonly task: TranslationTask
  readonly options: TranslationExperiment
  readonly leftOut: number
}

const noneFits = ({ source, target }: PairFiles, time: number): Failure =>
  failure(
    'Usage',
    `no pair of ${source} and ${target} fits into rows of ${time} tokens, or has tokens on both sides`,
    'give shorter sentences',
  )

/** The pairs of two files, in their order, instead of the run's test pairs. */
const testedOn = async (run: Run, { task, options }: TranslationModels, files: PairFiles): Promise<Tested> => {
  const { time } = options
  const pairs = await run(readPairLines(files))
  const encoded = encodePairs(task)(pairs)
  const fitting = encoded.map(fitsInto(time))
  const test = pairRows(time, task.end)(encoded.filter((_, i) => fitting[i] === true))
  if (test.count === 0) return fail(noneFits(files, time))
  const sentences = pairs.filter((_, i) => fitting[i] === true)
  const own = { title: `${files.source} and ${files.target}`, licence: 'your own' }
  return {
    task: { ...task, ...own, rows: { ...task.rows, test }, sentences },
    options: { ...options, data: files.source, target: files.target, measured: test.count, translated: test.count },
    leftOut: pairs.length - test.count,
  }
}

const tested = async (
  run: Run,
  models: TranslationModels,
  { files, ...asked }: TranslationEvaluationRequest,
): Promise<Tested> => {
  const { task, options } = models
  const found = files === undefined ? { task, options, leftOut: 0 } : await testedOn(run, models, files)
  return { ...found, options: measuredUnder(found.options, asked) }
}

/** What the translations of a variant are like. */
const translationsOf = async (
  { run, runtime }: TranslationModels,
  { progress, signal }: EArmServices,
  { task, options }: Tested,
  seed: number,
  { variant, fit }: TrainedVariant,
): Promise<TranslationMeasures> => {
  const sentences = Math.min(options.translated, task.rows.test.count)
  progress.start(`translating, ${variant}, seed ${seed}`, sentences * searchesOf(options))
  const search = { signal, onSentences: (count: number) => progress.advance(count, {}) }
  const measuring = { run, options, task, runtime, key: keyOf(seed, 'samples'), search }
  const measures = await measureTranslations(measuring, fit.best)
  progress.end()
  return measures
}

const evaluatedSeed = async (
  models: TranslationModels,
  services: EArmServices,
  test: Tested,
  { seed, fits }: TrainedTranslation,
): Promise<EvaluatedTranslationSeed> => {
  const { run, runtime } = models
  const rows = firstPairs(test.task.rows.test, test.options.measured)
  const scores = new Map<TranslationVariant, PairScores>()
  for (const { variant, fit } of fits) scores.set(variant, await run(runtime.score(fit.best, rows)))
  const plain = scores.get('plain')
  const variants: EvaluatedTranslation[] = []
  for (const trained of fits) {
    const { variant } = trained
    const own = scores.get(variant)
    if (own === undefined) continue
    const { value, standardError } = perToken(own)
    const measures = await translationsOf(models, services, test, seed, trained)
    const difference = plain === undefined || plain === own ? {} : { difference: pairedPerplexities(plain, own) }
    variants.push({ variant, test: value, standardError, ...measures, ...difference })
  }
  return { seed, variants }
}

const evaluated = async (
  models: TranslationModels,
  services: EArmServices,
  request: TranslationEvaluationRequest,
): Promise<TranslationEvaluation> => {
  const test = await tested(models.run, models, request)
  const seeds: EvaluatedTranslationSeed[] = []
  for (const trained of models.seeds) seeds.push(await evaluatedSeed(models, services, test, trained))
  const { options, task, leftOut } = test
  const { count } = task.rows.test
  return {
    options,
    title: task.title,
    licence: task.licence,
    adapter: models.executor.description,
    pairs: { measured: Math.min(options.measured, count), translated: Math.min(options.translated, count), leftOut },
    seeds,
    unfinished: models.unfinished,
  }
}

/**
 * Measures a run again, with the parameters of its best validation. Failures as in `withTranslationModels`; `File` for files
 * that cannot be read as pairs, `Usage` for pairs of which none fits and for options that cannot be.
 */
export const evaluateTranslation: EvaluateTranslation =
  (services) =>
  (options, request = {}) =>
    pipe(
      TE.fromEither(validateTranslation(measuredUnder(options, request))),
      TE.chain(() => withTranslationModels(services, options)((models) => evaluated(models, services, request))),
    )
