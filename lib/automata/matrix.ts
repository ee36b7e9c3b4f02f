/** Sparse square matrices by rows, and the transition matrix of an automaton: `M_{pq} = Σ_l w(p, l, q)`. */
import { at, outside } from '../at.ts'
import { type Automaton, eachArc } from './automaton.ts'

/** A square sparse matrix: row p has entries `values[k]` in column `columns[k]`, k in [rowPointers[p], rowPointers[p+1]). */
export interface SparseMatrix {
  readonly size: number
  readonly rowPointers: Uint32Array
  readonly columns: Uint32Array
  readonly values: Float64Array
}

/** The matrix of triples (row, column, value); zeros are dropped, repeated places add up when the matrix is applied. */
export const fromTriples = (
  size: number,
  rows: ArrayLike<number>,
  columns: ArrayLike<number>,
  values: ArrayLike<number>,
): SparseMatrix => {
  const rowPointers = new Uint32Array(size + 1)
  for (let k = 0; k < rows.length; k++)
    if (values[k] !== 0)
      rowPointers[(rows[k] ?? outside(rows, k)) + 1] = at(rowPointers, (rows[k] ?? outside(rows, k)) + 1) + 1
  for (let p = 0; p < size; p++)
    rowPointers[p + 1] =
      (rowPointers[p + 1] ?? outside(rowPointers, p + 1)) + (rowPointers[p] ?? outside(rowPointers, p))
  const next = rowPointers.slice()
  const nonZero = at(rowPointers, size)
  const out = { size, rowPointers, columns: new Uint32Array(nonZero), values: new Float64Array(nonZero) }
  for (let k = 0; k < rows.length; k++) {
    if (values[k] === 0) continue
    const place = at(next, rows[k] ?? outside(rows, k))
    next[rows[k] ?? outside(rows, k)] = place + 1
    out.columns[place] = columns[k] ?? outside(columns, k)
    out.values[place] = values[k] ?? outside(values, k)
  }
  return out
}

/** `M_{pq} = Σ_l w(p, l, q)` over the arcs of non-zero weight (ε-arcs included): axes [state, state]. */
export const transitionMatrix = (a: Automaton<number>): SparseMatrix => {
  const rows = new Uint32Array(a.targets.length)
  eachArc(a, (from, _symbol, _to, _weight, arc) => {
    rows[arc] = from
  })
  return fromTriples(a.states, rows, a.targets, a.weights)
}

/** The row of each entry. */
export const rowsOf = (m: SparseMatrix): Uint32Array => {
  const out = new Uint32Array(m.columns.length)
  for (let p = 0; p < m.size; p++)
    out.fill(p, m.rowPointers[p] ?? outside(m.rowPointers, p), m.rowPointers[p + 1] ?? outside(m.rowPointers, p + 1))
  return out
}

/** `Mᵀ`. */
export const transpose = (m: SparseMatrix): SparseMatrix => fromTriples(m.size, m.columns, rowsOf(m), m.values)

/** `M·x`. */
export const multiply =
  (m: SparseMatrix) =>
  (x: ArrayLike<number>): Float64Array => {
    const out = new Float64Array(m.size)
    for (let p = 0; p < m.size; p++) {
      const end = m.rowPointers[p + 1] ?? outside(m.rowPointers, p + 1)
      let total = 0
      for (let k = m.rowPointers[p] ?? outside(m.rowPointers, p); k < end; k++) {
        const j = m.columns[k] ?? outside(m.columns, k)
        total += (m.values[k] ?? outside(m.values, k)) * (x[j] ?? outside(x, j))
      }
      out[p] = total
    }
    return out
  }

/** Keeps the rows and columns for which `keep` is non-zero; the size stays. */
export const restrictTo =
  (keep: ArrayLike<number>) =>
  (m: SparseMatrix): SparseMatrix => {
    const rows = rowsOf(m)
    const values = m.values.map((value, k) => (keep[at(rows, k)] === 0 || keep[at(m.columns, k)] === 0 ? 0 : value))
    return fromTriples(m.size, rows, m.columns, values)
  }
