/**
 * Minimisation of deterministic automata: push the weights towards the start (Mohri 1997), then merge the states that
 * no string tells apart, by refining a partition (Moore 1956).
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { at } from '../at.ts'
import type { Failure } from '../errors.ts'
import { backwardWeights } from './allsum.ts'
import { type Arc, type Automaton, arcsOf, automaton, eachArcFrom, entriesOf, type Language } from './automaton.ts'
import { reachableFrom } from './components.ts'
import { completed, deterministic } from './language.ts'
import { normalise } from './normalise.ts'
import { type Pfsa, pfsa } from './pfsa.ts'
import { boolean, real } from './star.ts'
import { graphOf, keepStates, trim } from './trim.ts'
import { type Divisible, isZero, type Star, type Weights } from './weights.ts'

/** Numbers names by first appearance. */
const numbered = (names: readonly string[]): { readonly classes: Uint32Array; readonly count: number } => {
  const numbers = new Map<string, number>()
  const classes = Uint32Array.from(names, (name) => {
    const known = numbers.get(name) ?? numbers.size
    numbers.set(name, known)
    return known
  })
  return { classes, count: numbers.size }
}

const signature = <W>(print: (w: W) => string, a: Automaton<W>, classes: Uint32Array, state: number): string => {
  const parts = [`${at(classes, state)}`]
  eachArcFrom(a, state, (symbol, to, weight) => parts.push(`${symbol}:${print(weight)}:${at(classes, to)}`))
  return parts.join(' ')
}

/** The coarsest partition in which states of a class have like stops and like arcs to like classes. */
const refine = <W>(
  print: (w: W) => string,
  a: Automaton<W>,
): { readonly classes: Uint32Array; readonly count: number } => {
  let partition = numbered(Array.from(a.stop, print))
  for (;;) {
    const { classes, count } = partition
    const next = numbered(Array.from({ length: a.states }, (_, p) => signature(print, a, classes, p)))
    if (next.count === count) return partition
    partition = next
  }
}

/** One state a class; the weights are those of the class's first state. */
const quotient = <W>(weights: Weights<W>, print: (w: W) => string, a: Automaton<W>): Automaton<W> => {
  const { classes, count } = refine(print, a)
  const first = Array.from({ length: count }, (_, c) => classes.indexOf(c))
  const zero = isZero(weights)
  const arcs: Arc<W>[] = []
  first.forEach((p, from) => {
    eachArcFrom(a, p, (symbol, to, weight) => arcs.push({ from, symbol, to: at(classes, to), weight }))
  })
  return automaton(weights)({
    alphabet: a.alphabet,
    states: count,
    start: entriesOf(a.start, (w) => !zero(w)).map(([p, w]) => [at(classes, p), w]),
    stop: first.flatMap((p, c) => entriesOf([at(a.stop, p)]).map(([, w]) => [c, w] as const)),
    arcs,
  })
}

/** Pushing by backward weights: `w·β_q/β_p`; the total goes to the start weight. */
const pushed = <W>(weights: Divisible<W>, a: Automaton<W>, backward: readonly W[]): Automaton<W> => {
  const ahead = (p: number): W => at(backward, p)
  const ratio = (w: W, to: W, from: number): W => weights.divide(weights.mul(w, to), ahead(from))
  return automaton(weights)({
    alphabet: a.alphabet,
    states: a.states,
    start: entriesOf(a.start).map(([p, w]) => [p, weights.mul(w, ahead(p))]),
    stop: entriesOf(a.stop).map(([p, w]) => [p, ratio(w, weights.one, p)]),
    arcs: arcsOf(a).map((arc) => ({ ...arc, weight: ratio(arc.weight, ahead(arc.to), arc.from) })),
  })
}

/**
 * The minimal deterministic automaton with the same weights, over a semiring with star and division (exact for
 * rationals and Booleans). Failures: `Automaton` when it is not deterministic, `Diverges`, `Limit`.
 *
 * @example
 * right(minimise(rationals)(exactWeights(right(whiteNoise(3)())))).states // => 4
 */
export const minimise =
  <W>(weights: Star<W> & Divisible<W>) =>
  (a: Automaton<W>): E.Either<Failure, Automaton<W>> =>
    pipe(
      deterministic(weights)(a),
      E.map(trim(weights)),
      E.flatMap((useful) =>
        pipe(
          backwardWeights(weights)(useful),
          E.map((backward) => quotient(weights, weights.print, pushed(weights, useful, backward))),
        ),
      ),
    )

/**
 * The minimal deterministic PFSA with the same string probabilities (probabilities compared to 12 digits).
 *
 * @example
 * const noise = right(whiteNoise(3)())
 * right(minimisePfsa(noise)).states // => 4
 */
export const minimisePfsa = (a: Pfsa): E.Either<Failure, Pfsa> =>
  pipe(
    deterministic(real)(a),
    E.flatMap(normalise),
    E.flatMap((n) => pfsa(quotient(real, real.print, n.pfsa))),
  )

/**
 * The minimal complete deterministic automaton of a language. `Automaton` failure when it is not deterministic.
 *
 * @example
 * right(minimiseLanguage(complement(complement(exactly(2)())))).states // => 4
 */
export const minimiseLanguage = (a: Language): E.Either<Failure, Language> =>
  pipe(
    deterministic(boolean)(a),
    E.flatMap(completed),
    E.map((full) => {
      const starts = entriesOf(full.start, (inside) => inside).map(([p]) => p)
      const reached = keepStates(boolean)(reachableFrom(full.states, graphOf(boolean)(full), starts))(full)
      return quotient(boolean, String, reached)
    }),
  )
