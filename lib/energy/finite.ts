/**
 * What the exact oracles ask of their arguments: numbers that mean something, of equal number. They throw a typed error
 * (a programmer's error) instead of an answer of NaN.
 */
import { at } from '../at.ts'
import { failure, raise } from '../errors.ts'
import { maximum, sum } from '../math.ts'

/** `Shape` unless both have one entry a point. */
export const sameLength = (what: string, xs: ArrayLike<number>, ys: ArrayLike<number>): void => {
  if (xs.length !== ys.length)
    raise(
      failure('Shape', `${what}: ${xs.length} and ${ys.length} numbers were given`, 'give one a point', {
        lengths: [xs.length, ys.length],
      }),
    )
}

/** `NonFinite` for an entry that `allowed` refuses, naming the point. */
const each = (what: string, xs: ArrayLike<number>, allowed: (x: number) => boolean, remedy: string): void => {
  for (let i = 0; i < xs.length; i++)
    if (!allowed(at(xs, i)))
      raise(failure('NonFinite', `${what} of point ${i} is ${at(xs, i)}`, remedy, { point: i, value: at(xs, i) }))
}

/** Log-probabilities or log-weights: finite or −∞. */
export const checkLogs = (what: string, xs: ArrayLike<number>): void => {
  each(what, xs, (x) => x < Number.POSITIVE_INFINITY, 'use a number below +∞ (−∞ for a point of weight 0)')
}

/** Finite numbers. */
export const checkFinite = (what: string, xs: ArrayLike<number>): void => {
  each(what, xs, Number.isFinite, 'use finite numbers')
}

/** Scores of which the infinities have a meaning: anything but NaN. */
export const checkNumbers = (what: string, xs: ArrayLike<number>): void => {
  each(what, xs, (x) => !Number.isNaN(x), 'use a number')
}

/** Finite numbers ≥ 0. */
export const checkMeasure = (what: string, xs: ArrayLike<number>): void => {
  each(what, xs, (x) => x >= 0 && x < Number.POSITIVE_INFINITY, 'use finite numbers that are not negative')
}

/** Probabilities: finite, ≥ 0; `Support` when all are 0. */
export const checkProbabilities = (what: string, xs: ArrayLike<number>): void => {
  checkMeasure(what, xs)
  if (!Array.from(xs).some((x) => x > 0))
    raise(failure('Support', `${what}: no point has a positive one`, 'give at least one point a positive weight'))
}

/** Probabilities in the proportions of these (see `checkProbabilities`), whatever their size: their sum may be beyond f64. */
export const proportions = (xs: ArrayLike<number>): Float64Array => {
  const most = maximum(xs)
  const shares = Float64Array.from(xs, (x) => x / most)
  const whole = sum(shares)
  return shares.map((x) => x / whole)
}

/** `weight·value()`, where a weight of 0 counts for nothing whatever the value. */
export const weighted = (weight: number, value: number): number => (weight === 0 ? 0 : weight * value)
