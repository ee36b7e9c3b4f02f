/**
 * Soft constraints: a text weighs more or less by the languages that it is in, none of which it must be in. All are read side by
 * side with the hard constraint, so that what a text weighs is known from the state in which it ends.
 */
import * as E from 'fp-ts/lib/Either.js'
import { at } from '../at.ts'
import { numbering } from '../automata/numbering.ts'
import { type Failure, failure } from '../errors.ts'
import { type ByteAutomaton, type Compiled, compileFrom } from './compile.ts'
import { classesBy, type Constraint, constraint, DEAD } from './constraint.ts'

/** `e^inside` for the texts of a language and `e^outside` for all others (nats): a feature times its λ. */
export interface Soft {
  readonly of: Constraint
  readonly inside: number
  readonly outside: number
}

/** An automaton and the log-weight (nats) of a text that ends in each of its states [states]. */
interface Weighted {
  readonly automaton: ByteAutomaton
  readonly endings: Float64Array
}

const notFinite = ({ of, inside, outside }: Soft): Failure | undefined =>
  Number.isFinite(inside) && Number.isFinite(outside)
    ? undefined
    : failure(
        'Domain',
        `the log-weights of ${of.name} are ${inside} inside and ${outside} outside`,
        'give finite numbers; what must or must not be is a constraint',
        { inside, outside },
      )

const move = (c: Constraint, state: number, byte: number): number => (state === DEAD ? DEAD : c.next(state, byte))

/** The texts of a constraint, weighed. `Domain` for weights that are not finite; `Support` and `Limit` as those of `compile`. */
export const compileSoft = (hard: Constraint, soft: readonly Soft[]): E.Either<Failure, Weighted> => {
  const wrong = soft.map(notFinite).find((found) => found !== undefined)
  if (wrong !== undefined) return E.left(wrong)
  const parts = [hard, ...soft.map(({ of }) => of)]
  const { found, of } = numbering((states: readonly number[]) => states.join())
  const side = constraint({
    name: hard.name,
    classes: classesBy((byte) => parts.map(({ classes }) => at(classes, byte)).join()),
    start: hard.start === DEAD ? DEAD : of(parts.map(({ start }) => start)),
    next: (state, byte) => {
      const to = at(found, state).map((own, i) => move(at(parts, i), own, byte))
      return to[0] === DEAD ? DEAD : of(to)
    },
    accepts: (state) => hard.accepts(at(at(found, state), 0)),
  })
  const weigh = (states: readonly number[]): number =>
    soft.reduce((sum, { of: language, inside, outside }, j) => {
      const state = at(states, j + 1)
      return sum + (state !== DEAD && language.accepts(state) ? inside : outside)
    }, 0)
  return E.map(({ automaton, origins }: Compiled) => ({
    automaton,
    endings: Float64Array.from(origins, (origin) => weigh(at(found, origin))),
  }))(compileFrom(side))
}
