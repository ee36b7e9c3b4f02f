/**
 * Expectations under a PFSA: visits, mean length, and any additive feature, each by one solve with `I − M`
 * (formulas §5), and expected arc counts, the gradient of log Z.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { at } from '../at.ts'
import type { Failure } from '../errors.ts'
import { type Automaton, eachArc } from './automaton.ts'
import type { Certified, Solution } from './certificate.ts'
import { reachableFrom } from './components.ts'
import { restrictTo, type SparseMatrix, transitionMatrix, transpose } from './matrix.ts'
import { pushWeights } from './normalise.ts'
import { type Pfsa, startStates, tight } from './pfsa.ts'
import { resolvent, solveWith } from './resolvent.ts'

/** The reachable states of a tight PFSA (1 or 0 each), their stop weights (1 for the others), and their transitions. */
interface Live {
  readonly states: Uint8Array
  readonly stop: Float64Array
  readonly matrix: SparseMatrix
}

/** The live part of a tight PFSA; `NotTight` names a state that can be reached and cannot stop. */
export const liveOf = (a: Pfsa): E.Either<Failure, Live> =>
  pipe(
    tight(a),
    E.map((ok) => {
      const m = transitionMatrix(ok)
      const states = reachableFrom(ok.states, m, startStates(ok))
      const stop = Float64Array.from(states, (live, p) => (live === 1 ? at(ok.stop, p) : 1))
      return { states, stop, matrix: restrictTo(states)(m) }
    }),
  )

/** `x = b + M·x` over the live states: the expected total of b along a path from each state; 0 for unreachable states. */
export const expectedTotals =
  (b: ArrayLike<number>) =>
  (a: Pfsa): E.Either<Failure, Solution> =>
    pipe(
      liveOf(a),
      E.flatMap(({ states, stop, matrix }) =>
        pipe(
          resolvent(matrix, { stop, transposed: false }),
          E.flatMap((r) => solveWith(r)(Float64Array.from(states, (live, p) => (live === 1 ? at(b, p) : 0)))),
        ),
      ),
    )

/** `αᵀx` of a solution, with the same certificate (α sums to 1, so the error bound carries over). */
export const atStart =
  (a: Automaton<number>) =>
  ({ values, certificate }: Solution): Certified => ({
    // Unreachable states may hold anything; their α is 0.
    value: startStates(a).reduce((total, p) => total + at(a.start, p) * at(values, p), 0),
    certificate,
  })

/**
 * Expected visits of each state, `c = (I − M)^{−T} α`; `Σ c − 1` is the mean length. `NotTight`, `Diverges`.
 *
 * @example
 * right(expectedVisits(right(geometricNoise(0.25)(['a'])))).values // => [4]
 */
export const expectedVisits = (a: Pfsa): E.Either<Failure, Solution> =>
  pipe(
    liveOf(a),
    E.flatMap(({ stop, matrix }) => resolvent(transpose(matrix), { stop, transposed: true })),
    E.flatMap((r) => solveWith(r)(a.start)),
  )

/** An additive feature of a path: a value on each arc (aligned with the automaton's arcs) and on stopping in each state. */
export interface AdditiveFeature {
  readonly arcs: ArrayLike<number>
  readonly stops: ArrayLike<number>
}

/** `ḡ_p = Σ w(p,l,q)·g(p,l,q) + f_p·g(stop)`: the feature's expectation over one step. */
const localExpectation = (a: Automaton<number>, g: AdditiveFeature): Float64Array => {
  const out = Float64Array.from(a.stop, (f, p) => (f === 0 ? 0 : f * at(g.stops, p)))
  eachArc(a, (from, _symbol, _to, weight, arc) => {
    if (weight !== 0) out[from] = at(out, from) + weight * at(g.arcs, arc)
  })
  return out
}

/**
 * `E_p[Σ over the path of g]`; for a deterministic automaton the expectation of a function of the string.
 *
 * @example
 * const q = right(geometricNoise(0.25)(['a', 'b']))
 * right(expectedFeature({ arcs: arcsOf(q).map(({ symbol }) => symbol), stops: [0] })(q)).value // => 1.5
 */
export const expectedFeature =
  (g: AdditiveFeature) =>
  (a: Pfsa): E.Either<Failure, Certified> =>
    pipe(expectedTotals(localExpectation(a, g))(a), E.map(atStart(a)))

/**
 * The mean number of symbols, the end not counted: `(I − M)⁻¹(M·1)` at the start.
 *
 * @example
 * right(meanLength(right(geometricNoise(0.25)()))).value // => 3
 */
export const meanLength = (a: Pfsa): E.Either<Failure, Certified> =>
  expectedFeature({ arcs: new Float64Array(a.targets.length).fill(1), stops: new Float64Array(a.states) })(a)

/** log Z, and its derivatives by the weights, aligned with arcs, stops and starts (nats per unit of weight). */
export interface PartitionGradient {
  readonly logPartition: number
  readonly arcs: Float64Array
  readonly stops: Float64Array
  readonly starts: Float64Array
}

const scaled = (visits: number, ahead: number, here: number): number => {
  const ratio = visits * Math.exp(ahead - here)
  return Number.isNaN(ratio) ? 0 : ratio
}

/**
 * `∂ log Z/∂w(p,l,q) = c_p·β_q/Z`, `∂/∂f_p = c_p/Z`, `∂/∂α_p = β_p/Z`, where c are visits before normalisation.
 * Weights between states on no path have the gradient 0. Failures as in `pushWeights`.
 *
 * @example
 * right(partitionGradient(right(geometricNoise(0.25)(['a'])))).arcs // => [4]
 */
export const partitionGradient = (a: Automaton<number>): E.Either<Failure, PartitionGradient> =>
  pipe(
    pushWeights(a),
    E.flatMap((pushed) =>
      pipe(
        resolvent(transpose(transitionMatrix({ ...a, weights: pushed.weights })), {
          stop: pushed.stop.map((f, p) => (at(pushed.logBackward, p) === Number.NEGATIVE_INFINITY ? 1 : f)),
          transposed: true,
        }),
        E.flatMap((r) => solveWith(r)(pushed.start)),
        E.map(({ values: visits }) => {
          const logs = pushed.logBackward
          const arcs = new Float64Array(a.targets.length)
          eachArc(a, (from, _symbol, to, _weight, arc) => {
            arcs[arc] = scaled(at(visits, from), at(logs, to), at(logs, from))
          })
          const stops = visits.map((c, p) => scaled(c, 0, at(logs, p)))
          const starts = logs.map((log) => Math.exp(log - pushed.logPartition))
          return { logPartition: pushed.logPartition, arcs, stops, starts }
        }),
      ),
    ),
  )

/**
 * How often each arc is used by a random path of `w(x)/Z`: `w·∂ log Z/∂w`, aligned with the arcs.
 *
 * @example
 * right(expectedArcCounts(right(geometricNoise(0.25)(['a'])))) // => [3]
 */
export const expectedArcCounts = (a: Automaton<number>): E.Either<Failure, Float64Array> =>
  pipe(
    partitionGradient(a),
    E.map(({ arcs }) => arcs.map((slope, k) => slope * at(a.weights, k))),
  )
