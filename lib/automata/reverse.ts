/** Mirroring and ε-removal: changes of form that keep every string's weight (mirrored, for `reverse`). */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { Semiring } from 'fp-ts/lib/Semiring.js'
import { at, held } from '../at.ts'
import { type Failure, failure } from '../errors.ts'
import { closure } from './allsum.ts'
import { type Arc, type Automaton, arcsOf, automaton, EPSILON, eachArcFrom, entriesOf } from './automaton.ts'
import { isZero, type Star } from './weights.ts'

/**
 * `w_R(x₁…x_n) = w(x_n…x₁)` over a commutative semiring: arcs turned round, starts and stops exchanged; no ε is added.
 *
 * @example
 * const backwards = reverse(semiring.boolean)(right(prefixAutomaton('10')()))
 * weightOf(semiring.boolean)(backwards)([1, 0, 1]) // => true
 * weightOf(semiring.boolean)(backwards)([1, 0, 0]) // => false
 */
export const reverse =
  <W>(semiring: Semiring<W>) =>
  (a: Automaton<W>): Automaton<W> =>
    automaton(semiring)({
      alphabet: a.alphabet,
      states: a.states,
      start: entriesOf(a.stop),
      stop: entriesOf(a.start),
      arcs: arcsOf(a).map((arc) => ({ ...arc, from: arc.to, to: arc.from })),
    })

/** The most states with ε-arcs whose closure is computed (n³ operations). */
const LARGEST = 400

/** The states that an ε-arc touches. */
const touched = <W>(a: Automaton<W>): readonly number[] => {
  const out = new Set<number>()
  for (const arc of arcsOf(a)) if (arc.symbol === EPSILON) out.add(arc.from).add(arc.to)
  return [...out].sort((p, q) => p - q)
}

/** The closure of the ε-arcs among the touched states, row-major. */
const silentClosure = <W>(
  star: Star<W>,
  a: Automaton<W>,
  states: readonly number[],
): E.Either<Failure, readonly W[]> => {
  const size = states.length
  const position = new Map(states.map((p, i) => [p, i]))
  const entries = Array.from({ length: size * size }, () => star.zero)
  states.forEach((p, i) => {
    eachArcFrom(a, p, (symbol, to, weight) => {
      if (symbol !== EPSILON) return
      const place = i * size + held(position, to)
      entries[place] = star.add(at(entries, place), weight)
    })
  })
  return closure(star)(size, entries)
}

/**
 * An equivalent automaton without ε-arcs: `w'(p,l,r) = ⊕_q E*_{pq} ⊗ w(q,l,r)`, `f'_p = ⊕_q E*_{pq} ⊗ f_q`.
 * `Diverges` for an ε-cycle whose star does, `Limit` when more than 400 states have ε-arcs.
 *
 * @example
 * const a = automaton(semiring.real)({
 *   alphabet: ['a'], states: 2, start: [[0, 1]], stop: [[1, 1]], arcs: [{ from: 0, symbol: EPSILON, to: 1, weight: 0.5 }],
 * })
 * weightOf(semiring.real)(right(removeEpsilon(star.real)(a)))([]) // => 0.5
 */
export const removeEpsilon =
  <W>(star: Star<W>) =>
  (a: Automaton<W>): E.Either<Failure, Automaton<W>> => {
    const states = touched(a)
    if (states.length > LARGEST)
      return E.left(failure('Limit', `${states.length} states have ε-arcs`, `use at most ${LARGEST}`))
    return pipe(
      silentClosure(star, a, states),
      E.map((closed) => withoutSilence(star, a, states, closed)),
    )
  }

const withoutSilence = <W>(
  star: Star<W>,
  a: Automaton<W>,
  states: readonly number[],
  closed: readonly W[],
): Automaton<W> => {
  const zero = isZero(star)
  const position = new Map(states.map((p, i) => [p, i]))
  const reach = (p: number): readonly (readonly [number, W])[] => {
    const i = position.get(p)
    if (i === undefined) return [[p, star.one]]
    return states.map((q, j) => [q, at(closed, i * states.length + j)] as const).filter(([, w]) => !zero(w))
  }
  const arcs: Arc<W>[] = []
  const stop: (readonly [number, W])[] = []
  for (let from = 0; from < a.states; from++) {
    let stopping = star.zero
    for (const [q, silent] of reach(from)) {
      stopping = star.add(stopping, star.mul(silent, at(a.stop, q)))
      eachArcFrom(a, q, (symbol, to, weight) => {
        if (symbol !== EPSILON) arcs.push({ from, symbol, to, weight: star.mul(silent, weight) })
      })
    }
    stop.push([from, stopping])
  }
  const start = entriesOf(a.start)
  return automaton(star)({ alphabet: a.alphabet, states: a.states, start, stop, arcs })
}
