/**
 * A trained encoder–decoder on an executor: cross-entropy of pairs, translations by beam search, and the energies of
 * candidates.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { field } from '../../at.ts'
import { type Run, effect, inTurn } from '../../effect.ts'
import { type RatioEstimate, ratioEstimate } from '../../energy/index.ts'
import type { Failure } from '../../errors.ts'
import type { Executor } from '../../executor.ts'
import type { Parameters } from '../../models/autoregressive.ts'
import { type Hypothesis, beamSearch } from '../../models/beam.ts'
import type { EncoderDecoder } from '../../models/encoder-decoder.ts'
import { type LanguageStore, languageStore } from '../../models/language-store.ts'
import { encodeProgram, pairScores, wordScores } from './translation-programs.ts'
import { type PairRows, pairsFrom, takePairs } from './translation-rows.ts'

/** Rows that are scored (or lanes of beams that are searched) at once, tokens of a row, and the end symbol. */
export interface TranslationRuntimeOptions {
  readonly batch: number
  readonly time: number
  readonly end: number
}

/** Scores of pairs [count]: log q(target | source) in nats, target tokens with the end, and the last token's logit. */
export interface PairScores {
  readonly scores: Float64Array
  readonly counts: Float64Array
  readonly energies: Float64Array
}

/** How translations are searched. */
export interface SearchOptions {
  readonly width: number
  readonly lengthPenalty: number
  readonly signal?: AbortSignal
  /** Hears of sentences that are translated. */
  readonly onSentences?: (count: number) => void
}

/** A network's programs for measuring; each is prepared when it is first needed. Calls run one after the other. */
export interface TranslationRuntime {
  readonly score: (parameters: Parameters, rows: PairRows) => TE.TaskEither<Failure, PairScores>
  /** `log q(y_k | x_<k, source)` in nats of the targets y in contexts x, both [count, time]; 0 after the end of y. */
  readonly words: (parameters: Parameters, rows: PairRows, contexts: Int32Array) => TE.TaskEither<Failure, Float64Array>
  /** For every source its best hypotheses, the best first: `width` of each. Several sources are searched at once. */
  readonly translate: (
    parameters: Parameters,
    rows: PairRows,
    options: SearchOptions,
  ) => TE.TaskEither<Failure, readonly (readonly Hypothesis[])[]>
  readonly release: () => void
}

interface Parts {
  readonly network: EncoderDecoder
  readonly store: LanguageStore
  readonly options: TranslationRuntimeOptions
}

/** Every row `times` times, one after the other. */
const repeated = (rows: PairRows, times: number): PairRows =>
  takePairs(
    rows,
    Int32Array.from({ length: rows.count * times }, (_, i) => Math.floor(i / times)),
  )

/**
 * Beams of `width` lanes each, side by side in one batch: sources are encoded together, a copy for every lane, and searched
 * together. The last group is filled up with copies of its first source.
 */
const translated = async (
  run: Run,
  { network, store, options: { batch, time, end } }: Parts,
  rows: PairRows,
  options: SearchOptions,
): Promise<readonly (readonly Hypothesis[])[]> => {
  const { width } = options
  const sources = Math.max(1, Math.min(rows.count, Math.floor(batch / width)))
  const lanes = sources * width
  const encode = await run(store.prepared(`encode ${lanes}`, () => encodeProgram(network, lanes, time)))
  const prepared: LanguageStore['prepared'] = (name, make, beside = encode) => store.prepared(name, make, beside)
  const language = {
    model: network.conditional(lanes, time),
    store: { ...store, hold: () => TE.of(undefined), prepared },
    batch: lanes,
    end,
  }
  const prefix = { tokens: new Int32Array(0), count: sources, time: 0 }
  const found: (readonly Hypothesis[])[] = []
  for (let start = 0; start < rows.count; start += sources) {
    const { source, lengths } = repeated(pairsFrom(rows, start, sources), width)
    await run(encode.run({ source, lengths }, []))
    const beams = await run(beamSearch(language, {}, { prefix, length: time, end, ...options }))
    found.push(...beams.slice(0, rows.count - start))
    options.onSentences?.(Math.min(sources, rows.count - start))
  }
  return found
}

/** Scores rows in batches: `visit` is given the outputs of one, where it starts, and how many rows of it count. */
const inBatches = async (
  rows: PairRows,
  batch: number,
  visit: (own: PairRows, start: number, count: number) => Promise<void>,
): Promise<void> => {
  for (let start = 0; start < rows.count; start += batch)
    await visit(pairsFrom(rows, start, batch), start, Math.min(batch, rows.count - start))
}

const scored = async (run: Run, { network, store, options }: Parts, rows: PairRows): Promise<PairScores> => {
  const { batch, end } = options
  const prepared = await run(store.prepared('pair scores', () => pairScores(network, options, end)))
  const empty = (): Float64Array => new Float64Array(rows.count)
  const found = { scores: empty(), counts: empty(), energies: empty() }
  await inBatches(rows, batch, async ({ source, lengths, target }, start, count) => {
    const out = await run(prepared.run({ source, lengths, tokens: target }))
    for (const name of ['scores', 'counts', 'energies'] as const)
      found[name].set(Array.from(field(out, name).data).slice(0, count), start)
  })
  return found
}

const worded = async (run: Run, { network, store, options }: Parts, rows: PairRows, contexts: Int32Array) => {
  const { batch, time, end } = options
  const prepared = await run(store.prepared('word scores', () => wordScores(network, options, end)))
  const found = new Float64Array(rows.count * time)
  await inBatches(rows, batch, async ({ source, lengths, target }, start, count) => {
    const context = new Int32Array(batch * time).fill(end)
    context.set(contexts.subarray(start * time, (start + count) * time))
    const { words } = await run(prepared.run({ source, lengths, tokens: target, context }))
    found.set(Array.from(words?.data ?? []).slice(0, count * time), start * time)
  })
  return found
}

/** Opens a runtime; nothing is compiled before it is needed. */
export const translationRuntime = (
  executor: Executor,
  network: EncoderDecoder,
  options: TranslationRuntimeOptions,
): TranslationRuntime => {
  const store = languageStore(executor, network.decoder({}))
  const parts = { network, store, options }
  const turn = inTurn()
  const holding = <A>(parameters: Parameters, work: (run: Run) => Promise<A>): TE.TaskEither<Failure, A> =>
    turn(
      effect(async (run) => {
        await run(store.hold(parameters))
        return work(run)
      }),
    )
  return {
    score: (parameters, rows) => holding(parameters, (run) => scored(run, parts, rows)),
    words: (parameters, rows, contexts) => holding(parameters, (run) => worded(run, parts, rows, contexts)),
    translate: (parameters, rows, search) => holding(parameters, (run) => translated(run, parts, rows, search)),
    release: store.release,
  }
}

/** Cross-entropy in nats per target token, and its standard error over pairs (as of a ratio). */
export const perToken = ({ scores, counts }: PairScores): RatioEstimate =>
  ratioEstimate(
    scores.map((s) => 0 - s),
    counts,
  )
