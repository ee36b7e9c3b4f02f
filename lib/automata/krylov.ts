/**
 * Solving `(I − B)·x = b` for one large irreducible block `B ≥ 0`: BiCGSTAB (van der Vorst 1992) preconditioned by one
 * Gauss–Seidel sweep in depth-first post-order, then plain Gauss–Seidel sweeps until the residual stalls. The result is
 * judged by its residual, so a failure to converge is seen by the caller and never silent.
 */
import { at, dot } from '../math.ts'
import { multiply, type SparseMatrix } from './matrix.ts'

/** Values and the number of passes over the block. */
export interface Swept {
  readonly values: Float64Array
  readonly sweeps: number
}

/** One forward sweep: `y_i = (r_i + Σ_j B_ij·y_j) / (1 − B_ii)`, with the newest values of y, in place. */
const sweep = (block: SparseMatrix, r: Float64Array, y: Float64Array): void => {
  for (let i = 0; i < block.size; i++) {
    const end = block.rowPointers[i + 1] ?? 0
    let total = r[i] ?? 0
    let loop = 0
    for (let k = block.rowPointers[i] ?? 0; k < end; k++) {
      const j = block.columns[k] ?? 0
      if (j === i) loop += block.values[k] ?? 0
      else total += (block.values[k] ?? 0) * (y[j] ?? 0)
    }
    y[i] = total / (1 - loop)
  }
}

/** The preconditioner: one sweep from zero, `(I − lower(B))⁻¹·r`. */
const precondition = (block: SparseMatrix, r: Float64Array): Float64Array => {
  const y = new Float64Array(block.size)
  sweep(block, r, y)
  return y
}

const minusBlock = (block: SparseMatrix, x: Float64Array): Float64Array => {
  const image = multiply(block)(x)
  return x.map((value, i) => value - at(image, i))
}

const largest = (xs: Float64Array): number => xs.reduce((high, x) => Math.max(high, Math.abs(x)), 0)

const combine = (x: Float64Array, scale: number, y: Float64Array): Float64Array => {
  const out = new Float64Array(x.length)
  for (let i = 0; i < x.length; i++) out[i] = (x[i] ?? 0) + scale * (y[i] ?? 0)
  return out
}

interface Krylov {
  readonly x: Float64Array
  readonly r: Float64Array
  readonly p: Float64Array
  readonly rho: number
}

const step = (block: SparseMatrix, shadow: Float64Array, s: Krylov): Krylov => {
  const preparedP = precondition(block, s.p)
  const v = minusBlock(block, preparedP)
  const alpha = s.rho / dot(shadow, v)
  const half = combine(s.r, -alpha, v)
  const preparedHalf = precondition(block, half)
  const t = minusBlock(block, preparedHalf)
  const omega = dot(t, half) / Math.max(dot(t, t), Number.MIN_VALUE)
  const x = combine(combine(s.x, alpha, preparedP), omega, preparedHalf)
  const r = combine(half, -omega, t)
  const rho = dot(shadow, r)
  const beta = (rho / s.rho) * (alpha / omega)
  return { x, r, p: combine(r, beta, combine(s.p, -omega, v)), rho }
}

const TOLERANCE = 1e-15
const STEPS = 2000
const SWEEPS = 2000

const bicgstab = (block: SparseMatrix, b: Float64Array, start: Float64Array): Swept => {
  const r = combine(b, -1, minusBlock(block, start))
  let state: Krylov = { x: start, r, p: r, rho: dot(r, r) }
  let best = start
  let bestResidual = largest(r)
  let steps = 0
  const goal = TOLERANCE * Math.max(largest(b), Number.MIN_VALUE)
  while (bestResidual > goal && steps < STEPS && state.rho !== 0) {
    state = step(block, r, state)
    steps++
    const residual = largest(state.r)
    if (!Number.isFinite(residual) || residual > 1e8 * bestResidual) break
    if (residual >= bestResidual) continue
    best = state.x
    bestResidual = residual
  }
  return { values: best, sweeps: 4 * steps + 1 }
}

/** Solves `(I − B)·x = b` to a residual of about 1e-15·‖b‖ where that can be had. */
export const solveBlock = (block: SparseMatrix, b: Float64Array): Swept => {
  let { values, sweeps } = bicgstab(block, b, precondition(block, b))
  let residual = largest(combine(b, -1, minusBlock(block, values)))
  const goal = 1e-13 * Math.max(largest(b), Number.MIN_VALUE)
  for (let extra = 0; residual > goal && extra < 3; extra++) {
    const again = bicgstab(block, b, values)
    sweeps += again.sweeps
    values = again.values
    residual = largest(combine(b, -1, minusBlock(block, values)))
  }
  const polished = values.slice()
  for (let extra = 0; residual > goal && extra < SWEEPS; extra += 10) {
    for (let i = 0; i < 10; i++) sweep(block, b, polished)
    const next = largest(combine(b, -1, minusBlock(block, polished)))
    sweeps += 10
    if (!(next < residual)) break
    residual = next
    values = polished.slice()
  }
  return { values, sweeps }
}
