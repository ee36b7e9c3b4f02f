/**
 * Mixtures of two PFSAs: `α·p + (1 − α)·q` as the union of both automata with the start weights α and 1 − α. When the
 * languages are disjoint and both parts deterministic, the union is unambiguous and
 * `H = h(α) + α·H(p) + (1 − α)·H(q)`.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { Semiring } from 'fp-ts/lib/Semiring.js'
import { type Failure, failure } from '../errors.ts'
import { boolean, real } from '../semiring.ts'
import { type Arc, type Automaton, arcsOf, automaton, entriesOf, support } from './automaton.ts'
import { type Pfsa, pfsa } from './pfsa.ts'
import { intersect, sameAlphabet } from './product.ts'
import { isEmpty } from './trim.ts'

const shiftArcs = <W>(arcs: readonly Arc<W>[], by: number): readonly Arc<W>[] =>
  arcs.map((arc) => ({ ...arc, from: arc.from + by, to: arc.to + by }))

const shift = <W>(entries: readonly (readonly [number, W])[], by: number): readonly (readonly [number, W])[] =>
  entries.map(([p, weight]) => [p + by, weight])

/**
 * The union: `w(x) = w_A(x) ⊕ w_B(x)`, A's states first. `Automaton` failure for different alphabets.
 *
 * @example
 * const either = right(union(semiring.boolean)(exactly(3)())(exactly(2)()))
 * right(countStrings(either)) // => 12n
 */
export const union =
  <W>(semiring: Semiring<W>) =>
  (b: Automaton<W>) =>
  (a: Automaton<W>): E.Either<Failure, Automaton<W>> =>
    pipe(
      sameAlphabet(a, b),
      E.map((alphabet) =>
        automaton(semiring)({
          alphabet,
          states: a.states + b.states,
          start: [...entriesOf(a.start), ...shift(entriesOf(b.start), a.states)],
          stop: [...entriesOf(a.stop), ...shift(entriesOf(b.stop), a.states)],
          arcs: [...arcsOf(a), ...shiftArcs(arcsOf(b), a.states)],
        }),
      ),
    )

/**
 * `c·w(x)`: scales the start weights.
 *
 * @example
 * right(total(star.real)(scale(3)(right(whiteNoise(2)())))) // => 3
 */
export const scale =
  (c: number) =>
  (a: Automaton<number>): Automaton<number> => ({ ...a, start: Array.from(a.start, (alpha) => c * alpha) })

/**
 * `α·p(x) + (1 − α)·q(x)` as a PFSA with both automata's states; in general it is ambiguous, so `entropy` asks for it to
 * be determinised first. `Domain` failure unless 0 ≤ α ≤ 1.
 *
 * @example
 * const blend = right(mixture(0.75)(right(whiteNoise(4)()))(right(whiteNoise(2)())))
 * right(meanLength(blend)).value // => 2.5
 */
export const mixture =
  (alpha: number) =>
  (q: Pfsa) =>
  (p: Pfsa): E.Either<Failure, Pfsa> =>
    alpha >= 0 && alpha <= 1
      ? pipe(scale(alpha)(p), union(real)(scale(1 - alpha)(q)), E.flatMap(pfsa))
      : E.left(failure('Domain', `the mixture weight ${alpha} is not in [0, 1]`, 'use a probability', { alpha }))

/**
 * Whether no string has weight in both automata.
 *
 * @example
 * right(disjoint(right(whiteNoise(3)()))(right(whiteNoise(2)()))) // => true
 */
export const disjoint =
  (b: Automaton<number>) =>
  (a: Automaton<number>): E.Either<Failure, boolean> =>
    pipe(support(real)(a), intersect(boolean)(support(real)(b)), E.map(isEmpty(boolean)))

/**
 * The mixture of two PFSAs whose languages have no string in common; its `pathEntropy` is then its entropy if both are
 * deterministic. `Support` failure when a string has weight in both.
 *
 * @example
 * const blend = right(disjointMixture(0.5)(right(whiteNoise(3)()))(right(whiteNoise(2)())))
 * right(meanLength(blend)).value // => 2.5
 */
export const disjointMixture =
  (alpha: number) =>
  (q: Pfsa) =>
  (p: Pfsa): E.Either<Failure, Pfsa> =>
    pipe(
      disjoint(q)(p),
      E.flatMap((apart) => (apart ? mixture(alpha)(q)(p) : E.left(overlap))),
    )

const overlap: Failure = failure(
  'Support',
  'the two languages have a string in common',
  'use mixture, and determinise the result before asking for its entropy',
)
