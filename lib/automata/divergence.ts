/**
 * Cross-entropy and relative entropy of two deterministic PFSAs (Carrasco 1997): expected visits `c = (I − M×)^{−T} e`
 * of the product's state pairs under A's probabilities, then `CE = Σ c_ij·[−Σ_a w_A(i,a)·log w_B(j,a) − f_A(i)·log f_B(j)]`.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { at } from '../at.ts'
import { type Failure, failure } from '../errors.ts'
import { real } from '../semiring.ts'
import { type Automaton, eachArcFrom } from './automaton.ts'
import type { Certified } from './certificate.ts'
import { logWeightsOf } from './entropy.ts'
import { deterministic } from './language.ts'
import { fromTriples, type SparseMatrix, transpose } from './matrix.ts'
import { numbering } from './numbering.ts'
import { type Pfsa, startStates, tight } from './pfsa.ts'
import { sameAlphabet } from './product.ts'
import { resolvent, solveWith } from './resolvent.ts'

/** A's moves on reachable pairs (i, j), and of each pair the local cross-entropy `Σ −w_A·log w_B` and divergence. */
interface Joint {
  readonly matrix: SparseMatrix
  readonly stop: readonly number[]
  readonly costs: readonly number[]
  readonly gaps: readonly number[]
}

const unsupported = (symbol: string, pair: readonly [number, number]): Failure =>
  failure(
    'Support',
    `the first automaton can ${symbol} in state ${pair[0]} where the second, in state ${pair[1]}, cannot: the divergence is infinite`,
    'smooth the second automaton, or compare on a common language',
    { states: pair, symbol, value: Number.POSITIVE_INFINITY },
  )

/** A way to leave a state: by a symbol to `to`, or by stopping. */
interface Move {
  readonly to: number
  readonly weight: number
  readonly log: number
}

const STOP = -1

/** The moves of positive weight of a deterministic automaton in a state, by symbol; stopping is `STOP`. */
const movesOf = (a: Automaton<number>, state: number): ReadonlyMap<number, Move> => {
  const out = new Map<number, Move>()
  const logs = logWeightsOf(a, state)
  const set = (symbol: number, to: number, weight: number, i: number): void => {
    if (weight > 0) out.set(symbol, { to, weight, log: at(logs, i) })
  }
  set(STOP, state, at(a.stop, state), 0)
  let i = 1
  eachArcFrom(a, state, (symbol, to, weight) => set(symbol, to, weight, i++))
  return out
}

/** `w·(e^d − 1 − d)` ≥ 0 with `d = log v − log w`: the terms of `Σ w log w/v` where w and v both sum to 1. */
const gapOf = (ours: Move, theirs: Move): number => {
  const near = ours.weight <= 0.5 && Math.abs(theirs.weight - ours.weight) < ours.weight / 2
  const d = near ? Math.log1p((theirs.weight - ours.weight) / ours.weight) : theirs.log - ours.log
  if (Math.abs(d) > 0.1) return ours.weight * (Math.expm1(d) - d)
  let sum = 0
  for (let k = 12; k >= 2; k--) sum = (1 + d * sum) / (k + 1)
  return ours.weight * d * d * (0.5 + (d * sum) / 2)
}

const explore = (a: Pfsa, b: Pfsa): E.Either<Failure, Joint> => {
  const { found: pairs, of } = numbering(([i, j]: readonly [number, number]) => i * b.states + j)
  of([at(startStates(a), 0), at(startStates(b), 0)])
  const [rows, columns, values]: [number[], number[], number[]] = [[], [], []]
  const [costs, gaps]: [number[], number[]] = [[], []]
  for (let n = 0; n < pairs.length; n++) {
    const pair = at(pairs, n)
    const [ours, theirs] = [movesOf(a, pair[0]), movesOf(b, pair[1])]
    let [cost, gap] = [0, 0]
    for (const [symbol, move] of ours) {
      const other = theirs.get(symbol)
      if (other === undefined)
        return E.left(unsupported(symbol === STOP ? 'stop' : `read '${at(a.alphabet, symbol)}'`, pair))
      cost -= move.weight * other.log
      gap += gapOf(move, other)
      if (symbol === STOP) continue
      rows.push(n)
      columns.push(of([move.to, other.to]))
      values.push(move.weight)
    }
    for (const [symbol, other] of theirs) if (!ours.has(symbol)) gap += other.weight
    costs.push(cost)
    gaps.push(gap)
  }
  const stop = pairs.map(([i]) => at(a.stop, i))
  return E.right({ matrix: fromTriples(pairs.length, rows, columns, values), stop, costs, gaps })
}

const bothReady = (a: Pfsa, b: Pfsa): E.Either<Failure, Joint> =>
  pipe(
    sameAlphabet(a, b),
    E.flatMap(() => deterministic(real)(a)),
    E.flatMap(tight),
    E.flatMap(() => deterministic(real)(b)),
    E.flatMap(() => explore(a, b)),
  )

const visitCosts =
  (costs: (joint: Joint) => readonly number[]) =>
  (joint: Joint): E.Either<Failure, Certified> => {
    const { matrix, stop } = joint
    const local = costs(joint)
    return pipe(
      resolvent(transpose(matrix), { stop, transposed: true }),
      E.flatMap((r) => solveWith(r)(Float64Array.from({ length: matrix.size }, (_, i) => (i === 0 ? 1 : 0)))),
      E.map(({ values, certificate }) => ({
        value: local.reduce((total, cost, i) => total + cost * at(values, i), 0),
        // The error of a sum of visits times costs: at most the visits' error times the total of the costs.
        certificate: {
          ...certificate,
          errorBound: certificate.errorBound * local.reduce((s, x) => s + Math.abs(x), 0),
        },
      })),
    )
  }

/**
 * `CE(a, b) = −Σ_x a(x)·log b(x)` (nats) of two deterministic PFSAs, `a` tight; data last: `crossEntropy(b)(a)`.
 * Failures: `Support` when a can move where b cannot (the value is +∞), `Automaton`, `NotTight`, `Diverges`.
 *
 * @example
 * const [short, long] = [right(geometricNoise(0.5)(['a'])), right(geometricNoise(0.25)(['a']))]
 * right(crossEntropy(long)(short)).value // => 1.67398
 */
export const crossEntropy =
  (b: Pfsa) =>
  (a: Pfsa): E.Either<Failure, Certified> =>
    pipe(bothReady(a, b), E.flatMap(visitCosts(({ costs }) => costs)))

/**
 * `KL(a ‖ b) = CE(a, b) − H(a)` (nats), as a sum of terms that are not negative, so that nothing cancels where a and b are
 * close. Failures as in `crossEntropy`.
 *
 * @example
 * const [short, long] = [right(geometricNoise(0.5)(['a'])), right(geometricNoise(0.25)(['a']))]
 * right(relativeEntropy(long)(short)).value // => 0.287682
 */
export const relativeEntropy =
  (b: Pfsa) =>
  (a: Pfsa): E.Either<Failure, Certified> =>
    pipe(bothReady(a, b), E.flatMap(visitCosts(({ gaps }) => gaps)))
