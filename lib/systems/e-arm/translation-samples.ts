/**
 * Translations by a finished run: sentences of one's own, or its first test sentences, translated by the models of its last
 * complete seed, by beam search or by ancestral sampling. Without settings they are the translations of the run's report.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { orElse } from '../../at.ts'
import { need } from '../../effect.ts'
import { type Failure, failure } from '../../errors.ts'
import type { Parameters } from '../../models/autoregressive.ts'
import { type Decoding, decodingFailure } from '../../models/decoding.ts'
import type { EArmServices } from './experiment-results.ts'
import { keyOf } from './runs.ts'
import { ROWS_AT_ONCE, type TranslationModels, withTranslationModels } from './translation-models.ts'
import type { TranslationExperiment } from './experiment-options.ts'
import { validateTranslation } from './settings.ts'
import type { TranslationVariant } from './translation-programs.ts'
import { type PairRows, beforeEnd, firstPairs, pairRows } from './translation-rows.ts'
import { type DrawnTarget, drawnTargets } from './translation-sampling.ts'

/** A sentence to translate, and what it is called in messages. */
export interface NamedSentence {
  readonly name: string
  readonly text: string
}

/** Beam search; absent: the width and the length penalty of the run. */
export interface Search extends Partial<Pick<TranslationExperiment, 'beam' | 'lengthPenalty'>> {
  readonly kind: 'beam'
}

/** Ancestral sampling; absent: the seed of the models, the same draws for all variants, and the model itself. */
export interface Sampling {
  readonly kind: 'sampling'
  readonly seed?: number
  readonly decoding?: Decoding
}

/** How translations are found. */
export type TranslationMethod = Search | Sampling

/** What to translate; absent: the run's first test sentences, as many as its report shows, by all variants. */
export interface TranslationSampleRequest {
  readonly sentences?: readonly NamedSentence[]
  /** How many test sentences. */
  readonly count?: number
  readonly variants?: readonly TranslationVariant[]
  readonly method?: TranslationMethod
}

/** A translation and log q of it in nats, under the model itself, the end counted where it has one. */
export interface TranslatedSentence {
  readonly text: string
  readonly logProbability: number
}

/** Sentences with their references, where they have one, and by variant their translations in the same order. */
export interface TranslationSamples {
  readonly options: TranslationExperiment
  readonly adapter: string
  /** The seed whose models these are. */
  readonly trained: number
  readonly method: TranslationMethod['kind']
  readonly sentences: readonly { readonly source: string; readonly reference?: string }[]
  readonly translations: Readonly<Partial<Record<TranslationVariant, readonly TranslatedSentence[]>>>
}

/** The function behind `exptilt earm translate sample`. */
export type SampleTranslation = (
  services: EArmServices,
) => (options: TranslationExperiment, request?: TranslationSampleRequest) => TE.TaskEither<Failure, TranslationSamples>

const usage = (what: string, remedy: string): Failure => failure('Usage', what, remedy)

/** The sentences as rows of sources; `Usage` for one without tokens, and one that does not fit. */
const sourceRows = (
  { task: { encode, end }, options: { time } }: TranslationModels,
  sentences: readonly NamedSentence[],
): E.Either<Failure, PairRows> =>
  pipe(
    sentences,
    E.traverseArray(({ name, text }) => {
      const source = encode(text)
      if (source.length === 0) return E.left(usage(`${name} has no tokens`, 'give a sentence'))
      return source.length < time
        ? E.right({ source, target: [] })
        : E.left(
            usage(
              `${name} has ${source.length} tokens, and a sentence of this run at most ${time - 1}`,
              'give a shorter sentence',
            ),
          )
    }),
    E.map(pairRows(time, end)),
  )

/** What is translated: rows, and what they say. */
interface Sources {
  readonly rows: PairRows
  readonly sentences: TranslationSamples['sentences']
}

const sourcesOf = (models: TranslationModels, { sentences, count }: TranslationSampleRequest): Sources => {
  const { task, options } = models
  if (sentences !== undefined)
    return { rows: need(sourceRows(models, sentences)), sentences: sentences.map(({ text }) => ({ source: text })) }
  const rows = firstPairs(task.rows.test, count ?? Math.min(options.samples, options.translated))
  const shown = task.sentences.slice(0, rows.count)
  return { rows, sentences: shown.map(([source, reference]) => ({ source, reference })) }
}

/** Translations of some sources by the model of some parameters. */
type Translate = (parameters: Parameters, rows: PairRows) => TE.TaskEither<Failure, readonly TranslatedSentence[]>

/** A hypothesis or a draw, as text. */
const asText =
  ({ task }: TranslationModels) =>
  ({ tokens, logProbability }: DrawnTarget): TranslatedSentence => ({
    text: task.decode(beforeEnd(tokens, task.end)),
    logProbability,
  })

const bySearch =
  (models: TranslationModels, { signal }: EArmServices, search: Search): Translate =>
  (parameters, rows) => {
    const { runtime, options } = models
    const { beam: width = options.beam, lengthPenalty = options.lengthPenalty } = search
    return pipe(
      runtime.translate(parameters, rows, { width, lengthPenalty, signal }),
      TE.map((beams) => beams.flatMap(([best]) => (best === undefined ? [] : [asText(models)(best)]))),
    )
  }

const bySampling = (
  models: TranslationModels,
  { signal }: EArmServices,
  { seed, decoding = {} }: Sampling & { readonly seed: number },
): Translate => {
  const settings = { key: keyOf(seed, 'samples'), decoding, signal }
  const draw = drawnTargets({ ...models, batch: ROWS_AT_ONCE }, settings)
  return (parameters, rows) =>
    pipe(
      draw(parameters, rows),
      TE.map((drawn) => drawn.map(asText(models))),
    )
}

/** What is wrong with a request, of what can be told before anything is read. */
const problem = (
  options: TranslationExperiment,
  { variants = [], method }: TranslationSampleRequest,
): Failure | undefined => {
  const untrained = variants.find((variant) => !options.variants.includes(variant))
  if (untrained !== undefined)
    return usage(`the run has no training '${untrained}'`, `choose from ${options.variants.join(', ')}`)
  return method?.kind === 'sampling' ? decodingFailure(method.decoding ?? {}) : undefined
}

const translationsBy = async (
  models: TranslationModels,
  services: EArmServices,
  request: TranslationSampleRequest,
): Promise<TranslationSamples> => {
  const { run, options, seeds, executor } = models
  const last = orElse(seeds.at(-1), seeds[0])
  const { variants = options.variants, method = { kind: 'beam' } } = request
  const { rows, sentences } = sourcesOf(models, request)
  const translate =
    method.kind === 'beam'
      ? bySearch(models, services, method)
      : bySampling(models, services, { seed: last.seed, ...method })
  const translations: Partial<Record<TranslationVariant, readonly TranslatedSentence[]>> = {}
  for (const { variant, fit } of last.fits)
    if (variants.includes(variant)) translations[variant] = await run(translate(fit.best, rows))
  return { options, adapter: executor.description, trained: last.seed, method: method.kind, sentences, translations }
}

/** The options of a run with those of a search in their place, so that they are checked as these are. */
const searching = (
  options: TranslationExperiment,
  { method, count }: TranslationSampleRequest,
): TranslationExperiment =>
  method?.kind === 'sampling'
    ? { ...options, samples: count ?? options.samples }
    : {
        ...options,
        samples: count ?? options.samples,
        beam: method?.beam ?? options.beam,
        lengthPenalty: method?.lengthPenalty ?? options.lengthPenalty,
      }

/**
 * Translates by a run. Failures as in `withTranslationModels`; `Usage` for a sentence without tokens or with more than fit,
 * for a variant that the run has not trained, and for a search that cannot be; `Domain` for a decoding that cannot be.
 */
export const sampleTranslation: SampleTranslation =
  (services) =>
  (options, request = {}) => {
    const wrong = problem(options, request)
    return wrong === undefined
      ? pipe(
          TE.fromEither(validateTranslation(searching(options, request))),
          TE.chain(() =>
            withTranslationModels(services, options)((models) => translationsBy(models, services, request)),
          ),
        )
      : TE.left(wrong)
  }
