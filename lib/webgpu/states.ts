/**
 * States of prepared programs: how each is stored, and what is read from it and written to it between runs.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { at, held } from '../at.ts'
import { sizeOf } from '../axis.ts'
import {
  type Device,
  TENSOR_USAGE,
  type View,
  type Write,
  allocateBuffers,
  capabilities,
  prepare,
  wholeOf,
} from '../device.ts'
import { type Run, effect, fail } from '../effect.ts'
import { type Failure, failure } from '../errors.ts'
import type { Prepared, Program, StateVariable } from '../executor.ts'
import { type Value, axesOf, topological, typeOf } from '../expr.ts'
import { keysOf, recordOf } from '../phantom.ts'
import type { PlanLimits } from '../plan.ts'
import { type Cell, type Cells, readFrom, storedAt, viewAt, zeros } from './cells.ts'
import { mayBeHalves, movingRoots, storedBytes } from './halves.ts'
import { type Schedule, scheduleOf } from './schedule.ts'

/** How states of f32 that stay as they are, and are operands of contractions or rows to gather, are stored. */
export type StateStorage = 'f32' | 'f16'

const nothing = failure('Runtime', 'a state is missing', 'report this program')

/** Writes and reads outside a run: a replay of no commands. */
export const transfer = async (
  run: Run,
  device: Device,
  writes: readonly Write[],
  reads: readonly View[],
): Promise<readonly ArrayBuffer[]> => {
  const replay = await run(prepare(device)([], reads))
  try {
    return await run(replay.run({ writes }))
  } finally {
    replay.release()
  }
}

/** Reading and writing states, of which some may have no place yet. */
export const statesOf = <S extends string>(
  device: Device,
  state: Readonly<Record<S, StateVariable>>,
  { of, turn }: Cells,
): Pick<Prepared<S>, 'readState' | 'writeState'> => {
  const names = keysOf(state)
  const entryOf = (name: S) => {
    const cell = held(of, name)
    return { name, cell, input: state[name].input, place: cell.place() }
  }
  return {
    readState: (wanted = names) =>
      turn(
        effect(async (go) => {
          const entries = wanted.map(entryOf)
          const views = entries.flatMap(({ place, input }) => (place === undefined ? [] : [viewAt(place, input)]))
          const bytes = [...(await transfer(go, device, [], views))]
          return recordOf(wanted, (_n, i): Value => {
            const { cell, input, place } = at(entries, i)
            const waiting = (): Value['data'] => (cell.waiting() ?? zeros(input)).slice(0, sizeOf(axesOf(input)))
            const data = place === undefined ? waiting() : readFrom(place.half, input, bytes.shift() ?? fail(nothing))
            return { ...typeOf(input), data }
          })
        }),
      ),
    writeState: (values) =>
      turn(
        effect(async (go) => {
          const entries = names.flatMap((name) => {
            const data = values[name]
            return data === undefined ? [] : [{ ...entryOf(name), data }]
          })
          const writes = entries.flatMap(({ name, place, input, data }): readonly Write[] =>
            place === undefined ? [] : [{ to: viewAt(place, input), data: storedAt(name, place.half, input, data) }],
          )
          for (const { cell, place, data } of entries) if (place === undefined) cell.wait(data)
          await transfer(go, device, writes, [])
        }),
      ),
  }
}

/** States without a place that a program neither reads nor changes: another that does will decide how they lie. */
const idleIn = (program: Program, hasPlace: (name: string) => boolean): ReadonlySet<string> => {
  const read = new Set(topological(movingRoots(program)))
  const idle = Object.entries(program.state).filter(([n, s]) => mayBeHalves(s) && !read.has(s.input) && !hasPlace(n))
  return new Set(idle.map(([name]) => name))
}

/** Gives a state the place that its first reader wants, and the values that wait for one. */
const settle = async (run: Run, device: Device, name: string, cell: Cell, half: boolean): Promise<void> => {
  const waiting = cell.waiting()
  const data = waiting === undefined ? [] : [storedAt(name, half, cell.input, waiting)]
  const request = { label: `state '${name}'`, bytes: storedBytes(cell.input, half), usage: TENSOR_USAGE }
  const [buffer] = await run(allocateBuffers(device)([request]))
  const view = wholeOf(buffer ?? fail(nothing))
  cell.settle({ view, half })
  await transfer(
    run,
    device,
    data.map((own) => ({ to: view, data: own })),
    [],
  )
}

/** A program without the states that have no place yet, with its schedule; places are found for those that it reads. */
export const placed =
  (device: Device, limits: PlanLimits, storage: StateStorage) =>
  <S extends string, O extends string>(
    whole: Program<S, O>,
    { of }: Cells,
  ): TaskEither<Failure, { readonly program: Program<S, O>; readonly schedule: Schedule }> =>
    effect(async (run) => {
      const hasPlace = (name: string): boolean => of.get(name)?.place() !== undefined
      const halving = storage === 'f16'
      const idle = halving ? idleIn(whole, hasPlace) : new Set<string>()
      const names = keysOf(whole.state).filter((name) => !idle.has(name))
      const program: Program<S, O> =
        idle.size === 0 ? whole : { ...whole, state: recordOf(names, (n) => whole.state[n]) }
      const schedule = scheduleOf(program, capabilities(device), limits, {
        fixed: new Set([...of].flatMap(([name, cell]) => (cell.place()?.half === true ? [name] : []))),
        open: new Set(halving ? names.filter((name) => !hasPlace(name) && mayBeHalves(whole.state[name])) : []),
      })
      for (const name of names) {
        const cell = of.get(name)
        if (cell !== undefined && cell.place() === undefined)
          await settle(run, device, name, cell, schedule.halves.has(name))
      }
      return { program, schedule }
    })
