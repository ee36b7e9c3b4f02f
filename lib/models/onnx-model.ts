/**
 * A causal language model from outside, such as one in an `.onnx` file, as a base model: log-probabilities, exact ancestral
 * samples, and a base distribution on token rows that every estimator and sampler of the library takes.
 *
 * A row is the tokens after the begin symbols. With an `end` symbol, a row ends with it or at `length` tokens, whichever is
 * first, and the end is counted; without one all rows have `length` tokens. So the probabilities of all rows sum to 1.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { pipe } from 'fp-ts/lib/function.js'
import { at } from '../at.ts'
import type { TokenRows } from '../data/strings.ts'
import { effect } from '../effect.ts'
import type { Base } from '../energy/base.ts'
import { type Failure, failure } from '../errors.ts'
import type { Key } from '../key.ts'
import type { Predictor } from '../predictor.ts'
import type { DrawnRows, SampleOptions } from './language-sample.ts'
import { logProbabilities } from './decoding-host.ts'
import { samplePredicted } from './onnx-sample.ts'
import { batchFailure, rowsFailure } from './row-checks.ts'

/** How a model's rows begin and end. */
export interface PredictedOptions {
  /** Symbols that the model reads before the first token (at least one: a begin symbol, or a prompt). */
  readonly begin: readonly number[]
  /** The symbol that ends a row. */
  readonly end?: number
  /** Most tokens of a row. */
  readonly length: number
  /** Rows that go through the model at once; 64 by default. */
  readonly batch?: number
}

/** A language model behind a predictor. */
export interface PredictedLanguage {
  readonly predictor: Predictor
  readonly options: PredictedOptions
  /** Independent draws from q, or from its decoding; row r depends on the key and r alone. */
  readonly sample: (options: SampleOptions) => TE.TaskEither<Failure, DrawnRows>
  /** log q(x_t | x_<t) (nats) of every token [count, time]. */
  readonly tokenScores: (rows: TokenRows) => TE.TaskEither<Failure, Float64Array>
  /** Σ_{t ≥ from} log q(x_t | x_<t) (nats) [count], up to and with the first end at or after `from`. */
  readonly score: (rows: TokenRows, from?: number) => TE.TaskEither<Failure, Float64Array>
  /** Logits [count, symbols] of the token after each row. */
  readonly nextLogits: (rows: TokenRows) => TE.TaskEither<Failure, Float32Array>
  /** The model as a base distribution on rows of tokens, the end included. */
  readonly base: Base<Int32Array>
  readonly release: () => void
}

/** Begin symbols, then the tokens of some rows. */
const begun = (begin: readonly number[], { tokens, time }: TokenRows, start: number, count: number): TokenRows => {
  const wide = begin.length + time
  const rows = new Int32Array(count * wide)
  for (let r = 0; r < count; r++) {
    rows.set(begin, r * wide)
    rows.set(tokens.subarray((start + r) * time, (start + r + 1) * time), r * wide + begin.length)
  }
  return { tokens: rows, count, time: wide }
}

const BATCH = 64

/** The logits of some rows, a batch at a time: `use(logits, start, count, time)` with the rows' begin symbols in front. */
const inBatches = (
  { predictor, options }: Pick<PredictedLanguage, 'predictor' | 'options'>,
  rows: TokenRows,
  use: (logits: Float32Array, start: number, count: number, time: number) => void,
): TE.TaskEither<Failure, void> =>
  effect(async (run) => {
    const size = options.batch ?? BATCH
    for (let start = 0; start < rows.count; start += size) {
      const count = Math.min(size, rows.count - start)
      const read = begun(options.begin, rows, start, count)
      use(await run(predictor.logits(read)), start, count, read.time)
    }
  })

/** Everything but the last token, which nothing follows. */
const withoutLast = ({ tokens, count, time }: TokenRows): TokenRows => ({
  tokens: tokens.filter((_, i) => i % time < time - 1),
  count,
  time: Math.max(0, time - 1),
})

/** Tokens that a row may have when so many stand before it. */
const room = ({ predictor, options }: Pick<PredictedLanguage, 'predictor' | 'options'>, after: number) => ({
  symbols: predictor.symbols,
  context: predictor.context - options.begin.length + after,
})

const tokenScores =
  (language: Pick<PredictedLanguage, 'predictor' | 'options'>) =>
  (rows: TokenRows): TE.TaskEither<Failure, Float64Array> => {
    const wrong = rowsFailure(room(language, 1), rows)
    if (wrong !== undefined) return TE.left(wrong)
    if (rows.time === 0) return TE.right(new Float64Array(0))
    const { symbols } = language.predictor
    const scores = new Float64Array(rows.count * rows.time)
    return pipe(
      inBatches(language, withoutLast(rows), (logits, start, count, time) => {
        for (let r = 0; r < count; r++)
          for (let t = 0; t < rows.time; t++) {
            const row = r * time + time - rows.time + t
            const i = (start + r) * rows.time + t
            scores[i] = at(logProbabilities(logits.subarray(row * symbols, (row + 1) * symbols)), at(rows.tokens, i))
          }
      }),
      TE.map(() => scores),
    )
  }

/** Sums of scores up to and with the first end at or after `from`. */
const summed = ({ end }: PredictedOptions, { tokens, count, time }: TokenRows, scores: Float64Array, from: number) =>
  Float64Array.from({ length: count }, (_, r) => {
    let total = 0
    for (let t = from; t < time; t++) {
      total += at(scores, r * time + t)
      if (tokens[r * time + t] === end) break
    }
    return total
  })

/** What is wrong with a row as a point of the base: it could not have been drawn. */
const outside = ({ end, length }: PredictedOptions, row: Int32Array): string | undefined => {
  const at = end === undefined ? -1 : row.indexOf(end)
  if (at >= 0 && at < row.length - 1) return 'goes on after the end'
  if (row.length > length) return `has ${row.length} tokens, more than ${length}`
  return at < 0 && row.length < length ? `has ${row.length} tokens and no end` : undefined
}

const rowsFrom = ({ end = 0 }: PredictedOptions, xs: readonly Int32Array[]): TokenRows => {
  const time = xs.reduce((n, x) => Math.max(n, x.length), 0)
  const tokens = new Int32Array(xs.length * time).fill(end)
  xs.forEach((x, r) => tokens.set(x, r * time))
  return { tokens, count: xs.length, time }
}

const baseOf = (
  options: PredictedOptions,
  { sample, score }: Pick<PredictedLanguage, 'sample' | 'score'>,
): Base<Int32Array> => ({
  sample: (key: Key, n: number) =>
    pipe(
      sample({ key, count: n, length: options.length }),
      TE.map(({ tokens, count, time }) =>
        Array.from({ length: count }, (_, r) => {
          const row = tokens.slice(r * time, (r + 1) * time)
          const at = options.end === undefined ? -1 : row.indexOf(options.end)
          return at < 0 ? row : row.slice(0, at + 1)
        }),
      ),
    ),
  logProbability: (xs) => {
    const bad = xs.findIndex((x) => outside(options, x) !== undefined)
    const row = xs[bad]
    return row === undefined
      ? score(rowsFrom(options, xs))
      : TE.left(
          failure(
            'Support',
            `row ${bad} is none that the model can draw: it ${outside(options, row) ?? ''}`,
            'give rows that end with the end symbol or have the full length',
            { row: bad },
          ),
        )
  },
})

const optionsFailure = (
  { symbols, context }: Predictor,
  { begin, end, length, batch = BATCH }: PredictedOptions,
): Failure | undefined => {
  const none = batchFailure(batch)
  if (none !== undefined) return none
  const strange = [...begin, ...(end === undefined ? [] : [end])].find(
    (s) => !Number.isInteger(s) || s < 0 || s >= symbols,
  )
  if (begin.length === 0)
    return failure('Usage', 'the model has nothing to read before the first token', 'give at least one begin symbol')
  if (strange !== undefined)
    return failure('Domain', `symbol ${strange} is not one of the model's ${symbols}`, `give symbols below ${symbols}`)
  return Number.isInteger(length) && length >= 1 && begin.length + length - 1 <= context
    ? undefined
    : failure(
        'Domain',
        `rows of ${length} tokens after ${begin.length} begin symbols do not fit the model's context of ${context}`,
        'give a shorter length',
      )
}

/**
 * A predictor as a language model. Left `Usage` or `Domain` for begin and end symbols or a length that the model does not
 * have.
 *
 * @example
 * import { chain } from 'fp-ts/lib/TaskEither.js'
 * import { openPredictor } from 'exptilt/node'
 * const model = await chain(predictedLanguage({ begin: [0], end: 1, length: 20 }))(openPredictor({ file: 'model.onnx' }))()
 */
export const predictedLanguage =
  (options: PredictedOptions) =>
  (predictor: Predictor): TE.TaskEither<Failure, PredictedLanguage> => {
    const wrong = optionsFailure(predictor, options)
    if (wrong !== undefined) return TE.left(wrong)
    const language = { predictor, options }
    const sample = samplePredicted(language)
    const perToken = tokenScores(language)
    const score = (rows: TokenRows, from = 0) =>
      pipe(
        perToken(rows),
        TE.map((scores) => summed(options, rows, scores, from)),
      )
    const nextLogits = (rows: TokenRows): TE.TaskEither<Failure, Float32Array> => {
      const bad = rowsFailure(room(language, 0), rows)
      if (bad !== undefined) return TE.left(bad)
      const { symbols } = predictor
      const next = new Float32Array(rows.count * symbols)
      return pipe(
        inBatches(language, rows, (logits, start, count, time) => {
          for (let r = 0; r < count; r++)
            next.set(logits.subarray(((r + 1) * time - 1) * symbols, (r + 1) * time * symbols), (start + r) * symbols)
        }),
        TE.map(() => next),
      )
    }
    const base = baseOf(options, { sample, score })
    return TE.right({ ...language, sample, tokenScores: perToken, score, nextLogits, base, release: predictor.release })
  }
