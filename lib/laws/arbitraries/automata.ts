/** PFSAs, weighted automata and strings as fast-check arbitraries, and the hand-made cases of the property catalogue. */
import fc from 'fast-check'
import { at } from '../../at.ts'
import { type Arc, type Automaton, automaton } from '../../automata/automaton.ts'
import { type Pfsa, pfsa } from '../../automata/pfsa.ts'
import type { Rational } from '../../automata/rational.ts'
import { rational, rationals } from '../../automata/rational.ts'
import { real } from '../../semiring.ts'
import { right } from '../../outcome.ts'

/** The alphabet of the generators. */
export const LABELS: readonly string[] = ['0', '1']

interface Row {
  readonly zero: number
  readonly one: number
  readonly stop: number
  readonly toZero: number
  readonly toOne: number
  readonly power: number
}

const row = (states: number): fc.Arbitrary<Row> =>
  fc.record({
    zero: fc.integer({ min: 0, max: 100 }),
    one: fc.integer({ min: 0, max: 100 }),
    stop: fc.integer({ min: 1, max: 100 }),
    toZero: fc.nat(states - 1),
    toOne: fc.nat(states - 1),
    // Spreads the rows from even to nearly certain, as Dirichlet rows of small α are.
    power: fc.constantFrom(0.5, 1, 2, 3),
  })

const fromRows = (rows: readonly Row[]): Automaton<number> => {
  const shares = rows.map(({ zero, one, stop, power }) => {
    const raised = [zero, one, stop].map((x) => x ** power)
    const total = raised.reduce((sum, x) => sum + x, 0)
    return raised.map((x) => x / total)
  })
  return automaton(real)({
    alphabet: LABELS,
    states: rows.length,
    start: [[0, 1]],
    stop: shares.map((share, p) => [p, at(share, 2)]),
    arcs: rows.flatMap(({ toZero, toOne }, from): readonly Arc<number>[] => [
      { from, symbol: 0, to: toZero, weight: at(at(shares, from), 0) },
      { from, symbol: 1, to: toOne, weight: at(at(shares, from), 1) },
    ]),
  })
}

/**
 * PFSA(Q): deterministic, 1–8 states, every state may stop (with a probability that may be tiny).
 *
 * @example
 * complaintsOf([forAll('strings have probabilities', anyPfsa, (a) => (a.states > 0 ? undefined : 'no state'))]) // => []
 */
export const anyPfsa: fc.Arbitrary<Pfsa> = fc
  .integer({ min: 1, max: 8 })
  .chain((states) => fc.array(row(states), { minLength: states, maxLength: states }))
  .map((rows) => right(pfsa(fromRows(rows))))

/**
 * A PFSA that stops with probability ≥ 0.2 from every state, so that enumeration soon holds nearly all mass.
 *
 * @example
 * complaintsOf([forAll('strings have probabilities', shortPfsa, (a) => (a.states > 0 ? undefined : 'no state'))]) // => []
 */
export const shortPfsa: fc.Arbitrary<Pfsa> = fc
  .integer({ min: 1, max: 6 })
  .chain((states) => fc.array(row(states), { minLength: states, maxLength: states }))
  .map((rows) => rows.map((r) => ({ ...r, power: 1, stop: 50 + Math.floor(r.stop / 2) })))
  .map((rows) => right(pfsa(fromRows(rows))))

/**
 * A weighted automaton, perhaps nondeterministic, whose weights are dyadic rationals k/16 that converge.
 *
 * @example
 * complaintsOf([forAll('an arc has a target', anyWeighted, (a) => (a.targets.every((t) => t < a.states) ? undefined : 'lost'))]) // => []
 */
export const anyWeighted: fc.Arbitrary<Automaton<number>> = fc.integer({ min: 1, max: 4 }).chain((states) =>
  fc
    .record({
      arcs: fc.array(
        fc.record({
          from: fc.nat(states - 1),
          symbol: fc.nat(1),
          to: fc.nat(states - 1),
          weight: fc.integer({ min: 1, max: 3 }).map((k) => k / 64),
        }),
        { maxLength: 12 },
      ),
      stops: fc.array(fc.integer({ min: 0, max: 8 }), { minLength: states, maxLength: states }),
      starts: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: states, maxLength: states }),
    })
    .map(({ arcs, stops, starts }) =>
      automaton(real)({
        alphabet: LABELS,
        states,
        start: starts.map((x, p) => [p, x / 2]),
        stop: stops.map((x, p) => [p, x / 8]),
        arcs,
      }),
    ),
)

/**
 * The same shapes with rational weights k/60, exactly.
 *
 * @example
 * complaintsOf([forAll('an arc has a target', anyRational, (a) => (a.targets.every((t) => t < a.states) ? undefined : 'lost'))]) // => []
 */
export const anyRational: fc.Arbitrary<Automaton<Rational>> = anyWeighted.map((a) => {
  const exact = (w: number): Rational => rational(BigInt(Math.round(w * 64)), 60n)
  return automaton(rationals)({
    alphabet: a.alphabet,
    states: a.states,
    start: Array.from(a.start, (w, p) => [p, exact(w)]),
    stop: Array.from(a.stop, (w, p) => [p, exact(w)]),
    arcs: Array.from(a.targets, (to, k) => ({
      from: Array.from(a.rowPointers).findLastIndex((begin, p) => begin <= k && p < a.states),
      symbol: at(a.symbols, k),
      to,
      weight: exact(at(a.weights, k)),
    })),
  })
})

const loop = (weight: number): Automaton<number> =>
  automaton(real)({
    alphabet: LABELS,
    states: 1,
    start: [[0, 1]],
    stop: [[0, 1 - weight]],
    arcs: [{ from: 0, symbol: 0, to: 0, weight }],
  })

/** Self-loop of .999; one state that stops at once; an unreachable state with rows that do not matter. */
export const HAND_MADE: readonly Pfsa[] = [
  right(pfsa(loop(0.999))),
  right(pfsa(loop(0))),
  right(
    pfsa(
      automaton(real)({
        alphabet: LABELS,
        states: 3,
        start: [[0, 1]],
        stop: [[1, 1]],
        arcs: [
          { from: 0, symbol: 0, to: 1, weight: 0.25 },
          { from: 0, symbol: 1, to: 1, weight: 0.75 },
          { from: 2, symbol: 1, to: 2, weight: 5 },
        ],
      }),
    ),
  ),
]

/** A PFSA with a dead state: half of the mass goes into a cycle of weight 1 that never stops. */
export const DEAD_CYCLE: Pfsa = right(
  pfsa(
    automaton(real)({
      alphabet: LABELS,
      states: 2,
      start: [[0, 1]],
      stop: [[0, 0.5]],
      arcs: [
        { from: 0, symbol: 1, to: 1, weight: 0.5 },
        { from: 1, symbol: 1, to: 1, weight: 1 },
      ],
    }),
  ),
)

/**
 * A binary motif of 1 to `longest` symbols.
 *
 * @example
 * complaintsOf([forAll('a motif is short', motif(4), (m) => (m.length <= 4 ? undefined : `${m} is long`))]) // => []
 */
export const motif = (longest: number): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom('0', '1'), { minLength: 1, maxLength: longest }).map((symbols) => symbols.join(''))
