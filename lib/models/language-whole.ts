/**
 * Whole rows in one program, for models with kernels that loop over time: exact samples and log-probabilities of rows that
 * end with the model's own symbol.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { at, field } from '../at.ts'
import { axis } from '../axis.ts'
import type { TokenRows } from '../data/strings.ts'
import { type Run, effect, fail } from '../effect.ts'
import type { Failure } from '../errors.ts'
import type { Prepared } from '../executor.ts'
import { fold } from '../key.ts'
import { inputOf } from '../ops/layout.ts'
import { inputKey } from '../ops/random.ts'
import { program } from '../program.ts'
import { startsOf } from '../scale/shards.ts'
import type { Named, Parameters, Whole } from './autoregressive.ts'
import type { DrawnRows, SampleOptions } from './language-sample.ts'
import { type Language, onLanes } from './language-score.ts'
import { parameterInputs } from './parameters.ts'
import { countFailure, rowsFailure } from './row-checks.ts'

/** The model's kernels for whole rows, where it has some for rows that end as those of the language. */
export const wholeOf = ({ model: { whole }, end }: Language): Whole | undefined =>
  whole !== undefined && whole.end === end ? whole : undefined

/** The kernels for these samples: not where a prefix or a decoding is asked for. */
export const wholeFor = (language: Language, { prefix, decoding = {} }: SampleOptions): Whole | undefined =>
  (prefix === undefined || prefix.time === 0) && Object.keys(decoding).length === 0 ? wholeOf(language) : undefined

/** A program of outputs of the parameters, which never change. */
const preparedFor = (
  run: Run,
  { model, store }: Language,
  name: string,
  outputs: (parameters: Named) => Named,
): Promise<Prepared> =>
  run(
    store.prepared(name, () => {
      const parameters = parameterInputs(model.parameters)
      return program<string, string>(parameters, parameters, outputs(parameters))
    }),
  )

const check = ({ model }: Language, rows: TokenRows): void => {
  const wrong = rowsFailure(model, rows)
  if (wrong !== undefined) fail(wrong)
}

/** Draws rows of at most `length` tokens, in batches with a key each; what follows an end is the end. */
export const drawWhole = (
  language: Language,
  whole: Whole,
  parameters: Parameters,
  { key, count, length, signal, onRows }: SampleOptions,
): TaskEither<Failure, DrawnRows> =>
  effect(async (run) => {
    check(language, { tokens: new Int32Array(0), count: 0, time: length })
    const wrong = countFailure(count, length)
    if (wrong !== undefined) fail(wrong)
    const { batch } = language
    const drawn = { tokens: new Int32Array(count * length), logProbability: new Float64Array(count) }
    const draw = onLanes(
      language,
      parameters,
      signal,
    )(async (own, there, _start: number, chunk) => {
      const prepared = await preparedFor(own, there, `draw ${length}`, (named) => ({
        ...whole.draw(named, inputKey('key'), axis('batch', batch), axis('time', length)),
      }))
      return own(prepared.run({ key: Uint32Array.from(fold(key, chunk)) }))
    })
    const starts = startsOf(length === 0 ? 0 : count, batch)
    await run(
      draw(starts, (out, i) => {
        const start = at(starts, i)
        const rows = Math.min(batch, count - start)
        drawn.tokens.set(field(out, 'tokens').data.subarray(0, rows * length), start * length)
        drawn.logProbability.set(field(out, 'logProbability').data.subarray(0, rows), start)
        onRows?.(rows)
      }),
    )
    return { ...drawn, count, time: length }
  })

/** Rows that are scored at once, at most: validation sets are smaller than sampling batches. */
const MOST_SCORED = 512

/** log q of rows (nats) [count], up to and with their first end. */
export const scoreWhole = (
  language: Language,
  whole: Whole,
  parameters: Parameters,
  rows: TokenRows,
): TaskEither<Failure, Float64Array> =>
  effect(async (run) => {
    check(language, rows)
    const { time } = rows
    const batch = Math.min(language.batch, MOST_SCORED)
    const scores = new Float64Array(rows.count)
    const counted = (start: number): number => Math.min(batch, rows.count - start)
    const score = onLanes(
      language,
      parameters,
    )(async (own, there, start: number) => {
      const prepared = await preparedFor(own, there, `whole ${time}`, (named) => ({
        logProbability: whole.score(named, inputOf('i32')('tokens', axis('batch', batch), axis('time', time))),
      }))
      const tokens = new Int32Array(batch * time).fill(whole.end)
      tokens.set(rows.tokens.subarray(start * time, (start + counted(start)) * time))
      return own(prepared.run({ tokens }))
    })
    const starts = startsOf(time === 0 ? 0 : rows.count, batch)
    await run(
      score(starts, (out, i) => {
        const start = at(starts, i)
        scores.set(field(out, 'logProbability').data.subarray(0, counted(start)), start)
      }),
    )
    return scores
  })
