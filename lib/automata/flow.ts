/**
 * Refinement of `(I − B)·x = b`, or of its transpose, for one large block of rows that sum to 1 with what leaves them: near
 * ρ(B) = 1 the residual of a rounded x is far below the rounding of its own terms, so it is added up in two words, from what leaves and
 * what flows between the states, and no digit of `1 − ρ` is lost.
 */
import { at } from '../at.ts'
import type { Swept } from './krylov.ts'
import type { SparseMatrix } from './matrix.ts'

const SPLIT = 2 ** 27 + 1

/** What `x·y` lost by rounding to `product` (Dekker 1971); 0 for factors above 1e300. */
const lostOf = (x: number, y: number, product: number): number => {
  const [a, b] = [SPLIT * x, SPLIT * y]
  const [high, top] = [a - (a - x), b - (b - y)]
  const [low, rest] = [x - high, y - top]
  const lost = low * rest - (product - high * top - low * top - high * rest)
  return Number.isFinite(lost) ? lost : 0
}

/** Sums of products in two words, one for each state: `add` adds `sign·x·y` to sum i. */
const sumsFrom = (start: Float64Array) => {
  const [high, low] = [start.slice(), new Float64Array(start.length)]
  const add = (i: number, sign: 1 | -1, x: number, y: number): void => {
    const product = x * y
    const [before, term] = [at(high, i), sign * product]
    const sum = before + term
    const kept = sum - before
    low[i] = at(low, i) + (before - (sum - kept) + (term - kept)) + sign * lostOf(x, y, product)
    high[i] = sum
  }
  return { add, values: () => high.map((x, i) => x + at(low, i)) }
}

/** `b − A·x`: of `A = I − B` row i is `leavingᵢ·xᵢ + Σⱼ Bᵢⱼ(xᵢ − xⱼ)`; transposed, what enters i is taken from where it comes. */
const residualOf = (
  block: SparseMatrix,
  leaving: Float64Array,
  transposed: boolean,
  x: Float64Array,
  b: Float64Array,
): Float64Array => {
  const sums = sumsFrom(b)
  for (let i = 0; i < block.size; i++) {
    sums.add(i, -1, at(leaving, i), at(x, i))
    for (let k = at(block.rowPointers, i); k < at(block.rowPointers, i + 1); k++) {
      const [j, weight] = [at(block.columns, k), at(block.values, k)]
      if (i === j) continue
      sums.add(i, 1, weight, at(x, j))
      if (transposed) sums.add(j, -1, weight, at(x, j))
      else sums.add(i, -1, weight, at(x, i))
    }
  }
  return sums.values()
}

const largest = (xs: Float64Array): number => xs.reduce((most, x) => Math.max(most, Math.abs(x)), 0)

/** Corrections at most; each gains the digits that one solve has. */
const CORRECTIONS = 6

/** Refines the solutions of `solve` until the residual is that of rounding b, or a correction no longer changes x. */
export const refined =
  (block: SparseMatrix, leaving: Float64Array, transposed: boolean, solve: (b: Float64Array) => Swept) =>
  (b: Float64Array): Swept => {
    let { values, sweeps } = solve(b)
    let before = Number.POSITIVE_INFINITY
    for (let i = 0; i < CORRECTIONS; i++) {
      const residual = residualOf(block, leaving, transposed, values, b)
      if (!(largest(residual) > 64 * Number.EPSILON * largest(b))) break
      const step = solve(residual)
      const size = largest(step.values)
      if (!(size < before / 2)) break
      values = values.map((x, p) => x + at(step.values, p))
      sweeps += step.sweeps
      before = size
      if (size <= Number.EPSILON * largest(values)) break
    }
    return { values, sweeps }
  }
