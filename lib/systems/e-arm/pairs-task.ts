/**
 * Translation as a task: pairs of rows, scored by target tokens, of which sources are translated.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { type PairFiles, readPairLines } from '../../data/pair-files.ts'
import type { DataServices } from '../../data/services.ts'
import { at } from '../../at.ts'
import { type Run, effect, fail, need } from '../../effect.ts'
import { ratioEstimate } from '../../energy/index.ts'
import { type Failure, usage } from '../../errors.ts'
import type { Executor } from '../../executor.ts'
import { afterSource } from '../../models/encoder-decoder-source.ts'
import { languageRuntime } from '../../models/language-runtime.ts'
import { parameterCount } from '../../models/parameters.ts'
import { runtimeModel } from '../../tilt/adapters.ts'
import type { TranslationExperiment } from './experiment-options.ts'
import type { EArmServices, Shown, TranslatedSentence, TranslationMeasures } from './results.ts'
import { keyOf } from './runs.ts'
import type { EvaluationRequest, MeasuredTask, SampleRequest, Task, TaskRuntime, Trained, Wanted } from './task.ts'
import { taskTrainer, taskUpdates } from './task-trainer.ts'
import { type PairParts, dynamicPairs, trainedPairs } from './trained-pairs.ts'
import { type DecodedWords, decodedWords, exposureAgainst } from './translation-exposure.ts'
import { measureTranslations, searchesOf } from './translation-measures.ts'
import { type PairRows, beforeEnd, encodePairs, firstPairs, fitsInto, pairRows } from './translation-rows.ts'
import { type PairScores, type TranslationRuntime, translationRuntime } from './translation-runtime.ts'
import { type DrawnTarget, drawnTargets } from './translation-sampling.ts'
import { type TranslationTask, translationTask } from './translation-task.ts'

/** Pairs that are scored at once, lanes of beams, and targets that are sampled at once: samples depend on it. */
const ROWS_AT_ONCE = 32

/** A run's networks on an executor. */
interface Open extends PairParts {
  readonly executor: Executor
  readonly services: EArmServices
  readonly runtime: TranslationRuntime
}

/** What a network translates, how good it is, and the words of Table 8 where they are wanted. */
const reviewed = async (run: Run, open: Open, { variant, parameters }: Trained, seed: number, exposure: boolean) => {
  const { options, pairs, runtime, services } = open
  const { progress, signal } = services
  const most = ({ count }: PairRows): number => Math.min(options.translated, count)
  const steps = most(pairs.rows.test) * searchesOf(options) + (exposure ? most(pairs.rows.training) : 0)
  progress.start(`translating, ${variant}, seed ${seed}`, steps)
  const search = { signal, onSentences: (count: number) => progress.advance(count, {}) }
  const measuring = { run, options, task: pairs, runtime, key: keyOf(seed, 'samples'), search }
  const found = await measureTranslations(measuring, parameters)
  const words = exposure ? await decodedWords(measuring, parameters) : undefined
  progress.end()
  return { variant, ...found, words }
}

/** Measures with Table 8: each network's words against those of plain training where that is among them. */
const withExposure = (
  found: readonly {
    readonly variant: string
    readonly measures: TranslationMeasures
    readonly words: DecodedWords | undefined
  }[],
): readonly TranslationMeasures[] => {
  const plain = found.find(({ variant }) => variant === 'plain')
  return found.map((one) =>
    plain?.words === undefined || one.words === undefined || one === plain
      ? one.measures
      : { ...one.measures, exposure: need(exposureAgainst(one.words, plain.words)) },
  )
}

const review =
  (open: Open): TaskRuntime['review'] =>
  (trained: readonly Trained[], seed: number, wanted: Wanted) =>
    effect(async (run) => {
      const { options, pairs } = open
      const found: Awaited<ReturnType<typeof reviewed>>[] = []
      for (const one of trained) found.push(await reviewed(run, open, one, seed, wanted.exposure))
      const sentences = pairs.sentences
        .slice(0, Math.min(options.samples, options.translated))
        .map(([source, reference]) => ({ source, reference }))
      const translations = Object.fromEntries(found.map(({ variant, shown }) => [variant, shown]))
      return {
        translations: withExposure(found),
        shown: wanted.shown ? { kind: 'translations', sentences, translations } : undefined,
      }
    })

/** The sentences as rows of sources; `Usage` for one without tokens, and one that does not fit. */
const sourceRows = (
  { pairs: { encode, end }, options: { time } }: PairParts,
  sentences: NonNullable<SampleRequest['sentences']>,
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

type Sentences = Extract<Shown, { readonly kind: 'translations' }>['sentences']

/** What is translated: rows, and what they say. */
const sourcesOf = (
  parts: PairParts,
  { sentences, count }: SampleRequest,
): { readonly rows: PairRows; readonly sentences: Sentences } => {
  const { pairs, options } = parts
  if (sentences !== undefined)
    return { rows: need(sourceRows(parts, sentences)), sentences: sentences.map(({ text }) => ({ source: text })) }
  const rows = firstPairs(pairs.rows.test, count ?? Math.min(options.samples, options.translated))
  const shown = pairs.sentences.slice(0, rows.count)
  return { rows, sentences: shown.map(([source, reference]) => ({ source, reference })) }
}

/** A hypothesis or a draw, as text. */
const asText =
  ({ pairs }: PairParts) =>
  ({ tokens, logProbability }: DrawnTarget): TranslatedSentence => ({
    text: pairs.decode(beforeEnd(tokens, pairs.end)),
    logProbability,
  })

/** Translations of some sources by the model of some parameters. */
type Translate = (
  parameters: Trained['parameters'],
  rows: PairRows,
) => TE.TaskEither<Failure, readonly TranslatedSentence[]>

const translateBy = (
  open: Open,
  seed: number,
  { method = { kind: 'beam' }, decoding = {} }: SampleRequest,
): Translate => {
  const { runtime, options, services, executor, pairs } = open
  const { signal } = services
  if (method.kind === 'sampling') {
    const draw = drawnTargets(
      { executor, task: pairs, batch: ROWS_AT_ONCE },
      { key: keyOf(seed, 'samples'), decoding, signal },
    )
    return (parameters, rows) =>
      TE.map((found: readonly DrawnTarget[]) => found.map(asText(open)))(draw(parameters, rows))
  }
  const { beam: width = options.beam, lengthPenalty = options.lengthPenalty } = method
  return (parameters, rows) =>
    pipe(
      runtime.translate(parameters, rows, { width, lengthPenalty, signal }),
      TE.map((beams) => beams.flatMap(([best]) => (best === undefined ? [] : [asText(open)(best)]))),
    )
}

const draw =
  (open: Open): TaskRuntime['draw'] =>
  (trained, seed, request) =>
    effect(async (run) => {
      const { rows, sentences } = sourcesOf(open, request)
      const translate = translateBy(open, seed, request)
      const translations: Record<string, readonly TranslatedSentence[]> = {}
      for (const { variant, parameters } of trained) translations[variant] = await run(translate(parameters, rows))
      return { kind: 'translations', sentences, translations }
    })

/** The decoder as a model to tilt, given a sentence and after the beginning of its translation. */
const tilted =
  (open: Open): TaskRuntime['tokenModel'] =>
  (parameters, { prompt, source }) => {
    const { pairs, executor } = open
    if (source === undefined)
      return TE.left(usage('a run of translation needs a sentence to translate', 'give --source TEXT'))
    return pipe(
      TE.fromEither(sourceRows(open, [{ name: '--source', text: source.trim() }])),
      TE.map((rows) => rows.source.subarray(0, at(rows.lengths, 0))),
      TE.chain(afterSource(executor, pairs.network, parameters)),
      TE.chainEitherK(({ model, parameters: own }) =>
        pipe(
          pairs.spelling(),
          E.flatMap((spelled) =>
            runtimeModel(
              languageRuntime(executor, model, { batch: ROWS_AT_ONCE, end: pairs.end }),
              own,
              spelled,
              Array.from(pairs.encode(prompt)),
            ),
          ),
        ),
      ),
    )
  }

const runtimeOn =
  (parts: PairParts) =>
  (executor: Executor, services: EArmServices): TaskRuntime => {
    const { options, pairs } = parts
    const runtime = translationRuntime(executor, pairs.network, {
      batch: ROWS_AT_ONCE,
      time: options.time,
      end: pairs.end,
    })
    const open = { ...parts, executor, services, runtime }
    return {
      score: (parameters, part) =>
        TE.map(({ scores, counts }: PairScores) => ({ sums: scores.map((s) => 0 - s), counts }))(
          runtime.score(parameters, firstPairs(pairs.rows[part], options.measured)),
        ),
      measured: ({ sums, counts }) => {
        const { value, standardError } = ratioEstimate(sums, counts)
        return { test: value, standardError }
      },
      review: review(open),
      draw: draw(open),
      tokenModel: tilted(open),
      release: runtime.release,
    }
  }

/** The task of pairs that are at hand. */
export const pairsTaskOf = (options: TranslationExperiment, pairs: TranslationTask): Task => {
  const parts = { options, pairs }
  const { training, validation, test } = pairs.rows
  return {
    options,
    title: pairs.title,
    licence: pairs.licence,
    notes: [],
    measure: 'perplexity',
    time: options.time,
    parameters: parameterCount(pairs.network.parameters),
    rows: { training: training.count, validation: validation.count, test: test.count },
    initialise: pairs.network.initialise,
    trainer: taskTrainer(dynamicPairs(parts)),
    runtime: runtimeOn(parts),
    updates: taskUpdates(trainedPairs(parts)),
  }
}

/** The task of these options. Failures as in `translationTask`. */
export const pairsTask = (services: DataServices, options: TranslationExperiment): TE.TaskEither<Failure, Task> =>
  TE.map((pairs: TranslationTask) => pairsTaskOf(options, pairs))(translationTask(services, options))

const noneFits = ({ source, target }: PairFiles, time: number): Failure =>
  usage(
    `no pair of ${source} and ${target} fits into rows of ${time} tokens, or has tokens on both sides`,
    'give shorter sentences',
  )

/** The pairs of two files, in their order, instead of the run's test pairs. */
const testedOn = async (
  run: Run,
  { pairs: task, options }: PairParts,
  files: PairFiles,
): Promise<PairParts & { readonly leftOut: number }> => {
  const { time } = options
  const pairs = await run(readPairLines(files))
  const encoded = encodePairs(task)(pairs)
  const fitting = encoded.map(fitsInto(time))
  const test = pairRows(time, task.end)(encoded.filter((_, i) => fitting[i] === true))
  if (test.count === 0) return fail(noneFits(files, time))
  const sentences = pairs.filter((_, i) => fitting[i] === true)
  const own = { title: `${files.source} and ${files.target}`, licence: 'your own' }
  return {
    pairs: { ...task, ...own, rows: { ...task.rows, test }, sentences },
    options: { ...options, data: files.source, target: files.target, measured: test.count, translated: test.count },
    leftOut: pairs.length - test.count,
  }
}

/** The network of these options on other pairs, or measured otherwise; of two files all pairs unless told otherwise. */
export const pairsOn = (
  services: DataServices,
  options: TranslationExperiment,
  { data, target, ...asked }: EvaluationRequest,
): TE.TaskEither<Failure, MeasuredTask> =>
  effect(async (run) => {
    const own = { options, pairs: await run(translationTask(services, options)) }
    const found =
      data === undefined || target === undefined
        ? { ...own, leftOut: 0 }
        : await testedOn(run, own, { source: data, target })
    const { options: before } = found
    const measured: TranslationExperiment = {
      ...before,
      measured: asked.measured ?? before.measured,
      translated: asked.translated ?? before.translated,
      beam: asked.beam ?? before.beam,
      lengthPenalty: asked.lengthPenalty ?? before.lengthPenalty,
      candidates: asked.candidates ?? before.candidates,
      lengths: asked.lengths ?? before.lengths,
    }
    return { ...pairsTaskOf(measured, found.pairs), leftOut: found.leftOut }
  })
