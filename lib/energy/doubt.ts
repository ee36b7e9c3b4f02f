/**
 * When not to believe an estimate. Every estimate of this folder goes through `doubtsOf`, in which each check must hold to
 * pass: a NaN passes none.
 */

/**
 * Why an estimate should not be believed: too few draws, too few effective draws, too small a share of them, a heavy tail,
 * a spread that is zero though nothing says that it must be, or a number that is not finite.
 */
export type Doubt =
  | 'few draws'
  | 'few effective draws'
  | 'low effective share'
  | 'heavy tail'
  | 'no variation'
  | 'not finite'

/** From when on to doubt. */
export interface Thresholds {
  readonly draws: number
  readonly effectiveDraws: number
  readonly effectiveShare: number
  readonly paretoK: number
}

/**
 * At least 25 draws, 25 of them effective, 1 % effective, and `k̂ ≤ min(0.7, 1 − 1/log₁₀ n)` (Vehtari et al. 2024). With
 * these, an interval at n = 1000 is unflagged and wrong at most 7 % of the time for light to heavy tails. No flag can
 * see a region of large weight that no draw has hit.
 *
 * @example
 * defaultThresholds.paretoK // => 0.7
 */
export const defaultThresholds: Thresholds = { draws: 25, effectiveDraws: 25, effectiveShare: 0.01, paretoK: 0.7 }

/** What doubts are raised from: `paretoK` where a tail was looked at, `numbers` that must be finite. */
interface DoubtFacts {
  readonly n: number
  readonly effectiveSampleSize: number
  readonly paretoK?: number
  readonly numbers?: readonly number[]
}

/** The doubts about n draws with this effective sample size and tail index. */
export const doubtsOf = (
  thresholds: Thresholds,
  { n, effectiveSampleSize, paretoK = Number.NEGATIVE_INFINITY, numbers = [] }: DoubtFacts,
): readonly Doubt[] => {
  const checks: readonly (readonly [boolean, Doubt])[] = [
    [n >= thresholds.draws, 'few draws'],
    [effectiveSampleSize >= thresholds.effectiveDraws, 'few effective draws'],
    [effectiveSampleSize / n >= thresholds.effectiveShare, 'low effective share'],
    [paretoK <= Math.min(thresholds.paretoK, 1 - 1 / Math.log10(n)), 'heavy tail'],
    [numbers.every(Number.isFinite), 'not finite'],
  ]
  return checks.flatMap(([passed, doubt]) => (passed ? [] : [doubt]))
}
