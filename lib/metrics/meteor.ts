/**
 * METEOR (Banerjee & Lavie 2005; parameters of Lavie & Agarwal 2007) with its first two stages, equal words and equal
 * stems; the third, synonyms, needs WordNet and is left out. The same numbers as nltk's without synonyms.
 */
import { porterStem } from './stem.ts'
import { words13a } from './tokenise.ts'
import type { Translated } from './bleu.ts'

/** Parameters: α weighs precision against recall, γ and β the penalty for scattered matches. */
export interface MeteorOptions {
  readonly alpha?: number
  readonly beta?: number
  readonly gamma?: number
}

type Match = readonly [hypothesis: number, reference: number]

interface Unmatched {
  readonly hypothesis: readonly (readonly [number, string])[]
  readonly reference: readonly (readonly [number, string])[]
}

/** Matches equal forms, from the end backwards, each word once. */
const matched = ({
  hypothesis,
  reference,
}: Unmatched): { readonly matches: readonly Match[]; readonly rest: Unmatched } => {
  const free = [...reference]
  const matches: Match[] = []
  const rest = [...hypothesis].reverse().filter(([i, word]) => {
    const at = free.findLastIndex(([, other]) => other === word)
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

/** METEOR of one sentence against one reference, both as words, in [0, 1]. */
export const meteor =
  (options: MeteorOptions = {}) =>
  (hypothesis: readonly string[], reference: readonly string[]): number => {
    const numbered = (words: readonly string[]) => words.map((w, i) => [i, w.toLowerCase()] as const)
    const exact = matched({ hypothesis: numbered(hypothesis), reference: numbered(reference) })
    const stems = matched(stemmed(exact.rest))
    const matches = [...exact.matches, ...stems.matches].sort(([a], [b]) => a - b)
    return score(matches, hypothesis.length, reference.length, options)
  }

/** The mean over lines of METEOR against the best of the references, in per cent. */
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
