/**
 * Weighted determinisation (Mohri 1997): a state is a set of states with residual weights. It ends when the automaton
 * has finitely many residuals (every acyclic or unambiguous-with-twins one has), and gives up with a `Limit` failure
 * instead of running for ever.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { at } from '../at.ts'
import { type Failure, failure } from '../errors.ts'
import { type Arc, type Automaton, automaton, EPSILON, eachArcFrom, entriesOf } from './automaton.ts'
import { MOST_ARCS, tooLarge } from './budget.ts'
import { type Pfsa, pfsa, tight } from './pfsa.ts'
import { real } from './star.ts'
import { trim } from './trim.ts'
import { numbering } from './numbering.ts'
import { type Divisible, isZero } from './weights.ts'

/** `states` (default 100 000) is the most states that the result may have. */
export interface DeterminiseOptions {
  readonly states?: number
}

/** States with the weights that are still owed to them, in order of state. */
type Subset<W> = readonly (readonly [state: number, residual: W])[]

const sumOf = <W>(w: Divisible<W>, subset: Subset<W>): W => subset.reduce((total, [, r]) => w.add(total, r), w.zero)

/** Divides the common weight out of a subset. */
const factored = <W>(w: Divisible<W>, masses: ReadonlyMap<number, W>): readonly [W, Subset<W>] => {
  const zero = isZero(w)
  const subset = [...masses].filter(([, mass]) => !zero(mass)).sort(([p], [q]) => p - q)
  const common = sumOf(w, subset)
  return [common, subset.map(([p, mass]) => [p, w.divide(mass, common)])]
}

const moves = <W>(w: Divisible<W>, a: Automaton<W>, subset: Subset<W>): ReadonlyMap<number, ReadonlyMap<number, W>> => {
  const out = new Map<number, Map<number, W>>()
  for (const [p, residual] of subset)
    eachArcFrom(a, p, (symbol, to, weight) => {
      const masses = out.get(symbol) ?? new Map<number, W>()
      masses.set(to, w.add(masses.get(to) ?? w.zero, w.mul(residual, weight)))
      out.set(symbol, masses)
    })
  return out
}

const tooMany = (limit: number): Failure =>
  failure(
    'Limit',
    `the deterministic automaton has more than ${limit} states`,
    'raise `states` if it is finite; an automaton without the twins property has no finite deterministic form',
    { limit },
  )

const nameOf = <W>(w: Divisible<W>, subset: Subset<W>): string => subset.map(([p, r]) => `${p}:${w.print(r)}`).join(' ')

const explore = <W>(w: Divisible<W>, a: Automaton<W>, limit: number): E.Either<Failure, Automaton<W>> => {
  const { found: subsets, of } = numbering((subset: Subset<W>) => nameOf(w, subset))
  const [common, first] = factored(w, new Map(entriesOf(a.start)))
  of(first)
  const arcs: Arc<W>[] = []
  let residuals = 0
  const stop: (readonly [number, W])[] = []
  for (let from = 0; from < subsets.length; from++) {
    if (subsets.length > limit) return E.left(tooMany(limit))
    const subset = at(subsets, from)
    residuals += subset.length
    if (arcs.length > MOST_ARCS || residuals > MOST_ARCS)
      return E.left(
        tooLarge('the deterministic automaton, or the states that its own stand for,', 'give a smaller automaton', {
          states: subsets.length,
        }),
      )
    stop.push([from, subset.reduce((sum, [p, r]) => w.add(sum, w.mul(r, at(a.stop, p))), w.zero)])
    for (const [symbol, masses] of moves(w, a, subset)) {
      const [weight, next] = factored(w, masses)
      arcs.push({ from, symbol, to: of(next), weight })
    }
  }
  return E.right(automaton(w)({ alphabet: a.alphabet, states: subsets.length, start: [[0, common]], stop, arcs }))
}

/**
 * An equivalent deterministic automaton over a divisible semiring (weights must not cancel). Residuals are compared as
 * printed by the semiring: exactly for rationals and Booleans, to 12 digits for reals. `Limit` failure when it grows
 * past `options.states` or 2²² arcs; `Automaton` for ε-arcs.
 *
 * @example
 * const twice = right(unionOf(semiring.boolean)(exactly(2)())(exactly(2)()))
 * const counted = right(determinise(rationals)(countingWeights(twice)))
 * weightOf(rationals)(counted)([0, 1]) // => { numerator: 2n, denominator: 1n }
 */
export const determinise =
  <W>(weights: Divisible<W>, options: DeterminiseOptions = {}) =>
  (a: Automaton<W>): E.Either<Failure, Automaton<W>> =>
    a.symbols.includes(EPSILON)
      ? E.left(failure('Automaton', 'an automaton with ε-arcs cannot be determinised', 'use removeEpsilon first'))
      : explore(weights, trim(weights)(a), options.states ?? 100_000)

/**
 * A deterministic PFSA with the same string probabilities. Failures as in `determinise`, and `NotTight`.
 *
 * @example
 * const blend = right(mixture(0.5)(right(whiteNoise(2)()))(right(whiteNoise(2)())))
 * right(determinisePfsa()(blend)).states // => 3
 */
export const determinisePfsa =
  (options: DeterminiseOptions = {}) =>
  (a: Pfsa): E.Either<Failure, Pfsa> =>
    pipe(tight(a), E.flatMap(determinise(real, options)), E.map(renormalised), E.flatMap(pfsa))

/** Start weight 1 and rows divided by their sums, which differ from 1 by rounding alone. */
const renormalised = (a: Automaton<number>): Automaton<number> => {
  const totals = Array.from({ length: a.states }, (_, p) => at(a.stop, p))
  const rows = new Uint32Array(a.targets.length)
  for (let p = 0; p < a.states; p++)
    eachArcFrom(a, p, (_symbol, _to, weight, arc) => {
      rows[arc] = p
      totals[p] = at(totals, p) + weight
    })
  return {
    ...a,
    start: Array.from(a.start, (x) => (x > 0 ? 1 : 0)),
    stop: Array.from(a.stop, (f, p) => f / at(totals, p)),
    weights: Array.from(a.weights, (weight, k) => weight / at(totals, at(rows, k))),
  }
}
