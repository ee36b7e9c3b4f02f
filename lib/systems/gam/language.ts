/**
 * An LSTM as the base of a tilt: strings instead of rows of symbols.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { pipe } from 'fp-ts/lib/function.js'
import { type Alphabet, type TokenRows, decodeStrings, encodeStrings, longest } from '../../data/strings.ts'
import { effect } from '../../effect.ts'
import type { Base } from '../../energy/index.ts'
import type { Failure } from '../../errors.ts'
import type { LstmParameters } from '../../models/lstm.ts'
import type { LanguageRuntime } from '../../models/language-runtime.ts'

/** A model of strings: the runtime, its parameters, the alphabet, and the longest string that it samples (symbols). */
export interface StringModel {
  readonly runtime: LanguageRuntime
  readonly parameters: LstmParameters
  readonly alphabet: Alphabet
  readonly limit: number
  readonly signal: AbortSignal
}

/** Rows for scoring: as short as the longest string allows, but in steps of 8 so that few programs are prepared. */
const rowsFor = (
  model: Pick<StringModel, 'alphabet' | 'limit'>,
  strings: readonly string[],
): TaskEither<Failure, TokenRows> => {
  const time = Math.min(model.limit, 8 * Math.ceil(longest(strings) / 8) - 1)
  return TE.fromEither(encodeStrings(model.alphabet, Math.max(time, Math.min(model.limit, longest(strings))))(strings))
}

/** log p(x) (nats) of every string; a string of `limit` symbols counts as cut, without EOS. */
export const scoreStrings = (model: StringModel, strings: readonly string[]): TaskEither<Failure, Float64Array> =>
  strings.length === 0
    ? TE.right(new Float64Array(0))
    : pipe(
        rowsFor(model, strings),
        TE.chain((rows) => model.runtime.score(model.parameters, rows)),
      )

/** The model as a base distribution on strings. */
export const stringBase = (model: StringModel): Base<string> => ({
  sample: (key, n) =>
    effect(async (run) => {
      const drawn = await run(
        model.runtime.sample(model.parameters, { key, count: n, length: model.limit, signal: model.signal }),
      )
      return decodeStrings(model.alphabet)(drawn)
    }),
  logProbability: (strings) => scoreStrings(model, strings),
})

/** Symbols of strings with EOS counted: the denominator of a cross-entropy per symbol. */
export const symbolsOf = (strings: readonly string[]): number => strings.reduce((n, s) => n + [...s].length + 1, 0)
