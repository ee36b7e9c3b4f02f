/** Counting the strings of a language: exactly (BigInt) and in f64, by dynamic programming over deterministic states. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { at } from '../at.ts'
import { type Failure, failure } from '../errors.ts'
import { boolean } from '../semiring.ts'
import { eachArcFrom, type Language } from './automaton.ts'
import { components } from './components.ts'
import { graphOf, trim } from './trim.ts'
import { unambiguous } from './unambiguous.ts'
import { checkedLength } from './word.ts'

/** A ring of counts: BigInt is exact, f64 rounds above 2⁵³. */
interface Counts<N> {
  readonly zero: N
  readonly one: N
  readonly add: (a: N, b: N) => N
}

const exact: Counts<bigint> = { zero: 0n, one: 1n, add: (a, b) => a + b }
const rounded: Counts<number> = { zero: 0, one: 1, add: (a, b) => a + b }

const ofLength = <N>(counts: Counts<N>, a: Language, length: number): N => {
  let ahead: readonly N[] = Array.from(a.stop, (accepting) => (accepting ? counts.one : counts.zero))
  for (let n = 0; n < length; n++) {
    const before = ahead
    ahead = Array.from({ length: a.states }, (_, p) => {
      let total = counts.zero
      eachArcFrom(a, p, (_symbol, to, present) => {
        if (present) total = counts.add(total, at(before, to))
      })
      return total
    })
  }
  return ahead.reduce((sum, n, p) => (a.start[p] === true ? counts.add(sum, n) : sum), counts.zero)
}

/**
 * The number of strings of exactly `length` symbols, exactly. `Automaton` failure for an ambiguous automaton, `Domain` for a length
 * that is no count.
 *
 * @example
 * right(countOfLength(4)(right(motifAutomaton('11')()))) // => 8n
 */
export const countOfLength =
  (length: number) =>
  (a: Language): E.Either<Failure, bigint> =>
    pipe(
      checkedLength(length),
      E.flatMap(() => unambiguous(boolean)(a)),
      E.map((single) => ofLength(exact, single, length)),
    )

/**
 * The same count in f64 (relative error about length·|alphabet| ulp; `Limit` failure above 1.8e308).
 *
 * @example
 * right(approximateCountOfLength(4)(right(motifAutomaton('11')()))) // => 8
 */
export const approximateCountOfLength =
  (length: number) =>
  (a: Language): E.Either<Failure, number> =>
    pipe(
      checkedLength(length),
      E.flatMap(() => unambiguous(boolean)(a)),
      E.map((single) => ofLength(rounded, single, length)),
      E.filterOrElse(Number.isFinite, (n) =>
        failure('Limit', `the count of strings of length ${length} overflows f64`, 'use countOfLength', { n }),
      ),
    )

const infinite: Failure = failure(
  'Diverges',
  'the language has infinitely many strings',
  'count the strings of one length with countOfLength',
)

/**
 * The number of strings of a finite language, exactly. `Diverges` for an infinite one, `Automaton` if ambiguous.
 *
 * @example
 * right(countStrings(exactly(3)(['a', 'b', 'c']))) // => 27n
 */
export const countStrings = (a: Language): E.Either<Failure, bigint> =>
  pipe(
    unambiguous(boolean)(a),
    E.flatMap((single) => {
      const useful = trim(boolean)(single)
      const found = components(useful.states, graphOf(boolean)(useful))
      const ahead: bigint[] = Array.from(useful.stop, (accepting) => (accepting ? 1n : 0n))
      let cyclic = found.count < useful.states
      for (const p of found.order)
        eachArcFrom(useful, p, (_symbol, to) => {
          cyclic ||= to === p
          ahead[p] = at(ahead, p) + at(ahead, to)
        })
      if (cyclic) return E.left(infinite)
      return E.right(ahead.reduce((sum, n, p) => (useful.start[p] === true ? sum + n : sum), 0n))
    }),
  )

/**
 * `count / |V|^length`: the share of all strings of a length that are in the language, correct to an ulp or two.
 *
 * @example
 * right(relativeFrequency(4)(right(motifAutomaton('11')()))) // => 0.5
 */
export const relativeFrequency =
  (length: number) =>
  (a: Language): E.Either<Failure, number> =>
    pipe(
      countOfLength(length)(a),
      E.filterOrElse(
        () => a.alphabet.length > 0 || length === 0,
        () =>
          failure('Domain', `there are no strings of length ${length} without symbols`, 'give the alphabet a symbol'),
      ),
      E.map((count) => ratio(count, BigInt(a.alphabet.length) ** BigInt(length))),
    )

/** The quotient of two BigInts as f64: 64 more bits of the numerator than the answer needs. */
export const ratio = (numerator: bigint, denominator: bigint): number => {
  const shift = Math.max(0, denominator.toString(2).length - numerator.toString(2).length + 64)
  const quotient = (numerator << BigInt(shift)) / denominator
  return Number(quotient) * 2 ** -shift
}
