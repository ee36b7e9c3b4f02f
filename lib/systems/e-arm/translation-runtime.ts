/**
 * A trained encoder–decoder on an executor: cross-entropy of pairs, translations by beam search, and the energies of
 * candidates.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { type Run, effect } from '../../effect.ts'
import type { Failure } from '../../errors.ts'
import type { Executor, Prepared } from '../../executor.ts'
import { at } from '../../math.ts'
import type { Parameters } from '../../models/autoregressive.ts'
import { type Hypothesis, beamSearch } from '../../models/beam.ts'
import type { EncoderDecoder } from '../../models/encoder-decoder.ts'
import { languageStore } from '../../models/language-store.ts'
import { encodeProgram, pairScores } from './translation-programs.ts'
import { type PairRows, pairsFrom, takePairs } from './translation-rows.ts'

/** Pairs that are scored at once, and the end symbol. */
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
  readonly onSentence?: () => void
}

/** A network's programs for measuring; each is prepared when it is first needed. */
export interface TranslationRuntime {
  readonly score: (parameters: Parameters, rows: PairRows) => TE.TaskEither<Failure, PairScores>
  /** For every source its best hypotheses, the best first: `width` of each. */
  readonly translate: (
    parameters: Parameters,
    rows: PairRows,
    options: SearchOptions,
  ) => TE.TaskEither<Failure, readonly (readonly Hypothesis[])[]>
  readonly release: () => void
}

/** Opens a runtime; nothing is compiled before it is needed. */
export const translationRuntime = (
  executor: Executor,
  network: EncoderDecoder,
  { batch, time, end }: TranslationRuntimeOptions,
): TranslationRuntime => {
  const store = languageStore(executor, network.decoder({}))
  const score = async (run: Run, parameters: Parameters, rows: PairRows): Promise<PairScores> => {
    await run(store.hold(parameters))
    const prepared = await run(store.prepared('pair scores', () => pairScores(network, { batch, time }, end)))
    const empty = (): Float64Array => new Float64Array(rows.count)
    const found = { scores: empty(), counts: empty(), energies: empty() }
    for (let start = 0; start < rows.count; start += batch) {
      const { source, lengths, target } = pairsFrom(rows, start, batch)
      const out = await run(prepared.run({ source, lengths, tokens: target }))
      const own = Math.min(batch, rows.count - start)
      for (const name of ['scores', 'counts', 'energies'] as const)
        found[name].set(Array.from(out[name]?.data ?? []).slice(0, own), start)
    }
    return found
  }
  const translate = async (run: Run, parameters: Parameters, rows: PairRows, options: SearchOptions) => {
    await run(store.hold(parameters))
    const { width } = options
    const encode = await run(store.prepared(`encode ${width}`, () => encodeProgram(network, width, time)))
    const beside = { ...store, hold: () => TE.of(undefined), prepared: besideOf(encode) }
    const language = { model: network.conditional(width, time), store: beside, batch: width, end }
    const found: (readonly Hypothesis[])[] = []
    for (let i = 0; i < rows.count; i++) {
      const { source, lengths } = takePairs(rows, new Int32Array(width).fill(i))
      await run(encode.run({ source, lengths }, []))
      const search = { prefix: nothing, length: time, end, ...options }
      found.push(...(await run(beamSearch(language, {}, search))))
      options.onSentence?.()
    }
    return found
  }
  const besideOf =
    (encode: Prepared): typeof store.prepared =>
    (name, make) =>
      store.prepared(name, make, encode)
  return {
    score: (parameters, rows) => effect((run) => score(run, parameters, rows)),
    translate: (parameters, rows, options) => effect((run) => translate(run, parameters, rows, options)),
    release: store.release,
  }
}

const nothing = { tokens: new Int32Array(0), count: 1, time: 0 }

/** Cross-entropy in nats per target token, and its standard error over pairs (as of a ratio). */
export const perToken = ({
  scores,
  counts,
}: PairScores): { readonly value: number; readonly standardError: number } => {
  const tokens = counts.reduce((a, b) => a + b, 0)
  const value = -scores.reduce((a, b) => a + b, 0) / tokens
  const squares = scores.reduce((total, s, i) => total + (-s - value * at(counts, i)) ** 2, 0)
  return { value, standardError: Math.sqrt(squares) / tokens }
}
