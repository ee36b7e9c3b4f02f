/** The laws of semirings, and of their stars. */
import * as fc from 'fast-check'
import type { Semiring } from 'fp-ts/lib/Semiring.js'
import { forAll, type Law, type Runs } from './law.ts'

/** A semiring, and its elements. */
export interface SemiringSubject<A> extends Runs {
  readonly semiring: Semiring<A>
  readonly values: fc.Arbitrary<A>
  /** Equality (`Object.is`, or equal numbers, by default). */
  readonly equals?: (a: A, b: A) => boolean
  /** 1 + a + a² + …, undefined where it diverges. */
  readonly star?: (a: A) => A | undefined
}

/**
 * The laws of a semiring: addition is a commutative monoid, multiplication a monoid that distributes over it, 0 annihilates;
 * and `a* = 1 + a·a*` for its star. The counterexample of a law is the triple (a, b, c).
 *
 * @example
 * import { semiring } from 'exptilt'
 * import * as laws from 'exptilt/laws'
 * import * as fc from 'fast-check'
 * laws.complaintsOf(laws.semiring({ semiring: semiring.maxPlus, values: fc.integer({ min: -9, max: 9 }) })) // => []
 */
export const semiringLaws = <A>({
  semiring: { add, mul, one, zero },
  values,
  equals = (a, b) => a === b || Object.is(a, b),
  star,
  ...runs
}: SemiringSubject<A>): readonly Law[] => {
  const identity = (title: string, sides: (a: A, b: A, c: A) => readonly [A, A]): Law =>
    forAll(
      title,
      fc.tuple(values, values, values),
      ([a, b, c]) => {
        const [left, right] = sides(a, b, c)
        return equals(left, right)
          ? undefined
          : `${fc.stringify(left)} on the left, ${fc.stringify(right)} on the right`
      },
      runs,
    )
  return [
    identity('(a + b) + c = a + (b + c)', (a, b, c) => [add(add(a, b), c), add(a, add(b, c))]),
    identity('a + b = b + a', (a, b) => [add(a, b), add(b, a)]),
    identity('0 + a = a', (a) => [add(zero, a), a]),
    identity('(a·b)·c = a·(b·c)', (a, b, c) => [mul(mul(a, b), c), mul(a, mul(b, c))]),
    identity('1·a = a', (a) => [mul(one, a), a]),
    identity('a·1 = a', (a) => [mul(a, one), a]),
    identity('0·a = 0', (a) => [mul(zero, a), zero]),
    identity('a·0 = 0', (a) => [mul(a, zero), zero]),
    identity('a·(b + c) = a·b + a·c', (a, b, c) => [mul(a, add(b, c)), add(mul(a, b), mul(a, c))]),
    identity('(a + b)·c = a·c + b·c', (a, b, c) => [mul(add(a, b), c), add(mul(a, c), mul(b, c))]),
    ...(star === undefined
      ? []
      : [
          identity('a* = 1 + a·a*', (a) => {
            const closed = star(a)
            return closed === undefined ? [a, a] : [closed, add(one, mul(a, closed))]
          }),
        ]),
  ]
}
