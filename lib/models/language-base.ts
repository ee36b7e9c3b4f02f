/**
 * A language model as the base of a tilt: rows of tokens, sampled exactly and scored exactly, for the estimators of
 * `energy/`.
 */
import type { TokenRows } from '../data/strings.ts'
import { effect, fail } from '../effect.ts'
import { failure } from '../errors.ts'
import type { Base } from '../energy/base.ts'
import type { Parameters } from './autoregressive.ts'
import type { LanguageRuntime } from './language-runtime.ts'
import { separateRows } from './row-checks.ts'

export { separateRows } from './row-checks.ts'

/** Rows of a base: their length, and the one prefix with which all of them begin. */
export interface LanguageBaseOptions {
  readonly length: number
  readonly prefix?: Int32Array
  readonly signal?: AbortSignal
}

/** Rows of equal length as one table. */
export const joinedRows = (rows: readonly Int32Array[], time: number): TokenRows => {
  const tokens = new Int32Array(rows.length * time)
  rows.forEach((row, r) => {
    tokens.set(row, r * time)
  })
  return { tokens, count: rows.length, time }
}

/**
 * q(x) of rows of `length` tokens, or q(x | prefix). With the runtime's `end`, what follows an end is filled up with it and
 * does not count. `logProbability` fails with `Shape` for rows of another length.
 *
 * @example
 * const model = tableModel({ symbols: 3, length: 4 })
 * const base = languageBase(languageRuntime(reference, model, { batch: 8 }), model.initialise(key(1)), { length: 4 })
 * const rows = await run(base.sample(key(2), 5))
 * rows.length // => 5
 */
export const languageBase = (
  runtime: LanguageRuntime,
  parameters: Parameters,
  { length, prefix = new Int32Array(0), signal }: LanguageBaseOptions,
): Base<Int32Array> => ({
  sample: (key, n) =>
    effect(async (run) => {
      const given = { tokens: prefix, count: 1, time: prefix.length }
      const stop = signal === undefined ? {} : { signal }
      return separateRows(await run(runtime.sample(parameters, { key, count: n, length, prefix: given, ...stop })))
    }),
  logProbability: (rows) =>
    effect(async (run) => {
      const wrong = rows.find((row) => row.length !== length)
      if (wrong !== undefined)
        fail(
          failure(
            'Shape',
            `a row of ${wrong.length} tokens, in a base of rows of ${length}`,
            'score only its own rows',
            {
              length: wrong.length,
            },
          ),
        )
      return run(runtime.score(parameters, joinedRows(rows, length), prefix.length))
    }),
})
