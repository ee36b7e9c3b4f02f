/**
 * Elements that must exist. `xs[i] ?? 0` turns a mistaken index into a plausible number; `at(xs, i)` throws, with the
 * index and the length in its failure. The lint refuses a default behind an index anywhere in lib; where an element may
 * be missing by design, the code asks first (`i < 0 ? 0 : at(xs, i)`) or says so: `orElse(xs[i], otherwise)`.
 */
import { failure, raise } from './errors.ts'

const REMEDY = 'report this with the call that you made'

/** The error of an index outside a list: the right operand of `xs[i] ?? outside(xs, i)` in inner loops. */
export const outside = (xs: ArrayLike<unknown>, i: number): never =>
  raise(failure('Index', `there is no element ${i} among ${xs.length}`, REMEDY, { index: i, length: xs.length }))

/**
 * Element `i`, which must exist; throws an `Index` failure otherwise (`undefined` counts as missing).
 *
 * V8 keeps what it learnt about a load at the load's place in the text, so this one load for all kinds of list costs
 * about 10 ns, and `xs[i] ?? outside(xs, i)` in an inner loop less than 1 ns (Node 20). Float64Array has a load of its own.
 */
export const at = <A>(xs: ArrayLike<A | undefined>, i: number): A => {
  if (xs instanceof Float64Array) return xs[i] ?? outside(xs, i)
  const x = xs[i]
  return x === undefined ? outside(xs, i) : x
}

/** The default of a pattern whose element must exist: `([x = absent()]) => …` throws an `Index` failure where there is none. */
export const absent = (): never => raise(failure('Index', 'a list is shorter than its use', REMEDY))

/** The last element, which must exist. */
export const lastOf = <A>(xs: ArrayLike<A>): A => at(xs, xs.length - 1)

/** The first two elements, which must exist. */
export const two = <A>(xs: ArrayLike<A>): readonly [A, A] => [at(xs, 0), at(xs, 1)]

/** The first three elements, which must exist. */
export const three = <A>(xs: ArrayLike<A>): readonly [A, A, A] => [at(xs, 0), at(xs, 1), at(xs, 2)]

/** The first four elements, which must exist. */
export const four = <A>(xs: ArrayLike<A>): readonly [A, A, A, A] => [at(xs, 0), at(xs, 1), at(xs, 2), at(xs, 3)]

const unknown = (name: unknown): never => raise(failure('Index', `there is no '${String(name)}'`, REMEDY, { name }))

/** What a record holds under a name, which must be there; throws an `Index` failure otherwise. */
export const field = <A>(record: Readonly<Record<string, A | undefined>>, name: string): A =>
  (Object.hasOwn(record, name) ? record[name] : undefined) ?? unknown(name)

/** What a record holds, without names under which nothing is. */
export const presentIn = <A>(record: Readonly<Record<string, A | undefined>>): Readonly<Record<string, A>> =>
  Object.fromEntries(
    Object.entries(record).flatMap(([name, found]) => (found === undefined ? [] : [[name, found] as const])),
  )

/** What a map holds for a key, which must be there; throws an `Index` failure otherwise. */
export const held = <K, A>(map: ReadonlyMap<K, A>, key: K): A => map.get(key) ?? unknown(key)

/** What was found at an index or a name, or `otherwise`: for what is missing by design. */
export const orElse = <A, B>(found: A | undefined, otherwise: B): A | B => found ?? otherwise
