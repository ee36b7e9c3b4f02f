/**
 * Applies a byte-pair encoding: each piece of text is a list of bytes in which the merge of lowest rank, leftmost among
 * equals, is done until none is left. Pieces are remembered, so a long text costs a look-up a piece.
 */
import { at, orElse, outside } from '../at.ts'
import { bpeJson, type Merge } from './bpe-file.ts'
import { byteCharacters, bytesOf } from './byte-alphabet.ts'
import { piecesOf } from './bpe-words.ts'
import { concatenate } from './concatenate.ts'
import { pairHeap } from './pair-heap.ts'
import type { Tokenizer } from './tokenizer.ts'

/** A merge with the symbol it makes. */
export interface RankedMerge {
  readonly left: number
  readonly right: number
  readonly merged: number
}

/** A byte-level encoding, whatever its numbering of symbols. */
export interface ByteLevelBpe {
  readonly symbols: number
  readonly end: number
  /** The symbol of each byte [256]. */
  readonly bytes: ArrayLike<number>
  /** In order of rank. */
  readonly merges: readonly RankedMerge[]
  /** The bytes of each symbol; those of special symbols are empty. */
  readonly texts: readonly Uint8Array[]
  readonly json: () => string
}

const LARGEST_MEMORY = 200_000
const RADIX = 2 ** 21

/** The symbols of a piece, given as those of its bytes. Merges in O(n log n). */
const mergeAll = (
  ranks: ReadonlyMap<number, readonly [rank: number, merged: number]>,
  bytes: Int32Array,
): Int32Array => {
  const symbols = Int32Array.from(bytes)
  const n = symbols.length
  const after = Int32Array.from({ length: n }, (_, i) => i + 1)
  const before = Int32Array.from({ length: n }, (_, i) => i - 1)
  const queue = pairHeap()
  const look = (i: number): readonly [number, number] | undefined => {
    const j = i < 0 ? n : at(after, i)
    return j >= n ? undefined : ranks.get(at(symbols, i) * RADIX + at(symbols, j))
  }
  const enqueue = (i: number): void => {
    const found = look(i)
    if (found !== undefined) queue.push(found[0], i)
  }
  for (let i = 0; i < n; i++) enqueue(i)
  for (let top = queue.pop(); top !== undefined; top = queue.pop()) {
    const [rank, i] = top
    const found = (symbols[i] ?? outside(symbols, i)) < 0 ? undefined : look(i)
    if (found?.[0] !== rank) continue
    const gone = after[i] ?? outside(after, i)
    symbols[i] = found[1]
    symbols[gone] = -1
    after[i] = after[gone] ?? outside(after, gone)
    if ((after[i] ?? outside(after, i)) < n) before[after[i] ?? outside(after, i)] = i
    enqueue(before[i] ?? outside(before, i))
    enqueue(i)
  }
  return symbols.filter((s) => s >= 0)
}

const encoder = ({ bytes, merges }: ByteLevelBpe): ((text: string) => Int32Array) => {
  const ranks = new Map(
    merges.map(({ left, right, merged }, rank) => [left * RADIX + right, [rank, merged] as const] as const),
  )
  const utf8 = new TextEncoder()
  const memory = new Map<string, Int32Array>()
  const one = (piece: string): Int32Array => {
    const known = memory.get(piece)
    if (known !== undefined) return known
    const symbols = mergeAll(
      ranks,
      Int32Array.from(utf8.encode(piece), (byte) => at(bytes, byte)),
    )
    if (memory.size < LARGEST_MEMORY && piece.length < 64) memory.set(piece, symbols)
    return symbols
  }
  return (text) => concatenate(piecesOf(text).map(one))
}

const decoder =
  ({ texts }: ByteLevelBpe) =>
  (symbols: ArrayLike<number>): string =>
    Buffer.concat(Array.from(symbols, (symbol) => orElse(texts[symbol], new Uint8Array(0)))).toString('utf8')

/** A byte-level encoding as a tokenizer. */
export const bpeTokenizer = (bpe: ByteLevelBpe): Tokenizer => ({
  symbols: bpe.symbols,
  end: bpe.end,
  encode: encoder(bpe),
  decode: decoder(bpe),
  json: bpe.json,
})

/** The encoding of merges trained here: symbol i < 256 is byte i, symbol 256 + k that of merge k, the last the end. */
export const fromMerges = (merges: readonly Merge[]): ByteLevelBpe => {
  const texts: Uint8Array[] = byteCharacters.map((character) => bytesOf(character) ?? new Uint8Array(0))
  for (const [left, right] of merges)
    texts.push(Uint8Array.of(...(texts[left] ?? outside(texts, left)), ...(texts[right] ?? outside(texts, right))))
  return {
    symbols: texts.length + 1,
    end: texts.length,
    bytes: Int32Array.from({ length: 256 }, (_, byte) => byte),
    merges: merges.map(([left, right], i) => ({ left, right, merged: 256 + i })),
    texts,
    json: () => bpeJson(merges),
  }
}
