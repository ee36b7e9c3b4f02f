/**
 * METEOR (Banerjee & Lavie 2005; parameters of Lavie & Agarwal 2007): equal words, then equal stems, then synonyms. The
 * same numbers as nltk's `single_meteor_score` with its default stemmer. nltk looks synonyms up in WordNet, which is not
 * part of this library: without `synonyms` the third stage finds nothing, and the score is nltk's with an empty WordNet,
 * so at most what nltk gives by default.
 */
import { porterStem } from './stem.ts'
import { words13a } from './tokenise.ts'
import type { Translated } from './bleu.ts'

/**
 * Parameters: α weighs precision against recall, γ and β the penalty for scattered matches. `synonyms` gives the
 * synonyms of a word of the hypothesis that has no equal form; as in nltk it is asked about the word's stem.
 */
export interface MeteorOptions {
  readonly alpha?: number
  readonly beta?: number
  readonly gamma?: number
  readonly synonyms?: (word: string) => Iterable<string>
}

type Match = readonly [hypothesis: number, reference: number]

interface Unmatched {
  readonly hypothesis: readonly (readonly [number, string])[]
  readonly reference: readonly (readonly [number, string])[]
}

/** Matches words with one of their forms, from the end backwards, each word once. */
const matched = (
  { hypothesis, reference }: Unmatched,
  forms: (word: string) => Iterable<string> = () => [],
): { readonly matches: readonly Match[]; readonly rest: Unmatched } => {
  const free = [...reference]
  const matches: Match[] = []
  const rest = [...hypothesis].reverse().filter(([i, word]) => {
    const same = new Set([word, ...forms(word)])
    const at = free.findLastIndex(([, other]) => same.has(other))
    const [found] = at < 0 ? [] : free.splice(at, 1)
    if (found !== undefined) matches.push([i, found[0]])
    return found === undefined
  })
  return { matches, rest: { hypothesis: rest.reverse(), reference: free } }
}

const stemmed = ({ hypothesis, reference }: Unmatched): Unmatched => ({
  hypothesis: hypothesis.map(([i, word]) => [i, porterStem(word)]),
  reference: reference.map(([i, word]) => [i, porterStem(word)]),
})

/** Runs of matches that are adjacent in both. */
const chunksOf = (matches: readonly Match[]): number =>
  matches.filter(([i, j], n) => {
    const before = matches[n - 1]
    return before === undefined || before[0] !== i - 1 || before[1] !== j - 1
  }).length

const score = (matches: readonly Match[], produced: number, wanted: number, options: MeteorOptions): number => {
  if (matches.length === 0) return 0
  const { alpha = 0.9, beta = 3, gamma = 0.5 } = options
  const [precision, recall] = [matches.length / produced, matches.length / wanted]
  const mean = (precision * recall) / (alpha * precision + (1 - alpha) * recall)
  return mean * (1 - gamma * (chunksOf(matches) / matches.length) ** beta)
}

/**
 * METEOR of one sentence against one reference, both as words, in [0, 1].
 *
 * @example
 * meteor()(['the', 'cats', 'sat'], ['the', 'cat', 'sat']) // => 0.981481
 */
export const meteor =
  (options: MeteorOptions = {}) =>
  (hypothesis: readonly string[], reference: readonly string[]): number => {
    const numbered = (words: readonly string[]) => words.map((w, i) => [i, w.toLowerCase()] as const)
    const exact = matched({ hypothesis: numbered(hypothesis), reference: numbered(reference) })
    const stems = matched(stemmed(exact.rest))
    const others = matched(stems.rest, options.synonyms)
    const matches = [...exact.matches, ...stems.matches, ...others.matches].sort(([a], [b]) => a - b)
    return score(matches, hypothesis.length, reference.length, options)
  }

/**
 * The mean over lines of METEOR against the best of the references, in per cent.
 *
 * @example
 * corpusMeteor([{ hypothesis: 'the cats sat', references: ['the cat sat', 'a cat sat'] }]) // => 98.1481
 */
export const corpusMeteor = (
  lines: readonly Translated[],
  options: MeteorOptions & { readonly words?: (line: string) => readonly string[] } = {},
): number => {
  const words = options.words ?? words13a
  const one = meteor(options)
  const best = ({ hypothesis, references }: Translated): number =>
    references.reduce((most, reference) => Math.max(most, one(words(hypothesis), words(reference))), 0)
  return lines.length === 0 ? 0 : (100 * lines.reduce((total, line) => total + best(line), 0)) / lines.length
}
