/** Languages as complete deterministic automata: completing, complementing, and telling whether they are so. */
import * as E from 'fp-ts/lib/Either.js'
import { at, outside } from '../at.ts'
import { type Failure, failure, raise } from '../errors.ts'
import { boolean } from '../semiring.ts'
import {
  type Arc,
  type Automaton,
  arcsOf,
  automaton,
  EPSILON,
  eachArcFrom,
  entriesOf,
  type Language,
} from './automaton.ts'
import { MOST_ARCS, tooLarge } from './budget.ts'
import { isZero, type Weights } from './weights.ts'

const nondeterministic = (what: string, facts: Readonly<Record<string, unknown>>): Failure =>
  failure('Automaton', `the automaton is not deterministic: ${what}`, 'determinise it first', facts)

/**
 * `Right(a)` when the automaton is deterministic: at most one start state, no ε-arc, and at most one arc a state and
 * symbol, where only non-zero weights count. The `Automaton` failure names the state and the symbol.
 *
 * @example
 * right(deterministic(semiring.boolean)(exactly(2)())).states // => 3
 */
export const deterministic =
  <W>(weights: Weights<W>) =>
  <A extends Automaton<W>>(a: A): E.Either<Failure, A> => {
    const zero = isZero(weights)
    const starts = entriesOf(a.start, (weight) => !zero(weight)).map(([p]) => p)
    if (starts.length > 1) return E.left(nondeterministic(`it has the start states ${starts.join(', ')}`, { starts }))
    for (let p = 0; p < a.states; p++) {
      const clash = clashOf(zero, a, p)
      if (clash === EPSILON) return E.left(nondeterministic(`state ${p} has an ε-arc`, { state: p }))
      if (clash !== undefined) {
        const symbol = a.alphabet[clash] ?? outside(a.alphabet, clash)
        return E.left(nondeterministic(`state ${p} has several arcs that read '${symbol}'`, { state: p, symbol }))
      }
    }
    return E.right(a)
  }

/** The first symbol that leads a state to several places (or ε), if there is one. */
const clashOf = <W>(zero: (weight: W) => boolean, a: Automaton<W>, state: number): number | undefined => {
  const seen = new Set<number>()
  const clashes: number[] = []
  eachArcFrom(a, state, (symbol, _to, weight) => {
    if (zero(weight)) return
    if (symbol === EPSILON || seen.has(symbol)) clashes.push(symbol)
    seen.add(symbol)
  })
  return clashes[0]
}

/**
 * Adds a sink state, so that every state has an arc for every symbol; a complete automaton is returned as it is. `Limit`
 * when that takes more than 2²² arcs.
 */
export const completed = (a: Language): E.Either<Failure, Language> => {
  if ((a.states + 1) * a.alphabet.length > MOST_ARCS)
    return E.left(
      tooLarge('the complete automaton', 'minimise it first, or use fewer symbols', {
        states: a.states,
        symbols: a.alphabet.length,
      }),
    )
  const missing: Arc<boolean>[] = []
  for (let from = 0; from < a.states; from++) {
    const seen = new Set<number>()
    eachArcFrom(a, from, (symbol, _to, present) => {
      if (present) seen.add(symbol)
    })
    a.alphabet.forEach((_, symbol) => {
      if (!seen.has(symbol)) missing.push({ from, symbol, to: a.states, weight: true })
    })
  }
  const hasStart = entriesOf(a.start, (inside) => inside).length > 0
  if (missing.length === 0 && hasStart) return E.right(a)
  return E.right(
    automaton(boolean)({
      alphabet: a.alphabet,
      states: a.states + 1,
      start: hasStart ? entriesOf(a.start) : [[a.states, true]],
      stop: entriesOf(a.stop),
      arcs: [...arcsOf(a), ...missing, ...a.alphabet.map((_, symbol) => loop(a.states, symbol))],
    }),
  )
}

const loop = (state: number, symbol: number): Arc<boolean> => ({ from: state, symbol, to: state, weight: true })

/**
 * `completed`; its `Limit` is thrown.
 *
 * @example
 * complete(exactly(1)(['a'])).states // => 3
 */
export const complete = (a: Language): Language => E.getOrElse<Failure, Language>(raise)(completed(a))

/**
 * The strings that a deterministic automaton does not accept: complete it (`Limit` is thrown), swap accepting and rejecting.
 *
 * @example
 * const others = complement(exactly(2)())
 * accepts(others)([0, 1]) // => false
 * accepts(others)([0]) // => true
 */
export const complement = (a: Language): Language => {
  const full = complete(a)
  return { ...full, stop: Array.from(full.stop, (accepting) => !accepting) }
}

/**
 * Whether a string is in the language of a deterministic automaton.
 *
 * @example
 * accepts(right(motifAutomaton('101')()))([0, 1, 0, 1]) // => true
 */
export const accepts =
  (a: Language) =>
  (word: ArrayLike<number>): boolean => {
    let state = Array.from(a.start).indexOf(true)
    for (let i = 0; i < word.length && state >= 0; i++) state = nextState(a, state, word[i] ?? outside(word, i))
    return state >= 0 && a.stop[state] === true
  }

const nextState = (a: Language, state: number, symbol: number): number => {
  const end = at(a.rowPointers, state + 1)
  for (let k = a.rowPointers[state] ?? outside(a.rowPointers, state); k < end; k++)
    if (a.symbols[k] === symbol && a.weights[k] === true) return a.targets[k] ?? outside(a.targets, k)
  return -1
}
