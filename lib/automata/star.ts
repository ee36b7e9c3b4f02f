/**
 * Semirings with a star, `x* = 1 ⊕ x ⊗ x* = ⊕_k x^k`, and with division: what state elimination and determinisation
 * need. Instances: real, log, max-plus, min-plus, Boolean.
 */
import * as E from 'fp-ts/lib/Either.js'
import { type Failure, failure } from '../errors.ts'
import * as semiring from '../semiring.ts'
import type { Divisible, Star } from './weights.ts'

const noSum = (what: string, x: number): Failure =>
  failure('Diverges', `the geometric series of ${x} has no sum in the ${what} semiring`, 'lower the cycle’s weight', {
    x,
  })

/**
 * `x* = 1/(1 − x)` for |x| < 1.
 *
 * @example
 * right(real.star(0.5)) // => 2
 */
export const real: Star<number> & Divisible<number> = {
  ...semiring.real,
  star: (x) => (Math.abs(x) < 1 ? E.right(1 / (1 - x)) : E.left(noSum('real', x))),
  divide: (x, by) => x / by,
  // Twelve digits: weights that differ by rounding count as one state of a determinised automaton.
  print: (x) => x.toPrecision(12),
}

/**
 * `x* = −log(1 − e^x)` for x < 0 (nats).
 *
 * @example
 * right(log.star(Math.log(0.5))) // => 0.693147
 */
export const log: Star<number> & Divisible<number> = {
  ...semiring.log,
  star: (x) => (x < 0 ? E.right(-Math.log(-Math.expm1(x))) : E.left(noSum('log', x))),
  divide: (x, by) => x - by,
  print: (x) => x.toPrecision(12),
}

/**
 * `x* = 0` for x ≤ 0: going round a cycle gains nothing.
 *
 * @example
 * right(maxPlus.star(-1)) // => 0
 */
export const maxPlus: Star<number> & Divisible<number> = {
  ...semiring.maxPlus,
  star: (x) => (x <= 0 ? E.right(0) : E.left(noSum('max-plus', x))),
  divide: (x, by) => x - by,
  print: String,
}

/**
 * `x* = 0` for x ≥ 0.
 *
 * @example
 * right(minPlus.star(1)) // => 0
 */
export const minPlus: Star<number> & Divisible<number> = {
  ...semiring.minPlus,
  star: (x) => (x >= 0 ? E.right(0) : E.left(noSum('min-plus', x))),
  divide: (x, by) => x - by,
  print: String,
}

/**
 * `x* = true`.
 *
 * @example
 * right(boolean.star(false)) // => true
 */
export const boolean: Star<boolean> & Divisible<boolean> = {
  ...semiring.boolean,
  star: () => E.right(true),
  divide: (x) => x,
  print: String,
}
