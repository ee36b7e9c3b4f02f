/**
 * Semirings `{ zero, one, plus, times }` on numbers: fp-ts's `Semiring` with names for its instances.
 *
 * Laws (checked in specs/semiring.spec.ts, W17): `(plus, zero)` is a commutative monoid, `(times, one)` a monoid,
 * `times` distributes over `plus`, and `zero` annihilates.
 */
import type { Semiring } from 'fp-ts/lib/Semiring.js'

/** Real numbers with + and ×: matrix products, probabilities. */
export const real: Semiring<number> = {
  zero: 0,
  one: 1,
  add: (x, y) => x + y,
  mul: (x, y) => x * y,
}

/** `log(e^x + e^y)` without overflow; `-Infinity` is its zero, and `Infinity` absorbs every number. */
export const logAddExp = (x: number, y: number): number => {
  const high = Math.max(x, y)
  return Number.isFinite(high) ? high + Math.log1p(Math.exp(-Math.abs(x - y))) : high
}

/** Log-probabilities (nats) with log-add-exp and +: the forward algorithm. */
export const log: Semiring<number> = {
  zero: Number.NEGATIVE_INFINITY,
  one: 0,
  add: logAddExp,
  mul: (x, y) => x + y,
}

/** Max and +: Viterbi. */
export const maxPlus: Semiring<number> = {
  zero: Number.NEGATIVE_INFINITY,
  one: 0,
  add: Math.max,
  mul: (x, y) => x + y,
}

/** Min and +: shortest paths. */
export const minPlus: Semiring<number> = {
  zero: Number.POSITIVE_INFINITY,
  one: 0,
  add: Math.min,
  mul: (x, y) => x + y,
}

/** Or and and: reachability. */
export const boolean: Semiring<boolean> = {
  zero: false,
  one: true,
  add: (x, y) => x || y,
  mul: (x, y) => x && y,
}
