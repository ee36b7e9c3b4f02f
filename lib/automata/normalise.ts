/**
 * Partition functions and pushing, in the log domain. `β = (I − M)⁻¹ f`, `Z = αᵀβ`, and the pushed weights
 * `w'(p,l,q) = w·β_q/β_p`, `f'_p = f_p/β_p`, `α'_p = α_p·β_p/Z` are probabilities (formulas §5). β is solved component
 * by component with one scale each, so strings of probability e^{−10000} are no trouble.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { at, held, outside } from '../at.ts'
import { type Failure, failure } from '../errors.ts'
import { logSumExp, softmax, sum } from '../math.ts'
import { real } from '../semiring.ts'
import { type Automaton, eachArc, rowOf } from './automaton.ts'
import { bestPaths } from './viterbi.ts'
import { type Blocks, membersOf, onlyMember } from './blocks.ts'
import { type Components, components } from './components.ts'
import type { Certificate } from './certificate.ts'
import { fromTriples, restrictTo, rowsOf, type SparseMatrix, transitionMatrix } from './matrix.ts'
import { negativeWeight, type Pfsa, pfsa } from './pfsa.ts'
import { resolvent } from './resolvent.ts'
import { keepStates, usefulStates } from './trim.ts'

/**
 * The pushed weights, aligned with the automaton's own states and arcs. `logBackward[p] = log β_p` (−∞ for a state on no
 * path), `residual = max_p |Σ w' + f' − 1|` before the rows are divided by their sums.
 */
interface Pushed {
  readonly logPartition: number
  readonly logBackward: Float64Array
  readonly useful: Uint8Array
  readonly start: Float64Array
  readonly stop: Float64Array
  readonly weights: Float64Array
  readonly certificate: Certificate
}

/** `log (f_p + Σ_q M_pq e^{logs_q})`, relative to the largest term. */
const memberRight = (m: SparseMatrix, logs: Float64Array, state: number, logStop: number): number => {
  const { columns, values, rowPointers } = m
  const [begin, end] = [at(rowPointers, state), at(rowPointers, state + 1)]
  const term = (k: number): number => {
    const to = columns[k] ?? outside(columns, k)
    return Math.log(values[k] ?? outside(values, k)) + (logs[to] ?? outside(logs, to))
  }
  let high = logStop
  for (let k = begin; k < end; k++) high = Math.max(high, term(k))
  if (high === Number.NEGATIVE_INFINITY) return high
  let total = Math.exp(logStop - high)
  for (let k = begin; k < end; k++) total += Math.exp(term(k) - high)
  return high + Math.log(total)
}

/** `log (I − M)⁻¹ f` for `f ≥ 0` given as logs, each block in the scale of its states' best paths. */
const logBackSubstitute = (
  m: SparseMatrix,
  { diagonal, loops, components: parts, larger }: Omit<Blocks, 'matrix'>,
  scale: Float64Array,
  logStop: Float64Array,
): Float64Array => {
  const logs = new Float64Array(m.size).fill(Number.NEGATIVE_INFINITY)
  for (let c = 0; c < parts.count; c++) {
    const p = onlyMember(parts, c)
    if (p >= 0) {
      const right = memberRight(m, logs, p, logStop[p] ?? outside(logStop, p))
      logs[p] = loops[p] === 1 ? right - Math.log(diagonal[p] ?? outside(diagonal, p)) : right
      continue
    }
    const { members, solve } = held(larger, c)
    const right = Float64Array.from(members, (q) => memberRight(m, logs, q, at(logStop, q)))
    const scaled = right.map((x, i) => x - at(scale, at(members, i)))
    const high = scaled.reduce((most, x) => (x > most ? x : most), Number.NEGATIVE_INFINITY)
    if (high === Number.NEGATIVE_INFINITY) continue
    const { values } = solve(scaled.map((x) => (x > Number.NEGATIVE_INFINITY ? Math.exp(x - high) : 0)))
    members.forEach((q, i) => {
      logs[q] = at(scale, q) + high + Math.log(at(values, i))
    })
  }
  return logs
}

/** The entries inside components, `M_pq·e^{s_q − s_p}`: similar to M's own blocks, and at most 1. */
const scaledBlocks = (m: SparseMatrix, component: Int32Array, scale: Float64Array): SparseMatrix => {
  const rows = rowsOf(m)
  const values = m.values.map((value, k) => {
    const [p, q] = [at(rows, k), at(m.columns, k)]
    return at(component, p) === at(component, q) ? scaledWeight(value, at(scale, q) - at(scale, p)) : 0
  })
  return fromTriples(m.size, rows, m.columns, values)
}

/** `weight·e^{shift}` without overflow in between. */
const scaledWeight = (weight: number, shift: number): number =>
  Math.abs(shift) < 300 && weight > 1e-150 && weight < 1e150
    ? weight * Math.exp(shift)
    : Math.exp(Math.log(weight) + shift)

/** `weight·e^{ahead − here}`, 0 when either side is on no path. */
const pushOne = (weight: number, ahead: number, here: number): number =>
  weight === 0 || here === Number.NEGATIVE_INFINITY || ahead === Number.NEGATIVE_INFINITY
    ? 0
    : scaledWeight(weight, ahead - here)

const pushRows = (a: Automaton<number>, logBackward: Float64Array) => {
  const stop = Float64Array.from(a.stop, (f, p) => pushOne(f, 0, at(logBackward, p)))
  const weights = new Float64Array(a.targets.length)
  eachArc(a, (from, _symbol, to, weight, arc) => {
    weights[arc] = pushOne(weight, at(logBackward, to), at(logBackward, from))
  })
  let residual = 0
  for (let p = 0; p < a.states; p++) {
    const [begin, end] = rowOf(a, p)
    const total = at(stop, p) + sum(weights, begin, end)
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

const certificateOf = (
  a: Automaton<number>,
  weights: Float64Array,
  stop: Float64Array,
  residual: number,
): E.Either<Failure, Certificate> =>
  pipe(
    resolvent(transitionMatrix({ ...a, weights }), { stop, transposed: false }),
    E.map(({ norm, spectralRadius }) => {
      const errorBound = norm * (residual + 4 * Number.EPSILON)
      return { residual, spectralRadius, errorBound, sweeps: 1 }
    }),
  )

/** The largest ratio of best paths within a component, as a log, at which its states need no scales of their own. */
const NARROW = 300

/** Whether a row sums to 1 as far as rounding tells: what leaves is then known to all its digits. */
const stochastic = (total: number, terms: number): boolean => Math.abs(total - 1) <= Number.EPSILON * (terms + 1)

/**
 * What leaves its component from each state: in rows that sum to 1 the stop weight and the arcs elsewhere, added up; else
 * 1 less the arcs within.
 */
const leavingOf = (a: Automaton<number>, useful: Uint8Array, component: Int32Array): Float64Array =>
  Float64Array.from({ length: a.states }, (_, p) => {
    const [begin, end] = rowOf(a, p)
    let within = 0
    let leaving = at(a.stop, p)
    for (let k = begin; k < end; k++) {
      const q = a.targets[k] ?? outside(a.targets, k)
      const weight = at(a.weights, k)
      if (useful[q] === 1 && component[q] === component[p]) within += weight
      else leaving += weight
    }
    return stochastic(leaving + within, end - begin + 1) ? leaving : 1 - within
  })

interface Scaled {
  readonly scale: Float64Array
  readonly leaving: Float64Array
}

/**
 * Scales of the states and what leaves each at those scales: none (0) in a component with narrow scales and nothing less than 0
 * leaving, which is then solved without subtractions; elsewhere the best paths.
 */
const scaledParts = (m: SparseMatrix, parts: Components, best: Float64Array, leaving: Float64Array): Scaled => {
  const [scale, own] = [best.slice(), leaving.slice()]
  for (let c = 0; c < parts.count; c++) {
    if (onlyMember(parts, c) >= 0) continue
    const members = membersOf(parts, c)
    const logs = Float64Array.from(members, (p) => at(best, p))
    const spread = logs.reduce((a, b) => Math.max(a, b)) - logs.reduce((a, b) => Math.min(a, b))
    const plain = spread < NARROW && members.every((p) => at(leaving, p) >= 0)
    members.forEach((p, i) => {
      if (plain) scale[p] = 0
      else own[p] = 1 - withinOf(m, parts.component, best, p, at(logs, i))
    })
  }
  return { scale, leaving: own }
}

/** `Σ_q M_pq·e^{s_q − s_p}` over the states q of p's own component. */
const withinOf = (m: SparseMatrix, component: Int32Array, scale: Float64Array, p: number, here: number): number => {
  let total = 0
  for (let k = at(m.rowPointers, p); k < at(m.rowPointers, p + 1); k++) {
    const q = at(m.columns, k)
    if (component[q] === component[p]) total += scaledWeight(at(m.values, k), at(scale, q) - here)
  }
  return total
}

/** Stop weights for rows that sum to 1; a state on no path has an empty row and stops. */
const stopOf = (stop: Float64Array, logBackward: Float64Array): Float64Array =>
  stop.map((f, p) => (at(logBackward, p) === Number.NEGATIVE_INFINITY ? 1 : f))

const diverges = (state: number): Failure =>
  failure(
    'Diverges',
    `the sum over paths through state ${state} does not converge: the weights of a cycle there multiply to more than 1`,
    'lower the weights of its cycles',
    { state },
  )

/** Blocks by the numbers of the whole matrix's components: their own matrix knows no arcs between components. */
const renumbered = (blocks: Blocks, parts: Components): Blocks => ({
  ...blocks,
  components: parts,
  larger: new Map([...blocks.larger.values()].map((block) => [at(parts.component, at(block.members, 0)), block])),
})

/**
 * The pushed weights of a weighted automaton. Its certificate is relative: `errorBound` bounds the error of log Z.
 * Failures: `Automaton` (negative weight), `Support` (no string), `Diverges` (ρ ≥ 1 on the useful states).
 */
export const pushWeights = (a: Automaton<number>): E.Either<Failure, Pushed> => {
  const negative = negativeWeight(a)
  if (negative !== undefined) return E.left(negative)
  const useful = usefulStates(real)(a)
  if (useful.every((x) => x === 0)) return E.left(noString)
  const m = restrictTo(useful)(transitionMatrix(a))
  const logStop = Float64Array.from(a.stop, (f, p) => (f > 0 && useful[p] === 1 ? Math.log(f) : -Infinity))
  const parts = components(m.size, m)
  return pipe(
    bestPaths(m, parts, logStop),
    E.mapLeft(diverges),
    E.map((best) => scaledParts(m, parts, best, leavingOf(a, useful, parts.component))),
    E.bindTo('scaled'),
    E.bind('resolved', ({ scaled: { scale, leaving } }) =>
      resolvent(scaledBlocks(m, parts.component, scale), { stop: leaving, transposed: false }),
    ),
    E.flatMap(({ scaled: { scale }, resolved: { blocks } }) => {
      const logBackward = logBackSubstitute(m, renumbered(blocks, parts), scale, logStop)
      const { residual, ...rows } = pushRows(a, logBackward)
      const { logPartition, start } = pushStart(a.start, logBackward)
      return pipe(
        certificateOf(a, rows.weights, stopOf(rows.stop, logBackward), residual),
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
  const total = sum(out)
  return out.map((x) => x / total)
}

/**
 * `p(x) = w(x)/Z` as a PFSA on the useful states: trims, pushes and validates. Failures as in `pushWeights`.
 *
 * @example
 * const { pfsa, logPartition } = right(normalise(scaleWeights(8)(right(whiteNoise(2)()))))
 * Math.exp(logPartition) // => 8
 * right(entropy(pfsa)).value / Math.LN2 // => 2
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

/**
 * `log Z = log Σ_x w(x)` (nats) with a certificate for the log. Failures as in `pushWeights`.
 *
 * @example
 * right(logPartition(scaleWeights(8)(right(whiteNoise(2)())))).value // => 2.07944
 */
export const logPartition = (
  a: Automaton<number>,
): E.Either<Failure, { readonly value: number; readonly certificate: Certificate }> =>
  pipe(
    pushWeights(a),
    E.map((pushed) => ({ value: pushed.logPartition, certificate: pushed.certificate })),
  )
