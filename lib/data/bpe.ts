/**
 * Trains byte-pair encodings on bytes (Sennrich et al. 2016; Radford et al. 2019): starting from the 256 bytes, the most
 * frequent pair of neighbouring symbols becomes a new symbol, until there are enough. Pair counts are kept up to date
 * at each merge, so the cost of a merge is that of the pieces it changes.
 */
import * as E from 'fp-ts/lib/Either.js'
import { outside } from '../at.ts'
import { type Failure, failure } from '../errors.ts'
import type { Merge } from './bpe-file.ts'
import { bpeTokenizer, fromMerges } from './bpe-tokenizer.ts'
import { countPieces } from './bpe-words.ts'
import { type PairHeap, pairHeap } from './pair-heap.ts'
import type { Tokenizer } from './tokenizer.ts'

/** How large the encoding becomes. */
interface BpeOptions {
  /** Symbols in all: 256 bytes, the merges, and the end of document. */
  readonly symbols: number
  /** A pair that occurs less often is not merged; 2 unless given. */
  readonly fewest?: number
}

const RADIX = 2 ** 20

const keyOf = (left: number, right: number): number => left * RADIX + right

/** Pieces as lists of symbols, how often each occurs, and for each pair its count and the pieces it was seen in. */
interface State {
  readonly pieces: (readonly number[])[]
  readonly counts: readonly number[]
  readonly pairs: Map<number, number>
  readonly places: Map<number, number[]>
  readonly queue: PairHeap
}

const addPair = (state: State, pair: number, count: number): void => {
  state.pairs.set(pair, (state.pairs.get(pair) ?? 0) + count)
}

const notePlace = (state: State, pair: number, piece: number): void => {
  const held = state.places.get(pair)
  if (held === undefined) state.places.set(pair, [piece])
  else if (held.at(-1) !== piece) held.push(piece)
}

const eachPair = (symbols: readonly number[], visit: (pair: number) => void): void => {
  for (let i = 1; i < symbols.length; i++)
    visit(keyOf(symbols[i - 1] ?? outside(symbols, i - 1), symbols[i] ?? outside(symbols, i)))
}

const start = (counted: ReadonlyMap<string, number>): State => {
  const encoder = new TextEncoder()
  const state: State = {
    pieces: Array.from(counted.keys(), (piece) => Array.from(encoder.encode(piece))),
    counts: [...counted.values()],
    pairs: new Map(),
    places: new Map(),
    queue: pairHeap(),
  }
  for (const [piece, symbols] of state.pieces.entries())
    eachPair(symbols, (pair) => {
      addPair(state, pair, state.counts[piece] ?? outside(state.counts, piece))
      notePlace(state, pair, piece)
    })
  for (const [pair, count] of state.pairs) state.queue.push(-count, pair)
  return state
}

/** The symbols with every occurrence of the pair replaced, from left to right. */
const replace = (symbols: readonly number[], left: number, right: number, merged: number): readonly number[] => {
  const out: number[] = []
  for (let i = 0; i < symbols.length; i++) {
    const here = symbols[i] ?? outside(symbols, i)
    const both = here === left && i + 1 < symbols.length && symbols[i + 1] === right
    out.push(both ? merged : here)
    if (both) i += 1
  }
  return out
}

/** The most frequent pair, the smallest among equals; queue entries that are out of date are put right on the way. */
const next = (state: State, fewest: number): number | undefined => {
  for (let top = state.queue.pop(); top !== undefined; top = state.queue.pop()) {
    const count = state.pairs.get(top[1]) ?? 0
    if (count < fewest) continue
    if (count === -top[0]) return top[1]
    state.queue.push(-count, top[1])
  }
  return undefined
}

const apply = (state: State, pair: number, merged: number): Merge => {
  const left = Math.floor(pair / RADIX)
  const right = pair % RADIX
  const born = new Set<number>()
  for (const piece of state.places.get(pair) ?? []) {
    const before = state.pieces[piece] ?? outside(state.pieces, piece)
    const after = replace(before, left, right, merged)
    if (after.length === before.length) continue
    const count = state.counts[piece] ?? outside(state.counts, piece)
    eachPair(before, (each) => addPair(state, each, -count))
    eachPair(after, (each) => {
      addPair(state, each, count)
      if (Math.floor(each / RADIX) !== merged && each % RADIX !== merged) return
      notePlace(state, each, piece)
      born.add(each)
    })
    state.pieces[piece] = after
  }
  state.pairs.delete(pair)
  state.places.delete(pair)
  for (const each of born) state.queue.push(-(state.pairs.get(each) ?? 0), each)
  return [left, right]
}

/** The merges, in order of rank: the most frequent pair first, among equals the one of the smallest symbols. */
export const trainMerges = (
  counted: ReadonlyMap<string, number>,
  { symbols, fewest = 2 }: BpeOptions,
): readonly Merge[] => {
  const state = start(counted)
  const merges: Merge[] = []
  while (merges.length < symbols - 257) {
    const pair = next(state, fewest)
    if (pair === undefined) break
    merges.push(apply(state, pair, 256 + merges.length))
  }
  return merges
}

/**
 * Trains an encoding of `symbols` symbols (fewer when the text has not that many pairs that occur twice: see the
 * tokenizer's own `symbols`). `Domain` for fewer than 257 or more than 2²⁰ symbols.
 *
 * @example
 * trainBpe({ symbols: 4096 })(['the quick brown fox', 'the lazy dog'])
 */
export const trainBpe =
  (options: BpeOptions) =>
  (texts: Iterable<string>): E.Either<Failure, Tokenizer> =>
    Number.isInteger(options.symbols) && options.symbols >= 257 && options.symbols < RADIX
      ? E.right(bpeTokenizer(fromMerges(trainMerges(countPieces(texts), options))))
      : E.left(
          failure(
            'Domain',
            `an encoding of ${options.symbols} symbols cannot be trained`,
            'use 257 to 1048575 symbols',
            {
              symbols: options.symbols,
            },
          ),
        )
