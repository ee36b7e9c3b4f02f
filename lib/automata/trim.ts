/** Trimming: keeping the states that lie on a path from a start to a stop. No string's weight changes. */
import { at } from '../at.ts'
import { type Automaton, arcsOf, automaton, eachArc, entriesOf } from './automaton.ts'
import { type Graph, reachableFrom } from './components.ts'
import { fromTriples, transpose, type SparseMatrix } from './matrix.ts'
import { isZero, type Weights } from './weights.ts'

/** The 0/1 matrix of arcs whose weight is not zero. */
export const graphOf =
  <W>(weights: Weights<W>) =>
  (a: Automaton<W>): SparseMatrix => {
    const zero = isZero(weights)
    const rows = new Uint32Array(a.targets.length)
    const present = new Float64Array(a.targets.length)
    eachArc(a, (from, _symbol, _to, weight, arc) => {
      rows[arc] = from
      present[arc] = zero(weight) ? 0 : 1
    })
    return fromTriples(a.states, rows, a.targets, present)
  }

const statesOf = (entries: readonly (readonly [number, unknown])[]): readonly number[] => entries.map(([p]) => p)

/** Which states are useful: reachable from a start of non-zero weight, with a stop of non-zero weight ahead. */
export const usefulStates =
  <W>(weights: Weights<W>) =>
  (a: Automaton<W>): Uint8Array => {
    const zero = isZero(weights)
    const graph: Graph & SparseMatrix = graphOf(weights)(a)
    const nonZero = (weight: W): boolean => !zero(weight)
    const ahead = reachableFrom(a.states, graph, statesOf(entriesOf(a.start, nonZero)))
    const behind = reachableFrom(a.states, transpose(graph), statesOf(entriesOf(a.stop, nonZero)))
    return ahead.map((seen, p) => seen & at(behind, p))
  }

/** The automaton on the chosen states, renumbered in order; arcs of zero weight are dropped. */
export const keepStates =
  <W>(weights: Weights<W>) =>
  (keep: Uint8Array) =>
  (a: Automaton<W>): Automaton<W> => {
    const zero = isZero(weights)
    let count = 0
    const renamed = Array.from(keep, (kept) => (kept === 1 ? count++ : -1))
    const move = (entries: readonly (readonly [number, W])[]): readonly (readonly [number, W])[] =>
      entries.filter(([p]) => keep[p] === 1).map(([p, weight]) => [at(renamed, p), weight])
    return automaton(weights)({
      alphabet: a.alphabet,
      states: count,
      start: move(entriesOf(a.start)),
      stop: move(entriesOf(a.stop)),
      arcs: arcsOf(a)
        .filter((arc) => keep[arc.from] === 1 && keep[arc.to] === 1 && !zero(arc.weight))
        .map((arc) => ({ ...arc, from: at(renamed, arc.from), to: at(renamed, arc.to) })),
    })
  }

/**
 * Drops the states from which or to which no path leads, and the arcs of zero weight.
 *
 * @example
 * trim(semiring.boolean)(complete(exactly(1)(['a']))).states // => 2
 */
export const trim =
  <W>(weights: Weights<W>) =>
  (a: Automaton<W>): Automaton<W> =>
    keepStates(weights)(usefulStates(weights)(a))(a)

/**
 * Whether no string has a path of non-zero weight.
 *
 * @example
 * isEmpty(semiring.boolean)(complement(everything())) // => true
 */
export const isEmpty =
  <W>(weights: Weights<W>) =>
  (a: Automaton<W>): boolean =>
    usefulStates(weights)(a).every((useful) => useful === 0)
