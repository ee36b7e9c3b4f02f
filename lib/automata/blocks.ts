/**
 * The block triangular form of `I − M`: one block a strongly connected component, successors first. A block is a single
 * state, a dense LU (up to `DENSE` states), or a sparse iteration. Solving the blocks in order is exact back
 * substitution between them, so an acyclic automaton needs one pass, whatever its size.
 */
import * as E from 'fp-ts/lib/Either.js'
import { at, held, outside } from '../at.ts'
import { lu, luSolve, matrix } from '../linear.ts'
import { type Components, components } from './components.ts'
import { refined } from './flow.ts'
import { eliminate } from './gth.ts'
import { prepareBlock, type Swept, solveBlock } from './krylov.ts'
import { fromTriples, type SparseMatrix, transpose } from './matrix.ts'

/** The largest component that is factored densely (n³/3 operations). */
export const DENSE = 100

/** Solves `(I − B)·x = b` for one component. */
type BlockSolve = (b: Float64Array) => Swept

/** A component of several states, which has a cycle, and its solver. */
export interface Block {
  readonly members: Uint32Array
  readonly solve: BlockSolve
}

/**
 * What is known beside `M`: the exact weight of stopping in each state of an automaton whose rows sum to 1, so that
 * `1 − M_pp = stop_p + Σ_{q≠p} M_pq` without a subtraction. `transposed`: the matrix is the transpose of the automaton's.
 */
export interface Stopping {
  readonly stop: ArrayLike<number>
  readonly transposed: boolean
}

/**
 * The matrix, the diagonal of `I − M`, which states have an arc to themselves (1 or 0), its components, and the blocks of those of
 * several states by component. A component of one state needs no more than its diagonal: there may be millions.
 */
export interface Blocks {
  readonly matrix: SparseMatrix
  readonly diagonal: Float64Array
  readonly loops: Uint8Array
  readonly components: Components
  readonly larger: ReadonlyMap<number, Block>
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

/** `1 − M_pp`, from the weights of leaving the state where those are known. */
const diagonalOf = (m: SparseMatrix, known: Stopping | undefined): Float64Array => {
  const out = new Float64Array(m.size).fill(1)
  if (known !== undefined) for (let p = 0; p < m.size; p++) out[p] = at(known.stop, p)
  for (let p = 0; p < m.size; p++)
    for (let k = at(m.rowPointers, p); k < at(m.rowPointers, p + 1); k++) {
      const q = at(m.columns, k)
      const from = known?.transposed === true ? q : p
      if (known === undefined && p === q) out[p] = at(out, p) - at(m.values, k)
      if (known !== undefined && p !== q) out[from] = at(out, from) + at(m.values, k)
    }
  return out
}

/** What leaves a block from each of its states: the diagonal less the block's other entries, added up from outside. */
const leavingOf = (m: SparseMatrix, known: Stopping, component: Int32Array): Float64Array => {
  const out = Float64Array.from({ length: m.size }, (_, p) => at(known.stop, p))
  for (let p = 0; p < m.size; p++)
    for (let k = at(m.rowPointers, p); k < at(m.rowPointers, p + 1); k++) {
      const q = at(m.columns, k)
      if (component[p] === component[q]) continue
      const from = known.transposed ? q : p
      out[from] = at(out, from) + at(m.values, k)
    }
  return out
}

const exactSolve = (block: SparseMatrix, leaving: Float64Array, transposed: boolean): BlockSolve => {
  const { solve, solveTransposed } = eliminate(transposed ? transpose(block) : block, leaving)
  return (b) => ({ values: transposed ? solveTransposed(b) : solve(b), sweeps: 1 })
}

const loopsOf = (m: SparseMatrix): Uint8Array => {
  const out = new Uint8Array(m.size)
  for (let p = 0; p < m.size; p++) {
    const end = m.rowPointers[p + 1] ?? outside(m.rowPointers, p + 1)
    for (let k = m.rowPointers[p] ?? outside(m.rowPointers, p); k < end; k++) if (m.columns[k] === p) out[p] = 1
  }
  return out
}

/** The states of component c. */
export const membersOf = ({ order, begins }: Components, c: number): Uint32Array =>
  order.subarray(at(begins, c), at(begins, c + 1))

/** The one state of component c, or −1 where it has several. */
export const onlyMember = ({ order, begins }: Components, c: number): number => {
  const begin = begins[c] ?? outside(begins, c)
  return begins[c + 1] === begin + 1 ? (order[begin] ?? outside(order, begin)) : -1
}

/** Finds the components of M and prepares a solver for each: without subtractions where the stop weights are known. */
export const blocksOf = (m: SparseMatrix, known?: Stopping): Blocks => {
  const found = components(m.size, m)
  const diagonal = diagonalOf(m, known)
  const leaving = known === undefined ? diagonal : leavingOf(m, known, found.component)
  const position = new Uint32Array(m.size)
  const larger = new Map<number, Block>()
  for (let c = 0; c < found.count; c++) {
    if (onlyMember(found, c) >= 0) continue
    const members = membersOf(found, c)
    members.forEach((p, i) => {
      position[p] = i
    })
    const block = local(m, members, found.component, position)
    const own = (xs: Float64Array) => Float64Array.from(members, (p) => at(xs, p))
    larger.set(c, { members, solve: blockSolve(block, own(diagonal), own(leaving), known) })
  }
  return { matrix: m, diagonal, loops: loopsOf(m), components: found, larger }
}

const blockSolve = (
  block: SparseMatrix,
  diagonal: Float64Array,
  leaving: Float64Array,
  known: Stopping | undefined,
): BlockSolve => {
  if (block.size <= DENSE)
    return known === undefined || leaving.some((x) => x < 0)
      ? denseSolve(block)
      : exactSolve(block, leaving, known.transposed)
  const prepared = prepareBlock(block, diagonal)
  const solve = (b: Float64Array): Swept => solveBlock(prepared, b)
  return known === undefined || leaving.some((x) => x < 0) ? solve : refined(block, leaving, known.transposed, solve)
}

/** `b_p + (M·x)_p`. */
const rightOf = (m: SparseMatrix, b: ArrayLike<number>, values: Float64Array, p: number): number => {
  const end = m.rowPointers[p + 1] ?? outside(m.rowPointers, p + 1)
  let total = b[p] ?? outside(b, p)
  for (let k = m.rowPointers[p] ?? outside(m.rowPointers, p); k < end; k++) {
    const j = m.columns[k] ?? outside(m.columns, k)
    total += (m.values[k] ?? outside(m.values, k)) * (values[j] ?? outside(values, j))
  }
  return total
}

/** Solves `(I − M)·x = b` block by block. A singular block gives NaN or infinity, which the caller must look for. */
export const backSubstitute = (
  { matrix: m, diagonal, loops, components: found, larger }: Blocks,
  b: ArrayLike<number>,
): Swept => {
  const values = new Float64Array(m.size)
  let sweeps = 1
  for (let c = 0; c < found.count; c++) {
    // Members of the block itself still hold zero here.
    const p = onlyMember(found, c)
    if (p >= 0) {
      const right = rightOf(m, b, values, p)
      values[p] = loops[p] === 1 ? right / (diagonal[p] ?? outside(diagonal, p)) : right
      continue
    }
    const { members, solve } = held(larger, c)
    const solved = solve(Float64Array.from(members, (q) => rightOf(m, b, values, q)))
    for (let i = 0; i < members.length; i++)
      values[members[i] ?? outside(members, i)] = solved.values[i] ?? outside(solved.values, i)
    sweeps = Math.max(sweeps, solved.sweeps)
  }
  return { values, sweeps }
}
