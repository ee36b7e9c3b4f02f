/**
 * The resolvent `(I − M)⁻¹ = Σ_k M^k` of a non-negative sparse matrix: the one linear solve behind partition functions,
 * entropies, visits and divergences. It exists iff ρ(M) < 1, which is certified by a vector v > 0 with
 * `(I − M)·v ≥ c > 0` before anything is solved.
 */
import * as E from 'fp-ts/lib/Either.js'
import { at } from '../at.ts'
import { type Failure, failure } from '../errors.ts'
import { type Blocks, backSubstitute, blocksOf, type Stopping } from './blocks.ts'
import type { Certificate, Solution } from './certificate.ts'
import { type SparseMatrix } from './matrix.ts'
import { spectralRadius } from './spectral.ts'

/** A factored `I − M`. `norm` bounds `‖(I − M)⁻¹‖_∞`: the largest expected number of visits from a state. */
export interface Resolvent {
  readonly blocks: Blocks
  readonly norm: number
  readonly spectralRadius: number
}

const diverges = (state: number, slack: number): Failure =>
  failure(
    'Diverges',
    `the sum over paths through state ${state} does not converge: ρ(M) is not below 1 there`,
    'lower the weights of its cycles, or raise the weight of stopping',
    { state, slack },
  )

/** `(I − M)·x − b` in f64, with the exact diagonal, and 4 ulp of the largest sum of its terms. */
const residualOf = ({ matrix: m, diagonal }: Blocks, x: Float64Array, b: ArrayLike<number>) => {
  let terms = 0
  const residual = x.map((value, p) => {
    let total = at(diagonal, p) * value
    let size = Math.abs(total) + Math.abs(at(b, p))
    for (let k = at(m.rowPointers, p); k < at(m.rowPointers, p + 1); k++) {
      const q = at(m.columns, k)
      const term = p === q ? 0 : at(m.values, k) * at(x, q)
      total -= term
      size += Math.abs(term)
    }
    terms = Math.max(terms, size)
    return total - at(b, p)
  })
  return { residual, rounding: 4 * Number.EPSILON * terms }
}

const negativeEntry = (m: SparseMatrix): Failure | undefined => {
  const k = m.values.findIndex((x) => !(x >= 0 && x < Number.POSITIVE_INFINITY))
  return k < 0
    ? undefined
    : failure(
        'Automaton',
        `a transition has the weight ${at(m.values, k)}`,
        'use finite weights that are not negative',
        { target: at(m.columns, k), weight: at(m.values, k) },
      )
}

/**
 * Factors `I − M`; `Diverges` (naming a state) when ρ(M) < 1 cannot be certified, `Automaton` for a bad weight. With the
 * stop weights of rows that sum to 1 it stays accurate however near ρ(M) is to 1.
 */
export const resolvent = (m: SparseMatrix, known?: Stopping): E.Either<Failure, Resolvent> => {
  const bad = negativeEntry(m)
  if (bad !== undefined) return E.left(bad)
  const blocks = blocksOf(m, known)
  const ones = new Float64Array(m.size).fill(1)
  const witness = backSubstitute(blocks, ones).values
  const slack = residualOf(blocks, witness, new Float64Array(m.size)).residual
  let least = Number.POSITIVE_INFINITY
  let high = 0
  for (let p = 0; p < m.size; p++) {
    const v = at(witness, p)
    if (!(v > 0 && Number.isFinite(v) && at(slack, p) > 0)) return E.left(diverges(p, at(slack, p)))
    least = Math.min(least, at(slack, p))
    high = Math.max(high, v)
  }
  return E.right({ blocks, norm: m.size === 0 ? 0 : high / least, spectralRadius: spectralRadius(blocks, witness) })
}

const largest = (xs: ArrayLike<number>): number => {
  let high = 0
  for (let i = 0; i < xs.length; i++) high = Math.max(high, Math.abs(at(xs, i)))
  return high
}

/** The certificate of a candidate solution: see `Certificate`. */
export const certify = (r: Resolvent, values: Float64Array, b: ArrayLike<number>, sweeps: number): Certificate => {
  const { residual: rest, rounding } = residualOf(r.blocks, values, b)
  const residual = largest(rest)
  return { residual, spectralRadius: r.spectralRadius, errorBound: r.norm * (residual + rounding), sweeps }
}

/** One step of iterative refinement, when the residual is more than rounding explains and the step makes it smaller. */
const refine = (r: Resolvent, b: ArrayLike<number>, first: Solution): Solution => {
  const { residual, sweeps } = first.certificate
  if (residual <= 16 * Number.EPSILON * (largest(first.values) + largest(b))) return first
  const correction = backSubstitute(r.blocks, residualOf(r.blocks, first.values, b).residual)
  const values = first.values.map((x, i) => x - at(correction.values, i))
  const certificate = certify(r, values, b, sweeps + correction.sweeps)
  return certificate.residual < residual ? { values, certificate } : first
}

/** `(I − M)⁻¹·b` with one step of iterative refinement; `Diverges` when no finite solution comes out. */
export const solveWith =
  (r: Resolvent) =>
  (b: ArrayLike<number>): E.Either<Failure, Solution> => {
    const first = backSubstitute(r.blocks, b)
    const solution = refine(r, b, { values: first.values, certificate: certify(r, first.values, b, first.sweeps) })
    const state = solution.values.findIndex((x) => !Number.isFinite(x))
    return state < 0 ? E.right(solution) : E.left(diverges(state, Number.NaN))
  }
