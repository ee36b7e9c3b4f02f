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

/** d features of a thing; `low[j] ≤ of(x)[j] ≤ high[j]` for every x (±Infinity when unbounded). */
export interface Features<X> {
  readonly names: readonly string[]
  readonly low: readonly number[]
  readonly high: readonly number[]
  readonly of: (x: X) => ArrayLike<number>
}

/** Features in [0, 1]: indicators of properties. */
export const indicators = <X>(names: readonly string[], of: (x: X) => ArrayLike<number>): Features<X> => ({
  names,
  low: names.map(() => 0),
  high: names.map(() => 1),
  of,
})

/** Feature vectors side by side, a monoid; the empty one has no features. */
export const featuresMonoid = <X>(): Monoid<Features<X>> => ({
  concat: (f, g) => ({
    names: [...f.names, ...g.names],
    low: [...f.low, ...g.low],
    high: [...f.high, ...g.high],
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

/** `E(x) = −⟨λ, φ(x)⟩`; throws a `Shape` error when λ has the wrong length. */
export const linearEnergy = <X>(features: Features<X>, lambda: ArrayLike<number>): Energy<X> =>
  lambda.length === features.names.length
    ? energyOf((x) => -dot(features.of(x), lambda))
    : raise(wrongSize(features.names.length, lambda.length))

/**
 * The envelope of a linear tilt over its own base: `log β = Σⱼ max(λⱼ·lowⱼ, λⱼ·highⱼ) ≥ sup ⟨λ, φ⟩` (G9). For
 * features in [0, 1] it is `Σ max(0, λⱼ)`. It bounds P/q for this base q only: under another proposal it is wrong (G18).
 */
export const logEnvelope = (
  features: { readonly low: readonly number[]; readonly high: readonly number[] },
  lambda: ArrayLike<number>,
): number =>
  features.low.reduce((acc, low, j) => {
    const l = at(lambda, j)
    return l === 0 ? acc : acc + Math.max(l * low, l * at(features.high, j))
  }, 0)
