/**
 * Sentence pairs as rows of tokens: source and target each end with the end symbol, which also fills the rows up.
 */
import { at } from '../../at.ts'
import type { Pair } from '../../data/pairs.ts'
import type { Tokenizer } from '../../data/tokenizer.ts'
import { fineUniforms } from '../../energy/index.ts'
import type { Key } from '../../key.ts'

/** Pairs of rows: `source` and `target` [count, time]; `lengths` [count] are the sources' tokens, the end counted. */
export interface PairRows {
  readonly source: Int32Array
  readonly lengths: Int32Array
  readonly target: Int32Array
  readonly count: number
  readonly time: number
}

/** Symbols of a pair, without ends. */
export interface EncodedPair {
  readonly source: ArrayLike<number>
  readonly target: ArrayLike<number>
}

/** Pairs as symbols. */
export const encodePairs =
  ({ encode }: Pick<Tokenizer, 'encode'>) =>
  (pairs: readonly Pair[]): readonly EncodedPair[] =>
    pairs.map(([source, target]) => ({ source: encode(source), target: encode(target) }))

/** Whether both sides fit into rows of `time` tokens with their ends. */
export const fitsInto =
  (time: number) =>
  ({ source, target }: EncodedPair): boolean =>
    source.length < time && target.length < time && source.length > 0 && target.length > 0

/** Pairs that fit as rows of `time` tokens. */
export const pairRows =
  (time: number, end: number) =>
  (pairs: readonly EncodedPair[]): PairRows => {
    const [source, target] = [new Int32Array(pairs.length * time), new Int32Array(pairs.length * time)]
    const lengths = new Int32Array(pairs.length)
    source.fill(end)
    target.fill(end)
    pairs.forEach((pair, i) => {
      source.set(Array.from(pair.source), i * time)
      target.set(Array.from(pair.target), i * time)
      lengths[i] = pair.source.length + 1
    })
    return { source, lengths, target, count: pairs.length, time }
  }

/** Some of the rows, by number. */
export const takePairs = (rows: PairRows, wanted: ArrayLike<number>): PairRows => {
  const { time } = rows
  const [source, target] = [new Int32Array(wanted.length * time), new Int32Array(wanted.length * time)]
  const lengths = new Int32Array(wanted.length)
  for (let i = 0; i < wanted.length; i++) {
    const row = at(wanted, i)
    source.set(rows.source.subarray(row * time, (row + 1) * time), i * time)
    target.set(rows.target.subarray(row * time, (row + 1) * time), i * time)
    lengths[i] = at(rows.lengths, row)
  }
  return { source, lengths, target, count: wanted.length, time }
}

/** The first rows: at most `most`. */
export const firstPairs = (rows: PairRows, most: number): PairRows =>
  takePairs(
    rows,
    Int32Array.from({ length: Math.min(most, rows.count) }, (_, i) => i),
  )

/** Rows from `start` on, repeated from the first of them where there are fewer than `count`. */
export const pairsFrom = (rows: PairRows, start: number, count: number): PairRows =>
  takePairs(
    rows,
    Int32Array.from({ length: count }, (_, i) => (start + i < rows.count ? start + i : start)),
  )

/** A batch of rows drawn with replacement: a function of the key. */
export const drawPairs = (rows: PairRows, key: Key, batch: number): PairRows =>
  takePairs(
    rows,
    Int32Array.from(fineUniforms(key, batch), (u) => Math.floor(u * rows.count)),
  )

/** The symbols of a row before its first end. */
export const beforeEnd = (row: ArrayLike<number>, end: number): Int32Array => {
  const symbols = Int32Array.from(row)
  const stop = symbols.indexOf(end)
  return stop < 0 ? symbols : symbols.slice(0, stop)
}
