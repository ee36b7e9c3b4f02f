/**
 * Small dense linear algebra in f64: row-major matrices, Cholesky, LU with partial pivoting, and the eigenvalues of a
 * symmetric matrix by Jacobi rotations. For Newton steps and automata of moderate size, not for large problems.
 */
import * as E from 'fp-ts/lib/Either.js'
import { at, orElse, outside } from './at.ts'
import { type Failure, failure } from './errors.ts'

/** A row-major matrix: entry (i, j) is `values[i·columns + j]`. */
export interface Matrix {
  readonly rows: number
  readonly columns: number
  readonly values: Float64Array
}

/** The matrix whose entry (i, j) is `entry(i, j)`. */
export const matrix = (rows: number, columns: number, entry: (i: number, j: number) => number): Matrix => {
  const values = new Float64Array(rows * columns)
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) values[i * columns + j] = entry(i, j)
  return { rows, columns, values }
}

/** The matrix with these rows; every row must have `columns` entries (default: the first row's length). */
export const fromRows = (rows: readonly ArrayLike<number>[], columns: number = orElse(rows[0]?.length, 0)): Matrix =>
  matrix(rows.length, columns, (i, j) => at(at(rows, i), j))

/** Entry (i, j). */
export const entry = (a: Matrix, i: number, j: number): number => at(a.values, i * a.columns + j)

/** Row i, as a view. */
export const row = (a: Matrix, i: number): Float64Array => a.values.subarray(i * a.columns, (i + 1) * a.columns)

/** The identity matrix. */
export const identity = (size: number): Matrix => matrix(size, size, (i, j) => (i === j ? 1 : 0))

/** `a·x`. */
export const apply =
  (a: Matrix) =>
  (x: ArrayLike<number>): Float64Array => {
    const out = new Float64Array(a.rows)
    for (let i = 0; i < a.rows; i++) {
      let total = 0
      for (let j = 0; j < a.columns; j++)
        total += (a.values[i * a.columns + j] ?? outside(a.values, i * a.columns + j)) * (x[j] ?? outside(x, j))
      out[i] = total
    }
    return out
  }

/** `aᵀ`. */
export const transpose = (a: Matrix): Matrix => matrix(a.columns, a.rows, (i, j) => entry(a, j, i))

/** `a·b`. */
export const multiply = (a: Matrix, b: Matrix): Matrix =>
  matrix(a.rows, b.columns, (i, j) => {
    let total = 0
    for (let k = 0; k < a.columns; k++) total += entry(a, i, k) * entry(b, k, j)
    return total
  })

/** The lower triangular L with `L·Lᵀ = a`; a `Domain` failure when `a` is not positive definite. */
export const cholesky = (a: Matrix): E.Either<Failure, Matrix> => {
  const n = a.rows
  const l = new Float64Array(n * n)
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let total = entry(a, i, j)
      for (let k = 0; k < j; k++)
        total -= (l[i * n + k] ?? outside(l, i * n + k)) * (l[j * n + k] ?? outside(l, j * n + k))
      if (i === j && !(total > 0)) return E.left(notPositive(j, total))
      l[i * n + j] = i === j ? Math.sqrt(total) : total / (l[j * n + j] ?? outside(l, j * n + j))
    }
  }
  return E.right({ rows: n, columns: n, values: l })
}

const notPositive = (pivot: number, value: number): Failure =>
  failure('Domain', `the matrix is not positive definite at pivot ${pivot}`, 'add a ridge or drop dependent columns', {
    pivot,
    value,
  })

/** Solves `L·Lᵀ·x = b` for the factor of `cholesky`. */
export const choleskySolve =
  (l: Matrix) =>
  (b: ArrayLike<number>): Float64Array => {
    const n = l.rows
    const x = Float64Array.from(b)
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < i; k++) x[i] = (x[i] ?? outside(x, i)) - entry(l, i, k) * (x[k] ?? outside(x, k))
      x[i] = (x[i] ?? outside(x, i)) / entry(l, i, i)
    }
    for (let i = n - 1; i >= 0; i--) {
      for (let k = i + 1; k < n; k++) x[i] = (x[i] ?? outside(x, i)) - entry(l, k, i) * (x[k] ?? outside(x, k))
      x[i] = (x[i] ?? outside(x, i)) / entry(l, i, i)
    }
    return x
  }

/** A factorisation `P·a = L·U`: L below the diagonal of `factors`, U on and above; `order[i]` is the row moved to i. */
interface LU {
  readonly factors: Matrix
  readonly order: Int32Array
}

const pivotOf = (f: Float64Array, n: number, k: number): number => {
  let best = k
  for (let i = k + 1; i < n; i++)
    if (Math.abs(f[i * n + k] ?? outside(f, i * n + k)) > Math.abs(f[best * n + k] ?? outside(f, best * n + k)))
      best = i
  return best
}

const swapRows = (f: Float64Array, n: number, i: number, j: number): void => {
  for (let k = 0; k < n; k++) {
    const kept = f[i * n + k] ?? outside(f, i * n + k)
    f[i * n + k] = f[j * n + k] ?? outside(f, j * n + k)
    f[j * n + k] = kept
  }
}

const eliminate = (f: Float64Array, n: number, k: number): void => {
  for (let i = k + 1; i < n; i++) {
    const ratio = (f[i * n + k] ?? outside(f, i * n + k)) / (f[k * n + k] ?? outside(f, k * n + k))
    f[i * n + k] = ratio
    if (ratio !== 0)
      for (let j = k + 1; j < n; j++)
        f[i * n + j] = (f[i * n + j] ?? outside(f, i * n + j)) - ratio * (f[k * n + j] ?? outside(f, k * n + j))
  }
}

/** LU with partial pivoting; a `Domain` failure when a pivot is zero or not finite. */
export const lu = (a: Matrix): E.Either<Failure, LU> => {
  const n = a.rows
  const f = Float64Array.from(a.values)
  const order = Int32Array.from({ length: n }, (_, i) => i)
  for (let k = 0; k < n; k++) {
    const p = pivotOf(f, n, k)
    const pivot = f[p * n + k] ?? outside(f, p * n + k)
    if (pivot === 0 || !Number.isFinite(pivot)) return E.left(singular(k))
    if (p !== k) {
      swapRows(f, n, k, p)
      const kept = order[k] ?? outside(order, k)
      order[k] = order[p] ?? outside(order, p)
      order[p] = kept
    }
    eliminate(f, n, k)
  }
  return E.right({ factors: { rows: n, columns: n, values: f }, order })
}

const singular = (pivot: number): Failure =>
  failure('Domain', `the matrix is singular at pivot ${pivot}`, 'check that the system has one solution', { pivot })

/** Solves `a·x = b` for the factorisation of `lu`. */
export const luSolve =
  ({ factors, order }: LU) =>
  (b: ArrayLike<number>): Float64Array => {
    const n = factors.rows
    const x = Float64Array.from({ length: n }, (_, i) => at(b, order[i] ?? outside(order, i)))
    for (let i = 0; i < n; i++)
      for (let k = 0; k < i; k++) x[i] = (x[i] ?? outside(x, i)) - entry(factors, i, k) * (x[k] ?? outside(x, k))
    for (let i = n - 1; i >= 0; i--) {
      for (let k = i + 1; k < n; k++) x[i] = (x[i] ?? outside(x, i)) - entry(factors, i, k) * (x[k] ?? outside(x, k))
      x[i] = (x[i] ?? outside(x, i)) / entry(factors, i, i)
    }
    return x
  }

/** Solves `a·x = b`; a `Domain` failure when `a` is singular. */
export const solve =
  (a: Matrix) =>
  (b: ArrayLike<number>): E.Either<Failure, Float64Array> =>
    E.map((f: LU) => luSolve(f)(b))(lu(a))

/** The mean of each column, divided once: that of a column of ones is 1, and no share is above it. */
export const columnMeans = ({ rows, columns, values }: Matrix): Float64Array => {
  const totals = new Float64Array(columns)
  for (let i = 0; i < values.length; i++) totals[i % columns] = at(totals, i % columns) + at(values, i)
  return totals.map((total) => total / rows)
}
