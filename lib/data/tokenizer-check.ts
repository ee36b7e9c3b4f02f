/**
 * What the vocabulary of a `tokenizer.json` must be before anything is made of it: ids that are different natural numbers without
 * large gaps, one id for a text.
 */
import { quoted, summary } from '../codec/quoted.ts'
import { type Failure, failure } from '../errors.ts'

/** A text and its id. */
export type Entry = readonly [text: string, id: number]

/** The most symbols that no text has: a vocabulary of n texts has ids below 2n + 4096. */
const gaps = (entries: number): number => 2 * entries + 4096

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

/** What is wrong with the ids of a vocabulary and of added symbols; `undefined` when nothing is. */
export const idFailure = (all: readonly Entry[]): Failure | undefined => {
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

/** Kinds of models that can be run here; a file of earlier versions names none. */
const KINDS: ReadonlySet<unknown> = new Set([undefined, 'BPE', 'Unigram', 'WordPiece'])

/** The texts that a merge joins and what they become; `undefined` where it is no pair. */
const joined = (merge: unknown, prefix: string): readonly string[] | undefined => {
  const parts: readonly unknown[] = typeof merge === 'string' ? merge.split(' ') : Array.isArray(merge) ? merge : []
  const [left, right] = parts
  if (parts.length !== 2 || typeof left !== 'string' || typeof right !== 'string') return undefined
  return [left, right, left + (right.startsWith(prefix) ? right.slice(prefix.length) : right)]
}

const mergeFailure = (model: Readonly<Record<string, unknown>>, vocabulary: readonly Entry[]): Failure | undefined => {
  const { merges, continuing_subword_prefix: given } = model
  const known = new Set(vocabulary.map(([text]) => text))
  const prefix = typeof given === 'string' ? given : ''
  if (!Array.isArray(merges))
    return wrong('a BPE model without a list of merges', 'write the file again with the program that made it')
  for (const [i, merge] of merges.entries()) {
    const texts = joined(merge, prefix)
    const unknown = texts?.find((text) => !known.has(text))
    if (texts === undefined || unknown !== undefined)
      return wrong(
        texts === undefined
          ? `merge ${i} is no pair of texts`
          : `merge ${i} speaks of ${quoted(unknown ?? '')}, which has no id`,
        'write the file again with the program that made it',
        { merge: i },
      )
  }
  return undefined
}

/** The longest word that WordPiece may have to divide, in time that grows with the square of it; files have 100. */
const LONGEST_WORD = 1000

const wordFailure = ({ max_input_chars_per_word: most }: Readonly<Record<string, unknown>>): Failure | undefined =>
  most === undefined || (typeof most === 'number' && Number.isInteger(most) && most >= 1 && most <= LONGEST_WORD)
    ? undefined
    : wrong(
        `max_input_chars_per_word is ${summary(most)}`,
        `give a whole number from 1 to ${LONGEST_WORD}, such as 100`,
        { most },
      )

/**
 * What is wrong with a model, beside its ids: a kind that nothing here can run, merges that are no pairs of texts with ids, an
 * id for unknown text that no text has, words too long to divide. `undefined` when nothing is.
 */
export const modelFailure = (
  model: Readonly<Record<string, unknown>>,
  vocabulary: readonly Entry[],
): Failure | undefined => {
  const { type, unk_id: unknown } = model
  if (!KINDS.has(type))
    return wrong(`a model of the kind ${summary(type)}`, 'give one of the kind BPE, Unigram or WordPiece', {
      type,
    })
  if (typeof unknown === 'number' && !vocabulary.some(([, id]) => id === unknown))
    return wrong(`unk_id is ${unknown}, and no text has that id`, 'name the id of the symbol for unknown text', {
      unknown,
    })
  return type === 'BPE' ? mergeFailure(model, vocabulary) : type === 'Unigram' ? undefined : wordFailure(model)
}
