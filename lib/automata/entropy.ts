/**
 * The entropy of a PFSA, three ways that must agree: the linear system `H = h + M·H` (here), the least-fixpoint
 * iteration of the GAM paper's Eq. 7 (`iteration.ts`), and the expectation semiring (`expectation.ts`).
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { at } from '../at.ts'
import type { Failure } from '../errors.ts'
import { xlogx } from '../math.ts'
import { real } from '../semiring.ts'
import { type Automaton, eachArc } from './automaton.ts'
import type { Certified, Solution } from './certificate.ts'
import { deterministic } from './language.ts'
import { atStart, expectedTotals } from './moments.ts'
import type { Pfsa } from './pfsa.ts'

/** `h_p = −Σ w log w − f_p log f_p` (nats, 0·log 0 = 0): the entropy of one step from each state. */
export const localEntropies = (a: Automaton<number>): Float64Array => {
  const out = Float64Array.from(a.stop, (f) => 0 - xlogx(f))
  eachArc(a, (from, _symbol, _to, weight) => {
    out[from] = at(out, from) - xlogx(weight)
  })
  return out
}

/**
 * `H(p)` of every reachable state of a deterministic PFSA (nats): `H = (I − M)⁻¹ h`; 0 for the other states. Failures
 * as in `entropy`.
 */
export const stateEntropies = (a: Pfsa): E.Either<Failure, Solution> =>
  pipe(
    deterministic(real)(a),
    E.flatMap((single) => expectedTotals(localEntropies(single))(single)),
  )

/**
 * `H = −Σ_x p(x) log p(x)` of a deterministic tight PFSA (nats), with a certificate. Failures: `Automaton` when it is
 * not deterministic (its paths have a `pathEntropy`), `NotTight` naming a state that cannot stop, `Diverges`.
 * GAM paper (Parshakova et al. 2019), Appendix A.2.1.
 */
export const entropy = (a: Pfsa): E.Either<Failure, Certified> => pipe(stateEntropies(a), E.map(atStart(a)))

/**
 * The entropy of the paths (nats), for any PFSA: an upper bound of the entropy of the strings, equal to it iff the
 * automaton is unambiguous.
 */
export const pathEntropy = (a: Pfsa): E.Either<Failure, Certified> =>
  pipe(
    expectedTotals(localEntropies(a))(a),
    E.map(atStart(a)),
    E.map(({ value, certificate }) => ({ value: startEntropy(a) + value, certificate })),
  )

/** `−Σ α log α`: the entropy of choosing the start state. */
const startEntropy = (a: Automaton<number>): number => Array.from(a.start).reduce((total, x) => total - xlogx(x), 0)
