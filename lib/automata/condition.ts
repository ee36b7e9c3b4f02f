/** Conditioning a PFSA on a language: `p(x)·1[x ∈ L]/p(L)`, the filtering that GAM Appendix A.2 describes. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { Failure } from '../errors.ts'
import { boolean, real } from '../semiring.ts'
import type { Automaton, Language } from './automaton.ts'
import { deterministic } from './language.ts'
import { logPartition, type Normalised, normalise } from './normalise.ts'
import { restrict } from './product.ts'

const within =
  (language: Language) =>
  (a: Automaton<number>): E.Either<Failure, Automaton<number>> =>
    pipe(
      deterministic(boolean)(language),
      E.flatMap((single) => restrict(real)(single)(a)),
    )

/**
 * The distribution of the strings of a language, normalised; `logPartition` is `log p(L)` when `a` is a PFSA.
 * Failures: `Automaton` (language not deterministic, other alphabet), `Support` (no string of L has weight), `Diverges`.
 *
 * @example
 * const held = right(condition(right(motifAutomaton('101')()))(right(whiteNoise(4)())))
 * Math.exp(held.logPartition) // => 0.25
 * right(entropy(held.pfsa)).value / Math.LN2 // => 2
 */
export const condition =
  (language: Language) =>
  (a: Automaton<number>): E.Either<Failure, Normalised> =>
    pipe(within(language)(a), E.flatMap(normalise))

/**
 * `Σ_{x ∈ L} w(x)`: a language's probability under a PFSA (a motif's frequency), 0 when no string of L has weight.
 *
 * @example
 * right(languageMass(exactly(2)())(right(geometricNoise(0.5)()))) // => 0.125
 */
export const languageMass =
  (language: Language) =>
  (a: Automaton<number>): E.Either<Failure, number> =>
    pipe(
      within(language)(a),
      E.flatMap(logPartition),
      E.map(({ value }) => Math.exp(value)),
      E.orElse((f) => (f.tag === 'Support' ? E.right(0) : E.left(f))),
    )
