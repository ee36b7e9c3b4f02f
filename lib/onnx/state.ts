/**
 * State of programs on ONNX Runtime: arrays of the host, which runs read in place.
 *
 * A state that a run replaces has two arrays, which change places after each run, so nothing is copied. A state that grows
 * has one, and a row that is copied into it after the run; a state that stays as it is has one. Programs that share state
 * share the cells that hold the arrays; one that has only the first rows of a state reads a view of them.
 */
import { sizeOf } from '../axis.ts'
import type { Values } from '../dtype.ts'
import { type Feeds, type Program, type StateVariable, indexOf } from '../executor.ts'
import { type Expr, typeOf } from '../expr.ts'
import { BLOCK } from '../ops/attention-nodes.ts'
import { type Cell, type Storage, extentOf, store, stored, writeRow, zeroCell } from './cells.ts'

/** One state variable of a program: what a run reads, where it writes, and what follows from having written. */
interface Slot {
  /** What a run reads; of a state in blocks the block of this number. */
  readonly now: (block?: number) => Storage
  /** Where a run writes; undefined for a state that stays as it is. */
  readonly target: () => Storage | undefined
  readonly advance: (feeds: Feeds) => void
  readonly read: () => Storage
  readonly write: (values: Values) => void
}

/** Parts of an array, each made once, so that tensors over them are made once. */
const views = () => {
  const made = new WeakMap<Storage, Map<number, Storage>>()
  return (data: Storage, from: number, n: number): Storage => {
    if (from === 0 && data.length === n) return data
    const own = made.get(data) ?? new Map<number, Storage>()
    made.set(data, own)
    const view = own.get(from) ?? data.subarray(from, from + n)
    own.set(from, view)
    return view
  }
}

const advanceOf = (variable: StateVariable, cell: Cell, blocks: boolean) => {
  const { input, next, at } = variable
  let target = store(typeOf(next).dtype, sizeOf(typeOf(next).axes))
  const advance = (feeds: Feeds): void => {
    if (at !== undefined && blocks) writeRow(cell.in('blocks'), cell.extent, indexOf(variable, feeds), target)
    else if (at !== undefined) cell.in('rows').set(target, indexOf(variable, feeds) * target.length)
    else if (extentOf(typeOf(input).axes).rows < cell.extent.rows) cell.in('rows').set(target)
    else {
      const last = cell.in('rows')
      cell.put(target)
      target = last
    }
  }
  return input === next ? { target: () => undefined, advance: () => undefined } : { target: () => target, advance }
}

const slotOf = (variable: StateVariable, cell: Cell, blocks: boolean): Slot => {
  const { axes, dtype } = typeOf(variable.input)
  const [size, viewOf] = [sizeOf(axes), views()]
  const block = BLOCK * cell.extent.outer * cell.extent.inner
  const rows = (): Storage => viewOf(cell.in('rows'), 0, size)
  return {
    ...advanceOf(variable, cell, blocks),
    now: (number = 0) => (blocks ? viewOf(cell.in('blocks'), number * block, block) : rows()),
    read: () => rows().slice(),
    write: (values) => rows().set(stored(dtype, values)),
  }
}

/** Cells by the names of states. */
export type Cells = ReadonlyMap<string, Cell>

/** The cells of a program's state, zero at first, next to those that there are. */
export const cellsBeside = (given: Cells, state: Program['state']): Cells =>
  new Map([
    ...given,
    ...Object.entries(state).map(([name, { input }]): [string, Cell] => [
      name,
      given.get(name) ?? zeroCell(typeOf(input)),
    ]),
  ])

/** The slots of a program's state, by name; some of its inputs are kept in blocks. */
export const slotsOf = (state: Program['state'], cells: Cells, blocks: ReadonlySet<Expr>): ReadonlyMap<string, Slot> =>
  new Map(
    Object.entries(state).map(([name, variable]) => [
      name,
      slotOf(variable, cells.get(name) ?? zeroCell(typeOf(variable.input)), blocks.has(variable.input)),
    ]),
  )
