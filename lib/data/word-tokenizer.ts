/**
 * The tokenizer of word-level corpora such as WikiText-103: words are what stands between white space, a line ends in `<eos>`,
 * and a word that the training part lacks is `<unk>`. Perplexities of a token are then those that papers report for such data.
 */
import { orElse } from '../at.ts'
import type { Document } from './documents.ts'
import type { Tokenizer } from './tokenizer.ts'

const UNKNOWN = '<unk>'
const LINE_END = '<eos>'

/** The words of a text with the ends of its lines. */
const wordsOf = (text: string): readonly string[] =>
  text.split('\n').flatMap((line) => [...(line.match(/\S+/gu) ?? []), LINE_END])

/** Words by how often they occur, then by their order. */
const vocabulary = (documents: readonly Document[]): readonly string[] => {
  const counts = new Map<string, number>([[UNKNOWN, 0]])
  for (const { text } of documents) for (const word of wordsOf(text)) counts.set(word, (counts.get(word) ?? 0) + 1)
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([word]) => word)
}

/**
 * The words of some documents as symbols, the most frequent first; the last symbol ends a document.
 *
 * @example
 * wordTokenizer([{ name: 'a', text: 'to be or not to be' }]).encode('to see')   // 'to', '<unk>', '<eos>'
 */
export const wordTokenizer = (documents: readonly Document[]): Tokenizer => {
  const words = vocabulary(documents)
  const numbers = new Map(words.map((word, i) => [word, i]))
  const unknown = numbers.get(UNKNOWN) ?? 0
  const end = words.length
  return {
    symbols: end + 1,
    end,
    encode: (text) => Int32Array.from(wordsOf(text), (word) => numbers.get(word) ?? unknown),
    decode: (symbols) =>
      Array.from(symbols)
        .flatMap((symbol) => (symbol === end ? [] : [orElse(words[symbol], UNKNOWN)]))
        .join(' ')
        .replaceAll(/ ?<eos> ?/gu, '\n')
        .replace(/\n$/u, ''),
    json: () =>
      JSON.stringify({
        version: '1.0',
        added_tokens: [],
        pre_tokenizer: { type: 'WhitespaceSplit' },
        model: { type: 'WordLevel', vocab: Object.fromEntries(numbers), unk_token: UNKNOWN },
      }),
  }
}
