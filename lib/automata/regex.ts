/**
 * Regular expressions as automata: a JavaScript RegExp becomes the minimal complete deterministic automaton of the
 * strings that it matches, with JavaScript's meaning of `^`, `$`, `\b`, lookahead and lookbehind.
 *
 * A state of the subset construction holds the state of each lookbehind's automaton, and a set of threads; a thread is a
 * state of the machine with the lookaheads that it still owes, each at a state of its own automaton.
 */
import { at } from '../at.ts'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { Failure } from '../errors.ts'
import { boolean } from '../semiring.ts'
import { type Arc, automaton, eachArcFrom, type Language } from './automaton.ts'
import { BINARY } from './build.ts'
import { complement } from './language.ts'
import { minimiseLanguage } from './minimise.ts'
import { beyond, type Machine, machineOf } from './regex-machine.ts'

/** `anchored`: the whole string must match; else a match anywhere counts (as `RegExp.test`). */
export interface RegexOptions {
  readonly anchored?: boolean
  readonly states?: number
}

/** A check ready to run: the complete automaton of the prefixes (or suffixes) that meet it. */
interface Guard {
  readonly behind: boolean
  readonly language: Language
}

interface Scope {
  readonly alphabet: readonly string[]
  readonly machine: Machine
  readonly guards: readonly Guard[]
  /** Whether a match may begin after the first symbol, and end before the last. */
  readonly openStart: boolean
  readonly openEnd: boolean
}

/** Before the match, after it, or inside at a state ≥ 0. */
const BEFORE = -1
const AFTER = -2

interface Thread {
  readonly at: number
  /** Owed lookaheads as [guard, state], in order. */
  readonly owed: readonly (readonly [number, number])[]
}

/** In the place of a lookbehind's state: the guard is a lookahead, or its outcome no longer matters. */
const NO_STATE = -1

/** A state of the subset construction: the lookbehinds' states (one a guard) and the threads. */
interface Situation {
  readonly behind: readonly number[]
  readonly threads: readonly Thread[]
}

const nameOf = (t: Thread): string => `${t.at}(${t.owed.map(([g, s]) => `${g}:${s}`).join(',')})`

const nextOf = (language: Language, state: number, symbol: number): number => {
  let next = 0
  eachArcFrom(language, state, (read, to) => {
    if (read === symbol) next = to
  })
  return next
}

const startOf = (language: Language): number => Array.from(language.start).indexOf(true)

/** Adds an obligation; a thread owes the same guard at the same state once. */
const owe = (thread: Thread, guard: number, state: number): Thread =>
  thread.owed.some(([g, s]) => g === guard && s === state)
    ? thread
    : { ...thread, owed: [...thread.owed, [guard, state] as const].sort(([g, s], [h, r]) => g - h || s - r) }

/** Where a thread may be without reading: through the checks that hold, to AFTER from a final state. */
const silent = (scope: Scope, behind: readonly number[], thread: Thread): readonly Thread[] => {
  if (thread.at === BEFORE) return [{ ...thread, at: 0 }]
  if (thread.at < 0) return []
  const through = at(scope.machine.moves, thread.at).flatMap(({ target, checks }) =>
    checks.flatMap((check): readonly Thread[] => {
      const guard = scope.guards[check]
      if (guard === undefined) return []
      if (!guard.behind) return [{ ...owe(thread, check, startOf(guard.language)), at: target }]
      return guard.language.stop[at(behind, check)] === true ? [{ ...thread, at: target }] : []
    }),
  )
  return scope.machine.finals[thread.at] === true ? [...through, { ...thread, at: AFTER }] : through
}

const close = (scope: Scope, behind: readonly number[], threads: readonly Thread[]): Situation => {
  const known = new Map<string, Thread>()
  const queue = [...threads]
  for (let thread = queue.pop(); thread !== undefined; thread = queue.pop()) {
    if (known.has(nameOf(thread))) continue
    known.set(nameOf(thread), thread)
    queue.push(...silent(scope, behind, thread))
  }
  const won = scope.openEnd && [...known.values()].some((t) => t.at === AFTER && t.owed.length === 0)
  // Once a match is complete nothing that follows matters.
  if (won) return { behind: behind.map(() => NO_STATE), threads: [{ at: AFTER, owed: [] }] }
  return { behind, threads: [...known.keys()].sort().flatMap((name) => known.get(name) ?? []) }
}

const readOne = (scope: Scope, thread: Thread, symbol: number): readonly Thread[] => {
  const free: Thread = { at: thread.at, owed: [] }
  const { owed } = thread.owed.reduce((t, [g, s]) => owe(t, g, nextOf(languageOf(scope, g), s, symbol)), free)
  if (thread.at === BEFORE) return scope.openStart ? [{ at: BEFORE, owed }] : []
  if (thread.at === AFTER) return scope.openEnd ? [{ at: AFTER, owed }] : []
  return at(scope.machine.moves, thread.at)
    .filter(({ symbols }) => symbols.includes(symbol))
    .map(({ target }) => ({ at: target, owed }))
}

const languageOf = (scope: Scope, guard: number): Language => at(scope.guards, guard).language

const step = (scope: Scope, from: Situation, symbol: number): Situation => {
  const behind = from.behind.map((state, g) =>
    state === NO_STATE ? NO_STATE : nextOf(languageOf(scope, g), state, symbol),
  )
  return close(
    scope,
    behind,
    from.threads.flatMap((thread) => readOne(scope, thread, symbol)),
  )
}

const accepting = (scope: Scope, { threads }: Situation): boolean =>
  threads.some((t) => t.at === AFTER && t.owed.every(([g, s]) => languageOf(scope, g).stop[s] === true))

const situationName = ({ behind, threads }: Situation): string => `${behind.join(' ')}|${threads.map(nameOf).join(' ')}`

/** What making an automaton may cost: its states, the threads that they hold, and the steps of threads. */
interface Budget {
  readonly pattern: RegExp
  readonly states: number
}

/** Threads that all situations together may hold, and steps that they may take: about a second, and 100 MB. */
const MOST_THREADS = 2 ** 18
const MOST_STEPS = 2 ** 20

/** The threads of a situation; one that owes lookaheads counts once more for each. */
const weightOf = ({ threads }: Situation): number => threads.reduce((n, { owed }) => n + 1 + owed.length, 0)

const explore = (scope: Scope, { pattern, states: limit }: Budget): E.Either<Failure, Language> => {
  let threads = 0
  let steps = 0
  const numbers = new Map<string, number>()
  const situations: Situation[] = []
  const of = (situation: Situation): number => {
    const name = situationName(situation)
    const known = numbers.get(name)
    if (known !== undefined) return known
    numbers.set(name, situations.length)
    threads += weightOf(situation)
    return situations.push(situation) - 1
  }
  of(
    close(
      scope,
      scope.guards.map((g) => (g.behind ? startOf(g.language) : NO_STATE)),
      [{ at: BEFORE, owed: [] }],
    ),
  )
  const arcs: Arc<boolean>[] = []
  for (let from = 0; from < situations.length; from++) {
    const situation = situations[from]
    if (situation === undefined) continue
    const weight = weightOf(situation)
    for (let symbol = 0; symbol < scope.alphabet.length; symbol++) {
      steps += weight
      if (situations.length > limit) return E.left(beyond(pattern, `an automaton of more than ${limit} states`))
      if (threads > MOST_THREADS || steps > MOST_STEPS)
        return E.left(beyond(pattern, `more than ${MOST_STEPS} steps, or to be in ${MOST_THREADS} places`))
      arcs.push({ from, symbol, to: of(step(scope, situation, symbol)), weight: true })
    }
  }
  const stop = situations.map((situation, i) => [i, accepting(scope, situation)] as const)
  return minimiseLanguage(
    automaton(boolean)({ alphabet: scope.alphabet, states: situations.length, start: [[0, true]], stop, arcs }),
  )
}

/** A check's automaton: Σ*·body for what is behind, body·Σ* for what is ahead, complemented when negated. */
const guardsOf = (alphabet: readonly string[], machine: Machine, limit: Budget): E.Either<Failure, readonly Guard[]> =>
  pipe(
    machine.checks,
    E.traverseArray(({ behind, negate, machine: body }) =>
      pipe(
        explore({ alphabet, machine: body, guards: [], openStart: behind, openEnd: !behind }, limit),
        E.map((language) => ({ behind, language: negate ? complement(language) : language })),
      ),
    ),
  )

/**
 * The strings over an alphabet of one-character symbols that a RegExp matches, as a minimal complete deterministic
 * automaton. Flags i, m, s, u, v mean what they mean in JavaScript, g and d nothing. Failures: `Automaton` for what no
 * automaton (or not this one) can do: backreferences, nested assertions, strings in classes (`\q`), flag y; `Limit` past
 * `options.states` (20 000), or when a state stands for too many places in the pattern at once, as for `a{2000}`.
 *
 * @example
 * const even = right(regexAutomaton(/(?:aa)+/)(['a', 'b']))
 * accepts(even)([0, 0]) // => true
 * accepts(even)([0, 1]) // => false
 */
export const regexAutomaton =
  (pattern: RegExp, options: RegexOptions = {}) =>
  (alphabet: readonly string[] = BINARY): E.Either<Failure, Language> => {
    const { anchored = false, states = 20_000 } = options
    const limit: Budget = { pattern, states }
    return pipe(
      machineOf(pattern, alphabet),
      E.bindTo('machine'),
      E.bind('guards', ({ machine }) => guardsOf(alphabet, machine, limit)),
      E.flatMap(({ machine, guards }) =>
        explore({ alphabet, machine, guards, openStart: !anchored, openEnd: !anchored }, limit),
      ),
    )
  }
