/**
 * Eigenvalues of a symmetric matrix by cyclic Jacobi rotations, and the pseudo-inverse solve that Newton's method
 * needs when features are dependent.
 */
import { at, outside } from './at.ts'
import { apply, entry, identity, type Matrix, matrix } from './linear.ts'

/** `a = V·diag(values)·Vᵀ`; column k of `vectors` belongs to `values[k]`; not sorted. */
interface Eigen {
  readonly values: Float64Array
  readonly vectors: Matrix
}

const rotateColumns = (m: Float64Array, n: number, p: number, q: number, c: number, s: number): void => {
  for (let i = 0; i < n; i++) {
    const x = m[i * n + p] ?? outside(m, i * n + p)
    const y = m[i * n + q] ?? outside(m, i * n + q)
    m[i * n + p] = c * x - s * y
    m[i * n + q] = s * x + c * y
  }
}

const rotateRows = (m: Float64Array, n: number, p: number, q: number, c: number, s: number): void => {
  for (let j = 0; j < n; j++) {
    const x = m[p * n + j] ?? outside(m, p * n + j)
    const y = m[q * n + j] ?? outside(m, q * n + j)
    m[p * n + j] = c * x - s * y
    m[q * n + j] = s * x + c * y
  }
}

const rotate = (m: Float64Array, v: Float64Array, n: number, p: number, q: number): void => {
  const off = at(m, p * n + q)
  if (off === 0) return
  const theta = (at(m, q * n + q) - at(m, p * n + p)) / (2 * off)
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
  const c = 1 / Math.sqrt(t * t + 1)
  const s = t * c
  rotateColumns(m, n, p, q, c, s)
  rotateRows(m, n, p, q, c, s)
  rotateColumns(v, n, p, q, c, s)
}

const offDiagonal = (m: Float64Array, n: number): number => {
  let total = 0
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) if (i !== j) total += (m[i * n + j] ?? outside(m, i * n + j)) ** 2
  return Math.sqrt(total)
}

/** The eigenvalues and an orthonormal eigenbasis of a symmetric matrix (at most 60 sweeps, quadratic convergence). */
export const symmetricEigen = (a: Matrix): Eigen => {
  const n = a.rows
  const m = Float64Array.from(a.values)
  const v = Float64Array.from(identity(n).values)
  const scale = Math.sqrt(m.reduce((acc, x) => acc + x * x, 0))
  for (let sweep = 0; sweep < 60 && offDiagonal(m, n) > 1e-17 * scale; sweep++)
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(m, v, n, p, q)
  return {
    values: Float64Array.from({ length: n }, (_, i) => m[i * n + i] ?? outside(m, i * n + i)),
    vectors: { rows: n, columns: n, values: v },
  }
}

/** `V·diag(f(valuesₖ))·Vᵀ·x`: a function of a symmetric matrix applied to a vector. */
const spectral =
  ({ values, vectors }: Eigen, f: (value: number) => number) =>
  (x: ArrayLike<number>): Float64Array => {
    const n = values.length
    const coordinates = apply(matrix(n, n, (i, j) => entry(vectors, j, i)))(x)
    return apply(vectors)(coordinates.map((c, k) => c * f(at(values, k))))
  }

/** The least-squares solution of least norm: eigenvalues below `relative·max|value|` count as zero. */
export const pseudoSolve =
  (e: Eigen, relative = 1e-12) =>
  (b: ArrayLike<number>): Float64Array => {
    const floor = relative * e.values.reduce((acc, x) => Math.max(acc, Math.abs(x)), 0)
    return spectral(e, (x) => (Math.abs(x) > floor ? 1 / x : 0))(b)
  }
