/**
 * Arrays of state on the host, in the order that a program wants: rows, or blocks of 32 rows with the rows of each
 * turned inwards. A cell changes its order when a program asks for the other one.
 *
 * Attention over a cache [time, batch, head, depth] multiplies, for each row of the batch and each head, a matrix [time,
 * depth] with a vector. In blocks [batch, head, 32, depth] these matrices lie in one piece, and a block is never moved when
 * the cache grows.
 */
import { at, lastOf, outside } from '../at.ts'
import { type AnyAxis, sizeOf } from '../axis.ts'
import type { DType, Values } from '../dtype.ts'
import type { Program } from '../executor.ts'
import { type ArrayType, type Expr, topological, typeOf } from '../expr.ts'
import { rootsOf } from '../executor.ts'
import { BLOCK } from '../ops/attention-nodes.ts'

/** Storage of a value on the host: booleans are bytes. */
export type Storage = Float32Array | Int32Array | Uint32Array | Uint8Array

/** Zeros in the storage of an element type. */
export const store = (dtype: DType, n: number): Storage =>
  dtype === 'f32'
    ? new Float32Array(n)
    : dtype === 'i32'
      ? new Int32Array(n)
      : dtype === 'bool'
        ? new Uint8Array(n)
        : new Uint32Array(n)

/** Fed values in the type in which they are stored: themselves when they are so already. */
export const stored = (dtype: DType, data: Values): Storage => {
  if (dtype === 'f32' && data instanceof Float32Array) return data
  if (dtype === 'i32' && data instanceof Int32Array) return data
  if (dtype === 'u32' && data instanceof Uint32Array) return data
  const copy = store(dtype, data.length)
  if (dtype === 'bool') for (let i = 0; i < data.length; i++) copy[i] = Number(data[i] !== 0)
  else copy.set(data)
  return copy
}

/** The order of a cell's array. */
type Order = 'rows' | 'blocks'

/** Sizes of a state [rows, outer, inner]; inner is the last axis. */
interface Extent {
  readonly rows: number
  readonly outer: number
  readonly inner: number
}

/** The sizes of a state with these axes. */
export const extentOf = (axes: readonly AnyAxis[]): Extent => ({
  rows: axes.length === 0 ? 1 : at(axes, 0).size,
  outer: sizeOf(axes.slice(1, -1)),
  inner: axes.length > 1 ? lastOf(axes).size : 1,
})

/** Where element 0 of (row, outer) lies in blocks. */
const placeInBlocks = ({ outer, inner }: Extent, row: number, o: number): number =>
  ((Math.floor(row / BLOCK) * outer + o) * BLOCK + (row % BLOCK)) * inner

/** Writes row `row` [outer, inner] into blocks. */
export const writeRow = (blocks: Storage, extent: Extent, row: number, values: Storage): void => {
  const { outer, inner } = extent
  for (let o = 0; o < outer; o++) {
    const to = placeInBlocks(extent, row, o)
    for (let i = 0; i < inner; i++) blocks[to + i] = values[o * inner + i] ?? outside(values, o * inner + i)
  }
}

const toBlocks = (dtype: DType, rows: Storage, extent: Extent): Storage => {
  const width = extent.outer * extent.inner
  const blocks = store(dtype, Math.ceil(extent.rows / BLOCK) * BLOCK * width)
  for (let t = 0; t < extent.rows; t++) writeRow(blocks, extent, t, rows.subarray(t * width, (t + 1) * width))
  return blocks
}

const toRows = (dtype: DType, blocks: Storage, extent: Extent): Storage => {
  const { rows: count, outer, inner } = extent
  const rows = store(dtype, count * outer * inner)
  for (let t = 0; t < count; t++)
    for (let o = 0; o < outer; o++) {
      const [from, to] = [placeInBlocks(extent, t, o), (t * outer + o) * inner]
      for (let i = 0; i < inner; i++) rows[to + i] = blocks[from + i] ?? outside(blocks, from + i)
    }
  return rows
}

/** What holds the array of a state. */
export interface Cell {
  readonly extent: Extent
  /** The array, in this order. */
  readonly in: (order: Order) => Storage
  /** Takes another array of rows in the place of its own. */
  readonly put: (rows: Storage) => void
}

/** A cell of zeros. */
export const zeroCell = ({ axes, dtype }: ArrayType): Cell => {
  const extent = extentOf(axes)
  let [data, kept]: [Storage, Order] = [store(dtype, sizeOf(axes)), 'rows']
  return {
    extent,
    in: (order) => {
      if (order !== kept) data = order === 'rows' ? toRows(dtype, data, extent) : toBlocks(dtype, data, extent)
      kept = order
      return data
    },
    put: (rows) => {
      ;[data, kept] = [rows, 'rows']
    },
  }
}

/** The caches of a program that are kept in blocks: those that grow, in whole blocks, and that only attention reads. */
export const inBlocks = (program: Program): ReadonlySet<Expr> => {
  const caches = Object.values(program.state).flatMap(({ input, at: position }) => {
    const { axes, dtype } = typeOf(input)
    const whole = axes.length === 4 && dtype === 'f32' && at(axes, 0).size % BLOCK === 0
    return position !== undefined && whole ? [input] : []
  })
  const roots = rootsOf(program)
  const others = new Set(roots)
  for (const node of topological(roots))
    node.args.forEach((arg, i) => {
      if (node.op.name !== 'attention_step' || (i !== 1 && i !== 2)) others.add(arg)
    })
  return new Set(caches.filter((cache) => !others.has(cache)))
}
