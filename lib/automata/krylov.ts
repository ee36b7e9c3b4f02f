/**
 * Solving `(I − B)·x = b` for one large irreducible block `B ≥ 0`: BiCGSTAB (van der Vorst 1992) preconditioned by one
 * Gauss–Seidel sweep in depth-first post-order, restarted from its best point, then plain Gauss–Seidel sweeps if it
 * stalls. The result is judged by its residual, so a failure to converge is seen by the caller and never silent.
 */
import { outside } from '../at.ts'
import { dot } from '../math.ts'
import type { SparseMatrix } from './matrix.ts'

/** Values and the number of passes over the block. */
export interface Swept {
  readonly values: Float64Array
  readonly sweeps: number
}

/** A block with its diagonal apart: `slack_i = 1 − B_ii`, and the other entries by rows. */
interface PreparedBlock {
  readonly size: number
  readonly slack: Float64Array
  readonly rowPointers: Uint32Array
  readonly columns: Uint32Array
  readonly values: Float64Array
}

/** Takes the diagonal out of a block; `slack` is the diagonal of `I − B`. */
export const prepareBlock = (block: SparseMatrix, slack: Float64Array): PreparedBlock => {
  const rowPointers = new Uint32Array(block.size + 1)
  const columns = new Uint32Array(block.columns.length)
  const values = new Float64Array(block.columns.length)
  let place = 0
  for (let i = 0; i < block.size; i++) {
    const end = block.rowPointers[i + 1] ?? outside(block.rowPointers, i + 1)
    for (let k = block.rowPointers[i] ?? outside(block.rowPointers, i); k < end; k++) {
      const j = block.columns[k] ?? outside(block.columns, k)
      if (j === i) continue
      columns[place] = j
      values[place] = block.values[k] ?? outside(block.values, k)
      place++
    }
    rowPointers[i + 1] = place
  }
  return { size: block.size, slack, rowPointers, columns, values }
}

/** One forward sweep in place: `y_i = (r_i + Σ_{j≠i} B_ij·y_j) / (1 − B_ii)` with the newest values of y. */
const sweep = (
  { size, slack, rowPointers, columns, values }: PreparedBlock,
  r: Float64Array,
  y: Float64Array,
): void => {
  for (let i = 0; i < size; i++) {
    const end = rowPointers[i + 1] ?? outside(rowPointers, i + 1)
    let total = r[i] ?? outside(r, i)
    for (let k = rowPointers[i] ?? outside(rowPointers, i); k < end; k++) {
      const j = columns[k] ?? outside(columns, k)
      total += (values[k] ?? outside(values, k)) * (y[j] ?? outside(y, j))
    }
    y[i] = total / (slack[i] ?? outside(slack, i))
  }
}

/** The preconditioner: one sweep from zero. */
const precondition = (block: PreparedBlock, r: Float64Array): Float64Array => {
  const y = new Float64Array(block.size)
  sweep(block, r, y)
  return y
}

/** `(I − B)·x`. */
const applyBlock = ({ size, slack, rowPointers, columns, values }: PreparedBlock, x: Float64Array): Float64Array => {
  const out = new Float64Array(size)
  for (let i = 0; i < size; i++) {
    const end = rowPointers[i + 1] ?? outside(rowPointers, i + 1)
    let total = (slack[i] ?? outside(slack, i)) * (x[i] ?? outside(x, i))
    for (let k = rowPointers[i] ?? outside(rowPointers, i); k < end; k++) {
      const j = columns[k] ?? outside(columns, k)
      total -= (values[k] ?? outside(values, k)) * (x[j] ?? outside(x, j))
    }
    out[i] = total
  }
  return out
}

const largest = (xs: Float64Array): number => {
  let high = 0
  for (const x of xs) high = Math.max(high, Math.abs(x))
  return high
}

/** `x + scale·y`. */
const combine = (x: Float64Array, scale: number, y: Float64Array): Float64Array => {
  const out = new Float64Array(x.length)
  for (let i = 0; i < x.length; i++) out[i] = (x[i] ?? outside(x, i)) + scale * (y[i] ?? outside(y, i))
  return out
}

interface Krylov {
  readonly x: Float64Array
  readonly r: Float64Array
  readonly p: Float64Array
  readonly rho: number
}

const step = (block: PreparedBlock, shadow: Float64Array, s: Krylov): Krylov => {
  const preparedP = precondition(block, s.p)
  const v = applyBlock(block, preparedP)
  const alpha = s.rho / dot(shadow, v)
  const half = combine(s.r, -alpha, v)
  const preparedHalf = precondition(block, half)
  const t = applyBlock(block, preparedHalf)
  const omega = dot(t, half) / Math.max(dot(t, t), Number.MIN_VALUE)
  const x = combine(combine(s.x, alpha, preparedP), omega, preparedHalf)
  const r = combine(half, -omega, t)
  const rho = dot(shadow, r)
  const beta = (rho / s.rho) * (alpha / omega)
  return { x, r, p: combine(r, beta, combine(s.p, -omega, v)), rho }
}

/** BiCGSTAB steps, the steps without progress after which it has stalled, restarts, and Gauss–Seidel sweeps. */
const STEPS = 3000
const PATIENCE = 60
const RESTARTS = 4
const SWEEPS = 2000

/** The residual that rounding alone explains: a few ulp of the largest terms. */
const goalOf = (b: Float64Array, x: Float64Array): number => 4 * Number.EPSILON * (largest(b) + largest(x))

const bicgstab = (block: PreparedBlock, b: Float64Array, start: Float64Array): Swept => {
  const r = combine(b, -1, applyBlock(block, start))
  let state: Krylov = { x: start, r, p: r, rho: dot(r, r) }
  let best = start
  let bestResidual = largest(r)
  let steps = 0
  for (let since = 0; bestResidual > goalOf(b, best) && steps < STEPS && since < PATIENCE; since++) {
    if (state.rho === 0) break
    state = step(block, r, state)
    steps++
    const residual = largest(state.r)
    if (!(residual < 1e12 * bestResidual)) break
    if (residual >= bestResidual) continue
    if (residual < 0.9 * bestResidual) since = 0
    best = state.x
    bestResidual = residual
  }
  return { values: best, sweeps: 4 * steps + 1 }
}

const residualOf = (block: PreparedBlock, b: Float64Array, x: Float64Array): number =>
  largest(combine(b, -1, applyBlock(block, x)))

/** Gauss–Seidel sweeps from `x`, in tens, while they help; they converge whenever ρ(B) < 1, if slowly. */
const polish = (block: PreparedBlock, b: Float64Array, x: Float64Array): Swept => {
  let values = x
  let residual = residualOf(block, b, x)
  let sweeps = 0
  while (residual > goalOf(b, values) && sweeps < SWEEPS) {
    const next = values.slice()
    for (let i = 0; i < 10; i++) sweep(block, b, next)
    sweeps += 10
    const after = residualOf(block, b, next)
    if (!(after < residual)) break
    values = next
    residual = after
  }
  return { values, sweeps }
}

/** Solves `(I − B)·x = b` to a residual of a few ulp where that can be had. */
export const solveBlock = (block: PreparedBlock, b: Float64Array): Swept => {
  let values = precondition(block, b)
  let sweeps = 1
  let residual = residualOf(block, b, values)
  for (let restart = 0; restart < RESTARTS && residual > goalOf(b, values); restart++) {
    const next = bicgstab(block, b, values)
    sweeps += next.sweeps
    const after = residualOf(block, b, next.values)
    if (!(after < 0.5 * residual)) break
    values = next.values
    residual = after
  }
  if (residual <= 16 * goalOf(b, values)) return { values, sweeps }
  const polished = polish(block, b, values)
  return { values: polished.values, sweeps: sweeps + polished.sweeps }
}
