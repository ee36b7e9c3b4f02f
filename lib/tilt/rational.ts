/**
 * Concatenation and repetition of constraints. A text may be cut in several ways, so a state is a set of threads, each a
 * place in the chain with a state of the constraint that stands there (Rabin and Scott 1959).
 */
import { at } from '../at.ts'
import { classesBy, type Constraint, constraint, DEAD } from './constraint.ts'

/** A chain of constraints: which stands at each place, where its end leads, and which places may be last. */
interface Chain {
  readonly name: string
  readonly classes: Uint8Array
  /** What must follow at a place; nothing at the end of the chain. */
  readonly part: (place: number) => Constraint | undefined
  readonly after: (place: number) => number
  /** Whether the text may end before the part at this place. */
  readonly final: (place: number) => boolean
}

/** Part `place` at `state`; between parts (before part `place`) the state is `BETWEEN`. */
type Thread = readonly [place: number, state: number]

const BETWEEN = -1

const nameOf = ([place, state]: Thread): number => place * 2 ** 26 + state + 1

const closed = ({ part, after }: Chain, threads: readonly Thread[]): readonly Thread[] => {
  const known = new Map<number, Thread>()
  const queue = [...threads]
  for (let thread = queue.pop(); thread !== undefined; thread = queue.pop()) {
    if (known.has(nameOf(thread))) continue
    known.set(nameOf(thread), thread)
    const [place, state] = thread
    const own = part(place)
    if (own === undefined) continue
    if (state === BETWEEN) queue.push([place, own.start])
    else if (own.accepts(state)) queue.push([after(place), BETWEEN])
  }
  return [...known.values()].sort((s, t) => nameOf(s) - nameOf(t))
}

const chained = (chain: Chain): Constraint => {
  const numbers = new Map<string, number>()
  const sets: (readonly Thread[])[] = []
  const of = (threads: readonly Thread[]): number => {
    const name = threads.map(nameOf).join(' ')
    const known = numbers.get(name)
    if (known !== undefined) return known
    numbers.set(name, sets.length)
    return sets.push(threads) - 1
  }
  const moved = (byte: number, [place, state]: Thread): readonly Thread[] => {
    const next = state === BETWEEN ? DEAD : (chain.part(place)?.next(state, byte) ?? DEAD)
    return next === DEAD ? [] : [[place, next]]
  }
  return constraint({
    name: chain.name,
    classes: chain.classes,
    start: of(closed(chain, [[0, BETWEEN]])),
    next: (state, byte) => {
      const threads = at(sets, state).flatMap((thread) => moved(byte, thread))
      return threads.length === 0 ? DEAD : of(closed(chain, threads))
    },
    accepts: (state) => at(sets, state).some(([place, own]) => own === BETWEEN && chain.final(place)),
  })
}

/** The texts that are a text of the first constraint, then one of the second, and so on; the empty text for none. */
export const concatenation = (parts: readonly Constraint[]): Constraint =>
  chained({
    name: parts.map(({ name }) => name).join(' then '),
    classes: classesBy((byte) => parts.map(({ classes }) => at(classes, byte)).join()),
    part: (place) => parts[place],
    after: (place) => place + 1,
    final: (place) => place === parts.length,
  })

/** `least` to `most` texts of a constraint one after the other (whole numbers; `most` may be infinite). */
export const repetition = (c: Constraint, least = 0, most: number = Number.POSITIVE_INFINITY): Constraint => {
  const last = Number.isFinite(most) ? most : least
  return chained({
    name: `${c.name} repeated`,
    classes: c.classes,
    part: (place) => (place < most ? c : undefined),
    after: (place) => Math.min(place + 1, last),
    final: (place) => place >= least,
  })
}
