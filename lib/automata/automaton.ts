/**
 * Weighted finite automata over any semiring, stored as sparse rows: the arcs that leave state p are those with index
 * in [rowPointers[p], rowPointers[p + 1]). A string's weight is `⊕ over its paths of start ⊗ arcs ⊗ stop`. Stopping is
 * the end-of-string symbol: it is a weight on a state, never an arc.
 */
import type { Semiring } from 'fp-ts/lib/Semiring.js'
import { at, outside } from '../at.ts'
import { failure, raise } from '../errors.ts'

/**
 * The symbol index of an arc that reads nothing.
 *
 * @example
 * const skip = { from: 0, symbol: EPSILON, to: 1, weight: 0.5 } // an arc that reads nothing
 * skip.symbol // => -1
 */
export const EPSILON = -1

/** One transition: reads symbol `symbol` (an index into the alphabet, or `EPSILON`) and has a weight. */
export interface Arc<W> {
  readonly from: number
  readonly symbol: number
  readonly to: number
  readonly weight: W
}

/** A weighted automaton with `states` states over named symbols; `start` and `stop` have one weight a state. */
export interface Automaton<W> {
  readonly alphabet: readonly string[]
  readonly states: number
  readonly start: ArrayLike<W>
  readonly stop: ArrayLike<W>
  readonly rowPointers: Uint32Array
  readonly symbols: Int32Array
  readonly targets: Uint32Array
  readonly weights: ArrayLike<W>
}

/** A set of strings: an automaton over the Boolean semiring. */
export type Language = Automaton<boolean>

/**
 * What an automaton is made of: weights that are not listed are zero. What is listed several times, an arc (of the same
 * ends and symbol), a start or a stop, adds up in the semiring.
 */
export interface Parts<W> {
  readonly alphabet: readonly string[]
  readonly states: number
  readonly start: readonly (readonly [state: number, weight: W])[]
  readonly stop: readonly (readonly [state: number, weight: W])[]
  readonly arcs: readonly Arc<W>[]
}

const isIndex = (i: number, size: number): boolean => Number.isInteger(i) && i >= 0 && i < size

const checkIndex = (what: string, i: number, size: number): void => {
  if (!isIndex(i, size))
    raise(failure('Automaton', `${what} ${i} does not exist`, `use an index from 0 to ${size - 1}`, { index: i, size }))
}

const checkParts = <W>(parts: Parts<W>): void => {
  if (new Set(parts.alphabet).size !== parts.alphabet.length)
    raise(
      failure('Automaton', 'the alphabet has a symbol twice', 'name each symbol once', { alphabet: parts.alphabet }),
    )
  for (const [state] of parts.start) checkIndex('start state', state, parts.states)
  for (const [state] of parts.stop) checkIndex('stop state', state, parts.states)
  for (const arc of parts.arcs) {
    checkIndex('state', arc.from, parts.states)
    checkIndex('state', arc.to, parts.states)
    if (arc.symbol !== EPSILON) checkIndex('symbol', arc.symbol, parts.alphabet.length)
  }
}

const vector = <W>(
  { zero, add }: Semiring<W>,
  size: number,
  entries: readonly (readonly [number, W])[],
): readonly W[] => {
  const out = Array.from({ length: size }, () => zero)
  const listed = new Uint8Array(size)
  for (const [state, weight] of entries) {
    const before = out[state]
    out[state] = listed[state] === 1 && before !== undefined ? add(before, weight) : weight
    listed[state] = 1
  }
  return out
}

const order = <W>(a: Arc<W>, b: Arc<W>): number => a.from - b.from || a.symbol - b.symbol || a.to - b.to

/** The arcs in order, those of the same ends and symbol added up. */
const merged = <W>({ add }: Semiring<W>, arcs: readonly Arc<W>[]): readonly Arc<W>[] => {
  // Most are listed in order, one by one: nothing is to be done then.
  if (arcs.every((arc, i) => i === 0 || order(at(arcs, i - 1), arc) < 0)) return arcs
  const out: Arc<W>[] = []
  for (const arc of [...arcs].sort(order)) {
    const last = out.at(-1)
    if (last !== undefined && order(last, arc) === 0)
      out[out.length - 1] = { ...last, weight: add(last.weight, arc.weight) }
    else out.push(arc)
  }
  return out
}

/**
 * Builds an automaton; arcs are put in order of (from, symbol, to), and what is listed several times adds up.
 * Throws an `Automaton` error for a state or symbol that does not exist (a programmer's error).
 *
 * @example
 * const q = automaton(semiring.real)({
 *   alphabet: ['a', 'b'], states: 1, start: [[0, 1]], stop: [[0, 0.5]], arcs: [{ from: 0, symbol: 0, to: 0, weight: 0.5 }],
 * })
 * Math.exp(logProbability(q)([0, 0])) // => 0.125
 */
export const automaton =
  <W>(semiring: Semiring<W>) =>
  (parts: Parts<W>): Automaton<W> => {
    checkParts(parts)
    const arcs = merged(semiring, parts.arcs)
    const rowPointers = new Uint32Array(parts.states + 1)
    for (const arc of arcs)
      rowPointers[arc.from + 1] = (rowPointers[arc.from + 1] ?? outside(rowPointers, arc.from + 1)) + 1
    for (let p = 0; p < parts.states; p++)
      rowPointers[p + 1] =
        (rowPointers[p + 1] ?? outside(rowPointers, p + 1)) + (rowPointers[p] ?? outside(rowPointers, p))
    return {
      alphabet: parts.alphabet,
      states: parts.states,
      start: vector(semiring, parts.states, parts.start),
      stop: vector(semiring, parts.states, parts.stop),
      rowPointers,
      symbols: Int32Array.from(arcs, (arc) => arc.symbol),
      targets: Uint32Array.from(arcs, (arc) => arc.to),
      weights: arcs.map((arc) => arc.weight),
    }
  }

/** Calls `visit` for each arc, in order of (from, symbol, to). */
export const eachArc = <W>(
  a: Automaton<W>,
  visit: (from: number, symbol: number, to: number, weight: W, arc: number) => void,
): void => {
  for (let p = 0; p < a.states; p++) eachArcFrom(a, p, (symbol, to, weight, arc) => visit(p, symbol, to, weight, arc))
}

/** Calls `visit` for each arc that leaves `state`. */
export const eachArcFrom = <W>(
  a: Automaton<W>,
  state: number,
  visit: (symbol: number, to: number, weight: W, arc: number) => void,
): void => {
  const end = a.rowPointers[state + 1] ?? outside(a.rowPointers, state + 1)
  for (let k = a.rowPointers[state] ?? outside(a.rowPointers, state); k < end; k++) {
    const weight = a.weights[k]
    if (weight !== undefined)
      visit(a.symbols[k] ?? outside(a.symbols, k), a.targets[k] ?? outside(a.targets, k), weight, k)
  }
}

/**
 * The arcs as records.
 *
 * @example
 * arcsOf(exactly(1)(['a'])) // => [{ from: 0, symbol: 0, to: 1, weight: true }]
 */
export const arcsOf = <W>(a: Automaton<W>): readonly Arc<W>[] => {
  const out: Arc<W>[] = []
  eachArc(a, (from, symbol, to, weight) => out.push({ from, symbol, to, weight }))
  return out
}

/** The entries of a weight vector that `keep` accepts, as [state, weight]. */
export const entriesOf = <W>(
  xs: ArrayLike<W>,
  keep: (weight: W) => boolean = () => true,
): readonly (readonly [number, W])[] => {
  const out: (readonly [number, W])[] = []
  for (let i = 0; i < xs.length; i++) {
    const weight = xs[i]
    if (weight !== undefined && keep(weight)) out.push([i, weight])
  }
  return out
}

/**
 * The automaton's parts, zeros included: `automaton(s)(partsOf(a))` is `a`.
 *
 * @example
 * partsOf(exactly(2)(['a'])).stop // => [[0, false], [1, false], [2, true]]
 */
export const partsOf = <W>(a: Automaton<W>): Parts<W> => ({
  alphabet: a.alphabet,
  states: a.states,
  start: entriesOf(a.start),
  stop: entriesOf(a.stop),
  arcs: arcsOf(a),
})

/**
 * Applies a function to every weight (a semiring homomorphism keeps the meaning).
 *
 * @example
 * const halves = mapWeights((inside: boolean) => (inside ? 0.5 : 0))(exactly(1)(['a', 'b']))
 * arcsOf(halves).map(({ weight }) => weight) // => [0.5, 0.5]
 */
export const mapWeights =
  <V, W>(f: (weight: V) => W) =>
  (a: Automaton<V>): Automaton<W> => ({
    ...a,
    start: Array.from(a.start, f),
    stop: Array.from(a.stop, f),
    weights: Array.from(a.weights, f),
  })

/** The language as a weighted automaton: true becomes one and false zero. */
export const characteristic =
  <W>(semiring: Semiring<W>) =>
  (language: Language): Automaton<W> =>
    mapWeights((inside: boolean) => (inside ? semiring.one : semiring.zero))(language)

/**
 * The strings of non-zero weight (for weights that cannot cancel).
 *
 * @example
 * accepts(support(semiring.real)(right(whiteNoise(2)())))([0, 1]) // => true
 */
export const support =
  <W>(semiring: Semiring<W>) =>
  (a: Automaton<W>): Language =>
    mapWeights((weight: W) => weight !== semiring.zero)(a)

/** The range [begin, end) of the arcs that leave `state`. */
export const rowOf = <W>(a: Automaton<W>, state: number): readonly [begin: number, end: number] => [
  at(a.rowPointers, state),
  at(a.rowPointers, state + 1),
]
