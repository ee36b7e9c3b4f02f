/**
 * Which side of a cone: either `v ≥ 0` with `A·v = b`, or a Farkas vector `y` with `y·A ≤ 0` and `y·b > 0`. Phase one of
 * the simplex method with Bland's rule on a dense tableau: r rows and any number of columns, r small.
 */
import { at } from '../at.ts'

/** `v ≥ 0` with `A·v = b`; or `y` that shows that there is none. */
type Alternative =
  | { readonly kind: 'solution'; readonly v: Float64Array }
  | { readonly kind: 'farkas'; readonly y: Float64Array }

/** A tableau of `rows` × `width`: the columns of A, then one artificial column a row, then b. */
interface Tableau {
  readonly rows: number
  readonly columns: number
  readonly width: number
  readonly cells: Float64Array
  /** The column that is basic in each row. */
  readonly basis: Int32Array
  readonly signs: Float64Array
}

/** Sums below this share of their terms are rounding. */
const ROUNDING = 1e-13
const STEPS = 5000

const tableau = (rows: number, columns: number, cell: (i: number, s: number) => number, b: Float64Array): Tableau => {
  const width = columns + rows + 1
  const cells = new Float64Array(rows * width)
  const signs = b.map((x) => (x < 0 ? -1 : 1))
  for (let i = 0; i < rows; i++) {
    for (let s = 0; s < columns; s++) cells[i * width + s] = at(signs, i) * cell(i, s)
    cells[i * width + columns + i] = 1
    cells[i * width + width - 1] = Math.abs(at(b, i))
  }
  return { rows, columns, width, cells, signs, basis: Int32Array.from({ length: rows }, (_, i) => columns + i) }
}

/** The sum of column s over the rows whose basic variable is artificial, and the sum of the terms' sizes. */
const reduced = (t: Tableau, s: number): readonly [value: number, size: number] => {
  let value = 0
  let size = 0
  for (let i = 0; i < t.rows; i++) {
    if (at(t.basis, i) < t.columns) continue
    value += at(t.cells, i * t.width + s)
    size += Math.abs(at(t.cells, i * t.width + s))
  }
  return [value, size]
}

const entering = (t: Tableau): number => {
  for (let s = 0; s < t.columns; s++) {
    const [value, size] = reduced(t, s)
    if (value > ROUNDING * size) return s
  }
  return -1
}

/** The row with the least ratio b/cell; ties go to the smallest basic column (Bland), so that it cannot cycle. */
const leaving = (t: Tableau, s: number): number => {
  let best = -1
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < t.rows; i++) {
    const cell = at(t.cells, i * t.width + s)
    if (!(cell > 0)) continue
    const ratio = at(t.cells, (i + 1) * t.width - 1) / cell
    if (ratio > least || (ratio === least && at(t.basis, i) > at(t.basis, best))) continue
    best = i
    least = ratio
  }
  return best
}

const pivot = (t: Tableau, row: number, s: number): void => {
  const { width, cells } = t
  const by = at(cells, row * width + s)
  for (let k = 0; k < width; k++) cells[row * width + k] = at(cells, row * width + k) / by
  for (let i = 0; i < t.rows; i++) {
    const factor = at(cells, i * width + s)
    if (i === row || factor === 0) continue
    for (let k = 0; k < width; k++) {
      const old = at(cells, i * width + k)
      const change = factor * at(cells, row * width + k)
      const next = old - change
      cells[i * width + k] = Math.abs(next) <= ROUNDING * (Math.abs(old) + Math.abs(change)) ? 0 : next
    }
    cells[i * width + s] = 0
  }
  t.basis[row] = s
}

/** Solves `A·v = b`, `v ≥ 0` for A [rows × columns] given by its entries, or tells why not. */
export const alternative = (
  rows: number,
  columns: number,
  cell: (i: number, s: number) => number,
  b: Float64Array,
): Alternative => {
  const t = tableau(rows, columns, cell, b)
  for (let step = 0; step < STEPS; step++) {
    const s = entering(t)
    const row = s < 0 ? -1 : leaving(t, s)
    if (row < 0) break
    pivot(t, row, s)
  }
  const [short, size] = reduced(t, t.width - 1)
  if (short > 1e-9 * Math.max(size, 1))
    return { kind: 'farkas', y: t.signs.map((sign, i) => sign * reduced(t, columns + i)[0]) }
  const v = new Float64Array(columns)
  t.basis.forEach((s, i) => {
    if (s < columns) v[s] = at(t.cells, (i + 1) * t.width - 1)
  })
  return { kind: 'solution', v }
}
