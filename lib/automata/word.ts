/** Strings over an automaton's alphabet: encoding, decoding, enumeration, and the weight that an automaton gives them. */
import * as E from 'fp-ts/lib/Either.js'
import type { Semiring } from 'fp-ts/lib/Semiring.js'
import { at } from '../at.ts'
import { type Failure, failure, raise } from '../errors.ts'
import { type Automaton, EPSILON, eachArcFrom } from './automaton.ts'

/** A string as symbol indices. */
export type Word = ArrayLike<number>

/** The longest strings that are counted, and the most states of a machine that counts them. */
const LONGEST = 10_000_000

/** A length of strings as it is, or `Domain`. */
export const checkedLength = (length: number): E.Either<Failure, number> =>
  Number.isInteger(length) && length >= 0 && length <= LONGEST
    ? E.right(length)
    : E.left(
        failure('Domain', `the length ${length} is not a count`, `use an integer from 0 to ${LONGEST}`, { length }),
      )

/** The same, thrown. */
export const requireLength = (length: number): number => E.getOrElseW(raise)(checkedLength(length))

/** Splits text into its characters (code points), which are the symbols of a one-character alphabet. */
const characters = (text: string): readonly string[] => Array.from(text)

/**
 * Symbol indices of a text (one symbol a character) or a list of symbol names; `Automaton` failure for a stranger.
 *
 * @example
 * right(encodeWord(['a', 'b'])('abba')) // => [0, 1, 1, 0]
 */
export const encodeWord =
  (alphabet: readonly string[]) =>
  (word: string | readonly string[]): E.Either<Failure, readonly number[]> => {
    const symbols = typeof word === 'string' ? characters(word) : word
    const out = symbols.map((symbol) => alphabet.indexOf(symbol))
    const stranger = out.indexOf(EPSILON)
    return stranger < 0 ? E.right(out) : E.left(strange(alphabet, at(symbols, stranger), stranger))
  }

const strange = (alphabet: readonly string[], symbol: string, position: number): Failure =>
  failure(
    'Automaton',
    `the symbol '${symbol}' at position ${position} is not in the alphabet {${alphabet.join(', ')}}`,
    'write it with the symbols of the alphabet',
    { symbol, position, alphabet },
  )

/**
 * The names of the symbols, joined.
 *
 * @example
 * decodeWord(['a', 'b'])([0, 1, 1, 0]) // => 'abba'
 */
export const decodeWord =
  (alphabet: readonly string[]) =>
  (word: Word): string =>
    Array.from(word, (symbol) => at(alphabet, symbol)).join('')

/**
 * All strings of exactly `length` symbols over `size` symbols, in lexicographic order: size^length of them.
 *
 * @example
 * wordsOfLength(2, 2) // => [[0, 0], [0, 1], [1, 0], [1, 1]]
 */
export const wordsOfLength = (size: number, length: number): readonly (readonly number[])[] => {
  let out: readonly (readonly number[])[] = [[]]
  const steps = requireLength(length)
  for (let i = 0; i < steps; i++) out = out.flatMap((w) => Array.from({ length: size }, (_, s) => [...w, s]))
  return out
}

/**
 * All strings of at most `length` symbols, shortest first.
 *
 * @example
 * wordsUpTo(2, 1) // => [[], [0], [1]]
 */
export const wordsUpTo = (size: number, length: number): readonly (readonly number[])[] =>
  Array.from({ length: requireLength(length) + 1 }, (_, n) => wordsOfLength(size, n)).flat()

const step = <W>(
  semiring: Semiring<W>,
  a: Automaton<W>,
  from: ReadonlyMap<number, W>,
  symbol: number,
): Map<number, W> => {
  const out = new Map<number, W>()
  for (const [state, mass] of from)
    eachArcFrom(a, state, (read, to, weight) => {
      if (read === symbol) out.set(to, semiring.add(out.get(to) ?? semiring.zero, semiring.mul(mass, weight)))
    })
  return out
}

const initial = <W>(semiring: Semiring<W>, a: Automaton<W>): Map<number, W> => {
  const out = new Map<number, W>()
  for (let p = 0; p < a.states; p++) {
    const weight = a.start[p]
    if (weight !== undefined && weight !== semiring.zero) out.set(p, weight)
  }
  return out
}

/**
 * The weight of a string by the forward algorithm, `αᵀ·M_{x₁}⋯M_{x_n}·f`, for an automaton without ε-arcs.
 * Visits only the states that the string reaches; throws an `Automaton` error for ε-arcs.
 *
 * @example
 * weightOf(semiring.real)(right(whiteNoise(2)()))([0, 1]) // => 0.25
 */
export const weightOf =
  <W>(semiring: Semiring<W>) =>
  (a: Automaton<W>) =>
  (word: Word): W => {
    if (a.symbols.includes(EPSILON)) raise(failure('Automaton', 'the automaton has ε-arcs', 'use removeEpsilon first'))
    let reached = initial(semiring, a)
    for (let i = 0; i < word.length; i++) reached = step(semiring, a, reached, at(word, i))
    let total = semiring.zero
    for (const [state, mass] of reached) total = semiring.add(total, semiring.mul(mass, at(a.stop, state)))
    return total
  }
