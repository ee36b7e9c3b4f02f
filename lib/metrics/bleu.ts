/**
 * Corpus BLEU (Papineni et al. 2002) with sacreBLEU's conventions (Post 2018): 13a words, the closest reference length,
 * n-grams up to four, exponential smoothing of orders without a match. What is added up over sentences is a monoid.
 */
import type { Monoid } from 'fp-ts/lib/Monoid.js'
import { at, orElse } from '../at.ts'
import { requireNames } from '../names.ts'
import { ngramCounts, overlap, union } from './ngrams.ts'
import { words13a } from './tokenise.ts'

/** N-grams are counted up to this order. */
const ORDERS = 4

/** What BLEU is a function of: matches and possible matches of each order, and both lengths in words. */
export interface BleuCounts {
  readonly matches: readonly number[]
  readonly totals: readonly number[]
  readonly hypothesisLength: number
  readonly referenceLength: number
}

const none: readonly number[] = Array.from({ length: ORDERS }, () => 0)

const added = (xs: readonly number[], ys: readonly number[]): readonly number[] => xs.map((x, i) => x + at(ys, i))

/**
 * Counts of two corpora together.
 *
 * @example
 * const once = bleuCounts(['a', 'cat'], [['a', 'cat']])
 * bleuMonoid.concat(once, once).hypothesisLength // => 4
 */
export const bleuMonoid: Monoid<BleuCounts> = {
  concat: (a, b) => ({
    matches: added(a.matches, b.matches),
    totals: added(a.totals, b.totals),
    hypothesisLength: a.hypothesisLength + b.hypothesisLength,
    referenceLength: a.referenceLength + b.referenceLength,
  }),
  empty: { matches: none, totals: none, hypothesisLength: 0, referenceLength: 0 },
}

/** The reference length that is closest to the hypothesis, the shorter of two equally close. */
const closest = (length: number, references: readonly number[]): number =>
  references.reduce(
    (best, r) => {
      const [gap, old] = [Math.abs(r - length), Math.abs(best - length)]
      return gap < old || (gap === old && r < best) ? r : best
    },
    at(references, 0),
  )

/**
 * The counts of one sentence against its references, all as words.
 *
 * @example
 * bleuCounts(['a', 'cat', 'sat'], [['the', 'cat', 'sat']]).matches // => [2, 1, 0, 0]
 */
export const bleuCounts = (hypothesis: readonly string[], references: readonly (readonly string[])[]): BleuCounts => {
  const orders = none.map((_, i) => i + 1)
  return {
    matches: orders.map((n) =>
      overlap(ngramCounts(hypothesis, n), union(references.map((reference) => ngramCounts(reference, n)))),
    ),
    totals: orders.map((n) => Math.max(0, hypothesis.length - n + 1)),
    hypothesisLength: hypothesis.length,
    referenceLength: closest(
      hypothesis.length,
      references.map((reference) => reference.length),
    ),
  }
}

/** What to do about orders without a match: nothing (BLEU is then 0), or halve the precision from one to the next. */
export type BleuSmoothing = 'none' | 'exponential'

/** BLEU with what it is made of; `score` and `precisions` in per cent. */
export interface Bleu {
  readonly score: number
  readonly precisions: readonly number[]
  readonly brevityPenalty: number
  readonly counts: BleuCounts
}

const precisionsOf = ({ matches, totals }: BleuCounts, smoothing: BleuSmoothing): readonly number[] => {
  let halved = 1
  return matches.map((m, i) => {
    const total = at(totals, i)
    if (total === 0) return 0
    if (m > 0) return (100 * m) / total
    halved *= 2
    return smoothing === 'none' ? 0 : 100 / (halved * total)
  })
}

/** `e^{1 − r/c}` for a hypothesis of c words shorter than the reference of r, else 1. */
const penaltyOf = ({ hypothesisLength, referenceLength }: BleuCounts): number =>
  hypothesisLength >= referenceLength
    ? 1
    : hypothesisLength === 0
      ? 0
      : Math.exp(1 - referenceLength / hypothesisLength)

/**
 * `BP · exp(mean_n log p_n)`, in per cent; 0 when nothing matches or an order has no n-grams.
 *
 * @example
 * bleuOf(bleuCounts(['the', 'cat', 'sat', 'down'], [['the', 'cat', 'sat', 'down']])).score // => 100
 */
export const bleuOf = (counts: BleuCounts, smoothing: BleuSmoothing = 'exponential'): Bleu => {
  requireNames({ smoothing: [smoothing, ['none', 'exponential']] })
  const precisions = precisionsOf(counts, smoothing)
  const brevityPenalty = penaltyOf(counts)
  const nothing = counts.matches.every((m) => m === 0) || precisions.some((p) => p === 0)
  const logs = precisions.reduce((total, p) => total + Math.log(p), 0)
  return { score: nothing ? 0 : brevityPenalty * Math.exp(logs / ORDERS), precisions, brevityPenalty, counts }
}

/** A text with its translations: what was produced, and one or more references. */
export interface Translated {
  readonly hypothesis: string
  readonly references: readonly string[]
}

/** Settings of corpus BLEU: how lines become words (13a), and the smoothing (exponential). */
export interface BleuOptions {
  readonly words?: (line: string) => readonly string[]
  readonly smoothing?: BleuSmoothing
}

/** The counts of one pair of lines. */
export const lineCounts =
  (words: (line: string) => readonly string[]) =>
  ({ hypothesis, references }: Translated): BleuCounts =>
    bleuCounts(words(hypothesis), references.map(words))

/**
 * Corpus BLEU of lines; sacreBLEU's default is this function's.
 *
 * @example
 * corpusBleu([{ hypothesis: 'the cat sat down here', references: ['the cat sat down there'] }]).score // => 66.874
 */
export const corpusBleu = (lines: readonly Translated[], options: BleuOptions = {}): Bleu =>
  bleuOf(
    lines.map(lineCounts(options.words ?? words13a)).reduce(bleuMonoid.concat, bleuMonoid.empty),
    options.smoothing ?? 'exponential',
  )

/** BLEU of the lines whose reference is of a certain length in words: from `from` on, below `to`. */
interface LengthBleu {
  readonly from: number
  readonly to: number
  readonly lines: number
  readonly bleu: Bleu
}

/** The paper's lengths: [0, 25), [25, 50), [50, ∞). */
const paperLengths: readonly number[] = [0, 25, 50]

/** BLEU by target length (Table 7): one for each interval that begins at one of `starts`, the last without an end. */
export const bleuByLength = (
  lines: readonly Translated[],
  starts: readonly number[] = paperLengths,
  options: BleuOptions = {},
): readonly LengthBleu[] => {
  const words = options.words ?? words13a
  return starts.map((from, i) => {
    const to = orElse(starts[i + 1], Number.POSITIVE_INFINITY)
    const chosen = lines.filter(({ references }) => {
      const length = words(at(references, 0)).length
      return length >= from && length < to
    })
    return { from, to, lines: chosen.length, bleu: corpusBleu(chosen, options) }
  })
}
