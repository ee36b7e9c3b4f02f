/**
 * A language model on an executor: sampling, scoring and what comes next, over any `Autoregressive`.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import type { TokenRows } from '../data/strings.ts'
import { inTurn } from '../effect.ts'
import { type Failure, raise } from '../errors.ts'
import type { Executor } from '../executor.ts'
import { byExecutor, crewOf, lanesOf, mapLanes } from '../scale/shards.ts'
import { sharedFor } from '../scale/shared.ts'
import type { Autoregressive, Parameters } from './autoregressive.ts'
import { type BeamOptions, type Hypothesis, beamSearch } from './beam.ts'
import { type DrawnRows, type SampleOptions, sampleRows } from './language-sample.ts'
import { type GrownRows, grownRows, type Growth } from './language-growth.ts'
import { type Language, nextLogits, rowScores, tokenScores } from './language-score.ts'
import { drawWhole, scoreWhole, wholeFor, wholeOf } from './language-whole.ts'
import { languageStore } from './language-store.ts'
import { endFailure, requireBatch } from './row-checks.ts'

export type { BeamOptions, Hypothesis } from './beam.ts'
export type { Decoding } from './decoding.ts'
export type { GrownRows } from './language-growth.ts'
export type { DrawnRows } from './language-sample.ts'

/** Rows that are sampled at once, and the symbol that ends a row (none: all rows have full length). */
export interface LanguageRuntimeOptions {
  readonly batch: number
  readonly end?: number
}

/**
 * A model's programs; each is prepared when it is first needed, and parameters are written when they change. Calls run one
 * after the other, in the order in which they were begun (on an executor with lanes side by side): each with its own parameters.
 */
export interface LanguageRuntime {
  readonly model: Autoregressive
  readonly executor: Executor
  readonly options: LanguageRuntimeOptions
  /**
   * Independent draws from q, or from its decoding. With an `end`, a row that has drawn it is filled up with it.
   * `logProbability` is log q (nats) of the drawn part under the model itself, the end counted.
   */
  readonly sample: (parameters: Parameters, options: SampleOptions) => TaskEither<Failure, DrawnRows>
  /** Σ_{t ≥ from} log q(x_t | x_<t) (nats) [count], up to and with the first end at or after `from`. */
  readonly score: (parameters: Parameters, rows: TokenRows, from?: number) => TaskEither<Failure, Float64Array>
  /** log q(x_t | x_<t) (nats) of every token [count, time]. */
  readonly tokenScores: (parameters: Parameters, rows: TokenRows) => TaskEither<Failure, Float32Array>
  /** Logits [count, symbol] of the token after each row. */
  readonly nextLogits: (parameters: Parameters, rows: TokenRows) => TaskEither<Failure, Float32Array>
  /** One row without tokens, or rows one token longer than others, as values: what is remembered of them is kept. */
  readonly grown: (parameters: Parameters, growth?: Growth) => TaskEither<Failure, GrownRows>
  /** Beam search: for every prefix its best hypotheses, the best first. */
  readonly beam: (
    parameters: Parameters,
    options: BeamOptions,
  ) => TaskEither<Failure, readonly (readonly Hypothesis[])[]>
  readonly release: () => void
}

/**
 * Opens a runtime; nothing is compiled before it is needed. Throws `Domain` for a batch or an end that is none.
 *
 * @example
 * const model = tableModel({ symbols: 3, length: 4 })
 * const runtime = languageRuntime(reference, model, { batch: 64 })
 * const parameters = model.initialise(key(1))
 * const drawn = await run(runtime.sample(parameters, { key: key(2), count: 100, length: 4 }))
 * drawn.count // => 100
 */
export const languageRuntime = (
  executor: Executor,
  model: Autoregressive,
  options: LanguageRuntimeOptions,
): LanguageRuntime => {
  requireBatch(options.batch)
  const strange = endFailure(model.symbols, options.end)
  if (strange !== undefined) raise(strange)
  const stores = byExecutor((on) => languageStore(on, model))
  const lanes = crewOf(mapLanes(stores.of)(lanesOf(executor)))
  const language: Language = { model, store: stores.of(executor), lanes, ...options }
  const given = (parameters: Parameters): Parameters => sharedFor(executor, parameters)
  const ending = options.end === undefined ? {} : { end: options.end }
  const turn = inTurn()
  // With lanes calls that are made at once run side by side; a lane does one batch at a time, and holds its parameters.
  const spread: typeof turn = executor.lanes === undefined ? turn : (task) => task
  return {
    model,
    executor,
    options,
    sample: (parameters, wanted) => {
      const whole = wholeFor(language, wanted)
      return spread(
        whole === undefined
          ? sampleRows(language, given(parameters), wanted)
          : drawWhole(language, whole, given(parameters), wanted),
      )
    },
    score: (parameters, rows, from = 0) => {
      const whole = from === 0 ? wholeOf(language) : undefined
      return spread(
        whole === undefined
          ? rowScores(language, given(parameters), rows, from)
          : scoreWhole(language, whole, given(parameters), rows),
      )
    },
    tokenScores: (parameters, rows) => spread(tokenScores(language, given(parameters), rows)),
    nextLogits: (parameters, rows) => spread(nextLogits(language, given(parameters), rows)),
    grown: (parameters, growth) => spread(grownRows(language, given(parameters), growth)),
    beam: (parameters, wanted) => spread(beamSearch(language, given(parameters), { ...ending, ...wanted })),
    release: () => {
      for (const { release } of stores.all()) release()
    },
  }
}
