/**
 * State of programs on ONNX Runtime: arrays of the host, which runs read in place.
 *
 * A state that a run replaces has two arrays, which change places after each run, so nothing is copied. A state that grows
 * has one, and a row that is copied into it after the run; a state that stays as it is has one. Programs that share state
 * share the cells that hold the arrays; one that has only the first rows of a state reads a view of them.
 */
import { sizeOf } from '../axis.ts'
import type { Values } from '../dtype.ts'
import { type Feeds, type Program, type StateVariable, indicesOf, writeRows } from '../executor.ts'
import { typeOf } from '../expr.ts'
import { type Cell, type Storage, store, stored, zeroCell } from './cells.ts'

/** One state variable of a program: what a run reads, where it writes, and what follows from having written. */
interface Slot {
  readonly now: () => Storage
  /** Where a run writes; undefined for a state that stays as it is. */
  readonly target: () => Storage | undefined
  readonly advance: (feeds: Feeds) => void
  readonly read: () => Storage
  readonly write: (values: Values) => void
}

/** The first elements of arrays, one view of each, so that tensors over them are made once. */
const firstOf = (size: number) => {
  const made = new WeakMap<Storage, Storage>()
  return (data: Storage): Storage => {
    if (data.length === size) return data
    const view = made.get(data) ?? data.subarray(0, size)
    made.set(data, view)
    return view
  }
}

const advanceOf = (variable: StateVariable, cell: Cell) => {
  const { input, next, at } = variable
  let target = store(typeOf(next).dtype, sizeOf(typeOf(next).axes))
  const advance = (feeds: Feeds): void => {
    if (at !== undefined) writeRows(cell.data(), target, indicesOf(variable, feeds))
    else if (target.length < cell.size) cell.data().set(target)
    else {
      const last = cell.data()
      cell.put(target)
      target = last
    }
  }
  return input === next ? { target: () => undefined, advance: () => undefined } : { target: () => target, advance }
}

const slotOf = (variable: StateVariable, cell: Cell): Slot => {
  const { axes, dtype } = typeOf(variable.input)
  const first = firstOf(sizeOf(axes))
  const now = (): Storage => first(cell.data())
  return {
    ...advanceOf(variable, cell),
    now,
    read: () => now().slice(),
    write: (values) => now().set(stored(dtype, values)),
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

/** The slots of a program's state, by name. */
export const slotsOf = (state: Program['state'], cells: Cells): ReadonlyMap<string, Slot> =>
  new Map(
    Object.entries(state).map(([name, variable]) => [
      name,
      slotOf(variable, cells.get(name) ?? zeroCell(typeOf(variable.input))),
    ]),
  )
