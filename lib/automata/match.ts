/**
 * Matching moments exactly: the λ with `E_{p_λ} φ = φ̄`, by damped Newton on the convex dual
 * `log Z_λ − ⟨λ, φ̄⟩` with the exact Fisher matrix. A target on the boundary of the moment polytope (pure motif data, GAM
 * §3) has no finite λ, and is recognised by steps that do not shrink or by a p_λ that has crowded onto a face.
 */
import * as E from 'fp-ts/lib/Either.js'
import { at } from '../at.ts'
import { type Eigen, pseudoSolve, symmetricEigen } from '../eigen.ts'
import { type Failure, failure } from '../errors.ts'
import { entry, type Matrix, matrix } from '../linear.ts'
import { dot } from '../math.ts'
import { type ExactTilt, exactTilt, type TiltFamily } from './tilt.ts'

/** `tolerance` (default 1e-10) on `‖E φ − φ̄‖_∞`; `steps` (default 200). */
export interface MatchOptions {
  readonly tolerance?: number
  readonly steps?: number
}

/** The matched tilt, the number of Newton steps, and what is left of the moment error (∞-norm). */
export interface Matched {
  readonly tilt: ExactTilt
  readonly steps: number
  readonly error: number
}

const largest = (xs: ArrayLike<number>): number => Array.from(xs).reduce((high, x) => Math.max(high, Math.abs(x)), 0)

/** `φ̄ − E_{p_λ} φ = Σ_s p_s·(φ̄ − φ_s)`: accurate even where the moments round to those of a face of the polytope. */
const gapOf = ({ patterns }: TiltFamily, { probabilities }: ExactTilt, target: readonly number[]): readonly number[] =>
  target.map((t, j) => patterns.reduce((total, phi, s) => total + at(probabilities, s) * (t - at(phi, j)), 0))

/** Eigenvalues of the correlations below this count as zero: dependent features, or a face of the polytope. */
const RANK_TOLERANCE = 1e-13

/** A covariance scaled to correlations, so that a rare feature counts as much as a common one. */
const correlationsOf = (covariance: Matrix): { readonly scale: Float64Array; readonly eigen: Eigen } => {
  const size = covariance.rows
  const scale = Float64Array.from({ length: size }, (_, j) => {
    const variance = entry(covariance, j, j)
    return variance > 0 ? 1 / Math.sqrt(variance) : 0
  })
  const eigen = symmetricEigen(matrix(size, size, (i, j) => entry(covariance, i, j) * at(scale, i) * at(scale, j)))
  return { scale, eigen }
}

const rankOf = ({ values }: Eigen): number => values.filter((x) => x > RANK_TOLERANCE * largest(values)).length

/** The rank of the features over all patterns, however rare: the dimension of the moment polytope. */
const dimensionOf = ({ patterns, features, masses }: TiltFamily): number => {
  const possible = patterns.filter((_, s) => at(masses, s) > 0)
  const mean = features.map((_, j) => possible.reduce((sum, phi) => sum + at(phi, j), 0) / possible.length)
  const spread = matrix(features.length, features.length, (i, j) =>
    possible.reduce((sum, phi) => sum + (at(phi, i) - at(mean, i)) * (at(phi, j) - at(mean, j)), 0),
  )
  return rankOf(correlationsOf(spread).eigen)
}

/** `Cov⁺·(φ̄ − E φ)`, and the rank that the covariance still has. */
const newtonStep = (covariance: Matrix, gap: readonly number[]) => {
  const { scale, eigen } = correlationsOf(covariance)
  const scaled = Float64Array.from(gap, (g, j) => g * at(scale, j))
  const step = pseudoSolve(eigen, RANK_TOLERANCE)(scaled).map((x, j) => x * at(scale, j))
  return { step: shortened(step), rank: rankOf(eigen) }
}

/** No step is longer than this: far from the optimum the quadratic model means little. */
const LONGEST = 4

const shortened = (step: Float64Array): Float64Array => {
  const size = largest(step)
  return size > LONGEST ? step.map((x) => (x * LONGEST) / size) : step
}

/** Halves the step until the dual has decreased enough (Armijo). */
const lineSearch = (family: TiltFamily, from: ExactTilt, target: ArrayLike<number>, step: Float64Array): ExactTilt => {
  const dual = (t: ExactTilt): number => t.logPartition - dot(t.lambda, target)
  const slope = step.reduce((total, x, j) => total + x * (at(from.moments, j) - at(target, j)), 0)
  for (let size = 1; size > 1e-4; size /= 2) {
    const next = exactTilt(from.lambda.map((x, j) => x + size * at(step, j)))(family)
    if (dual(next) <= dual(from) + 1e-4 * size * slope + 1e-14 * (1 + Math.abs(dual(from)))) return next
  }
  return exactTilt(from.lambda.map((x, j) => x + 1e-4 * at(step, j)))(family)
}

const boundary = (family: TiltFamily, direction: Float64Array, error: number): Failure => {
  const size = Math.max(largest(direction), Number.MIN_VALUE)
  return failure(
    'Boundary',
    'the target moments are not strictly inside the moment polytope: no finite λ has them',
    'drop the features that never vary in the data, or smooth the target',
    { direction: Array.from(direction, (x) => x / size), features: family.features.map((f) => f.name), error },
  )
}

const badTarget = (target: readonly number[], family: TiltFamily): Failure =>
  failure(
    'Domain',
    `the target has ${target.length} moments for ${family.features.length} features`,
    'give one finite moment a feature',
    { target },
  )

const iterate = (family: TiltFamily, target: readonly number[], options: MatchOptions): E.Either<Failure, Matched> => {
  const { tolerance = 1e-10, steps: cap = 200 } = options
  const dimension = dimensionOf(family)
  let tilt = exactTilt(target.map(() => 0))(family)
  let direction: Float64Array = Float64Array.from(gapOf(family, tilt, target))
  for (let steps = 0; ; steps++) {
    const gap = gapOf(family, tilt, target)
    const error = largest(gap)
    const { step, rank } = newtonStep(tilt.covariance, gap)
    const pace = largest(step) / (1 + largest(tilt.lambda))
    // Inside the polytope Newton's steps vanish; at its boundary p_λ crowds onto a face while λ runs off steadily.
    if (rank === dimension && pace <= 1e-6 && error <= Math.max(tolerance, 4 * Number.EPSILON))
      return E.right({ tilt, steps, error })
    if (rank < dimension || steps >= cap || largest(tilt.lambda) > 600)
      return E.left(boundary(family, direction, error))
    if (pace <= 1e-15) return E.left(boundary(family, Float64Array.from(gap), error))
    direction = step
    tilt = lineSearch(family, tilt, target, step)
  }
}

/**
 * The λ whose moments are `target` (one a feature, in order), from λ = 0. With dependent features it is the one that
 * Newton's least-norm steps reach; p_λ is unique anyway. Failures: `Boundary` with the direction in which λ runs off,
 * `Domain` for a target of the wrong length.
 */
export const matchMoments =
  (target: readonly number[], options: MatchOptions = {}) =>
  (family: TiltFamily): E.Either<Failure, Matched> =>
    target.length === family.features.length && target.every(Number.isFinite)
      ? iterate(family, target, options)
      : E.left(badTarget(target, family))
