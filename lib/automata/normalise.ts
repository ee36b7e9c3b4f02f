/**
 * Partition functions and pushing, in the log domain. `β = (I − M)⁻¹ f`, `Z = αᵀβ`, and the pushed weights
 * `w'(p,l,q) = w·β_q/β_p`, `f'_p = f_p/β_p`, `α'_p = α_p·β_p/Z` are probabilities (formulas §5). β is solved component
 * by component with one scale each, so strings of probability e^{−10000} are no trouble.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { at } from '../at.ts'
import { type Failure, failure } from '../errors.ts'
import { logSumExp, softmax } from '../math.ts'
import { real } from '../semiring.ts'
import { type Automaton, eachArc, rowOf } from './automaton.ts'
import type { Blocks } from './blocks.ts'
import type { Certificate } from './certificate.ts'
import { restrictTo, type SparseMatrix, transitionMatrix } from './matrix.ts'
import { negativeWeight, type Pfsa, pfsa } from './pfsa.ts'
import { resolvent } from './resolvent.ts'
import { keepStates, usefulStates } from './trim.ts'

/**
 * The pushed weights, aligned with the automaton's own states and arcs. `logBackward[p] = log β_p` (−∞ for a state on no
 * path), `residual = max_p |Σ w' + f' − 1|` before the rows are divided by their sums.
 */
export interface Pushed {
  readonly logPartition: number
  readonly logBackward: Float64Array
  readonly useful: Uint8Array
  readonly start: Float64Array
  readonly stop: Float64Array
  readonly weights: Float64Array
  readonly certificate: Certificate
}

const memberRight = (m: SparseMatrix, logs: Float64Array, state: number, logStop: number): number => {
  const terms = [logStop]
  for (let k = at(m.rowPointers, state); k < at(m.rowPointers, state + 1); k++) {
    const ahead = at(logs, at(m.columns, k))
    if (ahead > Number.NEGATIVE_INFINITY) terms.push(Math.log(at(m.values, k)) + ahead)
  }
  return logSumExp(terms)
}

/** `log (I − M)⁻¹ f` for `f ≥ 0` given as logs. */
const logBackSubstitute = ({ matrix: m, blocks }: Blocks, logStop: Float64Array): Float64Array => {
  const logs = new Float64Array(m.size).fill(Number.NEGATIVE_INFINITY)
  for (const { members, cyclic, solve } of blocks) {
    const right = Float64Array.from(members, (p) => memberRight(m, logs, p, at(logStop, p)))
    const scale = right.reduce((high, x) => Math.max(high, x), Number.NEGATIVE_INFINITY)
    if (scale === Number.NEGATIVE_INFINITY) continue
    const values = cyclic ? solve(right.map((x) => Math.exp(x - scale))).values.map((x) => scale + Math.log(x)) : right
    members.forEach((p, i) => {
      logs[p] = at(values, i)
    })
  }
  return logs
}

/** `weight·e^{ahead − here}`, 0 when either side is on no path. */
const pushOne = (weight: number, ahead: number, here: number): number =>
  weight === 0 || here === Number.NEGATIVE_INFINITY || ahead === Number.NEGATIVE_INFINITY
    ? 0
    : weight * Math.exp(ahead - here)

const pushRows = (a: Automaton<number>, logBackward: Float64Array) => {
  const stop = Float64Array.from(a.stop, (f, p) => pushOne(f, 0, at(logBackward, p)))
  const weights = new Float64Array(a.targets.length)
  eachArc(a, (from, _symbol, to, weight, arc) => {
    weights[arc] = pushOne(weight, at(logBackward, to), at(logBackward, from))
  })
  let residual = 0
  for (let p = 0; p < a.states; p++) {
    const [begin, end] = rowOf(a, p)
    const total = weights.subarray(begin, end).reduce((acc, w) => acc + w, at(stop, p))
    if (total === 0) continue
    residual = Math.max(residual, Math.abs(total - 1))
    stop[p] = at(stop, p) / total
    for (let k = begin; k < end; k++) weights[k] = at(weights, k) / total
  }
  return { stop, weights, residual }
}

const noString: Failure = failure(
  'Support',
  'no string has a positive weight',
  'check the stop weights, and that the intersected languages have a string in common',
)

/** `log Σ_p α_p β_p`, and the pushed start weights. */
const pushStart = (start: ArrayLike<number>, logBackward: Float64Array) => {
  const terms = Float64Array.from(start, (alpha, p) => (alpha > 0 ? Math.log(alpha) + at(logBackward, p) : -Infinity))
  return { logPartition: logSumExp(terms), start: softmax(terms) }
}

const certificateOf = (a: Automaton<number>, weights: Float64Array, residual: number): E.Either<Failure, Certificate> =>
  pipe(
    resolvent(transitionMatrix({ ...a, weights })),
    E.map(({ norm, spectralRadius }) => {
      const errorBound = norm * (residual + 4 * Number.EPSILON)
      return { residual, spectralRadius, errorBound, sweeps: 1 }
    }),
  )

/**
 * The pushed weights of a weighted automaton. Its certificate is relative: `errorBound` bounds the error of log Z.
 * Failures: `Automaton` (negative weight), `Support` (no string), `Diverges` (ρ ≥ 1 on the useful states).
 */
export const pushWeights = (a: Automaton<number>): E.Either<Failure, Pushed> => {
  const negative = negativeWeight(a)
  if (negative !== undefined) return E.left(negative)
  const useful = usefulStates(real)(a)
  if (useful.every((x) => x === 0)) return E.left(noString)
  return pipe(
    resolvent(restrictTo(useful)(transitionMatrix(a))),
    E.flatMap(({ blocks }) => {
      const logStop = Float64Array.from(a.stop, (f, p) => (f > 0 && useful[p] === 1 ? Math.log(f) : -Infinity))
      const logBackward = logBackSubstitute(blocks, logStop)
      const { residual, ...rows } = pushRows(a, logBackward)
      const { logPartition, start } = pushStart(a.start, logBackward)
      return pipe(
        certificateOf(a, rows.weights, residual),
        E.map((certificate) => ({ logPartition, logBackward, useful, start, ...rows, certificate })),
      )
    }),
  )
}

/** A PFSA, the log of the weight that was divided out, and the certificate of that log. */
export interface Normalised {
  readonly pfsa: Pfsa
  readonly logPartition: number
  readonly certificate: Certificate
}

const rescale = (xs: ArrayLike<number>): Float64Array => {
  const out = Float64Array.from(xs)
  const total = out.reduce((acc, x) => acc + x, 0)
  return out.map((x) => x / total)
}

/**
 * `p(x) = w(x)/Z` as a PFSA on the useful states: trims, pushes and validates. Failures as in `pushWeights`.
 *
 * @example
 * import { automaton } from './automaton.ts'
 * const quarter = automaton(real)({ alphabet: ['a'], states: 1, start: [[0, 1]], stop: [[0, 0.25]], arcs: [] })
 * normalise(quarter) // Right: the PFSA of the empty string, with log Z = log 0.25
 */
export const normalise = (a: Automaton<number>): E.Either<Failure, Normalised> =>
  pipe(
    pushWeights(a),
    E.flatMap((pushed) => {
      const { useful, logPartition, logBackward, certificate } = pushed
      const keep = useful.map((x, p) => (x === 1 && at(logBackward, p) > Number.NEGATIVE_INFINITY ? 1 : 0))
      const aligned = { ...a, start: rescale(pushed.start), stop: pushed.stop, weights: pushed.weights }
      return pipe(
        pfsa(keepStates(real)(keep)(aligned)),
        E.map((normalised) => ({ pfsa: normalised, logPartition, certificate })),
      )
    }),
  )

/** `log Z = log Σ_x w(x)` (nats) with a certificate for the log. Failures as in `pushWeights`. */
export const logPartition = (
  a: Automaton<number>,
): E.Either<Failure, { readonly value: number; readonly certificate: Certificate }> =>
  pipe(
    pushWeights(a),
    E.map((pushed) => ({ value: pushed.logPartition, certificate: pushed.certificate })),
  )
