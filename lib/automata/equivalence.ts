/**
 * Exact equivalence of weighted automata: do two of them give every string the same weight? Schützenberger's rank
 * argument as an algorithm (Tzeng 1992): the row vectors `α·M_x` of the difference span a space of at most
 * |A| + |B| dimensions, and the automata are equivalent iff a basis of it is orthogonal to the stop weights.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as O from 'fp-ts/lib/Option.js'
import { at } from '../at.ts'
import type { Failure } from '../errors.ts'
import { type Automaton, eachArc, mapWeights } from './automaton.ts'
import { union } from './mixture.ts'
import { add, divide, fromNumber, isNought, multiply, negate, type Rational, rational, rationals } from './rational.ts'

/** A row of the echelon basis: its first non-zero entry is 1, at `pivot`. */
interface BasisRow {
  readonly pivot: number
  readonly row: readonly Rational[]
}

const ZERO = rational(0n)

const axpy = (x: readonly Rational[], scale: Rational, y: readonly Rational[]): readonly Rational[] =>
  x.map((v, i) => add(v, multiply(scale, at(y, i))))

/** What is left of a vector after the basis; undefined when nothing is. */
const independent = (basis: readonly BasisRow[], vector: readonly Rational[]): BasisRow | undefined => {
  const rest = basis.reduce((v, { pivot, row }) => {
    const entry = at(v, pivot)
    return isNought(entry) ? v : axpy(v, negate(entry), row)
  }, vector)
  const pivot = rest.findIndex((x) => !isNought(x))
  const lead = rest[pivot]
  return lead === undefined ? undefined : { pivot, row: rest.map((x) => divide(x, lead)) }
}

const advance = (a: Automaton<Rational>, vector: readonly Rational[]): readonly (readonly Rational[])[] => {
  const out = a.alphabet.map(() => vector.map(() => ZERO))
  eachArc(a, (from, symbol, to, weight) => {
    const mass = at(vector, from)
    const row = out[symbol]
    if (row !== undefined && !isNought(mass)) row[to] = add(at(row, to), multiply(mass, weight))
  })
  return out
}

const stopping = (a: Automaton<Rational>, vector: readonly Rational[]): Rational =>
  vector.reduce((total, x, p) => add(total, multiply(x, at(a.stop, p))), ZERO)

/** A shortest string of non-zero weight, if there is one. */
const firstNonZero = (a: Automaton<Rational>): O.Option<readonly number[]> => {
  const basis: BasisRow[] = []
  let queue: readonly { readonly word: readonly number[]; readonly vector: readonly Rational[] }[] = [
    { word: [], vector: Array.from(a.start) },
  ]
  while (queue.length > 0) {
    const next: { readonly word: readonly number[]; readonly vector: readonly Rational[] }[] = []
    for (const { word, vector } of queue) {
      if (!isNought(stopping(a, vector))) return O.some(word)
      const row = independent(basis, vector)
      if (row === undefined) continue
      basis.push(row)
      advance(a, vector).forEach((moved, symbol) => next.push({ word: [...word, symbol], vector: moved }))
    }
    queue = next
  }
  return O.none
}

const negated = (a: Automaton<Rational>): Automaton<Rational> => ({ ...a, start: Array.from(a.start, negate) })

/**
 * A shortest string whose weights differ, or `None` when the automata are equivalent; exact, for ε-free automata with
 * rational weights. `Automaton` failure for different alphabets.
 *
 * @example
 * const [two, three] = [countingWeights(exactly(2)(['a'])), countingWeights(exactly(3)(['a']))]
 * distinguish(three)(two) // => [0, 0]
 */
export const distinguish =
  (b: Automaton<Rational>) =>
  (a: Automaton<Rational>): E.Either<Failure, O.Option<readonly number[]>> =>
    pipe(a, union(rationals)(negated(b)), E.map(firstNonZero))

/**
 * Whether two automata give every string the same weight, exactly.
 *
 * @example
 * const once = exactly(2)()
 * equivalent(countingWeights(once))(countingWeights(right(minimiseLanguage(once)))) // => true
 */
export const equivalent =
  (b: Automaton<Rational>) =>
  (a: Automaton<Rational>): E.Either<Failure, boolean> =>
    pipe(distinguish(b)(a), E.map(O.isNone))

/**
 * The automaton with its f64 weights as exact rationals.
 *
 * @example
 * weightOf(rationals)(exactWeights(right(whiteNoise(2)())))([0, 1]) // => { numerator: 1n, denominator: 4n }
 */
export const exactWeights: (a: Automaton<number>) => Automaton<Rational> = mapWeights(fromNumber)

/**
 * A Boolean automaton's weights as 0 and 1: equivalent languages of unambiguous automata are equivalent here.
 *
 * @example
 * weightOf(rationals)(countingWeights(exactly(1)(['a'])))([0]) // => { numerator: 1n, denominator: 1n }
 */
export const countingWeights: (a: Automaton<boolean>) => Automaton<Rational> = mapWeights((inside: boolean) =>
  rational(inside ? 1n : 0n),
)
