/**
 * A schedule on a device: buffers are allocated and commands recorded once; a run writes what is fed, replays, and reads
 * back what is asked for through one staging buffer.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { at, field } from '../at.ts'
import {
  type Command,
  type Device,
  type Replay,
  TENSOR_USAGE,
  type View,
  type Write,
  allocateBuffers,
  prepare,
  releaseBuffers,
  wholeOf,
} from '../device.ts'
import type { Values } from '../dtype.ts'
import { type Run, effect, fail } from '../effect.ts'
import { type Failure, failure } from '../errors.ts'
import { type Feeds, type Prepared, type Program, type StateVariable, indicesOf, inputName } from '../executor.ts'
import { type Expr, type Value, typeOf } from '../expr.ts'
import { keysOf, recordOf } from '../phantom.ts'
import type { PlanLimits } from '../plan.ts'
import { type Cell, type Cells, cellOf, noCells, readFrom, stored, viewAt } from './cells.ts'
import { selecting } from './guard.ts'
import type { Schedule } from './schedule.ts'
import { type StateStorage, placed, statesOf, transfer } from './states.ts'
import type { Task } from './tasks.ts'

/** What a prepared program owns on the device. */
interface Holdings {
  readonly device: Device
  readonly schedule: Schedule
  readonly views: readonly View[]
  readonly replay: Replay
}

const nothing = failure('Runtime', 'a buffer is missing', 'report this program')

const viewOf = (views: readonly View[], buffer: number): View => views[buffer] ?? fail(nothing)

/** The first bytes of a buffer that hold a value. */
const valueView = (views: readonly View[], buffer: number, x: Expr): View =>
  viewAt({ view: viewOf(views, buffer), half: false }, x)

const commandMaker = (views: readonly View[]): ((task: Task) => Command) => {
  const made = new Map<Task, Command>()
  const make = (task: Task): Command => {
    if (task.kind === 'dispatch') {
      const source = task.source === undefined ? {} : { source: task.source }
      return { kind: 'dispatch', ...task.call, ...source, buffers: task.buffers.map((b) => viewOf(views, b)) }
    }
    const range = ({ buffer, offset, bytes }: typeof task.from): View => ({
      buffer: viewOf(views, buffer).buffer,
      offset,
      bytes,
    })
    if (task.kind === 'append')
      return { kind: 'append', from: range(task.from), to: viewOf(views, task.to), index: task.index }
    return { kind: 'copy', from: range(task.from), to: range(task.to) }
  }
  return (task) => {
    const command = made.get(task) ?? make(task)
    made.set(task, command)
    return command
  }
}

const writesOf = (
  views: readonly View[],
  entries: readonly { readonly buffer: number; readonly input: Expr; readonly data: Values }[],
): readonly Write[] =>
  entries.map(({ buffer, input, data }) => ({ to: viewOf(views, buffer), data: stored(typeOf(input).dtype, data) }))

const holdingsOf = async (
  run: Run,
  device: Device,
  schedule: Schedule,
  outputs: readonly Expr[],
  given: Cells['of'],
): Promise<Holdings> => {
  const shared = new Map(
    Object.entries(schedule.state).flatMap(([name, b]): [number, View][] => {
      const view = given.get(name)?.place()?.view
      return view === undefined ? [] : [[b, { ...view, bytes: Math.min(view.bytes, at(schedule.buffers, b).bytes) }]]
    }),
  )
  const fresh = schedule.buffers.flatMap((b, i) => (shared.has(i) ? [] : [{ ...b, usage: TENSOR_USAGE, at: i }]))
  const buffers = await run(allocateBuffers(device)(fresh))
  const own = new Map(buffers.map((buffer, i) => [at(fresh, i).at, wholeOf(buffer)]))
  const views = schedule.buffers.map((_b, i) => shared.get(i) ?? own.get(i) ?? fail(nothing))
  const release = releaseBuffers(device)
  const status = { complete: false }
  try {
    if (schedule.uploads.length > 0) await transfer(run, device, writesOf(views, schedule.uploads), [])
    const reads = Object.values(schedule.outputs).map((b, i) => valueView(views, b, outputs[i] ?? fail(nothing)))
    const replay = await run(prepare(device)(schedule.tasks.map(commandMaker(views)), reads))
    const releaseAll = (): void => {
      replay.release()
      release(buffers)
    }
    status.complete = true
    return { device, schedule, views, replay: { ...replay, release: releaseAll } }
  } finally {
    if (!status.complete) release(buffers)
  }
}

/** The states of programs, for those that are prepared beside them. */
const stores = new WeakMap<object, Cells>()

const runOf = <S extends string, O extends string>(program: Program<S, O>, { schedule, views, replay }: Holdings) => {
  const outputs = keysOf(program.outputs)
  const states: readonly StateVariable[] = Object.values(program.state)
  return (fed: Feeds, read: readonly O[] = outputs) =>
    effect(async (go) => {
      const writes = writesOf(
        views,
        schedule.feeds.map((f) => ({ ...f, data: field(fed, inputName(f.input)) })),
      )
      const bytes = await go(
        replay.run({
          writes,
          indices: states.flatMap((s) => Array.from(indicesOf(s, fed))),
          read: read.length === 0 ? 'nothing' : read.map((n) => outputs.indexOf(n)),
        }),
      )
      return recordOf(
        read,
        (n, i): Value => ({ ...typeOf(program.outputs[n]), data: readFrom(false, program.outputs[n], at(bytes, i)) }),
      )
    })
}

/** Prepares a program on a device. `Limit` names the tensor that is too large; `OutOfMemory`, `DeviceLost` as they come. */
export const prepareOn =
  (device: Device, limits: PlanLimits, storage: StateStorage) =>
  <S extends string, O extends string>(asked: Program<S, O>, beside?: Prepared): TaskEither<Failure, Prepared<S, O>> =>
    effect(async (run) => {
      const whole = selecting(asked)
      const given = (beside === undefined ? undefined : stores.get(beside)) ?? noCells()
      const { program, schedule } = await run(given.turn(placed(device, limits, storage)(whole, given)))
      const holdings = await holdingsOf(run, device, schedule, Object.values(program.outputs), given.of)
      const own = keysOf(whole.state).flatMap((name): readonly (readonly [string, Cell])[] => {
        const buffer = schedule.state[name]
        const half = schedule.halves.has(name)
        const place = buffer === undefined ? undefined : { view: viewOf(holdings.views, buffer), half }
        return given.of.has(name) ? [] : [[name, cellOf(whole.state[name].input, place)]]
      })
      const cells: Cells = { of: new Map([...own, ...given.of]), turn: given.turn }
      const release = (): void => {
        holdings.replay.release()
        releaseBuffers(device)(own.flatMap(([, cell]) => cell.place()?.view.buffer ?? []))
      }
      const prepared = { run: runOf(program, holdings), ...statesOf(device, whole.state, cells), release }
      stores.set(prepared, cells)
      return prepared
    })
