/**
 * Exact expectations of batch statistics. A statistic of n independent draws from X points that does not depend on
 * their order has `E[T] = Σ multinomial(c)·T(c)` over the compositions c of n into X counts: C(n+X−1, X−1) terms. So
 * bias is computed, not sampled.
 */
import { at } from '../at.ts'
import { logFactorial } from '../math.ts'
import { checkProbabilities } from './finite.ts'

/** Visits every vector of `parts` non-negative integers that sum to n; the array passed is reused. */
export const forEachComposition = (n: number, parts: number, visit: (counts: Int32Array) => void): void => {
  const counts = new Int32Array(parts)
  const place = (position: number, left: number): void => {
    if (position === parts - 1) {
      counts[position] = left
      visit(counts)
      return
    }
    for (let c = 0; c <= left; c++) {
      counts[position] = c
      place(position + 1, left - c)
    }
  }
  place(0, n)
}

/** `log n!/(c₁!…c_X!) Π pᵢ^{cᵢ}`; `-Infinity` when a point of probability 0 occurs. */
export const logMultinomial = (counts: ArrayLike<number>, probabilities: ArrayLike<number>): number => {
  let n = 0
  let value = 0
  for (let i = 0; i < counts.length; i++) {
    const c = at(counts, i)
    n += c
    value += c === 0 ? 0 : c * Math.log(at(probabilities, i)) - logFactorial(c)
  }
  return value + logFactorial(n)
}

/**
 * `E[T]` over n independent draws: `statistic` takes the counts of the points. Cost C(n+X−1, X−1) evaluations: 12 341 for
 * X = 4, n = 40.
 *
 * @example
 * expectation([0.5, 0.5], 2, (c) => c[0] ?? 0) // 1
 */
export const expectation = (
  probabilities: ArrayLike<number>,
  n: number,
  statistic: (counts: Int32Array) => number,
): number => {
  checkProbabilities('the probability', probabilities)
  let total = 0
  forEachComposition(n, probabilities.length, (counts) => {
    const weight = Math.exp(logMultinomial(counts, probabilities))
    if (weight > 0) total += weight * statistic(counts)
  })
  return total
}
