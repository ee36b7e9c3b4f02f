/** Ambiguity: whether some string has two accepting paths, decided on the product of the automaton with itself. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { type Failure, failure } from '../errors.ts'
import { boolean } from '../semiring.ts'
import { type Automaton, support } from './automaton.ts'
import { deterministic } from './language.ts'
import { product } from './product.ts'
import { usefulStates } from './trim.ts'
import type { Weights } from './weights.ts'

/**
 * Whether every string has at most one path of non-zero weight. Deterministic automata are; else the useful part of
 * A × A must lie on the diagonal (states² pairs at most; arcs of the same ends and symbol are one). `Automaton` failure
 * for ε-arcs.
 *
 * @example
 * right(isUnambiguous(semiring.boolean)(exactly(3)())) // => true
 */
export const isUnambiguous =
  <W>(weights: Weights<W>) =>
  (a: Automaton<W>): E.Either<Failure, boolean> => {
    if (E.isRight(deterministic(weights)(a))) return E.right(true)
    const shape = support(weights)(a)
    return pipe(
      shape,
      product(boolean)(shape),
      E.map(({ automaton, pairs }) => {
        const useful = usefulStates(boolean)(automaton)
        return !pairs.some(([p, q], i) => p !== q && useful[i] === 1)
      }),
    )
  }

/**
 * `Right(a)` for an unambiguous automaton, else an `Automaton` failure.
 *
 * @example
 * right(unambiguous(semiring.boolean)(exactly(3)())).states // => 4
 */
export const unambiguous =
  <W>(weights: Weights<W>) =>
  <A extends Automaton<W>>(a: A): E.Either<Failure, A> =>
    pipe(
      isUnambiguous(weights)(a),
      E.flatMap((single) =>
        single ? E.right(a) : E.left(failure('Automaton', 'some string has several paths', 'determinise it first')),
      ),
    )
