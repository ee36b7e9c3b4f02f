/**
 * Constraints one after the other: concatenation, repetition, and in general the ways through a graph of which each arc is a
 * constraint. A text may be cut in several ways, so a state is a set of threads, each an arc with a state of its constraint
 * (Rabin and Scott 1959).
 */
import { at } from '../at.ts'
import { numbering } from '../automata/numbering.ts'
import { type Failure, failure, raise } from '../errors.ts'
import { classesBy, type Constraint, constraint, DEAD, representatives } from './constraint.ts'
import { requireSpan } from './lengths.ts'

/** An arc: a text of `part` leads to a place. */
interface PartArc {
  readonly part: Constraint
  readonly to: number
}

/** A graph of constraints, from place 0; arcs have numbers, so that they need be made only when they are reached. */
interface PartGraph {
  readonly name: string
  readonly classes: Uint8Array
  readonly arc: (number: number) => PartArc
  /** The arcs that leave a place. */
  readonly leaving: (place: number) => readonly number[]
  /** Places that are reached from one without a text. */
  readonly skips: (place: number) => readonly number[]
  readonly final: (place: number) => boolean
}

/** Arc `arc` at `state` of its constraint. */
type Thread = readonly [arc: number, state: number]

/** A part's states after each class of its own bytes, by state. */
interface Rows {
  readonly bytes: readonly number[]
  readonly rows: Map<number, Int32Array>
}

const rowsOf = new WeakMap<Constraint, Rows>()

/**
 * Where each class of a part's own bytes leads. It is asked once, however many more classes the whole tells apart and in
 * however many places the part stands.
 */
const rowOf = (part: Constraint, state: number): Int32Array => {
  const own = rowsOf.get(part) ?? { bytes: representatives(part.classes), rows: new Map<number, Int32Array>() }
  rowsOf.set(part, own)
  const row = own.rows.get(state) ?? filled(own.bytes, (byte) => part.next(state, byte))
  own.rows.set(state, row)
  return row
}

/** A row of what each byte leads to (a loop: `Int32Array.from` takes ten times as long, and all of compiling is this). */
const filled = (bytes: readonly number[], to: (byte: number) => number): Int32Array => {
  const out = new Int32Array(bytes.length)
  for (let i = 0; i < bytes.length; i++) out[i] = to(at(bytes, i))
  return out
}

/** Threads in order, and whether the text may end here. */
interface Situation {
  readonly threads: readonly Thread[]
  readonly final: boolean
}

const nameOf = ([arc, state]: Thread): number => arc * 2 ** 26 + state

/** Everything that is reached without a byte. */
const closed = (graph: PartGraph, threads: readonly Thread[], start: readonly number[]): Situation => {
  const known = new Map<number, Thread>()
  const places = new Set<number>()
  const queue = [...threads]
  const arrive = (place: number): void => {
    if (places.has(place)) return
    places.add(place)
    for (const arc of graph.leaving(place)) queue.push([arc, graph.arc(arc).part.start])
    for (const next of graph.skips(place)) arrive(next)
  }
  for (const place of start) arrive(place)
  for (let thread = queue.pop(); thread !== undefined; thread = queue.pop()) {
    if (known.has(nameOf(thread))) continue
    known.set(nameOf(thread), thread)
    const { part, to } = graph.arc(thread[0])
    if (part.accepts(thread[1])) arrive(to)
  }
  return {
    threads: [...known.values()].sort((s, t) => nameOf(s) - nameOf(t)),
    final: [...places].some(graph.final),
  }
}

/** The most steps of threads of one graph, each state and byte for itself: a second or two. */
const MOST_WORK = 2 ** 22

const tooLarge = (name: string): Failure =>
  failure(
    'Limit',
    `the constraint (${name}) has too many ways to be read`,
    'use fewer alternatives or optional parts',
    {
      constraint: name,
    },
  )

/** The texts of all ways from place 0 to a final one. */
export const through = (graph: PartGraph): Constraint => {
  const { found: situations, of } = numbering(
    ({ final, threads }: Situation) => `${Number(final)} ${threads.map(nameOf).join(' ')}`,
  )
  /** The states of single threads: most states are such. */
  const singles = new Map<number, number>()
  const single = (thread: Thread): number => {
    const name = nameOf(thread)
    const found = singles.get(name) ?? of(closed(graph, [thread], []))
    singles.set(name, found)
    return found
  }
  const bytes = representatives(graph.classes)
  let work = 0
  /** Where each class of bytes leads from a situation. */
  const leads = ({ threads }: Situation): Int32Array => {
    work += threads.length * bytes.length
    if (work > MOST_WORK) raise(tooLarge(graph.name))
    const [first] = threads
    if (first !== undefined && threads.length === 1) {
      const [arc, own] = first
      const { part } = graph.arc(arc)
      const tos = rowOf(part, own).map((to) => (to === DEAD ? DEAD : single([arc, to])))
      return filled(bytes, (byte) => at(tos, at(part.classes, byte)))
    }
    const parts = threads.map(([arc, own]) => {
      const { part } = graph.arc(arc)
      return { arc, classes: part.classes, row: rowOf(part, own) }
    })
    return filled(bytes, (byte) => {
      const moved = parts.flatMap(({ arc, classes, row }): readonly Thread[] => {
        const to = at(row, at(classes, byte))
        return to === DEAD ? [] : [[arc, to]]
      })
      const [one] = moved
      if (one === undefined) return DEAD
      return moved.length === 1 ? single(one) : of(closed(graph, moved, []))
    })
  }
  const rows = new Map<number, Int32Array>()
  return constraint({
    name: graph.name,
    classes: graph.classes,
    start: of(closed(graph, [], [0])),
    next: (state, byte) => {
      const row = rows.get(state) ?? leads(at(situations, state))
      rows.set(state, row)
      return at(row, at(graph.classes, byte))
    },
    accepts: (state) => at(situations, state).final,
  })
}

/** The common classes of bytes of some constraints. */
export const commonClasses = (parts: readonly Constraint[]): Uint8Array =>
  classesBy((byte) => parts.map(({ classes }) => at(classes, byte)).join())

const none: readonly number[] = []

/**
 * The texts that are a text of the first constraint, then one of the second, and so on; the empty text for none.
 *
 * @example
 * const greeting = concatenation([exactText('dear '), right(matching(/[a-z]+/u))])
 * meets(right(compile(greeting)), 'dear all') // => true
 */
export const concatenation = (parts: readonly Constraint[]): Constraint =>
  through({
    name: parts.map(({ name }) => name).join(' then '),
    classes: commonClasses(parts),
    arc: (place) => ({ part: at(parts, place), to: place + 1 }),
    leaving: (place) => (place < parts.length ? [place] : none),
    skips: () => none,
    final: (place) => place === parts.length,
  })

/**
 * The texts of any of some constraints; none for none. For many of them, where `either` is for two.
 *
 * @example
 * meets(right(compile(union([exactText('yes'), exactText('no')]))), 'no') // => true
 */
export const union = (parts: readonly Constraint[]): Constraint => {
  const all = parts.map((_, i) => i)
  return through({
    name: parts.map(({ name }) => name).join(' or '),
    classes: commonClasses(parts),
    arc: (i) => ({ part: at(parts, i), to: 1 }),
    leaving: (place) => (place === 0 ? all : none),
    skips: () => none,
    final: (place) => place === 1,
  })
}

/** The texts of one of some constraints and of no other of them. */
export const onlyOne = (parts: readonly Constraint[]): Constraint => {
  const { found, of } = numbering((threads: readonly Thread[]) => threads.map(nameOf).join(' '))
  return constraint({
    name: `one of ${parts.map(({ name }) => name).join(' or ')}`,
    classes: commonClasses(parts),
    start: of(parts.map(({ start }, i): Thread => [i, start]).filter(([, own]) => own !== DEAD)),
    next: (state, byte) => {
      const moved = at(found, state).flatMap(([i, own]): readonly Thread[] => {
        const to = at(parts, i).next(own, byte)
        return to === DEAD ? [] : [[i, to]]
      })
      return moved.length === 0 ? DEAD : of(moved)
    },
    accepts: (state) => at(found, state).filter(([i, own]) => at(parts, i).accepts(own)).length === 1,
  })
}

/**
 * `least` to `most` texts of a constraint one after the other (whole numbers, else `Domain`; `most` may be infinite).
 *
 * @example
 * meets(right(compile(repetition(exactText('ha'), 2))), 'hahaha') // => true
 */
export const repetition = (c: Constraint, least = 0, most: number = Number.POSITIVE_INFINITY): Constraint => {
  requireSpan({ least, most })
  const last = Number.isFinite(most) ? most : least
  return through({
    name: `${c.name} repeated`,
    classes: c.classes,
    arc: (place) => ({ part: c, to: Math.min(place + 1, last) }),
    leaving: (place) => (place < most ? [place] : none),
    skips: () => none,
    final: (place) => place >= least,
  })
}
