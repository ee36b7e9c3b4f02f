/**
 * From a program to a schedule: everything that it needs on a device, as data. Nothing here touches a device.
 */
import { at } from '../at.ts'
import { sizeOf } from '../axis.ts'
import type { Values } from '../dtype.ts'
import { type Program, feedsOf, rootsOf } from '../executor.ts'
import { type Capabilities, type Expr, axesOf } from '../expr.ts'
import { sum } from '../math.ts'
import { type PlanLimits, placeOf, planFor } from '../plan.ts'
import { type PlannedBuffer, arena } from './arena.ts'
import { type Expansion, expand } from './expand.ts'
import { type HalfStates, NO_HALVES, storedBytes, withHalves } from './halves.ts'
import { scanTasks } from './loop.ts'
import {
  type Scope,
  type Task,
  copyTask,
  labelOf,
  planTasks,
  slotLocator,
  uploadBuffer,
  uploadsAmong,
} from './tasks.ts'

/** Everything that a program needs on a device. */
export interface Schedule {
  readonly buffers: readonly PlannedBuffer[]
  readonly tasks: readonly Task[]
  readonly feeds: readonly { readonly input: Expr; readonly buffer: number }[]
  readonly state: Readonly<Record<string, number>>
  /** States that lie as halves. */
  readonly halves: ReadonlySet<string>
  readonly outputs: Readonly<Record<string, number>>
  readonly uploads: readonly { readonly buffer: number; readonly data: Values; readonly input: Expr }[]
}

/** Copies next states over the states, or into rows of them. Values that lie in a state's own buffer are saved first. */
const stateTasks = (
  scope: Scope,
  from: readonly number[],
  to: readonly number[],
  bytes: readonly number[],
  rows: readonly number[],
): readonly Task[] => {
  const overwritten = new Set(to)
  const saved = from.map((buffer, i) =>
    buffer !== to[i] && overwritten.has(buffer) ? scope.memory.take('saved state', at(bytes, i)) : buffer,
  )
  const store = (buffer: number, i: number): readonly Task[] => {
    const [target, size] = [at(to, i), at(bytes, i)]
    const [count, first] = [at(rows, i), sum(rows, 0, i)]
    if (count === 0 || size === 0 || target === buffer) return copyTask(buffer, target, size)
    return Array.from({ length: count }, (_, r): Task => {
      const bytes = size / count
      return { kind: 'append', from: { buffer, offset: r * bytes, bytes }, to: target, index: first + r }
    })
  }
  return [...from.flatMap((buffer, i) => copyTask(buffer, at(saved, i), at(bytes, i))), ...saved.flatMap(store)]
}

/** Outputs that lie in a state's buffer, which the run will overwrite, are saved to buffers of their own. */
const keepOutputs = (
  scope: Scope,
  outputs: readonly number[],
  bytes: readonly number[],
  state: readonly number[],
): { readonly tasks: readonly Task[]; readonly buffers: readonly number[] } => {
  const overwritten = new Set(state)
  const buffers = outputs.map((b, i) => (overwritten.has(b) ? scope.memory.add('output', at(bytes, i)) : b))
  return { buffers, tasks: outputs.flatMap((b, i) => copyTask(b, at(buffers, i), at(bytes, i))) }
}

const byName = (names: readonly string[], buffers: readonly number[]): Readonly<Record<string, number>> =>
  Object.fromEntries(names.map((n, i) => [n, at(buffers, i)]))

/** The schedule of a program for an adapter. Throws `Limit` and `NonFinite` failures. */
export const scheduleOf = (
  program: Program,
  on: Capabilities,
  limits: PlanLimits,
  storage: HalfStates = NO_HALVES,
): Schedule => {
  const expansion: Expansion = { on, uploads: new Map() }
  const { roots, halves } = withHalves(program, expand(rootsOf(program), expansion), storage)
  const feeds = feedsOf(program)
  const states = Object.entries(program.state)
  const half = new Set(states.flatMap(([name, s]) => (halves.has(name) ? [s.input] : [])))
  const inputs = [...feeds, ...states.map(([, s]) => s.input)]
  const memory = arena()
  const uploaded = new Map<Expr, number>()
  const base = { expansion, limits, memory, uploaded, scan: scanTasks }
  const constants = uploadsAmong(roots, expansion)
  const plan = planFor([...inputs, ...constants], roots, limits)
  const given = new Map([
    ...inputs.map((x) => [x, memory.add(labelOf({ node: x, part: 0 }), storedBytes(x, half.has(x)))] as const),
    ...constants.map((x) => [x, uploadBuffer(base, x)] as const),
  ])
  const { locate } = slotLocator(base, plan, [...inputs, ...constants], given)
  const scope: Scope = { ...base, locate }
  const tasks = planTasks(scope, plan)
  const names = Object.keys(program.outputs)
  const at = roots.map((r) => locate(placeOf(r)))
  const bytes = roots.map((r) => 4 * sizeOf(axesOf(r)))
  const stateBuffers = states.map(([, s]) => given.get(s.input) ?? 0)
  const kept = keepOutputs(scope, at.slice(0, names.length), bytes, stateBuffers)
  const advance = stateTasks(
    scope,
    at.slice(names.length),
    stateBuffers,
    bytes.slice(names.length),
    states.map(([, s]) => (s.at === undefined ? 0 : sizeOf(axesOf(s.at)))),
  )
  return {
    tasks: [...tasks, ...kept.tasks, ...advance],
    buffers: memory.buffers(),
    feeds: feeds.map((input) => ({ input, buffer: given.get(input) ?? 0 })),
    state: byName(
      states.map(([n]) => n),
      stateBuffers,
    ),
    halves,
    outputs: byName(names, kept.buffers),
    uploads: [...uploaded].map(([input, buffer]) => ({
      input,
      buffer,
      data: expansion.uploads.get(input) ?? new Float32Array(0),
    })),
  }
}
