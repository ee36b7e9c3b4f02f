/**
 * Features in a form that does not depend on their scale, place or order: differences to the target, divided by the
 * range of each feature, with the constant features and those that depend linearly on others found first.
 */
import { type Matrix, matrix } from '../linear.ts'
import { at } from '../at.ts'

/** Feature rows φ [points × features] that occur, and the mean that is wanted of each feature. */
export interface MomentProblem {
  readonly rows: Matrix
  /** `log` of each point's base mass [points]; −∞ for a point that the base never gives. */
  readonly logMasses: Float64Array
  readonly target: Float64Array
}

/**
 * A feature that is an affine function of `chosen` ones: its coefficients, and by how much the target departs from it. Not
 * `exact` is one whose distance from the function is more than rounding, but too little to be told from it.
 */
interface Dependent {
  readonly column: number
  readonly exact: boolean
  readonly coefficients: Float64Array
  readonly departure: number
}

/** The features split into a maximal independent set and the rest, in units of their ranges. */
export interface Standard {
  /** `(φ − φ̄)/range` [points × features]; a constant feature is 0, or its sign when the target is another value. */
  readonly gaps: Matrix
  /** What a feature is divided by [features]; the distance to the target for constant features, or 1. */
  readonly scales: Float64Array
  readonly constant: readonly number[]
  readonly chosen: readonly number[]
  readonly dependent: readonly Dependent[]
  /** Features that rounding does not tell from constant ones, or from functions of others: not the same number everywhere, not `exact`. */
  readonly unresolved: readonly number[]
}

const EPSILON = Number.EPSILON

/** `φ − φ̄`, where a difference of rounding alone counts as none. */
const difference = (x: number, t: number): number =>
  Math.abs(x - t) <= 4 * EPSILON * Math.max(Math.abs(x), Math.abs(t)) ? 0 : x - t

interface Column {
  readonly values: Float64Array
  readonly low: number
  readonly high: number
  readonly size: number
}

const columnOf = (rows: Matrix, j: number): Column => {
  const values = Float64Array.from({ length: rows.rows }, (_, s) => at(rows.values, s * rows.columns + j))
  const low = values.reduce((a, x) => Math.min(a, x), Number.POSITIVE_INFINITY)
  const high = values.reduce((a, x) => Math.max(a, x), Number.NEGATIVE_INFINITY)
  return { values, low, high, size: Math.max(Math.abs(low), Math.abs(high)) }
}

const isConstant = ({ low, high, size }: Column): boolean => high - low <= 8 * EPSILON * size

/** The relative distance of the target from the nearest extreme; targets on an extreme come last. */
const edge = ({ low, high }: Column, t: number): number => {
  const distance = Math.min(difference(t, low), difference(high, t)) / (high - low)
  return distance > 0 ? distance : Number.POSITIVE_INFINITY
}

interface Basis {
  readonly vectors: Float64Array[]
  /** Row k: the coordinates of the k-th chosen feature in `vectors`. */
  readonly coordinates: Float64Array[]
}

const inner = (x: Float64Array, y: Float64Array): number => x.reduce((total, v, i) => total + v * at(y, i), 0)

/** The coordinates of x in the basis (two passes of Gram–Schmidt), and what is left of it. */
const project = (basis: Basis, x: Float64Array) => {
  const left = Float64Array.from(x)
  const coordinates = new Float64Array(basis.vectors.length)
  for (let pass = 0; pass < 2; pass++)
    basis.vectors.forEach((q, k) => {
      const share = inner(q, left)
      coordinates[k] = at(coordinates, k) + share
      for (let i = 0; i < left.length; i++) left[i] = at(left, i) - share * at(q, i)
    })
  return { left, coordinates, size: Math.sqrt(inner(left, left)) }
}

/** The coefficients of the chosen features for coordinates in the basis: back substitution. */
const coefficientsOf = (basis: Basis, coordinates: Float64Array): Float64Array => {
  const out = Float64Array.from(coordinates)
  for (let k = out.length - 1; k >= 0; k--) {
    const own = basis.coordinates[k]
    if (own === undefined) continue
    out[k] = at(out, k) / at(own, k)
    for (let i = 0; i < k; i++) out[i] = at(out, i) - at(out, k) * at(own, i)
  }
  return out
}

/** Below this share of its length, what is left of a feature after projection is rounding. */
const DEPENDENT = 1e-9
/** Below this share it is rounding of the features themselves. */
const EXACT = 1e-13

/** Puts a moment problem into standard form. */
export const standardise = ({ rows, target }: MomentProblem): Standard => {
  const columns = Array.from(target, (_, j) => columnOf(rows, j))
  const constant = columns.flatMap((column, j) => (isConstant(column) ? [j] : []))
  const scales = Float64Array.from(columns, (column, j) => {
    if (!isConstant(column)) return column.high - column.low
    const away = Math.abs(at(target, j) - column.low)
    return away > 1e-10 * Math.max(column.size, Math.abs(at(target, j))) ? away : 1
  })
  const gaps = matrix(rows.rows, rows.columns, (s, j) => {
    const value = at(rows.values, s * rows.columns + j)
    const gap = difference(value, at(target, j)) / at(scales, j)
    return constant.includes(j) ? (at(scales, j) === 1 && Math.abs(gap) < 1e-9 ? 0 : Math.sign(gap)) : gap
  })
  const { chosen, dependent } = split(columns, target, scales, constant)
  const moving = constant.filter((j) => at(columns, j).low !== at(columns, j).high)
  const near = dependent.flatMap(({ column, exact }) => (exact ? [] : [column]))
  return { gaps, scales, constant, chosen, dependent, unresolved: [...moving, ...near].sort((a, b) => a - b) }
}

const split = (
  columns: readonly Column[],
  target: Float64Array,
  scales: Float64Array,
  constant: readonly number[],
): Pick<Standard, 'chosen' | 'dependent'> => {
  const varying = columns.flatMap((column, j) =>
    constant.includes(j) ? [] : [{ column, j, edge: edge(column, at(target, j)) }],
  )
  // A target near an extreme keeps its digits only in a feature that is small there, so those are chosen first.
  const order = varying.sort((a, b) => a.edge - b.edge || a.j - b.j)
  const basis: Basis = { vectors: [], coordinates: [] }
  const chosen: number[] = []
  const dependent: Dependent[] = []
  const place = (j: number): number => difference(at(target, j), at(at(columns, j).values, 0)) / at(scales, j)
  for (const { column, j } of order) {
    const first = at(column.values, 0)
    const x = column.values.map((v) => (v - first) / at(scales, j))
    const noise = (64 * EPSILON * column.size) / at(scales, j)
    const length = Math.sqrt(inner(x, x))
    const { left, coordinates, size } = project(basis, x)
    const exact = size <= (EXACT * Math.sqrt(x.length) + noise) * length
    if (size > (DEPENDENT + noise) * length) {
      basis.vectors.push(left.map((v) => v / size))
      basis.coordinates.push(Float64Array.of(...coordinates, size))
      chosen.push(j)
      continue
    }
    const coefficients = coefficientsOf(basis, coordinates)
    const terms = chosen.map((k, i) => at(coefficients, i) * place(k))
    const departure = terms.reduce((total, term) => total - term, place(j))
    const rounding = (DEPENDENT + noise) * terms.reduce((total, term) => total + Math.abs(term), 1)
    dependent.push({ column: j, exact, coefficients, departure: Math.abs(departure) <= rounding ? 0 : departure })
  }
  return { chosen, dependent }
}
