/**
 * Damped Newton on the dual of moment matching, `D(λ) = log Σ_s m_s e^{⟨λ, φ_s − φ̄⟩}`, with an optional Gaussian prior
 * and an optional box, and a bound of how far the answer is from the optimum. Convex; gradient `E_λ φ − φ̄`, Hessian
 * `Cov_λ φ`. Gaps `φ − φ̄` are kept as such, so that a target of 1e-300 is matched as well as one of ½.
 */
import { at } from '../at.ts'
import { pseudoSolve, symmetricEigen } from '../eigen.ts'
import { type Matrix, matrix } from '../linear.ts'
import { dot } from '../math.ts'

/** What to minimise: gaps [points × coordinates] in the units of λ, the points' log-masses, the prior and the box. */
export interface DualProblem {
  readonly gaps: Matrix
  readonly logMasses: Float64Array
  /** τ of `½τ‖λ‖²`. */
  readonly precision: number
  /** `|λⱼ| ≤ limit`. */
  readonly limit: number
}

/**
 * When to stop: at a Newton decrement (nats, free of scale) of at most `tolerance` with λ standing still to 1e-10 (or
 * to rounding), or after `iterations` steps.
 */
export interface DualOptions {
  readonly tolerance: number
  readonly iterations: number
  /** The largest change of one λ in a step. */
  readonly maxStep: number
}

/** A point λ with its objective D (nats), the points' probabilities, `E_λ φ − φ̄`, `Cov_λ φ`, and D's gradient. */
export interface DualPoint {
  readonly lambda: Float64Array
  readonly objective: number
  readonly probabilities: Float64Array
  readonly excess: Float64Array
  readonly covariance: Float64Array
  readonly gradient: Float64Array
}

const logitsAt = ({ gaps, logMasses }: DualProblem, lambda: Float64Array): Float64Array =>
  logMasses.map((log, s) => {
    let total = log
    for (let j = 0; j < lambda.length; j++) total += at(lambda, j) * at(gaps.values, s * lambda.length + j)
    return total
  })

const covarianceOf = ({ gaps }: DualProblem, p: Float64Array, excess: Float64Array): Float64Array => {
  const d = excess.length
  const out = new Float64Array(d * d)
  const deviation = new Float64Array(d)
  p.forEach((share, s) => {
    if (share === 0) return
    for (let j = 0; j < d; j++) deviation[j] = at(gaps.values, s * d + j) - at(excess, j)
    for (let j = 0; j < d; j++)
      for (let k = 0; k <= j; k++) {
        out[j * d + k] = at(out, j * d + k) + share * at(deviation, j) * at(deviation, k)
        out[k * d + j] = at(out, j * d + k)
      }
  })
  return out
}

/** The objective and its derivatives at λ. */
export const dualAt = (problem: DualProblem, lambda: Float64Array): DualPoint => {
  const logits = logitsAt(problem, lambda)
  const high = logits.reduce((most, x) => Math.max(most, x), Number.NEGATIVE_INFINITY)
  const masses = logits.map((x) => Math.exp(x - high))
  const total = masses.reduce((acc, x) => acc + x, 0)
  const probabilities = masses.map((x) => x / total)
  const d = lambda.length
  const excess = new Float64Array(d)
  probabilities.forEach((p, s) => {
    for (let j = 0; j < d; j++) excess[j] = at(excess, j) + p * at(problem.gaps.values, s * d + j)
  })
  const { precision } = problem
  return {
    lambda,
    objective: high + Math.log(total) + 0.5 * precision * dot(lambda, lambda),
    probabilities,
    excess,
    covariance: covarianceOf(problem, probabilities, excess),
    gradient: excess.map((x, j) => x + precision * at(lambda, j)),
  }
}

/** Eigenvalues of the Hessian, scaled to a unit diagonal, below this count as zero. */
const RANK = 1e-14

/** `−H⁺·g` over the coordinates that may move, with H scaled to a unit diagonal, so that a rare feature counts too. */
const newtonStep = (problem: DualProblem, point: DualPoint): Float64Array => {
  const d = point.lambda.length
  const hessian = (i: number, j: number) => at(point.covariance, i * d + j) + (i === j ? problem.precision : 0)
  const scale = Float64Array.from({ length: d }, (_, j) => {
    const outwards = Math.abs(at(point.lambda, j)) >= problem.limit && at(point.gradient, j) * at(point.lambda, j) < 0
    return outwards || !(hessian(j, j) > 0) ? 0 : 1 / Math.sqrt(hessian(j, j))
  })
  const scaled = matrix(d, d, (i, j) => hessian(i, j) * at(scale, i) * at(scale, j))
  const downhill = point.gradient.map((g, j) => -g * at(scale, j))
  return pseudoSolve(symmetricEigen(scaled), RANK)(downhill).map((x, j) => x * at(scale, j))
}

const sizeOf = (x: Float64Array): number => x.reduce((high, v) => Math.max(high, Math.abs(v)), 0)

const shortened = (step: Float64Array, longest: number): Float64Array => {
  const size = sizeOf(step)
  return size > longest ? step.map((x) => (x * longest) / size) : step
}

const clamped = (x: number, limit: number): number => Math.max(-limit, Math.min(limit, x))

/** Halves the step until the objective does not rise and the slope has not turned steeply upwards. */
const lineSearch = (problem: DualProblem, from: DualPoint, step: Float64Array): DualPoint | undefined => {
  const slack = 1e-14 * (1 + Math.abs(from.objective))
  for (let size = 1; size > 1e-9; size /= 2) {
    const next = dualAt(
      problem,
      from.lambda.map((x, j) => clamped(x + size * at(step, j), problem.limit)),
    )
    const moved = next.lambda.map((x, j) => x - at(from.lambda, j))
    if (next.objective <= from.objective + slack && dot(moved, next.gradient) <= -0.5 * dot(moved, from.gradient))
      return next
  }
  return undefined
}

/** The end of a descent, how many steps it took, and whether the next one would change λ by less than 1e-6 of it. */
export interface Descent {
  readonly point: DualPoint
  readonly iterations: number
  readonly converged: boolean
}

/** Whether a coordinate that should move, and may, cannot: no point that differs in it has any mass left. */
const isStuck = ({ precision, limit }: DualProblem, { lambda, covariance, gradient }: DualPoint): boolean =>
  precision === 0 &&
  gradient.some(
    (g, j) => g !== 0 && !(at(covariance, j * lambda.length + j) > 0) && !(Math.abs(at(lambda, j)) >= limit),
  )

/** A rare event is matched only when λ stands still: the decrement is small however wrong λ is there. */
const finished = (decrement: number, size: number, before: number, scale: number, tolerance: number): boolean =>
  decrement <= tolerance && (size <= 1e-10 * scale || (size <= 1e-6 * scale && size > 0.5 * before))

/** Minimises from `start`. */
export const minimiseDual =
  (options: DualOptions) =>
  (problem: DualProblem, start: Float64Array): Descent => {
    let point = dualAt(
      problem,
      start.map((x) => clamped(x, problem.limit)),
    )
    let before = Number.POSITIVE_INFINITY
    for (let iterations = 0; ; iterations++) {
      const full = newtonStep(problem, point)
      const [size, scale] = [sizeOf(full), 1 + sizeOf(point.lambda)]
      const end: Descent = { point, iterations, converged: size <= 1e-6 * scale && !isStuck(problem, point) }
      const done = finished(-dot(full, point.gradient), size, before, scale, options.tolerance)
      if (done || iterations >= options.iterations) return end
      const next = lineSearch(problem, point, shortened(full, options.maxStep))
      if (next === undefined || next.lambda.every((x, j) => x === at(point.lambda, j))) return end
      before = size
      point = next
    }
  }

/** `(1 + e)·log(1 + e) − e ≥ 0`. */
const bregman = (e: number): number =>
  Math.abs(e) < 1e-4 ? (e * e) / 2 - (e * e * e) / 6 : (1 + e) * Math.log1p(e) - e

/**
 * The duality gap without prior and box: `KL(w‖p_λ)` of the weights `w_s = p_s·(1 + e_s)`, `e_s = ⟨step, φ_s − E_λ φ⟩`,
 * whose moments are exactly the target. They are positive iff every `e_s > −1`; then the target is inside the polytope
 * and `KL(p*‖p_λ) = D(λ) − min D` is at most this. +∞ when they are not.
 */
const primalGap = (problem: DualProblem, point: DualPoint): number => {
  const step = newtonStep(problem, point)
  const d = step.length
  const still = point.excess.map((x, i) => {
    let total = x
    for (let j = 0; j < d; j++) total += at(point.covariance, i * d + j) * at(step, j)
    return Math.abs(total) - 1e-9 * Math.sqrt(at(point.covariance, i * d + i))
  })
  if (still.some((x) => x > 0)) return Number.POSITIVE_INFINITY
  let gap = 0
  for (let s = 0; s < point.probabilities.length; s++) {
    let e = 0
    for (let j = 0; j < d; j++) e += at(step, j) * (at(problem.gaps.values, s * d + j) - at(point.excess, j))
    if (!(e > -1)) return Number.POSITIVE_INFINITY
    gap += at(point.probabilities, s) * bregman(e)
  }
  return gap
}

/**
 * A bound of `objective − minimum` (nats) that can be checked from the point alone: the duality gap; with a box the
 * largest decrease that the tangent allows inside it; with a prior and no box `‖g‖²/2τ` (strong convexity).
 */
export const gapOf = (problem: DualProblem, point: DualPoint): number => {
  const { precision, limit } = problem
  if (Number.isFinite(limit))
    return point.gradient.reduce((total, g, j) => total + Math.max(0, g * at(point.lambda, j) + Math.abs(g) * limit), 0)
  return precision > 0 ? dot(point.gradient, point.gradient) / (2 * precision) : primalGap(problem, point)
}
