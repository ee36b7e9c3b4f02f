/**
 * Beam search over a model's caches: the W best continuations of every prefix are kept from token to token; caches follow
 * their hypotheses by a gather along the batch.
 *
 * A hypothesis of n drawn tokens has the score log q / n^α (Wu et al. 2016, section 7, in the simple form of Murray and
 * Chiang 2018): α = 0 ranks by log-probability, α = 1 by log-probability per token. Finished hypotheses stay among the W of
 * their prefix with their score; the others are extended by every symbol.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import type { TokenRows } from '../data/strings.ts'
import { type Run, effect, fail, stopIfAborted } from '../effect.ts'
import { type Failure, failure } from '../errors.ts'
import type { Parameters } from './autoregressive.ts'
import { beamProgram } from './beam-program.ts'
import type { Language } from './language-score.ts'
import { rowsFailure } from './row-checks.ts'

/** What to search: continuations of each prefix up to `length` tokens, the prefix included. */
export interface BeamOptions {
  readonly prefix: TokenRows
  readonly width: number
  readonly length: number
  /** α ≥ 0; 0 by default. */
  readonly lengthPenalty?: number
  /** The symbol that ends a hypothesis; none: all have full length. */
  readonly end?: number
  readonly signal?: AbortSignal
}

/** A hypothesis: its tokens (prefix included, the end included where it has one), log q of what was added, and its score. */
export interface Hypothesis {
  readonly tokens: Int32Array
  readonly logProbability: number
  readonly score: number
}

const optionsFailure = (language: Language, options: BeamOptions): Failure | undefined => {
  const { prefix, width, length, lengthPenalty = 0 } = options
  const { context } = language.model
  const wrong = rowsFailure(language.model, prefix)
  if (wrong !== undefined) return wrong
  if (!Number.isInteger(width) || width < 1)
    return failure('Domain', `a beam of width ${width}`, 'keep a whole number of hypotheses, 1 or more', { width })
  if (!(lengthPenalty >= 0))
    return failure('Domain', `a length penalty of ${lengthPenalty}`, 'give a number, 0 or more', { lengthPenalty })
  return Number.isInteger(length) && length >= prefix.time && length <= context
    ? undefined
    : failure(
        'Shape',
        `hypotheses of ${length} tokens from a prefix of ${prefix.time}, and a context of ${context}`,
        'give a length between the two',
        { length, prefix: prefix.time, context },
      )
}

/** A hypothesis on its way: the lane of the batch that holds its caches, its tokens, log q, and whether it has ended. */
interface Growing {
  readonly lane: number
  readonly tokens: readonly number[]
  readonly logProbability: number
  readonly ended: boolean
}

/** What log q is divided by when n tokens have been drawn. */
const divisorOf = (drawn: number, penalty: number): number => Math.max(1, drawn) ** penalty

const finished = (h: Growing, start: number, penalty: number): Hypothesis => ({
  tokens: Int32Array.from(h.tokens),
  logProbability: h.logProbability,
  score: h.logProbability / divisorOf(h.tokens.length - start, penalty),
})

/** A hypothesis extended by a symbol, or one that has ended and stays as it is. */
interface Candidate {
  readonly from: Growing
  readonly symbol: number | undefined
  readonly logProbability: number
  readonly score: number
}

/** Puts a candidate in its place among the best ones, after its equals; the last one leaves when there are too many. */
const offer = (best: Candidate[], width: number, candidate: Candidate): void => {
  const after = best.findIndex((c) => c.score < candidate.score)
  best.splice(after < 0 ? best.length : after, 0, candidate)
  if (best.length > width) best.pop()
}

/** The best continuations of one prefix's hypotheses; ties go to the earlier hypothesis and the lower symbol. */
const extended = (
  beam: readonly Growing[],
  logs: Float64Array,
  symbols: number,
  { width, lengthPenalty = 0, end, prefix }: BeamOptions,
): readonly Growing[] => {
  const best: Candidate[] = []
  for (const from of beam) {
    const divisor = divisorOf(from.tokens.length + Number(!from.ended) - prefix.time, lengthPenalty)
    for (let s = 0; s < (from.ended ? 1 : symbols); s++) {
      const logProbability = from.logProbability + (from.ended ? 0 : (logs[from.lane * symbols + s] ?? 0))
      const score = logProbability / divisor
      if (best.length < width || score > (best[width - 1]?.score ?? 0))
        offer(best, width, { from, symbol: from.ended ? undefined : s, logProbability, score })
    }
  }
  return best.map(({ from, symbol, logProbability }) =>
    symbol === undefined
      ? from
      : { lane: from.lane, tokens: [...from.tokens, symbol], logProbability, ended: symbol === end },
  )
}

/** log softmax of rows of logits, in f64. */
const logSoftmaxRows = (logits: ArrayLike<number>, symbols: number): Float64Array => {
  const logs = new Float64Array(logits.length)
  for (let start = 0; start < logits.length; start += symbols) {
    let [high, total] = [Number.NEGATIVE_INFINITY, 0]
    for (let s = 0; s < symbols; s++) high = Math.max(high, logits[start + s] ?? 0)
    for (let s = 0; s < symbols; s++) total += Math.exp((logits[start + s] ?? 0) - high)
    for (let s = 0; s < symbols; s++) logs[start + s] = (logits[start + s] ?? 0) - high - Math.log(total)
  }
  return logs
}

/**
 * Every prefix has `width` lanes of the batch, side by side: lane j of them goes on from its hypothesis j, lanes beyond
 * repeat the last one. So whatever is given to a prefix, such as the source of a translation, stays in its lanes.
 */
const feedsFor = (group: readonly (readonly Growing[])[], position: number, batch: number, width: number) => {
  const lane = (r: number): Growing | undefined => {
    const beam = group[Math.floor(r / width)]
    return beam?.[Math.min(r % width, beam.length - 1)]
  }
  return {
    position: Int32Array.of(position),
    previous: Int32Array.from({ length: batch }, (_, r) => lane(r)?.tokens.at(-1) ?? 0),
    from: Int32Array.from({ length: batch }, (_, r) => lane(r)?.lane ?? 0),
  }
}

/** The same hypotheses with the lanes in which their caches lie after the step. */
const numbered = (group: readonly (readonly Growing[])[], width: number): readonly (readonly Growing[])[] =>
  group.map((beam, i) => beam.map((h, j) => ({ ...h, lane: i * width + j })))

/** Searches from several prefixes at once. */
const searchGroup = async (
  run: Run,
  { model, store }: Language,
  options: BeamOptions,
  prefixes: readonly (readonly number[])[],
  batch: number,
): Promise<readonly (readonly Growing[])[]> => {
  const { length, signal, width } = options
  const shape = { batch, time: length }
  const prepared = await run(store.prepared(`beam ${batch}×${length}`, () => beamProgram(model, shape)))
  let group: readonly (readonly Growing[])[] = prefixes.map((_, i) => [
    { lane: i * width, tokens: [], logProbability: 0, ended: false },
  ])
  for (let position = 0; position < length && group.some((beam) => beam.some((h) => !h.ended)); position++) {
    if (signal !== undefined) stopIfAborted(signal)
    const given = position < options.prefix.time
    const out = await run(prepared.run(feedsFor(group, position, batch, width), given ? [] : ['logits']))
    const logs = logSoftmaxRows(out['logits']?.data ?? [], model.symbols)
    group = numbered(group, width).map((beam, i) =>
      given
        ? beam.map((h) => ({ ...h, tokens: [...h.tokens, prefixes[i]?.[position] ?? 0] }))
        : extended(beam, logs, model.symbols, options),
    )
  }
  return group
}

/**
 * The best hypotheses of every prefix, the best first: at most `width` of each. With width ≥ V^K they are all strings in
 * order of score; with width 1 the greedy one. Left `Domain` and `Shape` for impossible options.
 */
export const beamSearch = (
  language: Language,
  parameters: Parameters,
  options: BeamOptions,
): TaskEither<Failure, readonly (readonly Hypothesis[])[]> =>
  effect(async (run) => {
    const wrong = optionsFailure(language, options)
    if (wrong !== undefined) fail(wrong)
    const { prefix, lengthPenalty = 0 } = options
    const batch = options.width * Math.max(1, Math.min(prefix.count, Math.floor(language.batch / options.width)))
    const groupSize = batch / options.width
    const found: (readonly Hypothesis[])[] = []
    await run(language.store.hold(parameters))
    for (let first = 0; first < prefix.count; first += groupSize) {
      const prefixes = Array.from({ length: Math.min(groupSize, prefix.count - first) }, (_, i) =>
        Array.from(prefix.tokens.subarray((first + i) * prefix.time, (first + i + 1) * prefix.time)),
      )
      const beams = await searchGroup(run, language, options, prefixes, batch)
      found.push(...beams.map((beam) => beam.map((h) => finished(h, prefix.time, lengthPenalty))))
    }
    return found
  })
