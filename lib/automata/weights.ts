/**
 * What the algorithms ask of weights beyond a semiring: to recognise zero (all of them), to sum a geometric series
 * (`Star`), or to divide (`Divisible`).
 */
import type * as E from 'fp-ts/lib/Either.js'
import type { Semiring } from 'fp-ts/lib/Semiring.js'
import type { Failure } from '../errors.ts'

/** A semiring that can recognise its zero; without `isZero` zero is compared by identity (numbers, Booleans). */
export interface Weights<W> extends Semiring<W> {
  readonly isZero?: (weight: W) => boolean
}

/** A semiring with `star(x) = one ⊕ x ⊗ star(x)`, or a `Diverges` failure when the series has no sum. */
export interface Star<W> extends Weights<W> {
  readonly star: (x: W) => E.Either<Failure, W>
}

/** A semiring in which weights can be divided by a non-zero weight, and written as a key for comparing. */
export interface Divisible<W> extends Weights<W> {
  readonly divide: (x: W, by: W) => W
  readonly print: (x: W) => string
}

/** Whether a weight is the semiring's zero. */
export const isZero =
  <W>(weights: Weights<W>) =>
  (weight: W): boolean =>
    weight === weights.zero || (weights.isZero?.(weight) ?? false)
