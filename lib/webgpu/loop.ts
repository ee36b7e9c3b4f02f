/**
 * Scans on a device: the body is planned once, and its tasks are repeated for every step. Carries stay in buffers of their
 * own; rows of sequences are copied in and rows of outputs copied out. A scan inside a body is lowered the same way.
 */
import { at } from '../at.ts'
import { sizeOf } from '../axis.ts'
import { type Expr, axesOf, typeOf } from '../expr.ts'
import { bodyArguments, scanShape } from '../ops/scan-op.ts'
import { type Step, placeOf, planFor } from '../plan.ts'
import { expand } from './expand.ts'
import {
  type Scope,
  type Task,
  bytesOf,
  copyTask,
  planTasks,
  slotLocator,
  uploadBuffer,
  uploadsAmong,
} from './tasks.ts'

const rowBytes = (x: Expr): number => 4 * sizeOf(axesOf(x))

/** The next carries over the carries; those that lie in another carry's buffer are saved first. */
const carryTasks = (
  scope: Scope,
  next: readonly number[],
  carry: readonly number[],
  bytes: readonly number[],
): readonly Task[] => {
  const overwritten = new Set(carry)
  const saved = next.map((b, i) =>
    b !== carry[i] && overwritten.has(b) ? scope.memory.take('saved carry', at(bytes, i)) : b,
  )
  const tasks = [
    ...next.flatMap((b, i) => copyTask(b, at(saved, i), at(bytes, i))),
    ...saved.flatMap((b, i) => copyTask(b, at(carry, i), at(bytes, i))),
  ]
  scope.memory.give(saved.filter((b, i) => b !== next[i]))
  return tasks
}

/** The tasks of a scan. */
export const scanTasks = (scope: Scope, step: Step): readonly Task[] => {
  const { memory } = scope
  const node = step.root
  const shape = scanShape(node.attrs)
  const { carries, sequences, axis } = shape
  const outer = node.args.map((a) => scope.locate(placeOf(a)))
  const places = bodyArguments(shape, node.args.map(typeOf))
  const own = places.map((p, i) =>
    i < carries + sequences ? memory.take(`step of ${node.op.name}`, rowBytes(p)) : at(outer, i),
  )
  const body = expand(shape.body, scope.expansion)
  const constants = uploadsAmong(body, scope.expansion)
  const inputs = [...places, ...constants]
  const given = new Map([
    ...places.map((p, i) => [p, at(own, i)] as const),
    ...constants.map((x) => [x, uploadBuffer(scope, x)] as const),
  ])
  const plan = planFor(inputs, body, scope.limits)
  const { locate, taken } = slotLocator(scope, plan, inputs, given)
  const inner = planTasks({ ...scope, locate }, plan)
  const results = body.map((y) => locate(placeOf(y)))
  const carryBytes = places.slice(0, carries).map(rowBytes)
  const advance = carryTasks(scope, results.slice(0, carries), own.slice(0, carries), carryBytes)
  const target = new Map(step.writes.map((w) => [w.part, scope.locate(w)]))
  const store = (part: number, from: number, bytes: number, t: number): readonly Task[] => {
    const to = target.get(part)
    return to === undefined ? [] : copyTask(from, to, bytes, 0, t * bytes)
  }
  const oneStep = (t: number): readonly Task[] => [
    ...places
      .slice(carries, carries + sequences)
      .flatMap((p, i) => copyTask(at(outer, carries + i), at(own, carries + i), rowBytes(p), t * rowBytes(p))),
    ...carryBytes.flatMap((bytes, i) => store(carries + shape.outputs + i, at(own, i), bytes, t)),
    ...inner,
    ...body.slice(carries).flatMap((y, i) => store(carries + i, at(results, carries + i), rowBytes(y), t)),
    ...advance,
  ]
  const steps = Array.from({ length: axis.size }, (_, s) => oneStep(shape.reverse ? axis.size - 1 - s : s))
  const initial = carryBytes.flatMap((bytes, i) => copyTask(at(outer, i), at(own, i), bytes))
  const finals = step.writes.flatMap((w) =>
    w.part < carries ? copyTask(at(own, w.part), scope.locate(w), bytesOf(w)) : [],
  )
  memory.give([...taken, ...own.slice(0, carries + sequences)])
  return [...initial, ...steps.flat(), ...finals]
}
