/**
 * Where to begin when a mean is wanted near an end of its feature's range. There `log((E φ − low)/(high − E φ))` is nearly
 * linear in λ, exactly so for a feature with two values, while a Newton step on `E φ` itself moves λ by about 1: a target
 * of 1e-300 would take hundreds.
 */
import { at } from '../at.ts'
import { type DualPoint, type DualProblem, dualAt } from './newton.ts'

/** Targets closer to an end than this, of the range, count as near it. */
const NEAR = 0.01
/** A variance below this, of the range squared: points that differ have next to no mass, and steps on `E φ` lead nowhere. */
const FLAT = 1e-30
/** How close the logit is brought, and in how many steps at most. */
const [CLOSE, STEPS] = [0.1, 40]

/** The ends of a coordinate's gaps: negative and positive for a target inside. */
const endsOf = ({ gaps }: DualProblem, j: number): readonly [low: number, high: number] => {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let s = 0; s < gaps.rows; s++) {
    const gap = at(gaps.values, s * gaps.columns + j)
    low = Math.min(low, gap)
    high = Math.max(high, gap)
  }
  return [low, high]
}

/** The next λⱼ: a Newton step on the logit, inside what is known to enclose the solution. */
const nextOf = (from: number, step: number, [below, above]: readonly [number, number]): number => {
  const next = from + step
  if (next > below && next < above) return next
  if (Number.isFinite(below) && Number.isFinite(above)) return (below + above) / 2
  return Number.isFinite(below) ? 2 * Math.abs(below) + 1 : -2 * Math.abs(above) - 1
}

interface Found {
  readonly point: DualPoint
  readonly steps: number
}

/** Moves λⱼ until the logit of its mean is close to the target's, the others as they are. */
const alongOne = (problem: DualProblem, from: DualPoint, j: number): Found => {
  const [low, high] = endsOf(problem, j)
  const wanted = Math.log(-low) - Math.log(high)
  const d = from.lambda.length
  let point = from
  let enclosed: readonly [number, number] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (let steps = 0; ; steps++) {
    const [above, below] = [at(point.excess, j) - low, high - at(point.excess, j)]
    const miss = Math.log(above) - Math.log(below) - wanted
    if (Math.abs(miss) < CLOSE || steps >= STEPS) return { point, steps }
    const here = at(point.lambda, j)
    enclosed = miss > 0 ? [enclosed[0], here] : [here, enclosed[1]]
    const slope = at(point.covariance, j * d + j) * (1 / above + 1 / below)
    const next = nextOf(here, -miss / slope, enclosed)
    point = dualAt(
      problem,
      point.lambda.map((x, i) => (i === j ? next : x)),
    )
  }
}

/** A start from 0, or from where the means of the features with targets near an end are right, if that is better. */
export const tailStart = (problem: DualProblem): { readonly lambda: Float64Array; readonly steps: number } => {
  const zero = dualAt(problem, new Float64Array(problem.gaps.columns))
  let found: Found = { point: zero, steps: 0 }
  for (let j = 0; j < problem.gaps.columns; j++) {
    const [low, high] = endsOf(problem, j)
    const flat = at(found.point.covariance, j * problem.gaps.columns + j) < FLAT
    if (!flat && Math.min(-low, high) >= NEAR * (high - low)) continue
    const moved = alongOne(problem, found.point, j)
    const better = moved.point.objective < found.point.objective
    found = { point: better ? moved.point : found.point, steps: found.steps + moved.steps }
  }
  return { lambda: found.point.lambda, steps: found.steps }
}
