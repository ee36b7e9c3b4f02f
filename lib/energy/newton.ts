/**
 * Moment matching by damped Newton on a bank: minimise the convex `log Ẑ(λ) − ⟨λ, φ̄⟩`, whose gradient is
 * `Ê_λ φ − φ̄` and whose Hessian is the SNIS covariance. Steps are bounded, λ stays in a box, dependent and constant
 * features are handled by a pseudo-inverse, and a target on the boundary of the moment polytope gives a usable finite λ
 * with the direction in which the likelihood still grows (G4–G6).
 */
import { at } from '../at.ts'
import { pseudoSolve, symmetricEigen } from '../eigen.ts'
import { type Failure, failure, raise } from '../errors.ts'
import { matrix } from '../linear.ts'
import { dot } from '../math.ts'
import { type Bank, type Moments, moments } from './bank.ts'
import { extremeFeatures, type Recession, recession } from './boundary.ts'

/** How to fit. */
export interface NewtonOptions {
  /** Where to start (default 0). */
  readonly start?: ArrayLike<number>
  /** Stop when `‖Ê φ − φ̄‖∞` is below this. */
  readonly tolerance: number
  readonly iterations: number
  /** The largest change of one λ in a step. */
  readonly maxStep: number
  /** `|λⱼ|` stays below this while an interior solution is sought. */
  readonly limit: number
  /** `|λⱼ|` stays below this once the target is known to be on the boundary. */
  readonly boundaryLimit: number
  /**
   * Precision τ of a Gaussian prior on λ per datum (default 0: exact matching): the objective gains `½τ‖λ‖²`, so that
   * `φ̄ − Ê φ = τλ`. With `τ = 1/|D|` (unit variance) a property that one datum in hundreds has cannot drag λ to the box.
   */
  readonly precision?: number
}

/** Tolerance 1e-10, 200 iterations, steps up to 4, λ up to 60; on the boundary λ up to 10, the size found in the paper. */
export const defaultNewton: NewtonOptions = {
  tolerance: 1e-10,
  iterations: 200,
  maxStep: 4,
  limit: 60,
  boundaryLimit: 10,
}

/** The fit: an interior match, or a target on the boundary of the moment polytope. */
export type FitStatus = { readonly kind: 'interior' } | ({ readonly kind: 'boundary' } & Recession)

/** A fitted λ with its moments; λ is finite and usable whatever the status. */
export interface MomentFit {
  readonly lambda: Float64Array
  readonly moments: Moments
  /** `‖φ̄ − Ê φ‖₁`, the paper's ℓ1_mom (Eq. 6). */
  readonly momentError: number
  /** `‖φ̄ − Ê φ‖∞`. */
  readonly residual: number
  readonly iterations: number
  readonly status: FitStatus
}

/** `‖a − b‖₁`, the paper's ℓ1_mom of two moment vectors (Eq. 6, G14). */
export const momentDistance = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let total = 0
  for (let i = 0; i < a.length; i++) total += Math.abs(at(a, i) - at(b, i))
  return total
}

interface Point {
  readonly lambda: Float64Array
  readonly at: Moments
  readonly objective: number
  readonly gradient: Float64Array
}

const evaluate = (bank: Bank, target: ArrayLike<number>, precision: number, lambda: Float64Array): Point => {
  const here = moments(bank)(lambda)
  return {
    lambda,
    at: here,
    objective: here.logPartition - dot(lambda, target) + 0.5 * precision * dot(lambda, lambda),
    gradient: here.moments.map((m, j) => m - at(target, j) + precision * at(lambda, j)),
  }
}

/** Coordinates that may move: not at the box with the gradient pointing outwards. */
const movable = (point: Point, limit: number): readonly boolean[] =>
  Array.from(point.lambda, (l, j) => {
    const outwards = -Math.sign(at(point.gradient, j))
    return !(Math.abs(l) >= limit && Math.sign(l) === outwards)
  })

const largest = (xs: Float64Array, free: readonly boolean[]): number =>
  xs.reduce((acc, x, j) => (free[j] === false ? acc : Math.max(acc, Math.abs(x))), 0)

const newtonStep = (
  point: Point,
  free: readonly boolean[],
  { maxStep, precision = 0 }: NewtonOptions,
): Float64Array => {
  const d = point.lambda.length
  const restricted = matrix(d, d, (i, j) =>
    free[i] === true && free[j] === true ? at(point.at.covariance.values, i * d + j) + (i === j ? precision : 0) : 0,
  )
  const downhill = point.gradient.map((g, j) => (free[j] === true ? -g : 0))
  const step = pseudoSolve(symmetricEigen(restricted), 1e-13)(downhill)
  const size = largest(step, free)
  return size > maxStep ? step.map((s) => (s * maxStep) / size) : step
}

const clamp = (limit: number, x: number): number => Math.max(-limit, Math.min(limit, x))

/** Backtracks from the full step until the objective does not increase; the same point when nothing helps. */
const descend = (
  bank: Bank,
  target: ArrayLike<number>,
  precision: number,
  point: Point,
  step: Float64Array,
  limit: number,
): Point => {
  const slack = 1e-14 * (1 + Math.abs(point.objective))
  for (let scale = 1; scale > 1e-9; scale /= 2) {
    const next = evaluate(
      bank,
      target,
      precision,
      point.lambda.map((l, j) => clamp(limit, l + scale * at(step, j))),
    )
    if (next.objective <= point.objective + slack) return next
  }
  return point
}

interface Run {
  readonly point: Point
  readonly iterations: number
}

const minimise = (
  bank: Bank,
  target: ArrayLike<number>,
  options: NewtonOptions,
  start: Float64Array,
  limit: number,
): Run => {
  const { precision = 0 } = options
  let point = evaluate(
    bank,
    target,
    precision,
    start.map((l) => clamp(limit, l)),
  )
  let iterations = 0
  for (; iterations < options.iterations; iterations++) {
    const free = movable(point, limit)
    if (largest(point.gradient, free) <= options.tolerance) break
    const next = descend(bank, target, precision, point, newtonStep(point, free, options), limit)
    if (next === point || momentDistance(next.lambda, point.lambda) === 0) break
    point = next
  }
  return { point, iterations }
}

const result = (run: Run, target: ArrayLike<number>, status: FitStatus): MomentFit => ({
  lambda: run.point.lambda,
  moments: run.point.at,
  momentError: momentDistance(target, run.point.at.moments),
  residual: largest(run.point.gradient, []),
  iterations: run.iterations,
  status,
})

const badTarget = (target: ArrayLike<number>, bank: Bank): Failure =>
  failure('Shape', `the target has ${target.length} moments for ${bank.rows.columns} features`, 'give finite means', {
    target: Array.from(target),
  })

/**
 * Fits λ so that `Ê_λ φ = φ̄` on a bank. The target must be finite, one mean per feature (else a `Shape` error).
 *
 * On the boundary, `|λⱼ| ≤ boundaryLimit` and the status carries the unit direction of recession. An uncertified
 * boundary means that no λ in the box matched and no face was found: too few iterations, or a target beyond the bank.
 */
export const fitMoments =
  (options: NewtonOptions = defaultNewton) =>
  (bank: Bank) =>
  (target: ArrayLike<number>): MomentFit => {
    if (target.length !== bank.rows.columns || !Array.from(target).every(Number.isFinite))
      raise(badTarget(target, bank))
    const start = Float64Array.from(options.start ?? new Float64Array(target.length))
    const obvious = extremeFeatures(bank, target).some((s) => s !== 0)
    const run = minimise(bank, target, options, start, obvious ? options.boundaryLimit : options.limit)
    const found = recession(
      bank,
      target,
      run.point.lambda,
      run.point.at.moments.map((m, j) => at(target, j) - m),
    )
    if (!found.certified && largest(run.point.gradient, []) <= Math.max(options.tolerance, 1e-9))
      return result(run, target, { kind: 'interior' })
    const boxed = obvious ? run : minimise(bank, target, options, start, options.boundaryLimit)
    return result(boxed, target, { kind: 'boundary', ...found })
  }
