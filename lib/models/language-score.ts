/**
 * Scores of rows under a language model: log-probabilities of their tokens, and the logits of what comes next.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { at, field } from '../at.ts'
import type { TokenRows } from '../data/strings.ts'
import { type Run, effect, fail } from '../effect.ts'
import { type Failure, failure } from '../errors.ts'
import type { Prepared } from '../executor.ts'
import { type Crew, eachShard } from '../scale/shards.ts'
import type { Autoregressive, Parameters } from './autoregressive.ts'
import { type RowShape, nextProgram, scoreProgram } from './language-programs.ts'
import type { LanguageStore } from './language-store.ts'
import { padded, programLength, rowsFailure } from './row-checks.ts'

/** A model with its programs, the most rows of a batch, and the symbol that ends a row. */
export interface Language {
  readonly model: Autoregressive
  readonly store: LanguageStore
  readonly batch: number
  readonly end?: number
  /** Where batches of rows are drawn and scored: stores of the same model, the one above (the default) or others. */
  readonly lanes?: Crew<LanguageStore>
}

/** Does batches of rows on the lanes of a language, each on the store there, which holds the parameters. */
export const onLanes =
  (language: Language, parameters: Parameters, signal?: AbortSignal) =>
  <I, A>(
    shard: (run: Run, own: Language, input: I, index: number) => Promise<A>,
  ): ((inputs: readonly I[], take: (result: A, index: number) => void) => TaskEither<Failure, void>) =>
    eachShard({ lanes: language.lanes ?? [TE.right(language.store)], signal })((store, input: I, index) =>
      effect(async (run) => {
        await run(store.hold(parameters))
        return shard(run, { ...language, store }, input, index)
      }),
    )

/** Logits that one scoring program may have at once (64 MiB); fewer rows at a time where they would be more. */
const MOST_LOGITS = 2 ** 24

/** The shape of a program that scores rows of this length. */
const shapeFor = ({ model, batch }: Language, time: number): RowShape => {
  const length = programLength(time, model.context)
  return { time: length, batch: Math.max(1, Math.min(batch, Math.floor(MOST_LOGITS / (length * model.symbols)))) }
}

const check = (wrong: Failure | undefined): void => {
  if (wrong !== undefined) fail(wrong)
}

/** Rows of a batch: the first, and how many. */
interface Batch {
  readonly start: number
  readonly count: number
}

const batchesOf = (rows: TokenRows, { batch }: RowShape): readonly Batch[] =>
  Array.from({ length: Math.ceil(rows.count / batch) }, (_, i) => ({
    start: i * batch,
    count: Math.min(batch, rows.count - i * batch),
  }))

const preparedFor = async (
  run: Run,
  { model, store }: Language,
  kind: 'score' | 'next',
  shape: RowShape,
): Promise<Prepared> =>
  run(
    store.prepared(`${kind} ${shape.batch}×${shape.time}`, () =>
      kind === 'score' ? scoreProgram(model, shape) : nextProgram(model, shape),
    ),
  )

/** log q(x_t | x_<t) (nats) of every token [count, time]; tokens after an end are scored like any other. */
export const tokenScores = (
  language: Language,
  parameters: Parameters,
  rows: TokenRows,
): TaskEither<Failure, Float32Array> =>
  effect(async (run) => {
    check(rowsFailure(language.model, rows))
    const scores = new Float32Array(rows.count * rows.time)
    if (scores.length === 0) return scores
    const shape = shapeFor(language, rows.time)
    const batches = batchesOf(rows, shape)
    const score = onLanes(
      language,
      parameters,
    )(async (own, there, batch: Batch) => {
      const prepared = await preparedFor(own, there, 'score', shape)
      return field(await own(prepared.run({ tokens: padded(rows, batch, shape) })), 'scores').data
    })
    await run(
      score(batches, (own, i) => {
        const { start, count } = at(batches, i)
        for (let r = 0; r < count; r++)
          scores.set(own.subarray(r * shape.time, r * shape.time + rows.time), (start + r) * rows.time)
      }),
    )
    return scores
  })

/**
 * log q of rows (nats) from position `from` on: Σ_{t ≥ from} log q(x_t | x_<t) [count], in f64, up to and with the first
 * end symbol at or after `from` where the language has one.
 */
export const rowScores = (
  language: Language,
  parameters: Parameters,
  rows: TokenRows,
  from: number,
): TaskEither<Failure, Float64Array> =>
  effect(async (run) => {
    const scores = await run(tokenScores(language, parameters, rows))
    return Float64Array.from({ length: rows.count }, (_, r) => {
      let total = 0
      for (let t = from; t < rows.time; t++) {
        total += at(scores, r * rows.time + t)
        if (rows.tokens[r * rows.time + t] === language.end) break
      }
      return total
    })
  })

/** The logits [count, symbol] of the token after each row; rows must be shorter than the context. */
export const nextLogits = (
  language: Language,
  parameters: Parameters,
  rows: TokenRows,
): TaskEither<Failure, Float32Array> =>
  effect(async (run) => {
    const { symbols, context } = language.model
    check(rowsFailure(language.model, rows))
    if (rows.time >= context)
      fail(
        failure('Shape', `rows of ${rows.time} tokens fill the model's context of ${context}`, 'give shorter rows', {
          time: rows.time,
          context,
        }),
      )
    const logits = new Float32Array(rows.count * symbols)
    const shape = shapeFor(language, rows.time + 1)
    const batches = batchesOf(rows, shape)
    const next = onLanes(
      language,
      parameters,
    )(async (own, there, batch: Batch) => {
      const prepared = await preparedFor(own, there, 'next', shape)
      const feeds = { tokens: padded(rows, batch, shape), position: Int32Array.of(rows.time) }
      return field(await own(prepared.run(feeds)), 'logits').data
    })
    await run(
      next(batches, (own, i) => {
        const { start, count } = at(batches, i)
        logits.set(own.subarray(0, count * symbols), start * symbols)
      }),
    )
    return logits
  })
