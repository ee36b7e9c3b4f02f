/** Intersection: the product automaton, `w_{A∩B}(x) = w_A(x) ⊗ w_B(x)` for every string of two ε-free automata. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { at } from '../at.ts'
import { type Failure, failure } from '../errors.ts'
import {
  type Arc,
  type Automaton,
  automaton,
  characteristic,
  EPSILON,
  eachArcFrom,
  entriesOf,
  type Language,
} from './automaton.ts'
import { MOST_ARCS, tooLarge } from './budget.ts'
import { numbering } from './numbering.ts'
import { isZero, type Weights } from './weights.ts'

/** A product automaton, and the pair of states that each of its states stands for. */
export interface Product<W> {
  readonly automaton: Automaton<W>
  readonly pairs: readonly (readonly [left: number, right: number])[]
}

/** `Right(alphabet)` when two automata read the same symbols in the same order, else an `Automaton` failure. */
export const sameAlphabet = (a: Automaton<unknown>, b: Automaton<unknown>): E.Either<Failure, readonly string[]> =>
  a.alphabet.length === b.alphabet.length && a.alphabet.every((symbol, i) => symbol === b.alphabet[i])
    ? E.right(a.alphabet)
    : E.left(
        failure(
          'Automaton',
          `the alphabets {${a.alphabet.join(', ')}} and {${b.alphabet.join(', ')}} differ`,
          'build both automata over one list of symbols in the same order',
          { left: a.alphabet, right: b.alphabet },
        ),
      )

const withoutEpsilon = <W>(a: Automaton<W>): E.Either<Failure, Automaton<W>> =>
  a.symbols.includes(EPSILON)
    ? E.left(failure('Automaton', 'an automaton with ε-arcs cannot be intersected', 'remove them with removeEpsilon'))
    : E.right(a)

/** The arcs of a state, grouped by symbol. */
const bySymbol = <W>(a: Automaton<W>, state: number): ReadonlyMap<number, readonly (readonly [number, W])[]> => {
  const out = new Map<number, (readonly [number, W])[]>()
  eachArcFrom(a, state, (symbol, to, weight) => {
    const list = out.get(symbol)
    if (list === undefined) out.set(symbol, [[to, weight]])
    else list.push([to, weight])
  })
  return out
}

const explore = <W>(weights: Weights<W>, a: Automaton<W>, b: Automaton<W>): E.Either<Failure, Product<W>> => {
  const zero = isZero(weights)
  const { found: pairs, of } = numbering(([p, q]: readonly [number, number]) => p * b.states + q)
  const nonZero = (weight: W): boolean => !zero(weight)
  const start = entriesOf(a.start, nonZero).flatMap(([p, v]) =>
    entriesOf(b.start, nonZero).map(([q, w]) => [of([p, q]), weights.mul(v, w)] as const),
  )
  const arcs: Arc<W>[] = []
  const stop: (readonly [number, W])[] = []
  for (let from = 0; from < pairs.length; from++) {
    const [p, q] = at(pairs, from)
    stop.push([from, weights.mul(at(a.stop, p), at(b.stop, q))])
    const right = bySymbol(b, q)
    if (arcs.length > MOST_ARCS)
      return E.left(
        tooLarge('the product of the automata', 'minimise both first, or give smaller ones', { states: pairs.length }),
      )
    eachArcFrom(a, p, (symbol, toLeft, v) => {
      for (const [toRight, w] of right.get(symbol) ?? []) {
        const weight = weights.mul(v, w)
        if (!zero(weight)) arcs.push({ from, symbol, to: of([toLeft, toRight]), weight })
      }
    })
  }
  return E.right({
    automaton: automaton(weights)({ alphabet: a.alphabet, states: pairs.length, start, stop, arcs }),
    pairs,
  })
}

/**
 * The reachable part of the product with its pairs of states; `Automaton` failure for ε-arcs or other alphabets, `Limit` past 2²² arcs.
 *
 * @example
 * const { automaton, pairs } = right(product(semiring.boolean)(right(motifAutomaton('1')()))(exactly(2)()))
 * automaton.states === pairs.length // => true
 */
export const product =
  <W>(weights: Weights<W>) =>
  (b: Automaton<W>) =>
  (a: Automaton<W>): E.Either<Failure, Product<W>> =>
    E.flatMap(sameAlphabet(a, b), () =>
      E.flatMap(withoutEpsilon(a), (left) =>
        pipe(
          withoutEpsilon(b),
          E.flatMap((right) => explore(weights, left, right)),
        ),
      ),
    )

/**
 * `A ∩ B`: the reachable part of the product, states numbered in the order in which they are met.
 *
 * @example
 * const both = right(intersect(semiring.boolean)(right(motifAutomaton('11')()))(exactly(3)()))
 * right(countStrings(both)) // => 3n
 */
export const intersect =
  <W>(weights: Weights<W>) =>
  (b: Automaton<W>) =>
  (a: Automaton<W>): E.Either<Failure, Automaton<W>> =>
    pipe(
      product(weights)(b)(a),
      E.map((p) => p.automaton),
    )

/**
 * Keeps the strings of a language with their weights: `w(x)·1[x ∈ L]`, for an unambiguous automaton of L.
 *
 * @example
 * const rest = right(restrict(semiring.real)(right(motifAutomaton('11')()))(right(whiteNoise(3)())))
 * right(total(star.real)(rest)) // => 0.375
 */
export const restrict =
  <W>(weights: Weights<W>) =>
  (language: Language) =>
  (a: Automaton<W>): E.Either<Failure, Automaton<W>> =>
    intersect(weights)(characteristic(weights)(language))(a)
