/**
 * ROUGE-1, ROUGE-2 and ROUGE-L (Lin 2004): F-measures of shared n-grams and of the longest common subsequence, averaged
 * over lines. The sums are a monoid.
 */
import type { Monoid } from 'fp-ts/lib/Monoid.js'
import { at } from '../at.ts'
import { ngramCounts, overlap } from './ngrams.ts'
import { lowerCaseWords } from './tokenise.ts'

/** Precision, recall, and their harmonic mean. */
export interface Agreement {
  readonly precision: number
  readonly recall: number
  readonly f: number
}

/** P = shared/produced, R = shared/wanted, F = 2PR/(P + R); all 0 where nothing is shared. */
const agreement = (shared: number, produced: number, wanted: number): Agreement => {
  const precision = produced === 0 ? 0 : shared / produced
  const recall = wanted === 0 ? 0 : shared / wanted
  return { precision, recall, f: shared === 0 ? 0 : (2 * precision * recall) / (precision + recall) }
}

/**
 * ROUGE-N of one line against its reference.
 *
 * @example
 * rougeN(1)(['the', 'cat'], ['the', 'cat', 'sat']).recall // => 0.666667
 */
export const rougeN =
  (n: number) =>
  (hypothesis: readonly string[], reference: readonly string[]): Agreement =>
    agreement(
      overlap(ngramCounts(hypothesis, n), ngramCounts(reference, n)),
      Math.max(0, hypothesis.length - n + 1),
      Math.max(0, reference.length - n + 1),
    )

/** The length of the longest common subsequence. */
export const longestCommonSubsequence = (xs: readonly string[], ys: readonly string[]): number => {
  let above = new Uint32Array(ys.length + 1)
  for (const x of xs) {
    const row = new Uint32Array(ys.length + 1)
    ys.forEach((y, j) => {
      row[j + 1] = x === y ? at(above, j) + 1 : Math.max(at(above, j + 1), at(row, j))
    })
    above = row
  }
  return at(above, ys.length)
}

/**
 * ROUGE-L of one line against its reference.
 *
 * @example
 * rougeL(['the', 'sat', 'cat'], ['the', 'cat', 'sat']).f // => 0.666667
 */
export const rougeL = (hypothesis: readonly string[], reference: readonly string[]): Agreement =>
  agreement(longestCommonSubsequence(hypothesis, reference), hypothesis.length, reference.length)

/** Sums of F-measures over lines. */
export interface RougeSums {
  readonly lines: number
  readonly one: number
  readonly two: number
  readonly longest: number
}

/**
 * Sums of two corpora together.
 *
 * @example
 * rougeMonoid.empty.lines // => 0
 */
export const rougeMonoid: Monoid<RougeSums> = {
  concat: (a, b) => ({
    lines: a.lines + b.lines,
    one: a.one + b.one,
    two: a.two + b.two,
    longest: a.longest + b.longest,
  }),
  empty: { lines: 0, one: 0, two: 0, longest: 0 },
}

/**
 * The sums of one line.
 *
 * @example
 * rougeSums(['the', 'cat'], ['the', 'cat', 'sat']).lines // => 1
 */
export const rougeSums = (hypothesis: readonly string[], reference: readonly string[]): RougeSums => ({
  lines: 1,
  one: rougeN(1)(hypothesis, reference).f,
  two: rougeN(2)(hypothesis, reference).f,
  longest: rougeL(hypothesis, reference).f,
})

/** Mean F-measures in per cent (Table 10). */
export interface Rouge {
  readonly rouge1: number
  readonly rouge2: number
  readonly rougeL: number
}

/** A line that was produced and the one that was wanted. */
export interface LinePair {
  readonly hypothesis: string
  readonly reference: string
}

/**
 * ROUGE of a corpus, in per cent; words are runs of letters and digits in lower case unless given otherwise.
 *
 * @example
 * corpusRouge([{ hypothesis: 'the cat', reference: 'the cat sat' }]) // => { rouge1: 80, rouge2: 66.6667, rougeL: 80 }
 */
export const corpusRouge = (
  lines: readonly LinePair[],
  words: (line: string) => readonly string[] = lowerCaseWords,
): Rouge => {
  const sums = lines
    .map(({ hypothesis, reference }) => rougeSums(words(hypothesis), words(reference)))
    .reduce(rougeMonoid.concat, rougeMonoid.empty)
  const mean = (x: number): number => (sums.lines === 0 ? 0 : (100 * x) / sums.lines)
  return { rouge1: mean(sums.one), rouge2: mean(sums.two), rougeL: mean(sums.longest) }
}
