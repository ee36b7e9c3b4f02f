/**
 * Exact sampling from a PFSA by inverse CDF. String i is a function of (key, i) alone, drawn with 52-bit uniforms, and
 * an arc of probability 0 is never taken.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { at, outside } from '../at.ts'
import { type Failure, failure } from '../errors.ts'
import { fold, type Key, threefryInto } from '../key.ts'
import { type Automaton, rowOf } from './automaton.ts'
import { type Pfsa, tight } from './pfsa.ts'
import { decodeWord } from './word.ts'

/** Strings laid end to end: string i has the symbols `symbols[offsets[i]] … symbols[offsets[i + 1] − 1]`. */
export interface Sample {
  readonly alphabet: readonly string[]
  readonly offsets: Uint32Array
  readonly symbols: Uint32Array
}

/** `longest` (default 10⁶) bounds the symbols of one string; a longer one is a `Limit` failure, never cut. */
export interface SampleOptions {
  readonly key: Key
  readonly count: number
  readonly longest?: number
}

/**
 * What a state does at uniform `u` in (0, 1): the arc that it takes, or −1 to stop. Over all u each arc has the share of
 * its weight. The sampler takes every step with it.
 */
type Choice = (state: number, u: number) => number

/** The choices of a PFSA's states, by inverse CDF. */
export const choices = (a: Automaton<number>): Choice => choiceOf(cumulative(a))

const choiceOf = (c: Cumulative): Choice => {
  const { rowPointers } = c.automaton
  return (state, u) => {
    const last = at(rowPointers, state + 1)
    const arc = firstAbove(c.arcs, at(rowPointers, state), last, u * at(c.totals, state))
    return arc === last ? -1 : arc
  }
}

/** The start state at uniform `u` in (0, 1). */
export const startChoice = (a: Automaton<number>): ((u: number) => number) => startOf(cumulative(a))

const startOf =
  ({ starts }: Cumulative) =>
  (u: number): number =>
    firstAbove(starts, 0, starts.length - 1, u * at(starts, starts.length - 1))

/** Cumulative weights: of each state's arcs (aligned), then its total with stopping; and of the start states. */
interface Cumulative {
  readonly automaton: Automaton<number>
  readonly arcs: Float64Array
  readonly totals: Float64Array
  readonly starts: Float64Array
}

const accumulate = (xs: ArrayLike<number>): Float64Array => {
  let total = 0
  return Float64Array.from(xs, (x) => (total += x))
}

const cumulative = (a: Automaton<number>): Cumulative => {
  const arcs = new Float64Array(a.targets.length)
  const totals = new Float64Array(a.states)
  for (let p = 0; p < a.states; p++) {
    const [begin, end] = rowOf(a, p)
    let total = 0
    for (let k = begin; k < end; k++) {
      total += a.weights[k] ?? outside(a.weights, k)
      arcs[k] = total
    }
    totals[p] = total + (a.stop[p] ?? outside(a.stop, p))
  }
  return { automaton: a, arcs, totals, starts: accumulate(a.start) }
}

/** The first index in [begin, end) whose cumulative weight exceeds `target`; `end` if none does. */
const firstAbove = (xs: Float64Array, begin: number, end: number, target: number): number => {
  let low = begin
  let high = end
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((xs[middle] ?? outside(xs, middle)) > target) high = middle
    else low = middle + 1
  }
  return low
}

/** A uniform in (0, 1) from two words: `(k + ½)·2⁻⁵²`. */
const uniform = (w: Uint32Array): number =>
  ((w[0] ?? outside(w, 0)) * 2 ** 20 + ((w[1] ?? outside(w, 1)) >>> 12) + 0.5) * 2 ** -52

const grow = (xs: Uint32Array, room: number): Uint32Array => {
  if (room <= xs.length) return xs
  const out = new Uint32Array(Math.max(room, 2 * xs.length))
  out.set(xs)
  return out
}

const tooLong = (longest: number, index: number): Failure =>
  failure('Limit', `string ${index} of the sample is longer than ${longest} symbols`, 'raise `longest`', {
    longest,
    index,
  })

/** Draws one string into `out` from `begin` on; the new end, or −1 when it is too long. */
const drawInto = (c: Cumulative, key: Key, out: Uint32Array, begin: number, room: number): number => {
  const a = c.automaton
  const pair = new Uint32Array(2)
  threefryInto(pair, 0, key[0], key[1], 0, 0)
  const choose = choiceOf(c)
  let state = startOf(c)(uniform(pair))
  let end = begin
  for (let step = 1; ; step++) {
    threefryInto(pair, 0, key[0], key[1], step, 0)
    const arc = choose(state, uniform(pair))
    if (arc < 0) return end
    if (end - begin === room) return -1
    out[end++] = a.symbols[arc] ?? outside(a.symbols, arc)
    state = a.targets[arc] ?? outside(a.targets, arc)
  }
}

/** Draws string i, making room as it needs; the buffer it is in and its end, or −1. */
const draw = (c: Cumulative, key: Key, buffer: Uint32Array, begin: number, longest: number) => {
  let out = buffer
  for (let room = 64; ; room = Math.min(longest, 8 * room)) {
    const tried = Math.min(room, longest)
    out = grow(out, begin + tried)
    const end = drawInto(c, key, out, begin, tried)
    if (end >= 0 || tried === longest) return { out, end }
  }
}

const drawAll = (a: Pfsa, options: SampleOptions): E.Either<Failure, Sample> => {
  const longest = options.longest ?? 1_000_000
  const c = cumulative(a)
  const offsets = new Uint32Array(options.count + 1)
  let symbols: Uint32Array = new Uint32Array(1024)
  for (let i = 0; i < options.count; i++) {
    const { out, end } = draw(c, fold(options.key, i), symbols, offsets[i] ?? outside(offsets, i), longest)
    if (end < 0) return E.left(tooLong(longest, i))
    symbols = out
    offsets[i + 1] = end
  }
  return E.right({ alphabet: a.alphabet, offsets, symbols: symbols.slice(0, at(offsets, options.count)) })
}

/**
 * Draws `count` independent strings. `NotTight` when a string might never end, `Limit` for one that is too long.
 *
 * @example
 * const drawn = right(sample({ key: key(1), count: 3 })(right(whiteNoise(4)())))
 * sampleTexts(drawn) // => ['1000', '1001', '0010']
 */
export const sample =
  (options: SampleOptions) =>
  (a: Pfsa): E.Either<Failure, Sample> =>
    pipe(
      tight(a),
      E.flatMap((ok) => drawAll(ok, options)),
    )

/** The number of strings in a sample. */
const sampleSize = (s: Sample): number => s.offsets.length - 1

/** String i as symbol indices (a view). */
const wordAt =
  (i: number) =>
  (s: Sample): Uint32Array =>
    s.symbols.subarray(at(s.offsets, i), at(s.offsets, i + 1))

/**
 * All strings as symbol indices (views).
 *
 * @example
 * sampleWords(right(sample({ key: key(1), count: 2 })(right(whiteNoise(4)())))).length // => 2
 */
export const sampleWords = (s: Sample): readonly Uint32Array[] =>
  Array.from({ length: sampleSize(s) }, (_, i) => wordAt(i)(s))

/**
 * All strings as text.
 *
 * @example
 * sampleTexts(right(sample({ key: key(2), count: 2 })(right(whiteNoise(4)(['a', 'b']))))) // => ['aaab', 'bbab']
 */
export const sampleTexts = (s: Sample): readonly string[] => sampleWords(s).map(decodeWord(s.alphabet))
