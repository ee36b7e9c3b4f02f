/**
 * Scores of rows under a language model: log-probabilities of their tokens, and the logits of what comes next.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { at, field } from '../at.ts'
import type { TokenRows } from '../data/strings.ts'
import { type Run, effect, fail } from '../effect.ts'
import { type Failure, failure } from '../errors.ts'
import type { Prepared } from '../executor.ts'
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
}

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

/** Calls a program on one chunk of rows after the other. */
const inChunks = async (
  rows: TokenRows,
  shape: RowShape,
  visit: (tokens: Int32Array, start: number, count: number) => Promise<void>,
): Promise<void> => {
  for (let start = 0; start < rows.count; start += shape.batch) {
    const count = Math.min(shape.batch, rows.count - start)
    await visit(padded(rows, { start, count }, shape), start, count)
  }
}

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
    const prepared = await preparedFor(run, language, 'score', shape)
    await run(language.store.hold(parameters))
    await inChunks(rows, shape, async (tokens, start, count) => {
      const own = field(await run(prepared.run({ tokens })), 'scores').data
      for (let r = 0; r < count; r++)
        scores.set(own.subarray(r * shape.time, r * shape.time + rows.time), (start + r) * rows.time)
    })
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
    const prepared = await preparedFor(run, language, 'next', shape)
    await run(language.store.hold(parameters))
    await inChunks(rows, shape, async (tokens, start, count) => {
      const out = await run(prepared.run({ tokens, position: Int32Array.of(rows.time) }))
      logits.set(field(out, 'logits').data.subarray(0, count * symbols), start * symbols)
    })
    return logits
  })
