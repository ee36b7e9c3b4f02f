/**
 * Integers of a graph as functions of the sizes of its free axes.
 *
 * A program is lowered at several sizes. An integer that is the same each time is a constant; any other is taken to be
 * a sum of products of sizes, `Σ_S c_S·∏_{a∈S} a` over the subsets S of the free axes with integers c_S, solved from
 * the values at the corners of a box of sizes and checked at one more point.
 */

import { at, field, held, lastOf } from '../at.ts'
import { failure, raise } from '../errors.ts'

/** The largest size of some axes; others have none. */
export type Limits = Readonly<Record<string, number>>

/** Sizes of an axis at which a program is lowered: at two ends, and one more. */
type Levels = readonly [low: number, high: number, check: number]

/** One term of a size: coefficient · product of the named axes. */
export interface Term {
  readonly coefficient: number
  readonly axes: readonly string[]
}

/** A size as a sum of terms, in a fixed order; no terms: 0. */
export type Size = readonly Term[]

/** Points at which a program is lowered: sizes by axis; all corners of a box (bit i of the index: axis i is large), then one more. */
export interface Probes {
  readonly axes: readonly string[]
  readonly points: readonly Readonly<Record<string, number>>[]
}

/** Primes: a product of one of them is not mistaken for another size. */
const PRIMES = [101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167, 173, 179, 181, 191, 193, 197]

const isPrime = (n: number): boolean => {
  for (let d = 2; d * d <= n; d++) if (n % d === 0) return false
  return n > 1
}

/** Sizes to try for an axis, the best first: large primes; with a limit those below it, then other numbers. */
const candidates = (limit: number | undefined): readonly number[] => {
  if (limit === undefined || limit >= lastOf(PRIMES)) return PRIMES
  const all = Array.from({ length: Math.max(0, limit - 1) }, (_, i) => limit - i)
  return [...all.filter(isPrime), ...all.filter((n) => !isPrime(n))]
}

/** Three sizes for each axis that are no other axis's, and not in use if it can be had. */
const levelsOf = (axes: readonly string[], used: ReadonlySet<number>, limits: Limits): ReadonlyMap<string, Levels> => {
  const taken = new Set<number>()
  return new Map(
    axes.map((a): [string, Levels] => {
      const free = candidates(limits[a]).filter((n) => !taken.has(n))
      const [low, high, check] = [...free.filter((n) => !used.has(n)), ...free.filter((n) => used.has(n))]
      if (low === undefined || high === undefined || check === undefined)
        return raise(
          failure('Shape', `axis '${a}' has too few sizes up to ${limits[a]}`, `export with a fixed size of '${a}'`, {
            axis: a,
          }),
        )
      for (const n of [low, high, check]) taken.add(n)
      return [a, [low, high, check]]
    }),
  )
}

/** Probes for some axes, with sizes that are not among those in use if possible. Throws a `Shape` failure below a very low limit. */
export const probesFor = (axes: readonly string[], used: ReadonlySet<number>, limits: Limits = {}): Probes => {
  const levels = levelsOf(axes, used, limits)
  const size = (a: string, level: 0 | 1 | 2): number => at(held(levels, a), level)
  const corners = Array.from({ length: 2 ** axes.length }, (_, c) =>
    Object.fromEntries(axes.map((a, i) => [a, size(a, (c >> i) % 2 === 1 ? 1 : 0)])),
  )
  const check = Object.fromEntries(axes.map((a) => [a, size(a, 2)]))
  return { axes, points: axes.length === 0 ? corners : [...corners, check] }
}

const productOf = (axes: readonly string[], at: Readonly<Record<string, number>>): number =>
  axes.reduce((n, a) => n * field(at, a), 1)

/** The value of a size at a point. */
const evaluate = (size: Size, at: Readonly<Record<string, number>>): number =>
  size.reduce((sum, { coefficient, axes }) => sum + coefficient * productOf(axes, at), 0)

/** Coefficients by one axis after the other: from values at both ends of it to slope and intercept. */
const solveAlong = (
  values: readonly number[],
  [axis, ...rest]: readonly string[],
  points: Probes['points'],
  chosen: readonly string[],
): readonly Term[] => {
  if (axis === undefined) return [{ coefficient: at(values, 0), axes: chosen }]
  const [low, high] = [field(at(points, 0), axis), field(at(points, points.length - 1), axis)]
  const even = values.filter((_, i) => i % 2 === 0)
  const odd = values.filter((_, i) => i % 2 === 1)
  const slope = even.map((v, i) => (at(odd, i) - v) / (high - low))
  const intercept = even.map((v, i) => v - at(slope, i) * low)
  return [...solveAlong(intercept, rest, points, chosen), ...solveAlong(slope, rest, points, [...chosen, axis])]
}

/** The size with these values at the probes; undefined when no sum of products with whole coefficients has them. */
export const solveSize = ({ axes, points }: Probes, values: readonly number[]): Size | undefined => {
  const corners = 2 ** axes.length
  const terms = solveAlong(values.slice(0, corners), axes, points.slice(0, corners), []).filter(
    (t) => t.coefficient !== 0,
  )
  const fits = values.every((v, i) => evaluate(terms, at(points, i)) === v)
  return fits && terms.every((t) => Number.isInteger(t.coefficient)) ? terms : undefined
}

/** The value of a size that depends on no axis. */
export const fixedSize = (size: Size): number | undefined =>
  size.every((t) => t.axes.length === 0) ? size.reduce((n, t) => n + t.coefficient, 0) : undefined

/** The axis whose size this is, when it is one axis's size as it stands. */
export const axisOfSize = (size: Size): string | undefined => {
  const [only] = size
  return size.length === 1 && only?.coefficient === 1 && only.axes.length === 1 ? only.axes[0] : undefined
}
