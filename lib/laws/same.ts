/** Equality of plain data, by structure, for laws that compare whole answers. */
import * as fc from 'fast-check'
import { broken } from './law.ts'

const listOf = (x: unknown): readonly unknown[] | undefined =>
  Array.isArray(x) || x instanceof Set
    ? [...x]
    : x instanceof Float64Array || x instanceof Float32Array || x instanceof Int32Array || x instanceof Uint32Array
      ? Array.from<unknown>(x)
      : undefined

const recordOf = (x: unknown): ReadonlyMap<string, unknown> | undefined =>
  typeof x === 'object' && x !== null ? new Map(Object.entries(x)) : undefined

const same = (a: unknown, b: unknown): boolean => {
  if (Object.is(a, b)) return true
  const [xs, ys] = [listOf(a), listOf(b)]
  if (xs !== undefined || ys !== undefined)
    return xs !== undefined && ys !== undefined && xs.length === ys.length && xs.every((x, i) => same(x, ys[i]))
  const [first, second] = [recordOf(a), recordOf(b)]
  return (
    first !== undefined &&
    second !== undefined &&
    first.size === second.size &&
    [...first].every(([name, x]) => second.has(name) && same(x, second.get(name)))
  )
}

/** Throws a `Law` failure with both sides where they differ: in a value (−0 is not 0, NaN is NaN), a length or a name. */
export const mustEqual = (got: unknown, wanted: unknown, what = 'the answer'): void => {
  if (!same(got, wanted)) broken(`${what} is ${fc.stringify(got)}, not ${fc.stringify(wanted)}`)
}
