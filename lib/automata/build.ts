/** White noise: the base distributions of the GAM paper, as PFSAs over any alphabet. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { type Failure, failure } from '../errors.ts'
import { boolean, real } from '../semiring.ts'
import { type Arc, automaton, type Language } from './automaton.ts'
import { type Pfsa, pfsa } from './pfsa.ts'
import { checkedLength, requireLength } from './word.ts'

/** The alphabet of the paper. */
export const BINARY: readonly string[] = ['0', '1']

const checkAlphabet = (alphabet: readonly string[]): E.Either<Failure, readonly string[]> =>
  alphabet.length > 0 && new Set(alphabet).size === alphabet.length
    ? E.right(alphabet)
    : E.left(
        failure('Automaton', 'the alphabet is empty or has a symbol twice', 'name at least one symbol, each once', {
          alphabet,
        }),
      )

/** One arc for each symbol. */
const eachSymbol = <W>(alphabet: readonly string[], from: number, to: number, weight: W): readonly Arc<W>[] =>
  alphabet.map((_, symbol) => ({ from, symbol, to, weight }))

/**
 * Uniform strings of exactly n symbols: `p(x) = |V|^{−n}`, n + 1 states in a row, `H = n·log |V|` nats.
 * `Domain` failure unless n is an integer ≥ 0.
 *
 * @example
 * Math.exp(logProbability(right(whiteNoise(3)()))([0, 1, 0])) // => 0.125
 */
export const whiteNoise =
  (n: number) =>
  (alphabet: readonly string[] = BINARY): E.Either<Failure, Pfsa> =>
    pipe(
      checkedLength(n),
      E.flatMap(() => checkAlphabet(alphabet)),
      E.flatMap(() =>
        pfsa(
          automaton(real)({
            alphabet,
            states: n + 1,
            start: [[0, 1]],
            stop: [[n, 1]],
            arcs: Array.from({ length: n }, (_, i) => eachSymbol(alphabet, i, i + 1, 1 / alphabet.length)).flat(),
          }),
        ),
      ),
    )

/**
 * Uniform symbols with a geometric length: `p(x) = s·((1 − s)/|V|)^{|x|}`, one state, mean length (1 − s)/s.
 * `Domain` failure unless 0 < s ≤ 1.
 *
 * @example
 * right(meanLength(right(geometricNoise(0.1)()))).value // => 9
 */
export const geometricNoise =
  (stopProbability: number) =>
  (alphabet: readonly string[] = BINARY): E.Either<Failure, Pfsa> =>
    stopProbability > 0 && stopProbability <= 1
      ? E.flatMap(checkAlphabet(alphabet), () =>
          pfsa(
            automaton(real)({
              alphabet,
              states: 1,
              start: [[0, 1]],
              stop: [[0, stopProbability]],
              arcs: eachSymbol(alphabet, 0, 0, (1 - stopProbability) / alphabet.length),
            }),
          ),
        )
      : E.left(
          failure('Domain', `the stop probability ${stopProbability} is not in (0, 1]`, 'use a number in (0, 1]', {
            stopProbability,
          }),
        )

/**
 * Σ*: every string, one state; the identity of intersection.
 *
 * @example
 * accepts(everything(['a', 'b']))([0, 1, 1]) // => true
 */
export const everything = (alphabet: readonly string[] = BINARY): Language =>
  automaton(boolean)({
    alphabet,
    states: 1,
    start: [[0, true]],
    stop: [[0, true]],
    arcs: eachSymbol(alphabet, 0, 0, true),
  })

/**
 * Σⁿ: every string of exactly n symbols, n + 1 states.
 *
 * @example
 * right(countStrings(exactly(10)())) // => 1024n
 */
export const exactly =
  (n: number) =>
  (alphabet: readonly string[] = BINARY): Language =>
    automaton(boolean)({
      alphabet,
      states: requireLength(n) + 1,
      start: [[0, true]],
      stop: [[n, true]],
      arcs: Array.from({ length: n }, (_, i) => eachSymbol(alphabet, i, i + 1, true)).flat(),
    })
