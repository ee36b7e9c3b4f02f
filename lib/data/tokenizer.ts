/**
 * Tokenizers: text to symbol indices and back. Every one has a symbol that ends a document, which also begins one (it is
 * what a model sees before the first token) and fills rows after their end.
 */
import { concatenate } from './concatenate.ts'
import { type Document, mapSplits, type Splits } from './documents.ts'

/** Text as numbers below `symbols`. */
export interface Tokenizer {
  /** The number of symbols, the end of document included. */
  readonly symbols: number
  /** The symbol after (and, for models, before) a document; no text encodes to it. */
  readonly end: number
  readonly encode: (text: string) => Int32Array
  /** The text of some symbols; ends of documents stand for nothing. */
  readonly decode: (symbols: ArrayLike<number>) => string
  /** The tokenizer as a standard `tokenizer.json`. */
  readonly json: () => string
}

/** Documents as one stream of tokens, the end symbol after each. */
export const tokenise =
  (tokenizer: Tokenizer) =>
  (documents: readonly Document[]): Int32Array =>
    concatenate(documents.flatMap(({ text }) => [tokenizer.encode(text), Int32Array.of(tokenizer.end)]))

/** The three parts of a corpus as three streams of tokens. */
export const tokeniseSplits = (tokenizer: Tokenizer): ((corpus: Splits<readonly Document[]>) => Splits<Int32Array>) =>
  mapSplits(tokenise(tokenizer))
