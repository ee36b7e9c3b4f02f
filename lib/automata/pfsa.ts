/**
 * Probabilistic automata (PFSAs): weighted automata whose weights are probabilities. The type `Pfsa` is made by
 * `pfsa` alone, so a function that takes one can rely on its rows.
 */
import * as E from 'fp-ts/lib/Either.js'
import { at } from '../at.ts'
import { type Failure, failure } from '../errors.ts'
import { sum } from '../math.ts'
import { type Automaton, EPSILON, rowOf } from './automaton.ts'
import { reachableFrom } from './components.ts'
import { transitionMatrix, transpose } from './matrix.ts'

const validated: unique symbol = Symbol('Pfsa')

/** An automaton whose weights are ≥ 0, whose start weights sum to 1, and whose reachable states' weights sum to 1. */
export interface Pfsa extends Automaton<number> {
  readonly [validated]: true
}

/** How far a sum of probabilities may be from 1. */
export const STOCHASTIC_TOLERANCE = 1e-12

const isWeight = (w: number | undefined): w is number => w !== undefined && w >= 0 && Number.isFinite(w)

const badWeight = (what: string, state: number, weight: number): Failure =>
  failure('Automaton', `${what} of state ${state} is ${weight}`, 'use a finite weight that is not negative', {
    state,
    weight,
  })

/** The first weight that is negative or not finite, as a failure that names its state. */
export const negativeWeight = (a: Automaton<number>): Failure | undefined => {
  for (let p = 0; p < a.states; p++) {
    if (!isWeight(a.start[p])) return badWeight('the start weight', p, at(a.start, p))
    if (!isWeight(a.stop[p])) return badWeight('the stop weight', p, at(a.stop, p))
    const [begin, end] = rowOf(a, p)
    for (let k = begin; k < end; k++)
      if (!isWeight(a.weights[k])) return badWeight(`the weight of arc ${k - begin}`, p, at(a.weights, k))
  }
  return undefined
}

/** The states of positive start weight. */
export const startStates = (a: Automaton<number>): readonly number[] =>
  Array.from({ length: a.states }, (_, p) => p).filter((p) => at(a.start, p) > 0)

/** `f_p + Σ w(p, ·, ·)`: the total weight of leaving a state. */
export const rowTotal = (a: Automaton<number>, state: number): number => {
  const [begin, end] = rowOf(a, state)
  return at(a.stop, state) + sum(a.weights, begin, end)
}

const badRow = (state: number, total: number): Failure =>
  failure(
    'Automaton',
    `the weights of state ${state}, stopping included, sum to ${total} and not to 1`,
    'correct them, or turn the weighted automaton into a PFSA with normalise',
    { state, total },
  )

/**
 * Validates: no ε-arc, every weight finite and ≥ 0, `Σ_p α_p = 1`, and `f_p + Σ w(p,·,·) = 1 ± 1e-12` in every state that can be
 * reached. An `Automaton` failure names the first offending state.
 *
 * @example
 * const q = automaton(semiring.real)({
 *   alphabet: ['a'], states: 1, start: [[0, 1]], stop: [[0, 0.25]], arcs: [{ from: 0, symbol: 0, to: 0, weight: 0.75 }],
 * })
 * right(meanLength(right(pfsa(q)))).value // => 3
 */
export const pfsa = (a: Automaton<number>): E.Either<Failure, Pfsa> => {
  const negative = negativeWeight(a)
  if (negative !== undefined) return E.left(negative)
  if (a.symbols.includes(EPSILON))
    return E.left(failure('Automaton', 'a PFSA has no ε-arcs', 'remove them with removeEpsilon'))
  const starts = startStates(a)
  const total = sum(a.start)
  if (!(Math.abs(total - 1) <= STOCHASTIC_TOLERANCE))
    return E.left(
      failure('Automaton', `the start weights sum to ${total} and not to 1`, 'give one state the start weight 1', {
        total,
      }),
    )
  const live = reachableFrom(a.states, transitionMatrix(a), starts)
  for (let p = 0; p < a.states; p++)
    if (live[p] === 1 && !(Math.abs(rowTotal(a, p) - 1) <= STOCHASTIC_TOLERANCE))
      return E.left(badRow(p, rowTotal(a, p)))
  return E.right({ ...a, [validated]: true })
}

/**
 * A PFSA is tight, its strings' probabilities sum to 1, iff from every reachable state a stop can be reached.
 * A `NotTight` failure names a state that cannot stop.
 *
 * @example
 * right(tight(right(geometricNoise(0.25)()))).states // => 1
 */
export const tight = (a: Pfsa): E.Either<Failure, Pfsa> => {
  const m = transitionMatrix(a)
  const live = reachableFrom(a.states, m, startStates(a))
  const stops = Array.from({ length: a.states }, (_, p) => p).filter((p) => at(a.stop, p) > 0)
  const ends = reachableFrom(a.states, transpose(m), stops)
  const stuck = live.findIndex((seen, p) => seen === 1 && ends[p] === 0)
  return stuck < 0
    ? E.right(a)
    : E.left(
        failure(
          'NotTight',
          `state ${stuck} can be reached but cannot stop, so the probabilities of the strings do not sum to 1`,
          'give it a way to a state with a stop weight, or drop it with trim and normalise',
          { state: stuck },
        ),
      )
}
