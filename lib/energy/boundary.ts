/**
 * Is the target moment on the boundary of the moment polytope? There no finite λ matches it: the likelihood increases
 * for ever along some direction d, on which every draw satisfies `⟨d, φ⟩ ≤ ⟨d, φ̄⟩` (G6). Pure-motif data are there.
 */
import { at } from '../at.ts'
import { symmetricEigen, spectral } from '../eigen.ts'
import { dot } from '../math.ts'
import { row } from '../linear.ts'
import { type Bank, moments } from './bank.ts'

/** Largest allowed violation of the supporting half-space, for a direction of length 1. */
const TOLERANCE = 1e-9

/** A direction of recession: moving λ along it never lowers the likelihood. `certified`: checked against every draw. */
export interface Recession {
  readonly direction: Float64Array
  readonly certified: boolean
}

const unitVector = (d: Float64Array): Float64Array => {
  const length = Math.sqrt(dot(d, d))
  return length > 0 ? d.map((x) => x / length) : d
}

/** Whether no draw lies beyond the target in this direction, and some draw lies strictly behind it. */
export const supports = (bank: Bank, target: ArrayLike<number>, direction: Float64Array): boolean => {
  const level = dot(direction, target)
  let low = 0
  for (let i = 0; i < bank.rows.rows; i++) {
    const gap = dot(direction, row(bank.rows, i)) - level
    if (gap > TOLERANCE) return false
    low = Math.min(low, gap)
  }
  return low < -TOLERANCE
}

/** The single features whose target is at, or beyond, an extreme of the bank: `±e_j`, in order, signs only. */
export const extremeFeatures = (bank: Bank, target: ArrayLike<number>): Float64Array =>
  Float64Array.from(target, (t, j) => {
    const axis = Float64Array.from(target, (_, k) => (k === j ? 1 : 0))
    if (Math.abs(t) < Number.POSITIVE_INFINITY && supports(bank, target, axis)) return 1
    return supports(
      bank,
      target,
      axis.map((x) => 0 - x),
    )
      ? -1
      : 0
  })

/**
 * The recession direction that a diverging λ reveals: the part of λ along which p_λ no longer varies but the base does
 * (zero eigenvalues of Cov_λ that are not zero eigenvalues of Cov_0).
 */
const divergingPart = (bank: Bank, lambda: Float64Array): Float64Array => {
  const zero = new Float64Array(lambda.length)
  const keep = (limit: number) => (value: number) => (value > limit ? 1 : 0)
  const base = symmetricEigen(moments(bank)(zero).covariance)
  const here = symmetricEigen(moments(bank)(lambda).covariance)
  const scale = base.values.reduce((acc, x) => Math.max(acc, x), 0)
  const seen = spectral(base, keep(1e-12 * scale))(lambda)
  const tangent = spectral(here, keep(1e-7 * scale))(seen)
  return seen.map((x, i) => x - at(tangent, i))
}

/**
 * The recession direction of a target on the boundary: the first candidate that is certified against every draw (single
 * features, the diverging part of λ, the downhill direction), or else the downhill direction, uncertified.
 */
export const recession = (
  bank: Bank,
  target: ArrayLike<number>,
  lambda: Float64Array,
  downhill: Float64Array,
): Recession => {
  const candidates = [extremeFeatures(bank, target), divergingPart(bank, lambda), downhill].map(unitVector)
  const found = candidates.find((d) => supports(bank, target, d))
  return { direction: found ?? unitVector(downhill), certified: found !== undefined }
}
