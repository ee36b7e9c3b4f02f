/**
 * Hypotheses of beam search on the host: which symbols extend which of them, and in which lanes of the batch they go on.
 *
 * A hypothesis of n drawn tokens has the score log q / n^α (Wu et al. 2016, section 7, in the simple form of Murray and
 * Chiang 2018): α = 0 ranks by log-probability, α = 1 by log-probability per token. Finished hypotheses stay among the best
 * of their prefix with their score; the others are extended by every symbol.
 */
import { at } from '../at.ts'

/** A hypothesis: its tokens (prefix included, the end included where it has one), log q of what was added, and its score. */
export interface Hypothesis {
  readonly tokens: Int32Array
  readonly logProbability: number
  readonly score: number
}

/** A hypothesis on its way: the lane of the batch that it goes on from, its tokens, log q, and whether it has ended. */
export interface Growing {
  readonly lane: number
  readonly tokens: readonly number[]
  readonly logProbability: number
  readonly ended: boolean
}

/** How many hypotheses are kept, where drawing starts, α, and the symbol that ends one. */
export interface Ranking {
  readonly width: number
  readonly start: number
  readonly lengthPenalty: number
  readonly end: number | undefined
}

/** The most probable symbols of every lane [lane, rank], the best first, and their log-probabilities (nats). */
export interface Best {
  readonly symbols: ArrayLike<number>
  readonly logs: ArrayLike<number>
  /** Symbols of a lane. */
  readonly ranks: number
}

/** What log q is divided by when n tokens have been drawn. */
const divisorOf = (drawn: number, penalty: number): number => Math.max(1, drawn) ** penalty

/** A hypothesis with its score. */
export const finished = (h: Growing, { start, lengthPenalty }: Ranking): Hypothesis => ({
  tokens: Int32Array.from(h.tokens),
  logProbability: h.logProbability,
  score: h.logProbability / divisorOf(h.tokens.length - start, lengthPenalty),
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

/** Whether a score has a place among the best. */
const counts = (best: readonly Candidate[], width: number, score: number): boolean =>
  best.length < width || score > at(best, width - 1).score

/** The best continuations of one prefix's hypotheses; ties go to the earlier hypothesis and the lower symbol. */
export const extended = (
  beam: readonly Growing[],
  { symbols, logs, ranks }: Best,
  { width, start, lengthPenalty, end }: Ranking,
): readonly Growing[] => {
  const best: Candidate[] = []
  for (const from of beam) {
    const divisor = divisorOf(from.tokens.length + Number(!from.ended) - start, lengthPenalty)
    for (let rank = 0; rank < (from.ended ? 1 : ranks); rank++) {
      const place = from.lane * ranks + rank
      const log = from.ended ? 0 : at(logs, place)
      const [logProbability, score] = [from.logProbability + log, (from.logProbability + log) / divisor]
      if (!counts(best, width, score)) break
      offer(best, width, { from, symbol: from.ended ? undefined : symbols[place], logProbability, score })
    }
  }
  return best.map(({ from, symbol, logProbability }) =>
    symbol === undefined
      ? from
      : { lane: from.lane, tokens: [...from.tokens, symbol], logProbability, ended: symbol === end },
  )
}

/** The beams of several prefixes. */
export type Group = readonly (readonly Growing[])[]

/**
 * Every prefix has `width` lanes of the batch, side by side: lane j of them goes on from its hypothesis j, lanes beyond
 * repeat the last one, and those of no prefix their first. So whatever is given to a prefix, such as the source of a translation, stays in its lanes. The lane
 * that each continues, and its token at `position` − 1.
 */
export const lanesOf = (
  group: Group,
  position: number,
  batch: number,
  width: number,
): Readonly<Record<'from' | 'previous', Int32Array>> => {
  const from = Int32Array.from({ length: batch }, (_, r) => r - (r % width))
  const previous = new Int32Array(batch)
  group.forEach((beam, i) => {
    for (let j = 0; j < width; j++) {
      const { lane, tokens } = at(beam, Math.min(j, beam.length - 1))
      from[i * width + j] = lane
      const last = tokens[position - 1]
      if (last !== undefined) previous[i * width + j] = last
    }
  })
  return { from, previous }
}

/** The same hypotheses with the lanes in which they are after a step. */
export const numbered = (group: Group, width: number): Group =>
  group.map((beam, i) => beam.map((h, j) => ({ ...h, lane: i * width + j })))
