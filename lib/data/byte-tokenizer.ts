/** The tokenizer that needs no training: one symbol a byte of UTF-8, and one for the end of a document. */
import { bpeJson } from './bpe-file.ts'
import type { Tokenizer } from './tokenizer.ts'

const END = 256

/**
 * 257 symbols: 0 … 255 the bytes of UTF-8, 256 the end of a document. Bytes that are no UTF-8 decode to U+FFFD.
 *
 * @example
 * byteTokenizer.encode('né')   // [110, 195, 169]
 */
export const byteTokenizer: Tokenizer = {
  symbols: END + 1,
  end: END,
  encode: (text) => Int32Array.from(new TextEncoder().encode(text)),
  decode: (symbols) => new TextDecoder().decode(Uint8Array.from(Array.from(symbols).filter((s) => s < END))),
  json: () => bpeJson([]),
}
