/**
 * A constraint made into a table: every state that can be reached, without those from which no text of the constraint can
 * be finished. After this a step is one look-up, and a state that is not dead is one that can still be met.
 */
import * as E from 'fp-ts/lib/Either.js'
import { at, outside } from '../at.ts'
import { type Failure, failure, fromThrown } from '../errors.ts'
import { type Constraint, DEAD, representatives } from './constraint.ts'

/** A trimmed automaton over bytes; state 0 is the start. `next[state * width + classes[byte]]` is a state or `DEAD`. */
export interface ByteAutomaton {
  readonly states: number
  readonly width: number
  readonly classes: Uint8Array
  readonly next: Int32Array
  readonly accepts: Uint8Array
}

/** `states`: how many the table may have before it is given up; 50 000 unless given. */
export interface CompileOptions {
  readonly states?: number
}

const tooMany = ({ name }: Constraint, limit: number): Failure =>
  failure(
    'Limit',
    `the constraint (${name}) has more than ${limit} states`,
    'use smaller counts or fewer words, or raise `states`',
    { constraint: name, limit },
  )

const empty = ({ name }: Constraint): Failure =>
  failure('Support', `no text meets the constraint (${name})`, 'loosen it, or drop a part that contradicts another', {
    constraint: name,
  })

interface Explored {
  readonly found: readonly number[]
  readonly next: readonly number[]
}

/** Breadth first; states are numbered as they are found. */
const explore = (c: Constraint, bytes: readonly number[], limit: number): E.Either<Failure, Explored> => {
  const numbers = new Map([[c.start, 0]])
  const found = [c.start]
  const next: number[] = []
  for (let from = 0; from < found.length; from++)
    for (const byte of bytes) {
      const to = c.next(at(found, from), byte)
      if (to === DEAD) next.push(DEAD)
      else {
        const known = numbers.get(to) ?? found.push(to) - 1
        numbers.set(to, known)
        next.push(known)
        if (found.length > limit) return E.left(tooMany(c, limit))
      }
    }
  return E.right({ found, next })
}

/** The same; what a part of the constraint throws is the failure. */
const exploredWithin = (c: Constraint, bytes: readonly number[], limit: number): E.Either<Failure, Explored> =>
  E.flatten(E.tryCatch(() => explore(c, bytes, limit), fromThrown('Runtime', 'report this with the constraint')))

/** 1 for the states from which an accepting one is reached. */
const alive = (accepts: Uint8Array, next: readonly number[], width: number): Uint8Array => {
  const into: number[][] = Array.from(accepts, () => [])
  for (const [k, to] of next.entries()) if (to !== DEAD) at(into, to).push(Math.floor(k / width))
  const out = Uint8Array.from(accepts)
  const queue = Array.from(accepts.keys()).filter((state) => accepts[state] === 1)
  for (let state = queue.pop(); state !== undefined; state = queue.pop())
    for (const from of at(into, state))
      if (out[from] === 0) {
        out[from] = 1
        queue.push(from)
      }
  return out
}

/** A table, and the state of the constraint that each of its states is. */
export interface Compiled {
  readonly automaton: ByteAutomaton
  readonly origins: readonly number[]
}

/** The table of a constraint with its states' origins; fails as `compile` does. */
export const compileFrom = (c: Constraint, { states = 50_000 }: CompileOptions = {}): E.Either<Failure, Compiled> => {
  const bytes = representatives(c.classes)
  const width = bytes.length
  if (c.start === DEAD) return E.left(empty(c))
  return E.flatMap(exploredWithin(c, bytes, states), ({ found, next }): E.Either<Failure, Compiled> => {
    const accepts = Uint8Array.from(found, (state) => Number(c.accepts(state)))
    const live = alive(accepts, next, width)
    if (live[0] !== 1) return E.left(empty(c))
    const numbers = new Int32Array(found.length).fill(DEAD)
    let kept = 0
    for (let state = 0; state < found.length; state++) if (live[state] === 1) numbers[state] = kept++
    const table = new Int32Array(kept * width)
    const ends = new Uint8Array(kept)
    for (let state = 0; state < found.length; state++) {
      const own = at(numbers, state)
      if (own === DEAD) continue
      ends[own] = at(accepts, state)
      for (let k = 0; k < width; k++) {
        const to = at(next, state * width + k)
        table[own * width + k] = to === DEAD ? DEAD : at(numbers, to)
      }
    }
    return E.right({
      automaton: { states: kept, width, classes: c.classes, next: table, accepts: ends },
      origins: found.filter((_, state) => live[state] === 1),
    })
  })
}

/**
 * The table of a constraint. `Support` when no text meets it, `Limit` past so many states.
 *
 * @example
 * right(compile(exactText('ab'))).states // => 3
 * compile(except(anyText))._tag // => 'Left'
 */
export const compile = (c: Constraint, options: CompileOptions = {}): E.Either<Failure, ByteAutomaton> =>
  E.map(({ automaton }: Compiled) => automaton)(compileFrom(c, options))

/** The state after a byte. */
const step = ({ next, width, classes }: ByteAutomaton, state: number, byte: number): number => {
  const k = state * width + (classes[byte] ?? outside(classes, byte))
  return next[k] ?? outside(next, k)
}

/** The state after some bytes; `DEAD` stays. */
export const run = (automaton: ByteAutomaton, state: number, bytes: ArrayLike<number>): number => {
  let now = state
  for (let i = 0; i < bytes.length && now !== DEAD; i++) now = step(automaton, now, at(bytes, i))
  return now
}

/**
 * Whether a text meets the constraint.
 *
 * @example
 * meets(right(compile(exactText('yes'))), 'yes') // => true
 */
export const meets = (automaton: ByteAutomaton, text: string): boolean => {
  const state = run(automaton, 0, new TextEncoder().encode(text))
  return state !== DEAD && automaton.accepts[state] === 1
}
