/**
 * Semirings `{ zero, one, plus, times }` on numbers: fp-ts's `Semiring` with names for its instances.
 *
 * Laws (checked in specs/semiring.spec.ts, W17): `(plus, zero)` is a commutative monoid, `(times, one)` a monoid,
 * `times` distributes over `plus`, and `zero` annihilates.
 */
import type { Semiring } from 'fp-ts/lib/Semiring.js'

/**
 * Real numbers with + and ×: matrix products, probabilities.
 *
 * @example
 * real.add(2, 3) // => 5
 */
export const real: Semiring<number> = {
  zero: 0,
  one: 1,
  add: (x, y) => x + y,
  mul: (x, y) => x * y,
}

/**
 * `log(e^x + e^y)` without overflow; `-Infinity` is its zero, and `Infinity` absorbs every number.
 *
 * @example
 * logAddExp(Math.log(2), Math.log(3)) // => 1.60944
 */
export const logAddExp = (x: number, y: number): number => {
  const high = Math.max(x, y)
  return Number.isFinite(high) ? high + Math.log1p(Math.exp(-Math.abs(x - y))) : high
}

/**
 * Log-probabilities (nats) with log-add-exp and +: the forward algorithm.
 *
 * @example
 * log.mul(Math.log(2), Math.log(3)) // => 1.79176
 */
export const log: Semiring<number> = {
  zero: Number.NEGATIVE_INFINITY,
  one: 0,
  add: logAddExp,
  mul: (x, y) => x + y,
}

/**
 * Max and +: Viterbi.
 *
 * @example
 * maxPlus.add(2, 3) // => 3
 */
export const maxPlus: Semiring<number> = {
  zero: Number.NEGATIVE_INFINITY,
  one: 0,
  add: Math.max,
  mul: (x, y) => x + y,
}

/**
 * Min and +: shortest paths.
 *
 * @example
 * minPlus.add(2, 3) // => 2
 */
export const minPlus: Semiring<number> = {
  zero: Number.POSITIVE_INFINITY,
  one: 0,
  add: Math.min,
  mul: (x, y) => x + y,
}

/**
 * Or and and: reachability.
 *
 * @example
 * boolean.add(true, false) // => true
 */
export const boolean: Semiring<boolean> = {
  zero: false,
  one: true,
  add: (x, y) => x || y,
  mul: (x, y) => x && y,
}
