/**
 * A schedule on a device: buffers are allocated and commands recorded once; a run writes what is fed, replays, and reads
 * back what is asked for through one staging buffer.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { at, field } from '../at.ts'
import { sizeOf } from '../axis.ts'
import {
  type Command,
  type Device,
  type Replay,
  TENSOR_USAGE,
  type View,
  type Write,
  allocateBuffers,
  capabilities,
  prepare,
  releaseBuffers,
  wholeOf,
} from '../device.ts'
import type { DType, Values } from '../dtype.ts'
import { type Run, effect, fail } from '../effect.ts'
import { type Failure, failure } from '../errors.ts'
import { type Feeds, type Prepared, type Program, indexOf, inputName } from '../executor.ts'
import { type Expr, type Value, typeOf } from '../expr.ts'
import { keysOf, recordOf } from '../phantom.ts'
import type { PlanLimits } from '../plan.ts'
import { selecting } from './guard.ts'
import { type Schedule, scheduleOf } from './schedule.ts'
import type { Task } from './tasks.ts'

type Stored = Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>

/** Whether an array of the host is its own memory's, as devices want it. */
const isPlain = (data: Values): data is Stored => !(data instanceof Float64Array) && data.buffer instanceof ArrayBuffer

/** Values in the type in which a device stores them: the executor's copy of what it was given is so already. */
const stored = (dtype: DType, data: Values): Stored =>
  isPlain(data)
    ? data
    : dtype === 'f32'
      ? Float32Array.from(data)
      : dtype === 'i32'
        ? Int32Array.from(data)
        : Uint32Array.from(data)

const fromBytes = (dtype: DType, bytes: ArrayBuffer): Values =>
  dtype === 'f32' ? new Float32Array(bytes) : dtype === 'i32' ? new Int32Array(bytes) : new Uint32Array(bytes)

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
const valueView = (views: readonly View[], buffer: number, x: Expr): View => ({
  ...viewOf(views, buffer),
  bytes: 4 * sizeOf(typeOf(x).axes),
})

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

/** Writes and reads outside a run: a replay of no commands. */
const transfer = async (
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

const holdingsOf = async (
  run: Run,
  device: Device,
  schedule: Schedule,
  outputs: readonly Expr[],
  given: ReadonlyMap<string, View>,
): Promise<Holdings> => {
  const shared = new Map(
    Object.entries(schedule.state).flatMap(([name, b]): [number, View][] => {
      const view = given.get(name)
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

/** The state of programs, for those that are prepared beside them. */
const stores = new WeakMap<object, ReadonlyMap<string, View>>()

const preparedOn = <S extends string, O extends string>(program: Program<S, O>, holdings: Holdings): Prepared<S, O> => {
  const { device, schedule, views, replay } = holdings
  const [outputs, states] = [keysOf(program.outputs), keysOf(program.state)]
  const stateEntries = (names: readonly S[]) =>
    names.map((n) => ({ input: program.state[n].input, buffer: schedule.state[n] ?? fail(nothing) }))
  const run = (fed: Feeds, read: readonly O[] = outputs) =>
    effect(async (go) => {
      const writes = writesOf(
        views,
        schedule.feeds.map((f) => ({ ...f, data: field(fed, inputName(f.input)) })),
      )
      const bytes = await go(
        replay.run({
          writes,
          indices: states.map((n) => indexOf(program.state[n], fed)),
          read: read.length === 0 ? 'nothing' : read.map((n) => outputs.indexOf(n)),
        }),
      )
      return recordOf(
        read,
        (n, i): Value => ({
          ...typeOf(program.outputs[n]),
          data: fromBytes(typeOf(program.outputs[n]).dtype, at(bytes, i)),
        }),
      )
    })
  return {
    run,
    readState: (wanted = states) =>
      effect(async (go) => {
        const entries = stateEntries(wanted)
        const bytes = await transfer(
          go,
          device,
          [],
          entries.map(({ input, buffer }) => valueView(views, buffer, input)),
        )
        return recordOf(
          wanted,
          (n, i): Value => ({
            ...typeOf(program.state[n].input),
            data: fromBytes(typeOf(program.state[n].input).dtype, at(bytes, i)),
          }),
        )
      }),
    writeState: (values) =>
      effect(async (go) => {
        const given = states.filter((n) => values[n] !== undefined)
        const entries = stateEntries(given).map((e, i) => {
          const data = values[at(given, i)]
          return { ...e, data: data ?? fail(nothing) }
        })
        await transfer(go, device, writesOf(views, entries), [])
      }),
    release: replay.release,
  }
}

/** Prepares a program on a device. `Limit` names the tensor that is too large; `OutOfMemory`, `DeviceLost` as they come. */
export const prepareOn =
  (device: Device, limits: PlanLimits) =>
  <S extends string, O extends string>(asked: Program<S, O>, beside?: Prepared): TaskEither<Failure, Prepared<S, O>> =>
    effect(async (run) => {
      const program = selecting(asked)
      const schedule = scheduleOf(program, capabilities(device), limits)
      const views = (beside === undefined ? undefined : stores.get(beside)) ?? new Map<string, View>()
      const holdings = await holdingsOf(run, device, schedule, Object.values(program.outputs), views)
      const prepared = preparedOn(program, holdings)
      const own = Object.entries(schedule.state).map(([name, b]): [string, View] => [name, viewOf(holdings.views, b)])
      stores.set(prepared, new Map([...own, ...views]))
      return prepared
    })
