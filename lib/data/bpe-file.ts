/**
 * Byte-level byte-pair encodings as the standard `tokenizer.json` of the Hugging Face libraries: GPT-2's byte alphabet and
 * pre-tokenisation, merges in order of rank, one special symbol for the end of a document.
 */
import { at } from '../at.ts'
import { byteCharacters } from './byte-alphabet.ts'

/** The name of the symbol that ends a document, as in GPT-2. */
export const END_OF_TEXT = '<|endoftext|>'

/** A pair of symbols that become a new one; the symbol of merge i is 256 + i. */
export type Merge = readonly [left: number, right: number]

/** The bytes of every symbol, without the end of document: 256 bytes, then one for each merge. */
const symbolTexts = (merges: readonly Merge[]): readonly string[] => {
  const texts = [...byteCharacters]
  for (const [left, right] of merges) texts.push(`${at(texts, left)}${at(texts, right)}`)
  return texts
}

const byteLevel = (useRegex: boolean) => ({
  type: 'ByteLevel',
  add_prefix_space: false,
  trim_offsets: false,
  use_regex: useRegex,
})

const special = (id: number) => ({
  id,
  content: END_OF_TEXT,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
})

/** The text of a `tokenizer.json`: symbols 0 … 255 are the bytes, then the merges; the end of document is the last. */
export const bpeJson = (merges: readonly Merge[]): string => {
  const texts = symbolTexts(merges)
  const pair = ([left, right]: Merge): string => `${at(texts, left)} ${at(texts, right)}`
  const end = texts.length
  return JSON.stringify({
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [special(end)],
    normalizer: null,
    pre_tokenizer: byteLevel(true),
    post_processor: byteLevel(true),
    decoder: byteLevel(true),
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: '',
      end_of_word_suffix: '',
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries([...texts.map((text, id) => [text, id] as const), [END_OF_TEXT, end] as const]),
      merges: merges.map(pair),
    },
  })
}
