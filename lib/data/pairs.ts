/**
 * Sentence pairs made fit to train on: what is no sentence goes, what occurs twice stays once, whole pages go to one
 * part, and nothing that training holds is left in validation and test.
 */
import type { AlignedPair } from './corpora/help-pages.ts'
import { countWords, divide, mapSplits, type Splits } from './documents.ts'

/** Source and target text. */
export type Pair = readonly [source: string, target: string]

/** What a pair may be like. */
interface PairLimits {
  /** The most words of either side. */
  readonly words: number
  /** The most that one side may be longer than the other, in characters; sides of up to 20 are not compared. */
  readonly ratio: number
}

/** 100 words, a ratio of 3. */
const usualLimits: PairLimits = { words: 100, ratio: 3 }

const fits =
  ({ words, ratio }: PairLimits) =>
  ({ source, target }: Pick<AlignedPair, 'source' | 'target'>): boolean => {
    if (source === target || !/\p{L}/u.test(source) || !/\p{L}/u.test(target)) return false
    if (countWords(source) > words || countWords(target) > words) return false
    const [short, long] = [source.length, target.length].sort((a, b) => a - b)
    return (long ?? 0) <= Math.max(20, ratio * (short ?? 0))
  }

/** Pairs within the limits, each once, of unequal sides, with a letter on both. */
export const filterPairs =
  (limits: PairLimits = usualLimits) =>
  <A extends Pick<AlignedPair, 'source' | 'target'>>(pairs: readonly A[]): readonly A[] => {
    const seen = new Set<string>()
    return pairs.filter((pair) => {
      const key = `${pair.source}\u0000${pair.target}`
      if (seen.has(key) || !fits(limits)(pair)) return false
      seen.add(key)
      return true
    })
  }

/** The pairs without those of which a side is in `known` already. */
const unseen = (known: readonly AlignedPair[]): ((pairs: readonly AlignedPair[]) => readonly AlignedPair[]) => {
  const sources = new Set(known.map(({ source }) => source))
  const targets = new Set(known.map(({ target }) => target))
  return (pairs) => pairs.filter(({ source, target }) => !sources.has(source) && !targets.has(target))
}

const byPage = (pairs: readonly AlignedPair[]): readonly (readonly AlignedPair[])[] => {
  const pages = new Map<string, AlignedPair[]>()
  for (const pair of pairs) {
    const held = pages.get(pair.page)
    if (held === undefined) pages.set(pair.page, [pair])
    else held.push(pair)
  }
  return [...pages.values()]
}

/** Divides pairs by page; sentences of training are taken out of validation, those of both out of test. */
export const dividePairs = (pairs: readonly AlignedPair[]): Splits<readonly Pair[]> => {
  const pages = divide<readonly AlignedPair[]>((page) => page.length)(byPage(pairs))
  const { training, validation, test } = mapSplits((part: readonly (readonly AlignedPair[])[]) => part.flat())(pages)
  return mapSplits((part: readonly AlignedPair[]) => part.map(({ source, target }): Pair => [source, target]))({
    training,
    validation: unseen(training)(validation),
    test: unseen([...training, ...validation])(test),
  })
}
