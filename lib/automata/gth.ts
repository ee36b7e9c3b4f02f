/**
 * Elimination without subtraction (Grassmann, Taksar and Heyman 1985) for `A = I − B` of one block, `B ≥ 0`, where what
 * leaves the block from each state is known exactly: `A_ii = leaving_i + Σ_{j≠i} B_ij`. Solutions for `b ≥ 0` are
 * accurate in every entry however near ρ(B) is to 1.
 */
import { at } from '../at.ts'
import type { SparseMatrix } from './matrix.ts'

/** Solves `A·x = b` and `Aᵀ·x = b`. */
interface Elimination {
  readonly solve: (b: Float64Array) => Float64Array
  readonly solveTransposed: (b: Float64Array) => Float64Array
}

const denseOf = (block: SparseMatrix): Float64Array => {
  const n = block.size
  const out = new Float64Array(n * n)
  for (let i = 0; i < n; i++)
    for (let k = at(block.rowPointers, i); k < at(block.rowPointers, i + 1); k++) {
      const place = i * n + at(block.columns, k)
      out[place] = at(out, place) + at(block.values, k)
    }
  return out
}

/** Removes state k: paths through it become direct, and so does what leaves from it. */
const remove = (b: Float64Array, leaving: Float64Array, pivots: Float64Array, k: number): void => {
  const n = pivots.length
  let pivot = at(leaving, k)
  for (let j = k + 1; j < n; j++) pivot += at(b, k * n + j)
  pivots[k] = pivot
  for (let i = k + 1; i < n; i++) {
    const share = at(b, i * n + k) / pivot
    b[i * n + k] = share
    if (share === 0) continue
    for (let j = k + 1; j < n; j++) if (j !== i) b[i * n + j] = at(b, i * n + j) + share * at(b, k * n + j)
    leaving[i] = at(leaving, i) + share * at(leaving, k)
  }
}

/** Eliminates a block in the order of its states. */
export const eliminate = (block: SparseMatrix, leaving: Float64Array): Elimination => {
  const n = block.size
  const b = denseOf(block)
  const pivots = new Float64Array(n)
  const rest = leaving.slice()
  for (let k = 0; k < n; k++) remove(b, rest, pivots, k)
  const cell = (i: number, j: number): number => at(b, i * n + j)
  return {
    solve: (right) => {
      const x = right.slice()
      for (let i = 0; i < n; i++) for (let k = 0; k < i; k++) x[i] = at(x, i) + cell(i, k) * at(x, k)
      for (let k = n - 1; k >= 0; k--) {
        let total = at(x, k)
        for (let j = k + 1; j < n; j++) total += cell(k, j) * at(x, j)
        x[k] = total / at(pivots, k)
      }
      return x
    },
    solveTransposed: (right) => {
      const x = right.slice()
      for (let k = 0; k < n; k++) {
        let total = at(x, k)
        for (let j = 0; j < k; j++) total += cell(j, k) * at(x, j)
        x[k] = total / at(pivots, k)
      }
      for (let k = n - 1; k >= 0; k--) for (let i = k + 1; i < n; i++) x[k] = at(x, k) + cell(i, k) * at(x, i)
      return x
    },
  }
}
