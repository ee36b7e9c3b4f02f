/**
 * Where a target lies in the moment polytope, the convex hull of the feature rows: inside (in its relative interior),
 * on a face, or outside. On a face no finite λ matches it, and the likelihood grows for ever along a direction d on which
 * every point satisfies `⟨d, φ⟩ ≤ ⟨d, φ̄⟩` (G6); outside every point is strictly behind it. Both are found by linear
 * programming and then checked point by point.
 */
import { at } from '../at.ts'
import { type Matrix } from '../linear.ts'
import { alternative } from './simplex.ts'
import type { Standard } from './standard.ts'

/**
 * `boundary`: no point is beyond the target in `direction` (length 1, in the features as given) and some are behind it.
 * `margin` is how far all of them are behind, in units of the features' ranges: 0 on a face, positive when the target
 * is outside and the direction separates it from every point. `certified`: checked against every point.
 */
export type Place =
  | { readonly kind: 'interior' }
  | {
      readonly kind: 'boundary'
      readonly direction: Float64Array
      readonly margin: number
      readonly certified: boolean
    }

/** Sums below this share of their terms are rounding. */
const ROUNDING = 1e-11

/** The largest and the least of `⟨d, gap⟩` over the points; sums of rounding alone count as 0. */
const extremes = (gaps: Matrix, d: Float64Array): readonly [high: number, low: number] => {
  let high = Number.NEGATIVE_INFINITY
  let low = Number.POSITIVE_INFINITY
  for (let s = 0; s < gaps.rows; s++) {
    let value = 0
    let size = 0
    for (let j = 0; j < d.length; j++) {
      const term = at(d, j) * at(gaps.values, s * d.length + j)
      value += term
      size += Math.abs(term)
    }
    if (Math.abs(value) <= ROUNDING * size) value = 0
    high = Math.max(high, value)
    low = Math.min(low, value)
  }
  return [high, low]
}

const lengthOf = (d: Float64Array): number => Math.sqrt(d.reduce((total, x) => total + x * x, 0))

const unit = (d: Float64Array): Float64Array => {
  const length = lengthOf(d)
  return length > 0 ? d.map((x) => x / length) : d
}

/** The place that a direction in standard units shows, if it supports the polytope at the target. */
const shown = ({ gaps, scales }: Standard, d: Float64Array): Place | undefined => {
  const [high, low] = extremes(gaps, d)
  if (!(high <= 0 && low < 0)) return undefined
  const direction = unit(d.map((x, j) => (x === 0 ? 0 : x / at(scales, j))))
  return { kind: 'boundary', direction, margin: Math.max(0, -high / lengthOf(d)), certified: true }
}

/** The single features whose target is at, or beyond, an extreme: `±e_j` added up. */
const axes = ({ gaps }: Standard): Float64Array =>
  Float64Array.from({ length: gaps.columns }, (_, j) => {
    const [high, low] = extremes(
      gaps,
      Float64Array.from({ length: gaps.columns }, (__, k) => (k === j ? 1 : 0)),
    )
    return low < 0 && high <= 0 ? 1 : high > 0 && low >= 0 ? -1 : 0
  })

/** A dependent feature whose target contradicts the others: constant, and not 0, on all points. */
const contradictions = ({ dependent, chosen, gaps }: Standard): readonly Float64Array[] =>
  dependent
    .filter(({ departure }) => departure !== 0)
    .map(({ column, coefficients, departure }) => {
      const d = new Float64Array(gaps.columns)
      d[column] = Math.sign(departure)
      chosen.slice(0, coefficients.length).forEach((k, i) => {
        d[k] = -Math.sign(departure) * at(coefficients, i)
      })
      return d
    })

/** The gaps of the independent features, each point scaled to a largest entry of 1: only signs matter to a cone. */
const raysOf = ({ gaps, chosen }: Standard) => {
  const rays = new Float64Array(gaps.rows * chosen.length)
  for (let s = 0; s < gaps.rows; s++) {
    const size = chosen.reduce((high, j) => Math.max(high, Math.abs(at(gaps.values, s * gaps.columns + j))), 0)
    chosen.forEach((j, i) => {
      rays[s * chosen.length + i] = size === 0 ? 0 : at(gaps.values, s * gaps.columns + j) / size
    })
  }
  return (i: number, s: number): number => at(rays, s * chosen.length + i)
}

/** Farkas vectors: one that separates the target strictly if there is one, else one that supports it. */
const farkas = (standard: Standard): readonly Float64Array[] => {
  const { gaps, chosen } = standard
  const ray = raysOf(standard)
  const r = chosen.length
  const level = Float64Array.from({ length: r + 1 }, (_, i) => (i === r ? 1 : 0))
  const outside = alternative(r + 1, gaps.rows, (i, s) => (i === r ? 1 : ray(i, s)), level)
  const sums = Float64Array.from({ length: r }, (_, i) => {
    let total = 0
    for (let s = 0; s < gaps.rows; s++) total -= ray(i, s)
    return total
  })
  const face = outside.kind === 'farkas' ? outside : alternative(r, gaps.rows, ray, sums)
  if (face.kind === 'solution') return []
  const d = new Float64Array(gaps.columns)
  chosen.forEach((j, i) => {
    d[j] = at(face.y, i)
  })
  const high = d.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
  return [d, d.map((x) => (Math.abs(x) < 1e-12 * high ? 0 : x))]
}

/** Where the target of a standardised problem lies. An uncertified boundary means that rounding hides the answer. */
export const placeOf = (standard: Standard): Place => {
  const simple = [axes(standard), ...contradictions(standard)]
  for (const d of simple) {
    const place = shown(standard, d)
    if (place !== undefined) return place
  }
  if (standard.chosen.length === 0) return { kind: 'interior' }
  const found = farkas(standard)
  for (const d of found) {
    const place = shown(standard, d)
    if (place !== undefined) return place
  }
  const [first] = found
  return first === undefined
    ? { kind: 'interior' }
    : {
        kind: 'boundary',
        direction: unit(first.map((x, j) => x / at(standard.scales, j))),
        margin: 0,
        certified: false,
      }
}
