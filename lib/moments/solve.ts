/**
 * Moment matching on finitely many points: where the target lies, the λ that matches it (or, on the boundary, the best
 * one in a box), and a certificate. One mechanism for banks of samples and for exact families of automata.
 *
 * Laws: scaling feature j by c divides λⱼ by c, shifting a feature or permuting features changes nothing else, and
 * features that are constant or depend on others change λ but not p_λ.
 */
import { pseudoSolve, symmetricEigen } from '../eigen.ts'
import { type Failure, failure } from '../errors.ts'
import { type Matrix, matrix } from '../linear.ts'
import { at } from '../at.ts'
import { type Descent, type DualOptions, type DualProblem, dualAt, gapOf, minimiseDual } from './newton.ts'
import { type Place, placeOf } from './polytope.ts'
import { tailStart } from './start.ts'
import { type MomentProblem, type Standard, standardise } from './standard.ts'

/** How to solve: see `NewtonOptions` of `energy`, which documents each. */
export interface SolveOptions extends DualOptions {
  readonly start?: ArrayLike<number>
  readonly boundaryLimit: number
  readonly precision: number
  readonly units: 'range' | 'given'
}

/** The solution: λ [features], the place of the target, `gap` (nats, see `gapOf`), and `E_λ φ − φ̄` [features]. */
export interface MomentSolution {
  readonly lambda: Float64Array
  readonly place: Place
  readonly gap: number
  readonly excess: Float64Array
  readonly iterations: number
  /** Whether one more Newton step would change λ by less than 1e-6 of it. */
  readonly converged: boolean
  /** Features that are constant, or depend on others, but for so little that rounding hides it: λ is solved without them. */
  readonly unresolved: readonly number[]
}

/** The columns of the gaps that take part, in other units. */
const columnsOf = (gaps: Matrix, columns: readonly number[], factor: (j: number) => number): Matrix =>
  matrix(gaps.rows, columns.length, (s, i) => {
    const j = at(columns, i)
    return at(gaps.values, s * gaps.columns + j) * factor(j)
  })

/**
 * Of all λ that give the same p_λ as `lambda` on the chosen features, the one of least norm in units of the ranges: it
 * shares the weight between features that say the same.
 */
const leastNorm = ({ chosen, dependent, scales }: Standard, lambda: Float64Array): Float64Array => {
  const d = scales.length
  const r = chosen.length
  const rows = new Float64Array(d * r)
  chosen.forEach((j, i) => {
    rows[j * r + i] = 1
  })
  for (const { column, coefficients } of dependent)
    coefficients.forEach((c, i) => {
      rows[column * r + i] = c
    })
  const gram = matrix(r, r, (i, k) => {
    let total = 0
    for (let j = 0; j < d; j++) total += at(rows, j * r + i) * at(rows, j * r + k)
    return total
  })
  const multipliers = dependent.length === 0 ? lambda : pseudoSolve(symmetricEigen(gram), 1e-14)(lambda)
  return Float64Array.from({ length: d }, (_, j) => {
    let total = 0
    for (let i = 0; i < r; i++) total += at(rows, j * r + i) * at(multipliers, i)
    return total / at(scales, j)
  })
}

/** An inner target without prior: the independent features alone, in units of their ranges, without a box. */
const inside = (
  problem: MomentProblem,
  standard: Standard,
  options: SolveOptions,
): Omit<MomentSolution, 'place' | 'unresolved'> => {
  const { chosen, scales, gaps } = standard
  const dual: DualProblem = {
    gaps: columnsOf(gaps, chosen, () => 1),
    logMasses: problem.logMasses,
    precision: 0,
    limit: Number.POSITIVE_INFINITY,
  }
  const { start } = options
  const { lambda, steps } =
    start === undefined
      ? tailStart(dual)
      : { lambda: Float64Array.from(chosen, (j) => at(start, j) * at(scales, j)), steps: 0 }
  const run = minimiseDual({ ...options, iterations: Math.max(0, options.iterations - steps) })(dual, lambda)
  const whole = { ...run, iterations: run.iterations + steps }
  const end = endOf(problem, standard, dual, whole, leastNorm(standard, run.point.lambda))
  // What a nearly constant or dependent feature would still change is not known.
  return standard.unresolved.length === 0 ? end : { ...end, gap: Number.POSITIVE_INFINITY, converged: false }
}

/** `E_λ φ − φ̄` in the features as given; of constant features the difference itself, however small. */
const excessAt = (
  { logMasses, rows, target }: MomentProblem,
  { gaps, scales, constant }: Standard,
  lambda: Float64Array,
): Float64Array =>
  dualAt(
    { gaps, logMasses, precision: 0, limit: Number.POSITIVE_INFINITY },
    lambda.map((x, j) => x * at(scales, j)),
  ).excess.map((x, j) => (constant.includes(j) ? at(rows.values, j) - at(target, j) : x * at(scales, j)))

const endOf = (
  problem: MomentProblem,
  standard: Standard,
  dual: DualProblem,
  { point, iterations, converged }: Descent,
  lambda: Float64Array,
): Omit<MomentSolution, 'place' | 'unresolved'> => ({
  lambda,
  gap: gapOf(dual, point),
  excess: excessAt(problem, standard, lambda),
  iterations,
  converged,
})

/** A target on the boundary, or a prior: all features, λ in a box on the boundary, in the units that the options name. */
const boxed = (
  problem: MomentProblem,
  standard: Standard,
  options: SolveOptions,
  limit: number,
): Omit<MomentSolution, 'place' | 'unresolved'> => {
  const { scales, gaps } = standard
  const units = scales.map((scale) => (options.units === 'given' ? 1 : scale))
  const dual: DualProblem = {
    gaps: columnsOf(
      gaps,
      Array.from(scales, (_, j) => j),
      (j) => at(scales, j) / at(units, j),
    ),
    logMasses: problem.logMasses,
    precision: options.precision,
    limit,
  }
  const start = units.map((unit, j) => (options.start === undefined ? 0 : at(options.start, j) * unit))
  const run = minimiseDual(options)(dual, start)
  const lambda = run.point.lambda.map((x, j) => x / at(units, j))
  return endOf(problem, standard, dual, run, lambda)
}

/** The points of positive mass. */
const possible = ({ rows, logMasses, target }: MomentProblem): MomentProblem => {
  const kept = Array.from(logMasses, (log, s) => ({ log, s })).filter(({ log }) => log > Number.NEGATIVE_INFINITY)
  return kept.length === logMasses.length
    ? { rows, logMasses, target }
    : {
        rows: matrix(kept.length, rows.columns, (i, j) => at(rows.values, at(kept, i).s * rows.columns + j)),
        logMasses: Float64Array.from(kept, ({ log }) => log),
        target,
      }
}

/** Ranges in which λ and differences are finite numbers. */
const [LEAST, MOST] = [1e-290, 1e300]

const badRange = (rows: Matrix): Failure | undefined => {
  for (let j = 0; j < rows.columns; j++) {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    for (let s = 0; s < rows.rows; s++) {
      const x = at(rows.values, s * rows.columns + j)
      low = Math.min(low, x)
      high = Math.max(high, x)
    }
    const range = high - low
    if (range > MOST || (range > 0 && range < LEAST))
      return failure('Domain', `feature ${j} runs from ${low} to ${high}`, 'scale it to a range near 1', { feature: j })
  }
  return undefined
}

/** The failure of points that cannot be used: none of positive mass, or features that are not finite. */
export const badPoints = ({ rows, logMasses }: MomentProblem): Failure | undefined => {
  if (logMasses.some((log) => Number.isNaN(log) || log === Number.POSITIVE_INFINITY))
    return failure('NonFinite', 'a point has a log-mass that is not a number below +∞', 'give finite log-weights')
  if (logMasses.every((log) => log === Number.NEGATIVE_INFINITY))
    return failure('Support', 'no point has a positive mass', 'give the base at least one point')
  const k = rows.values.findIndex((x) => !Number.isFinite(x))
  return k < 0
    ? badRange(rows)
    : failure(
        'NonFinite',
        `feature ${k % rows.columns} of row ${Math.floor(k / rows.columns)} is ${at(rows.values, k)}`,
        'give finite features',
        { row: Math.floor(k / rows.columns), feature: k % rows.columns },
      )
}

/** Solves a moment problem whose points and target are finite (see `badPoints`). */
export const solveMoments =
  (options: SolveOptions) =>
  (given: MomentProblem): MomentSolution => {
    const problem = possible(given)
    const standard = standardise(problem)
    const place = placeOf(standard)
    const { unresolved } = standard
    if (place.kind === 'interior' && options.precision === 0)
      return { ...inside(problem, standard, options), place, unresolved }
    const limit = place.kind === 'interior' ? Number.POSITIVE_INFINITY : options.boundaryLimit
    return { ...boxed(problem, standard, options, limit), place, unresolved }
  }
