/**
 * The block triangular form of `I − M`: one block a strongly connected component, successors first. A block is a single
 * state, a dense LU (up to `DENSE` states), or a sparse iteration. Solving the blocks in order is exact back
 * substitution between them, so an acyclic automaton needs one pass, whatever its size.
 */
import * as E from 'fp-ts/lib/Either.js'
import { at, outside } from '../at.ts'
import { lu, luSolve, matrix } from '../linear.ts'
import { type Components, components } from './components.ts'
import { prepareBlock, type Swept, solveBlock } from './krylov.ts'
import { fromTriples, type SparseMatrix } from './matrix.ts'

/** The largest component that is factored densely (n³/3 operations). */
export const DENSE = 100

/** Solves `(I − B)·x = b` for one component. */
export type BlockSolve = (b: Float64Array) => Swept

/** One component: its states, whether it has a cycle, and its solver. */
export interface Block {
  readonly members: Uint32Array
  readonly cyclic: boolean
  readonly solve: BlockSolve
}

/** The matrix, its components and their blocks. */
export interface Blocks {
  readonly matrix: SparseMatrix
  readonly components: Components
  readonly blocks: readonly Block[]
}

/** The block's own entries, in local indices: axes [member, member]. */
const local = (m: SparseMatrix, members: Uint32Array, component: Int32Array, position: Uint32Array): SparseMatrix => {
  const own = component[at(members, 0)]
  const rows: number[] = []
  const columns: number[] = []
  const values: number[] = []
  members.forEach((p, i) => {
    for (
      let k = m.rowPointers[p] ?? outside(m.rowPointers, p);
      k < (m.rowPointers[p + 1] ?? outside(m.rowPointers, p + 1));
      k++
    ) {
      if (component[m.columns[k] ?? outside(m.columns, k)] !== own) continue
      rows.push(i)
      columns.push(at(position, m.columns[k] ?? outside(m.columns, k)))
      values.push(m.values[k] ?? outside(m.values, k))
    }
  })
  return fromTriples(members.length, rows, columns, values)
}

const selfLoop = (block: SparseMatrix): number => block.values.reduce((total, x) => total + x, 0)

const denseSolve = (block: SparseMatrix): BlockSolve => {
  const n = block.size
  const full = matrix(n, n, (i, j) => (i === j ? 1 : 0))
  for (let i = 0; i < n; i++)
    for (
      let k = block.rowPointers[i] ?? outside(block.rowPointers, i);
      k < (block.rowPointers[i + 1] ?? outside(block.rowPointers, i + 1));
      k++
    ) {
      const place = i * n + (block.columns[k] ?? outside(block.columns, k))
      full.values[place] =
        (full.values[place] ?? outside(full.values, place)) - (block.values[k] ?? outside(block.values, k))
    }
  const factor = lu(full)
  if (E.isLeft(factor)) return () => ({ values: new Float64Array(n).fill(Number.NaN), sweeps: 1 })
  const solve = luSolve(factor.right)
  return (b) => ({ values: solve(b), sweeps: 1 })
}

const blockSolve = (block: SparseMatrix): BlockSolve => {
  if (block.size === 1) {
    const slack = 1 - selfLoop(block)
    return (b) => ({ values: b.map((x) => x / slack), sweeps: 1 })
  }
  if (block.size <= DENSE) return denseSolve(block)
  const prepared = prepareBlock(block)
  return (b) => solveBlock(prepared, b)
}

/** Finds the components of M and prepares a solver for each. */
export const blocksOf = (m: SparseMatrix): Blocks => {
  const found = components(m.size, m)
  const position = new Uint32Array(m.size)
  const blocks: Block[] = []
  for (let c = 0; c < found.count; c++) {
    const members = found.order.subarray(
      found.begins[c] ?? outside(found.begins, c),
      found.begins[c + 1] ?? outside(found.begins, c + 1),
    )
    members.forEach((p, i) => {
      position[p] = i
    })
    const block = local(m, members, found.component, position)
    blocks.push({ members, cyclic: block.columns.length > 0, solve: blockSolve(block) })
  }
  return { matrix: m, components: found, blocks }
}

/** Solves `(I − M)·x = b` block by block. A singular block gives NaN or infinity, which the caller must look for. */
export const backSubstitute = ({ matrix: m, blocks }: Blocks, b: ArrayLike<number>): Swept => {
  const values = new Float64Array(m.size)
  let sweeps = 1
  for (const { members, cyclic, solve } of blocks) {
    const right = new Float64Array(members.length)
    for (let i = 0; i < members.length; i++) {
      const p = members[i] ?? outside(members, i)
      const end = m.rowPointers[p + 1] ?? outside(m.rowPointers, p + 1)
      let total = b[p] ?? outside(b, p)
      // Members of the block itself still hold zero here.
      for (let k = m.rowPointers[p] ?? outside(m.rowPointers, p); k < end; k++) {
        const j = m.columns[k] ?? outside(m.columns, k)
        total += (m.values[k] ?? outside(m.values, k)) * (values[j] ?? outside(values, j))
      }
      right[i] = total
    }
    const solved = cyclic ? solve(right) : { values: right, sweeps: 1 }
    for (let i = 0; i < members.length; i++)
      values[members[i] ?? outside(members, i)] = solved.values[i] ?? outside(solved.values, i)
    sweeps = Math.max(sweeps, solved.sweeps)
  }
  return { values, sweeps }
}
