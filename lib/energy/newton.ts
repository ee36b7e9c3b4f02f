/**
 * Moment matching on a bank: the λ with `Ê_λ φ = φ̄`, by damped Newton on the convex `log Ẑ(λ) − ⟨λ, φ̄⟩`, whose gradient
 * is `Ê_λ φ − φ̄` and whose Hessian is the SNIS covariance. The features are put in units of their ranges, constant and
 * dependent ones are found first, and whether the target is inside the moment polytope, on its boundary or outside is
 * decided by linear programming before anything is fitted (G4–G6).
 */
import { at } from '../at.ts'
import { type Failure, failure, raise } from '../errors.ts'
import type { Place } from '../moments/polytope.ts'
import { badPoints, solveMoments } from '../moments/solve.ts'
import { unknownName } from '../names.ts'
import { type Bank, type Moments, moments } from './bank.ts'

/** How to fit. */
export interface NewtonOptions {
  /** Where to start (default 0; where a mean is wanted near an end of its feature's range, a λ that gives about that mean). */
  readonly start?: ArrayLike<number>
  /** Stop at a Newton decrement `gᵀH⁻¹g` (nats, free of scale and units) of at most this, once λ stands still too. */
  readonly tolerance: number
  readonly iterations: number
  /** The largest change of one λ in a step, in `units`. */
  readonly maxStep: number
  /** `|λⱼ|` stays below this, in `units`, when the target is on the boundary or outside; else λ is not bounded. */
  readonly boundaryLimit: number
  /**
   * What the numbers of λ in `boundaryLimit` and `precision` are measured in. `range` (default): `λⱼ·(max φⱼ − min φⱼ)`,
   * so that the fit does not depend on the scale of the features. `given`: λⱼ itself, as the GAM paper has its ±10.
   */
  readonly units?: 'range' | 'given'
  /**
   * Precision τ of a Gaussian prior on λ per datum (default 0: exact matching): the objective gains `½τ‖λ‖²`, so that
   * `φ̄ − Ê φ = τλ`. With `τ = 1/|D|` (unit variance) a property that one datum in hundreds has cannot drag λ to the box.
   */
  readonly precision?: number
}

/**
 * Decrement 1e-20, 2 000 iterations, steps up to 4; on the boundary λ up to 10, the size found in the paper.
 *
 * @example
 * defaultNewton.iterations // => 2000
 */
export const defaultNewton: NewtonOptions = { tolerance: 1e-20, iterations: 2000, maxStep: 4, boundaryLimit: 10 }

/**
 * Where the target lies. `interior`: in the relative interior of the polytope; `certified` when positive weights of the
 * bank's rows with exactly the target's moments were found near p_λ (`gap` is their divergence from it). `boundary`: on
 * a face (`margin` 0) or outside (`margin` > 0), with the direction in which the likelihood grows for ever; `certified`
 * when every row was checked to be behind the target in that direction.
 */
export type FitStatus =
  | { readonly kind: 'interior'; readonly certified: boolean }
  | Exclude<Place, { readonly kind: 'interior' }>

/** A fitted λ with its moments; λ is finite and usable whatever the status. */
export interface MomentFit {
  readonly lambda: Float64Array
  readonly moments: Moments
  /** `‖φ̄ − Ê φ‖₁`, the paper's ℓ1_mom (Eq. 6). */
  readonly momentError: number
  /** `‖φ̄ − Ê φ‖∞`, without the prior's part. */
  readonly residual: number
  /**
   * How far the objective can be above its infimum (nats), a bound that holds whatever the iteration did. Inside and
   * without prior it is a duality gap, and `KL(p*‖p_λ)` of the exact match p* is at most this; on the boundary the
   * infimum is the one in the box. +∞ when no bound was found.
   */
  readonly gap: number
  readonly iterations: number
  /** Whether one more Newton step would change λ by less than 1e-6 of it. */
  readonly converged: boolean
  readonly status: FitStatus
  /**
   * Features (by index) that are constant, or functions of others, but for so little that rounding hides it: λ is solved without
   * them, and `converged` and `certified` are false inside. Leave them out, or make a feature of the difference.
   */
  readonly unresolved: readonly number[]
}

/** `‖a − b‖₁`, the paper's ℓ1_mom of two moment vectors (Eq. 6, G14). */
export const momentDistance = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let total = 0
  for (let i = 0; i < a.length; i++) total += Math.abs(at(a, i) - at(b, i))
  return total
}

const badTarget = (target: ArrayLike<number>, bank: Bank): Failure =>
  failure('Shape', `the target has ${target.length} moments for ${bank.rows.columns} features`, 'give finite means', {
    target: Array.from(target),
  })

const badOption = (options: NewtonOptions, columns: number): Failure | undefined => {
  const { start, precision = 0, boundaryLimit, maxStep, units = 'range' } = options
  const unknown = unknownName({ 'unit of λ': [units, ['range', 'given']] })
  if (unknown !== undefined) return unknown
  if (start !== undefined && (start.length !== columns || !Array.from(start).every(Number.isFinite)))
    return failure('Shape', `the start has ${start.length} numbers for ${columns} features`, 'give finite numbers')
  return precision >= 0 && Number.isFinite(precision) && boundaryLimit > 0 && maxStep > 0
    ? undefined
    : failure('Domain', 'a precision, limit or step is out of range', 'use precision ≥ 0, limit and step > 0', {
        precision,
        boundaryLimit,
        maxStep,
      })
}

/**
 * Fits λ so that `Ê_λ φ = φ̄` on a bank. The target must be finite, one mean per feature (else a `Shape` error), the
 * bank not empty (`Support`) and its features finite (`NonFinite`).
 *
 * Scaling a feature by c divides its λ by c; of several features that depend on each other linearly, the λ of least norm
 * (in units of their ranges) is answered. On the boundary `|λⱼ| ≤ boundaryLimit`.
 *
 * @example
 * const { lambda, status } = fitMoments()(bankOf({ rows: 2, columns: 1, values: Float64Array.of(0, 1) }))([0.75])
 * lambda // => [1.09861]
 * status.kind // => 'interior'
 */
export const fitMoments =
  (options: NewtonOptions = defaultNewton) =>
  (bank: Bank) =>
  (target: ArrayLike<number>): MomentFit => {
    const wanted = Float64Array.from(target)
    if (target.length !== bank.rows.columns || !wanted.every(Number.isFinite)) raise(badTarget(target, bank))
    const logMasses = bank.counts.map((c, i) => Math.log(c) + at(bank.offsets, i))
    const problem = { rows: bank.rows, logMasses, target: wanted }
    const bad = badOption(options, bank.rows.columns) ?? badPoints(problem)
    if (bad !== undefined) raise(bad)
    const { precision = 0, units = 'range' } = options
    const found = solveMoments({ ...options, precision, units })(problem)
    const { lambda, place, gap, excess, iterations, converged, unresolved } = found
    return {
      lambda,
      moments: moments(bank)(lambda),
      momentError: excess.reduce((total, x) => total + Math.abs(x), 0),
      residual: excess.reduce((high, x) => Math.max(high, Math.abs(x)), 0),
      gap,
      iterations,
      converged,
      status: place.kind === 'interior' ? { kind: 'interior', certified: Number.isFinite(gap) } : place,
      unresolved,
    }
  }
