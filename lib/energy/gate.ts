/**
 * The one gate for numbers that become weights. A log-weight is a number or −∞ (weight 0); NaN and +∞ are none, and pass
 * nowhere: each sampler, estimator and stream lets its numbers through here, and a refusal names the row.
 */
import { at } from '../at.ts'
import * as E from 'fp-ts/lib/Either.js'
import { type Failure, failure } from '../errors.ts'

/** How a row is called in messages. */
export type RowName = (row: number) => string

const notFinite = (name: string, i: number, value: number, remedy: string): Failure =>
  failure('NonFinite', `${name} is ${value}`, remedy, { i, value })

const firstWhere = (xs: ArrayLike<number>, wrong: (x: number) => boolean): number => {
  for (let i = 0; i < xs.length; i++) if (wrong(at(xs, i))) return i
  return -1
}

/** A check of numbers: they pass as they are, or fail as `NonFinite` naming the first bad row. */
type NumberCheck = (name: RowName) => <A extends ArrayLike<number>>(xs: A) => E.Either<Failure, A>

const passing =
  (wrong: (x: number) => boolean, remedy: string) =>
  (name: RowName) =>
  <A extends ArrayLike<number>>(xs: A): E.Either<Failure, A> => {
    const i = firstWhere(xs, wrong)
    return i < 0 ? E.right(xs) : E.left(notFinite(name(i), i, at(xs, i), remedy))
  }

/** Log-weights or log-probabilities as they are, or `NonFinite` naming the first row that is NaN or +∞. */
export const checkedLogs: NumberCheck = passing(
  (x) => Number.isNaN(x) || x === Number.POSITIVE_INFINITY,
  'check the energy at this sample and log q there',
)

/** Energies as they are, or `NonFinite` naming the first that is NaN or −∞; +∞ excludes a thing. */
export const checkedEnergies: NumberCheck = passing(
  (x) => Number.isNaN(x) || x === Number.NEGATIVE_INFINITY,
  'energies must be finite or +Infinity',
)

/** Numbers as they are, or `NonFinite` naming the first that is not finite. */
export const checkedNumbers: NumberCheck = passing((x) => !Number.isFinite(x), 'check what it was computed from')

/** One value for each of `size` things, or `Shape`; `what` names the values. */
export const checkedSize =
  (what: string, size: number) =>
  <A extends ArrayLike<unknown>>(xs: A): E.Either<Failure, A> =>
    xs.length === size
      ? E.right(xs)
      : E.left(
          failure('Shape', `${what} gave ${xs.length} values for ${size} samples`, 'return one value per sample', {
            values: xs.length,
            samples: size,
          }),
        )

/** All weights are zero: there is nothing to estimate from. */
export const noSupport = (what: string, facts: Readonly<Record<string, unknown>>): Failure =>
  failure('Support', what, 'use a base that covers the tilt', facts)

/** An envelope that can bound weights: a finite log β, or `BadEnvelope`. */
export const finiteEnvelope = (logEnvelope: number): E.Either<Failure, number> =>
  Number.isFinite(logEnvelope)
    ? E.right(logEnvelope)
    : E.left(
        failure(
          'BadEnvelope',
          `the envelope log β is ${logEnvelope}`,
          'give a finite bound of log P − log q; features without bounds have none',
          { logEnvelope },
        ),
      )
