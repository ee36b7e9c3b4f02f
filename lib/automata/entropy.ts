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
import { type Automaton, rowOf } from './automaton.ts'
import type { Certified, Solution } from './certificate.ts'
import { deterministic } from './language.ts'
import { atStart, expectedTotals } from './moments.ts'
import { type Pfsa, STOCHASTIC_TOLERANCE } from './pfsa.ts'

/** `log w` in a row that sums to 1: near w = 1 from the rest of the row, which is known to all its digits. */
const logOf = (w: number, rest: number): number =>
  w > 0.5 && Math.abs(w + rest - 1) <= STOCHASTIC_TOLERANCE ? Math.log1p(-rest) : Math.log(w)

/** `log w` (nats) of stopping in a state, then of each arc that leaves it; −∞ for weight 0. */
export const logWeightsOf = (a: Automaton<number>, state: number): readonly number[] => {
  const weights = weightsOf(a, state)
  const heaviest = weights.indexOf(weights.reduce((high, w) => Math.max(high, w), 0))
  const rest = weights.reduce((total, w, i) => (i === heaviest ? total : total + w), 0)
  return weights.map((w, i) => (i === heaviest ? logOf(w, rest) : Math.log(w)))
}

/** The weights of stopping in a state, then of each arc that leaves it. */
const weightsOf = (a: Automaton<number>, state: number): readonly number[] => {
  const [begin, end] = rowOf(a, state)
  const weights = [at(a.stop, state)]
  for (let k = begin; k < end; k++) weights.push(at(a.weights, k))
  return weights
}

/** `−w·log w` (nats) of stopping in a state, then of each arc that leaves it. */
export const surprises = (a: Automaton<number>, state: number): readonly number[] => {
  const logs = logWeightsOf(a, state)
  return weightsOf(a, state).map((w, i) => (w === 0 ? 0 : -w * at(logs, i)))
}

/**
 * `h_p = −Σ w log w − f_p log f_p` (nats, 0·log 0 = 0): the entropy of one step from each state.
 *
 * @example
 * localEntropies(right(geometricNoise(0.5)(['a']))) // => [0.693147]
 */
export const localEntropies = (a: Automaton<number>): Float64Array =>
  Float64Array.from({ length: a.states }, (_, p) => surprises(a, p).reduce((total, x) => total + x, 0))

/**
 * `H(p)` of every reachable state of a deterministic PFSA (nats): `H = (I − M)⁻¹ h`; 0 for the other states. Failures
 * as in `entropy`.
 *
 * @example
 * right(stateEntropies(right(geometricNoise(0.5)(['a'])))).values // => [1.38629]
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
 *
 * @example
 * right(entropy(right(whiteNoise(10)()))).value / Math.LN2 // => 10
 */
export const entropy = (a: Pfsa): E.Either<Failure, Certified> => pipe(stateEntropies(a), E.map(atStart(a)))

/**
 * The entropy of the paths (nats), for any PFSA: an upper bound of the entropy of the strings, equal to it iff the
 * automaton is unambiguous.
 *
 * @example
 * right(pathEntropy(right(geometricNoise(0.5)(['a'])))).value / Math.LN2 // => 2
 */
export const pathEntropy = (a: Pfsa): E.Either<Failure, Certified> =>
  pipe(
    expectedTotals(localEntropies(a))(a),
    E.map(atStart(a)),
    E.map(({ value, certificate }) => ({ value: startEntropy(a) + value, certificate })),
  )

/** `−Σ α log α`: the entropy of choosing the start state. */
const startEntropy = (a: Automaton<number>): number => Array.from(a.start).reduce((total, x) => total - xlogx(x), 0)
