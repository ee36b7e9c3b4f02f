/**
 * Streams of tokens cut into rows of equal length: one after the other through the whole stream, or anew at each
 * document. Each part of a corpus is a stream of its own, so no chunk crosses parts.
 */
import { type Key, permutation } from '../key.ts'
import { failure, raise } from '../errors.ts'
import { type TokenRows, takeRows } from './strings.ts'

const checkLength = (length: number): void => {
  if (!Number.isSafeInteger(length) || length < 1)
    raise(failure('Domain', `a chunk of ${length} tokens does not exist`, 'use a whole number from 1 on', { length }))
}

/**
 * The stream [n] cut into ⌊n / length⌋ rows [count, length], documents running on within a row; a last piece that is too
 * short is left out. Throws a `Domain` error for a length below 1.
 *
 * @example
 * chunks(Int32Array.of(1, 2, 3, 4, 5), 2)   // { tokens: [1, 2, 3, 4], count: 2, time: 2 }
 */
export const chunks = (tokens: Int32Array, length: number): TokenRows => {
  checkLength(length)
  const count = Math.floor(tokens.length / length)
  return { tokens: tokens.slice(0, count * length), count, time: length }
}

/** How documents are cut: the symbol that ends one, and what happens to a last piece shorter than the row. */
interface DocumentChunks {
  readonly length: number
  readonly end: number
  /** `drop` leaves it out; `pad` fills it with end symbols (one of them counts as the end of the document). */
  readonly rest: 'drop' | 'pad'
}

/** Each document cut from its own start, its end symbol included: no row holds two documents. */
export const documentChunks =
  ({ length, end, rest }: DocumentChunks) =>
  (tokens: Int32Array): TokenRows => {
    checkLength(length)
    const starts: number[] = []
    const stops: number[] = []
    let start = 0
    for (let i = 0; i < tokens.length; i++) {
      const last = tokens[i] === end || i === tokens.length - 1
      const full = i + 1 - start === length
      if (full || (last && rest === 'pad')) {
        starts.push(start)
        stops.push(i + 1)
      }
      if (full || last) start = i + 1
    }
    const rows = new Int32Array(starts.length * length).fill(end)
    for (const [r, from] of starts.entries()) rows.set(tokens.subarray(from, stops[r]), r * length)
    return { tokens: rows, count: starts.length, time: length }
  }

/** The rows in a random order. */
export const shuffleRows =
  (key: Key) =>
  (rows: TokenRows): TokenRows =>
    takeRows(rows, permutation(key, rows.count))

/** Each row's first `length` tokens: the prefix that the rest is modelled given. */
export const prefixesOf =
  (length: number) =>
  (rows: TokenRows): TokenRows => {
    const tokens = new Int32Array(rows.count * length)
    for (let r = 0; r < rows.count; r++)
      tokens.set(rows.tokens.subarray(r * rows.time, r * rows.time + length), r * length)
    return { tokens, count: rows.count, time: length }
  }
