/**
 * Features: named, bounded functions of a thing, and the energy linear in them. A GAM is
 * `P_λ(x) = q(x)·e^{⟨λ, φ(x)⟩}`, that is a tilt by `E = −⟨λ, φ⟩` (GAM paper, Eq. 2).
 */
import type { Monoid } from 'fp-ts/lib/Monoid.js'
import { at } from '../at.ts'
import { type Failure, failure, raise } from '../errors.ts'
import { fromRows, type Matrix } from '../linear.ts'
import { dot } from '../math.ts'
import { type Energy, energyOf } from './energy.ts'

/** What an envelope needs to know of features. */
export interface FeatureBounds {
  readonly low: readonly number[]
  readonly high: readonly number[]
  readonly nested?: readonly (readonly [below: number, above: number])[]
}

/**
 * d features of a thing; `low[j] ≤ of(x)[j] ≤ high[j]` for every x (±Infinity when unbounded). `nested` lists pairs
 * [i, j] with `of(x)[i] ≤ of(x)[j]` for every x: a longer motif is absent wherever a part of it is.
 */
export interface Features<X> extends FeatureBounds {
  readonly names: readonly string[]
  readonly of: (x: X) => ArrayLike<number>
}

/**
 * Features in [0, 1]: indicators of properties, and which of them are nested.
 *
 * @example
 * const features = indicators<string>(['short', 'loud'], (x) => [x.length < 3 ? 1 : 0, x.endsWith('!') ? 1 : 0])
 * features.of('no!') // => [0, 1]
 * features.high // => [1, 1]
 */
export const indicators = <X>(
  names: readonly string[],
  of: (x: X) => ArrayLike<number>,
  nested: readonly (readonly [below: number, above: number])[] = [],
): Features<X> => ({
  names,
  low: names.map(() => 0),
  high: names.map(() => 1),
  nested,
  of,
})

/**
 * Feature vectors side by side, a monoid; the empty one has no features.
 *
 * @example
 * const short = indicators<string>(['short'], (x) => [x.length < 3 ? 1 : 0])
 * const loud = indicators<string>(['loud'], (x) => [x.endsWith('!') ? 1 : 0])
 * featuresMonoid<string>().concat(short, loud).names // => ['short', 'loud']
 */
export const featuresMonoid = <X>(): Monoid<Features<X>> => ({
  concat: (f, g) => ({
    names: [...f.names, ...g.names],
    low: [...f.low, ...g.low],
    high: [...f.high, ...g.high],
    nested: [
      ...(f.nested ?? []),
      ...(g.nested ?? []).map(([i, j]) => [i + f.names.length, j + f.names.length] as const),
    ],
    of: (x) => [...Array.from(f.of(x)), ...Array.from(g.of(x))],
  }),
  empty: { names: [], low: [], high: [], of: () => [] },
})

/** The feature matrix of a batch: one row per thing, one column per feature. */
export const featureRows =
  <X>(features: Features<X>) =>
  (xs: readonly X[]): Matrix =>
    fromRows(xs.map(features.of), features.names.length)

const wrongSize = (features: number, parameters: number): Failure =>
  failure('Shape', `${parameters} parameters were given for ${features} features`, 'give one λ per feature', {
    features,
    parameters,
  })

/**
 * `E(x) = −⟨λ, φ(x)⟩`; throws a `Shape` error when λ has the wrong length.
 *
 * @example
 * const loud = indicators<string>(['loud'], (x) => [x.endsWith('!') ? 1 : 0])
 * linearEnergy(loud, [2])(['no', 'no!']) // => [-0, -2]
 */
export const linearEnergy = <X>(features: Features<X>, lambda: ArrayLike<number>): Energy<X> =>
  lambda.length === features.names.length
    ? energyOf((x) => -dot(features.of(x), lambda))
    : raise(wrongSize(features.names.length, lambda.length))

/** The most features joined by nested pairs over which the envelope is maximised exactly (2^15 corners). */
const MOST_NESTED = 15

type Pairs = readonly (readonly [number, number])[]

/** The pairs in groups that share no feature. */
const groupsOf = (pairs: Pairs): readonly Pairs[] =>
  pairs.reduce<readonly Pairs[]>((groups, pair) => {
    const joined = (group: Pairs): boolean => group.some((other) => other.some((j) => pair.includes(j)))
    return [...groups.filter((group) => !joined(group)), [...groups.filter(joined).flat(), pair]]
  }, [])

/** `max Σ λⱼφⱼ` over the corners of the box that respect the pairs, for the features in pairs alone. */
const nestedMaximum = (
  bounds: FeatureBounds,
  lambda: ArrayLike<number>,
  members: readonly number[],
  pairs: Pairs,
): number => {
  let best = Number.NEGATIVE_INFINITY
  for (let bits = 0; bits < 2 ** members.length; bits++) {
    const up = new Set(members.filter((_, i) => ((bits >> i) & 1) === 1))
    if (pairs.some(([below, above]) => up.has(below) && !up.has(above))) continue
    const value = members.reduce((total, j) => total + at(lambda, j) * at(up.has(j) ? bounds.high : bounds.low, j), 0)
    best = Math.max(best, value)
  }
  return best
}

/**
 * The envelope of a linear tilt over its own base: `log β ≥ sup ⟨λ, φ⟩` (G9), the maximum of `Σ λⱼφⱼ` over the box of the
 * features that respects `nested`. For features in [0, 1] without nesting it is `Σ max(0, λⱼ)`. Pairs of features with
 * different or infinite bounds, and those that join more than 15 features to each other, are left out, which keeps it a bound. It bounds P/q for
 * this base q only: under another proposal it is wrong (G18). Throws `Shape` when λ has the wrong length.
 *
 * @example
 * logEnvelope({ low: [0, 0], high: [1, 1] }, [2, -3]) // => 2
 */
export const logEnvelope = (bounds: FeatureBounds, lambda: ArrayLike<number>): number => {
  const { low, high, nested = [] } = bounds
  if (lambda.length !== low.length) raise(wrongSize(low.length, lambda.length))
  const alike = (i: number, j: number): boolean =>
    low[i] === low[j] && high[i] === high[j] && Number.isFinite(at(low, i)) && Number.isFinite(at(high, i))
  const usable = nested.filter(([i, j]) => alike(i, j))
  const groups = groupsOf(usable).flatMap((pairs) => {
    const members = [...new Set(pairs.flat())]
    return members.length <= MOST_NESTED ? [{ pairs, members }] : []
  })
  const grouped = new Set(groups.flatMap(({ members }) => members))
  return groups.reduce(
    (acc, { pairs, members }) => acc + nestedMaximum(bounds, lambda, members, pairs),
    low.reduce((acc, l, j) => {
      const slope = at(lambda, j)
      return slope === 0 || grouped.has(j) ? acc : acc + Math.max(slope * l, slope * at(high, j))
    }, 0),
  )
}
