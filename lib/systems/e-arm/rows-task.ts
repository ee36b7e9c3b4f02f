/**
 * Text and images as tasks: rows of tokens, scored as a whole, of which rows are drawn.
 */
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { ImageShape } from '../../data/images-shape.ts'
import type { DataServices } from '../../data/services.ts'
import type { TokenRows } from '../../data/strings.ts'
import { effect, fail } from '../../effect.ts'
import { type Failure, failure, usage } from '../../errors.ts'
import type { Executor } from '../../executor.ts'
import { type LanguageRuntime, languageRuntime } from '../../models/language-runtime.ts'
import { parameterCount } from '../../models/parameters.ts'
import { runtimeModel } from '../../tilt/adapters.ts'
import { rowAt } from '../residual/sequence.ts'
import type { Spelling } from '../token-spelling.ts'
import type { TokensExperiment } from './experiment-options.ts'
import { testMeasure } from './measures.ts'
import type { EArmServices, Shown } from './results.ts'
import { tokenRows } from './row-kinds.ts'
import { keyOf } from './runs.ts'
import type { EvaluationRequest, MeasuredTask, SampleRequest, Task, TaskRuntime, Trained } from './task.ts'
import { type TrainedRows, taskTrainer, taskUpdates } from './task-trainer.ts'
import { type TokensTask, tokensTask } from './tokens-task.ts'
import { isEmbedded } from './update-kinds.ts'

/** Rows that are scored or sampled at once. Samples depend on it. */
const ROWS_AT_ONCE = 64

/** A run's rows, and what they are rows of. */
interface Parts {
  readonly options: TokensExperiment
  readonly rows: TokensTask
}

/** What is trained. */
const trainedRows = ({ options, rows }: Parts): TrainedRows => ({
  options,
  kind: tokenRows(rows.model),
  moving: isEmbedded(rows.model) ? tokenRows(rows.model) : undefined,
  time: rows.time,
  batch: (key) => ({ tokens: rows.batch(key) }),
  initialise: rows.model.initialise,
})

/** The prompt as one row; `Usage` for images, and for one that fills a row. */
const prefixOf = ({ rows }: Parts, prompt: string | undefined): { readonly prefix?: TokenRows } => {
  if (prompt === undefined) return {}
  if (rows.encode === undefined) return fail(usage('a prompt was given for images', 'leave it out'))
  const tokens = rows.encode(prompt)
  if (tokens.length >= rows.time)
    return fail(
      usage(`the prompt has ${tokens.length} tokens, and a row of this run ${rows.time}`, 'give a shorter prompt'),
    )
  return { prefix: { tokens, count: 1, time: tokens.length } }
}

/** The network as a model to tilt, after a prompt. */
const tilted =
  (parts: Parts, language: LanguageRuntime): TaskRuntime['tokenModel'] =>
  (parameters, { prompt }) => {
    const { spelling, encode } = parts.rows
    if (spelling === undefined || encode === undefined)
      return TE.left(usage('a run on images has no texts to tilt', 'give a run of earm lm or earm translate'))
    return TE.fromEither(
      E.flatMap((spelled: Spelling) => runtimeModel(language, parameters, spelled, Array.from(encode(prompt))))(
        spelling(),
      ),
    )
  }

/** Rows drawn from every network with the same key. */
const drawn = (
  parts: Parts,
  language: LanguageRuntime,
  { signal }: EArmServices,
): ((trained: readonly Trained[], seed: number, request: SampleRequest) => TE.TaskEither<Failure, Shown>) => {
  const { options, rows } = parts
  const { decode = () => '', image } = rows
  return (trained, seed, { count = options.samples, decoding = {}, prompt }) =>
    effect(async (run) => {
      const settings = { key: keyOf(seed, 'samples'), count, length: rows.time, decoding, signal }
      const prefix = prefixOf(parts, prompt)
      const samples: Record<string, readonly (readonly number[])[]> = {}
      for (const { variant, parameters } of trained) {
        const found = await run(language.sample(parameters, { ...settings, ...prefix }))
        samples[variant] = Array.from({ length: found.count }, (_, i) => Array.from(rowAt(found, i)))
      }
      if (image !== undefined) return { kind: 'images', samples, image }
      const texts = Object.entries(samples).map(([variant, each]): readonly [string, readonly string[]] => [
        variant,
        each.map((row) => decode(Int32Array.from(row))),
      ])
      return { kind: 'texts', samples, texts: Object.fromEntries(texts) }
    })
}

const runtimeOn =
  (parts: Parts) =>
  (executor: Executor, services: EArmServices): TaskRuntime => {
    const { rows } = parts
    const language = languageRuntime(executor, rows.model, { batch: ROWS_AT_ONCE })
    const draw = drawn(parts, language, services)
    return {
      score: (parameters, part) =>
        TE.map((scores: Float64Array) => ({
          sums: scores.map((score) => -score / rows.time),
          counts: new Float64Array(scores.length).fill(1),
        }))(language.score(parameters, rows[part])),
      measured: ({ sums }) => testMeasure(sums),
      review: (trained, seed, { shown }) =>
        shown
          ? TE.map((found: Shown) => ({ translations: [], shown: found }))(draw(trained, seed, {}))
          : TE.right({ translations: [], shown: undefined }),
      draw,
      tokenModel: tilted(parts, language),
      release: language.release,
    }
  }

const taskOf = (parts: Parts): Task => {
  const { options, rows } = parts
  return {
    options,
    title: rows.title,
    licence: rows.licence,
    notes: rows.notes,
    measure: rows.measure,
    time: rows.time,
    parameters: parameterCount(rows.model.parameters),
    rows: { training: rows.training, validation: rows.validation.count, test: rows.test.count },
    initialise: rows.model.initialise,
    trainer: taskTrainer(trainedRows(parts)),
    runtime: runtimeOn(parts),
    updates: taskUpdates(trainedRows(parts)),
  }
}

/** The task of these options. Failures as in `tokensTask`. */
export const rowsTask = (services: DataServices, options: TokensExperiment): TE.TaskEither<Failure, Task> =>
  TE.map((rows: TokensTask) => taskOf({ options, rows }))(tokensTask(services, options))

const shapeText = ({ height, width, channels, levels }: ImageShape): string =>
  `${height} × ${width} pixels with ${channels} channel${channels === 1 ? '' : 's'} of ${levels} levels`

/** The run's model with the rows of other data; `Usage` when those are images of another shape. */
const withRowsOf = (own: TokensTask, other: TokensTask, data: string): TokensTask => {
  if (own.image !== undefined && other.image !== undefined && shapeText(own.image) !== shapeText(other.image))
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

/** The network of these options on other rows. */
export const rowsOn = (
  services: DataServices,
  options: TokensExperiment,
  { data = options.data, measured = options.measured }: EvaluationRequest,
): TE.TaskEither<Failure, MeasuredTask> =>
  effect(async (run) => {
    const asked: TokensExperiment = { ...options, data, measured }
    const other = await run(tokensTask(services, asked))
    const rows =
      data === options.data || options.task === 'lm'
        ? other
        : withRowsOf(await run(tokensTask(services, options)), other, data)
    return { ...taskOf({ options: asked, rows }), leftOut: 0 }
  })
