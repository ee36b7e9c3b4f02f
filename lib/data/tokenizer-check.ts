/**
 * What a `tokenizer.json` must hold before anything is made of it: ids that are different natural numbers without large
 * gaps, one id for a text, patterns that come to an end.
 */
import { quoted } from '../codec/quoted.ts'
import { type Failure, failure } from '../errors.ts'
import { slowPattern } from './pattern-guard.ts'

/** A text and its id. */
export type Entry = readonly [text: string, id: number]

/** The most symbols that no text has: a vocabulary of n texts has ids below 2n + 4096. */
const gaps = (entries: number): number => 2 * entries + 4096

/** The most regular expressions in a file. */
const MOST_PATTERNS = 64

const wrong = (what: string, remedy: string, facts: Readonly<Record<string, unknown>> = {}): Failure =>
  failure('Format', `tokenizer.json: ${what}`, remedy, facts)

const isRecord = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === 'object' && x !== null && !Array.isArray(x)

const unread = wrong(
  'the vocabulary of the model is no list of texts with ids or scores',
  'give a tokenizer.json of the Hugging Face libraries',
)

/** The entries of a vocabulary: `{text: id}`, or `[[text, score], …]` whose ids are their places. Left says what is wrong. */
export const vocabularyOf = (vocab: unknown): readonly Entry[] | Failure => {
  const listed = Array.isArray(vocab)
    ? vocab.map((each: unknown, id): readonly [unknown, unknown] => {
        const pair: readonly unknown[] = Array.isArray(each) ? each : []
        return [typeof pair[1] === 'number' ? pair[0] : undefined, id]
      })
    : isRecord(vocab)
      ? Object.entries(vocab)
      : undefined
  const entries: Entry[] = []
  for (const [text, id] of listed ?? [[undefined, undefined] as const]) {
    if (typeof text !== 'string' || typeof id !== 'number') return unread
    entries.push([text, id])
  }
  return entries
}

const idFailure = (all: readonly Entry[]): Failure | undefined => {
  const bound = gaps(all.length)
  const texts = new Map<number, string>()
  const ids = new Map<string, number>()
  for (const [text, id] of all) {
    if (!Number.isInteger(id) || id < 0 || id >= bound)
      return wrong(
        `${quoted(text)} has the id ${id}`,
        `give ids that are whole numbers from 0 to ${bound - 1}: with ${all.length} texts none is higher`,
        { text, id, bound },
      )
    const other = texts.get(id)
    if (other !== undefined && other !== text)
      return wrong(`${quoted(other)} and ${quoted(text)} both have the id ${id}`, 'give each text an id of its own', {
        texts: [other, text],
        id,
      })
    const before = ids.get(text)
    if (before !== undefined && before !== id)
      return wrong(`${quoted(text)} has the ids ${before} and ${id}`, 'give each text one id', {
        text,
        ids: [before, id],
      })
    texts.set(id, text)
    ids.set(text, id)
  }
  return undefined
}

/** Every regular expression in a file: `{"Regex": pattern}` at any depth. */
export const patternsOf = (value: unknown): readonly string[] => {
  const found = new Set<string>()
  const queue: unknown[] = [value]
  while (queue.length > 0) {
    const next = queue.pop()
    if (typeof next !== 'object' || next === null) continue
    if ('Regex' in next && typeof next.Regex === 'string') found.add(next.Regex)
    for (const each of Object.values(next)) if (typeof each === 'object') queue.push(each)
  }
  return [...found]
}

/** What is wrong with the ids of a vocabulary and of added symbols, or with the patterns; `undefined` when nothing is. */
export const tokenizerFailure = (all: readonly Entry[], patterns: readonly string[]): Failure | undefined =>
  idFailure(all) ??
  (patterns.length > MOST_PATTERNS
    ? wrong(`${patterns.length} regular expressions`, `give at most ${MOST_PATTERNS}`)
    : slowPattern(patterns))
