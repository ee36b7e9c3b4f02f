/**
 * Matching moments exactly: the λ with `E_{p_λ} φ = φ̄`, by damped Newton on the convex dual
 * `log Z_λ − ⟨λ, φ̄⟩` with the exact Fisher matrix. A target on the boundary of the moment polytope (pure motif data, GAM
 * §3) has no finite λ, and is recognised by steps that do not shrink.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pseudoSolve, symmetricEigen } from '../eigen.ts'
import { type Failure, failure } from '../errors.ts'
import { entry, matrix } from '../linear.ts'
import { at, dot } from '../math.ts'
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

/** `Cov⁺·(φ̄ − E φ)` with the covariance scaled to correlations, so that a rare feature counts as much as a common one. */
const newtonStep = ({ covariance, moments }: ExactTilt, target: ArrayLike<number>): Float64Array => {
  const size = moments.length
  const deviations = Float64Array.from({ length: size }, (_, j) => Math.sqrt(entry(covariance, j, j)))
  const scale = deviations.map((d) => (d > 0 ? 1 / d : 0))
  const correlation = matrix(size, size, (i, j) => entry(covariance, i, j) * at(scale, i) * at(scale, j))
  const gap = moments.map((m, j) => (at(target, j) - m) * at(scale, j))
  return pseudoSolve(symmetricEigen(correlation), 1e-10)(gap).map((x, j) => x * at(scale, j))
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
    if (dual(next) <= dual(from) + 1e-4 * size * slope + 1e-15) return next
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

const iterate = (
  family: TiltFamily,
  target: readonly number[],
  options: MatchOptions,
): E.Either<Failure, Matched> => {
  const { tolerance = 1e-10, steps: cap = 200 } = options
  let tilt = exactTilt(target.map(() => 0))(family)
  for (let steps = 0; ; steps++) {
    const step = shortened(newtonStep(tilt, target))
    const error = largest(tilt.moments.map((m, j) => m - at(target, j)))
    // Inside the polytope Newton's steps vanish; on its boundary the moments match only as λ runs off at a steady pace.
    const still = largest(step) <= 1e-6 * (1 + largest(tilt.lambda))
    if (still && error <= tolerance) return E.right({ tilt, steps, error })
    if (still || steps >= cap || largest(tilt.lambda) > 600) return E.left(boundary(family, step, error))
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
