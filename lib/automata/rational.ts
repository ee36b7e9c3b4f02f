/** Exact rational numbers over BigInt: the weights of exact equivalence tests. */
import * as E from 'fp-ts/lib/Either.js'
import { failure, raise } from '../errors.ts'
import type { Divisible, Star } from './weights.ts'

/** `numerator / denominator` in lowest terms, denominator > 0. */
export interface Rational {
  readonly numerator: bigint
  readonly denominator: bigint
}

const magnitude = (x: bigint): bigint => (x < 0n ? -x : x)

const greatestCommonDivisor = (a: bigint, b: bigint): bigint => {
  let x = magnitude(a)
  let y = magnitude(b)
  while (y > 0n) [x, y] = [y, x % y]
  return x
}

/**
 * `numerator / denominator`; the denominator must not be 0.
 *
 * @example
 * rational(6n, -4n) // => { numerator: -3n, denominator: 2n }
 */
export const rational = (numerator: bigint, denominator = 1n): Rational => {
  if (denominator === 0n)
    return raise(failure('Domain', `${numerator}/0 is no number`, 'give a denominator that is not 0'))
  const common = greatestCommonDivisor(numerator, denominator) * (denominator < 0n ? -1n : 1n)
  return { numerator: numerator / common, denominator: denominator / common }
}

/** The exact value of a finite f64, which is a dyadic rational; throws `NonFinite` for NaN and the infinities. */
export const fromNumber = (x: number): Rational => {
  if (!Number.isFinite(x))
    return raise(failure('NonFinite', `${x} is no rational`, 'give a finite number', { x: String(x) }))
  let exponent = 0
  let mantissa = x
  while (!Number.isInteger(mantissa)) {
    mantissa *= 2
    exponent++
  }
  return rational(BigInt(mantissa), 1n << BigInt(exponent))
}

/** The sum. */
export const add = (a: Rational, b: Rational): Rational =>
  rational(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator)

/** The product. */
export const multiply = (a: Rational, b: Rational): Rational =>
  rational(a.numerator * b.numerator, a.denominator * b.denominator)

/** The negative. */
export const negate = (a: Rational): Rational => ({ numerator: -a.numerator, denominator: a.denominator })

/** The quotient by a non-zero rational. */
export const divide = (a: Rational, b: Rational): Rational =>
  rational(a.numerator * b.denominator, a.denominator * b.numerator)

/** Whether it is 0. */
export const isNought = (a: Rational): boolean => a.numerator === 0n

/**
 * The field of rationals; its star is 1/(1 − x) for |x| < 1.
 *
 * @example
 * rationals.add(rational(1n, 2n), rational(1n, 3n)) // => { numerator: 5n, denominator: 6n }
 */
export const rationals: Star<Rational> & Divisible<Rational> = {
  zero: rational(0n),
  one: rational(1n),
  add,
  mul: multiply,
  isZero: isNought,
  divide,
  print: (x) => `${x.numerator}/${x.denominator}`,
  star: (x) =>
    magnitude(x.numerator) < x.denominator
      ? E.right(divide(rational(1n), add(rational(1n), negate(x))))
      : E.left(
          failure('Diverges', `the geometric series of ${x.numerator}/${x.denominator} has no sum`, 'lower the weight'),
        ),
}
