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
import { worse } from './certificate.ts'
import { entropy } from './entropy.ts'
import { deterministic } from './language.ts'
import { fromTriples, type SparseMatrix, transpose } from './matrix.ts'
import { type Pfsa, startStates, tight } from './pfsa.ts'
import { sameAlphabet } from './product.ts'
import { resolvent, solveWith } from './resolvent.ts'

/** A's moves on reachable pairs (i, j), and the local cross-entropies `Σ −w_A·log w_B`. */
interface Joint {
  readonly matrix: SparseMatrix
  readonly local: readonly number[]
}

const unsupported = (symbol: string, pair: readonly [number, number]): Failure =>
  failure(
    'Support',
    `the first automaton can ${symbol} in state ${pair[0]} where the second, in state ${pair[1]}, cannot: the divergence is infinite`,
    'smooth the second automaton, or compare on a common language',
    { states: pair, symbol, value: Number.POSITIVE_INFINITY },
  )

/** `(q, log w)` for each symbol that a deterministic automaton reads in a state. */
const movesOf = (a: Automaton<number>, state: number): ReadonlyMap<number, readonly [number, number]> => {
  const out = new Map<number, readonly [number, number]>()
  eachArcFrom(a, state, (symbol, to, weight) => {
    if (weight > 0) out.set(symbol, [to, weight])
  })
  return out
}

const explore = (a: Pfsa, b: Pfsa): E.Either<Failure, Joint> => {
  const numbers = new Map<number, number>()
  const pairs: (readonly [number, number])[] = []
  const of = (i: number, j: number): number => {
    const known = numbers.get(i * b.states + j)
    if (known !== undefined) return known
    numbers.set(i * b.states + j, pairs.length)
    pairs.push([i, j])
    return pairs.length - 1
  }
  of(at(startStates(a), 0), at(startStates(b), 0))
  const rows: number[] = []
  const columns: number[] = []
  const values: number[] = []
  const local: number[] = []
  for (let n = 0; n < pairs.length; n++) {
    const pair = at(pairs, n)
    const stop = at(a.stop, pair[0])
    if (stop > 0 && !(at(b.stop, pair[1]) > 0)) return E.left(unsupported('stop', pair))
    let cost = stop > 0 ? -stop * Math.log(at(b.stop, pair[1])) : 0
    const theirs = movesOf(b, pair[1])
    for (const [symbol, [to, weight]] of movesOf(a, pair[0])) {
      const move = theirs.get(symbol)
      if (move === undefined) return E.left(unsupported(`read '${at(a.alphabet, symbol)}'`, pair))
      cost -= weight * Math.log(move[1])
      rows.push(n)
      columns.push(of(to, move[0]))
      values.push(weight)
    }
    local.push(cost)
  }
  return E.right({ matrix: fromTriples(pairs.length, rows, columns, values), local })
}

const bothReady = (a: Pfsa, b: Pfsa): E.Either<Failure, Joint> =>
  pipe(
    sameAlphabet(a, b),
    E.flatMap(() => deterministic(real)(a)),
    E.flatMap(tight),
    E.flatMap(() => deterministic(real)(b)),
    E.flatMap(() => explore(a, b)),
  )

const visitCosts = ({ matrix, local }: Joint): E.Either<Failure, Certified> =>
  pipe(
    resolvent(transpose(matrix)),
    E.flatMap((r) => solveWith(r)(Float64Array.from({ length: matrix.size }, (_, i) => (i === 0 ? 1 : 0)))),
    E.map(({ values, certificate }) => ({
      value: local.reduce((total, cost, i) => total + cost * at(values, i), 0),
      // The error of a sum of visits times costs: at most the visits' error times the total of the costs.
      certificate: { ...certificate, errorBound: certificate.errorBound * local.reduce((s, x) => s + Math.abs(x), 0) },
    })),
  )

/**
 * `CE(a, b) = −Σ_x a(x)·log b(x)` (nats) of two deterministic PFSAs, `a` tight; data last: `crossEntropy(b)(a)`.
 * Failures: `Support` when a can move where b cannot (the value is +∞), `Automaton`, `NotTight`, `Diverges`.
 */
export const crossEntropy =
  (b: Pfsa) =>
  (a: Pfsa): E.Either<Failure, Certified> =>
    pipe(bothReady(a, b), E.flatMap(visitCosts))

/**
 * `KL(a ‖ b) = CE(a, b) − H(a)` (nats), ≥ 0; not clipped, so rounding may leave it a few ulp below 0.
 * Failures as in `crossEntropy`.
 */
export const relativeEntropy =
  (b: Pfsa) =>
  (a: Pfsa): E.Either<Failure, Certified> =>
    pipe(
      crossEntropy(b)(a),
      E.flatMap((cross) =>
        pipe(
          entropy(a),
          E.map((own) => ({
            value: cross.value - own.value,
            certificate: {
              ...worse(cross.certificate, own.certificate),
              errorBound: cross.certificate.errorBound + own.certificate.errorBound,
            },
          })),
        ),
      ),
    )
