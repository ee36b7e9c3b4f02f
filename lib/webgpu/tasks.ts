/**
 * From a plan to tasks: dispatches and copies over numbered buffers, as data. Nothing here touches a device.
 */
import { at } from '../at.ts'
import { showAxes, sizeOf } from '../axis.ts'
import { failure, raise } from '../errors.ts'
import { inputName } from '../executor.ts'
import { type Expr, type KernelCall, type Operand, axesOf, topological, typeOf } from '../expr.ts'
import { type Place, type Plan, type PlanLimits, type Step, placeKey, placeOf, placeSize } from '../plan.ts'
import type { Arena } from './arena.ts'
import type { Expansion } from './expand.ts'
import { ENTRY, fuse } from './fuse.ts'
import type { ShaderBody } from '../shader.ts'

/** A range of bytes of a planned buffer; `bytes` 0 stands for all of it. */
interface Range {
  readonly buffer: number
  readonly offset: number
  readonly bytes: number
}

/** One task of a schedule. */
export type Task =
  | {
      readonly kind: 'dispatch'
      readonly call: Omit<KernelCall, 'buffers'>
      readonly source?: ShaderBody
      readonly buffers: readonly number[]
    }
  | { readonly kind: 'copy'; readonly from: Range; readonly to: Range }
  /** A copy to the row of `to` (as large as `from`) whose number is index `index` of the run. */
  | { readonly kind: 'append'; readonly from: Range; readonly to: number; readonly index: number }

/** What lowering a plan needs: the adapter, limits, memory, constants, and where each value lies. */
export interface Scope {
  readonly expansion: Expansion
  readonly limits: PlanLimits
  readonly memory: Arena
  readonly uploaded: Map<Expr, number>
  readonly locate: (place: Place) => number
  /** How a scan becomes tasks. */
  readonly scan: (scope: Scope, step: Step) => readonly Task[]
}

/** Bytes of a place: every element type has four. */
export const bytesOf = (place: Place): number => 4 * placeSize(place)

/** What a place holds, for messages. */
export const labelOf = ({ node, part }: Place): string => {
  const name = node.op.kind === 'input' ? `input '${inputName(node)}'` : node.op.name
  return `${name} (${showAxes(at(node.types, part).axes)})`
}

/** The buffer of constant data, uploaded once for the whole program. */
export const uploadBuffer = ({ uploaded, memory }: Pick<Scope, 'uploaded' | 'memory'>, x: Expr): number => {
  const known = uploaded.get(x)
  if (known !== undefined) return known
  const buffer = memory.add(`constant (${showAxes(axesOf(x))})`, 4 * sizeOf(axesOf(x)))
  uploaded.set(x, buffer)
  return buffer
}

/** A copy of some bytes. */
export const copyTask = (from: number, to: number, bytes: number, fromOffset = 0, toOffset = 0): readonly Task[] =>
  bytes === 0 || from === to
    ? []
    : [{ kind: 'copy', from: { buffer: from, offset: fromOffset, bytes }, to: { buffer: to, offset: toOffset, bytes } }]

const fusedTasks = (scope: Scope, step: Step): readonly Task[] => {
  const { source, preludes, params, workgroups, reads } = fuse(step, scope.expansion.on)
  const buffers = [...reads.map(scope.locate), scope.locate({ node: step.root, part: 0 })]
  return [{ kind: 'dispatch', call: { shader: ENTRY, preludes, overrides: {}, params, workgroups }, source, buffers }]
}

/** Buffers of scratch operands and of results that nobody reads, taken for one step. */
const scratchOf = (scope: Scope, step: Step, calls: readonly KernelCall[]): ReadonlyMap<string, number> => {
  const bytes = new Map<string, number>()
  const need = (key: string, n: number): unknown => bytes.set(key, Math.max(n, bytes.get(key) ?? 0))
  const written = new Set(step.writes.map((w) => w.part))
  for (const operand of calls.flatMap((c) => c.buffers)) {
    if ('scratch' in operand) need(`scratch ${operand.scratch}`, operand.bytes)
    else if ('out' in operand && !written.has(operand.out))
      need(`result ${operand.out}`, bytesOf({ node: step.root, part: operand.out }))
  }
  return new Map([...bytes].map(([key, n]) => [key, scope.memory.take(`${key} of ${step.root.op.name}`, n)]))
}

const kernelTasks = (scope: Scope, step: Step): readonly Task[] => {
  const { op, attrs, types, args } = step.root
  const calls = op.lower?.(attrs, types, args.map(typeOf), scope.expansion.on) ?? []
  const scratch = scratchOf(scope, step, calls)
  const bufferOf = (operand: Operand): number => {
    if ('in' in operand) return scope.locate(placeOf(at(args, operand.in)))
    if ('scratch' in operand) return scratch.get(`scratch ${operand.scratch}`) ?? 0
    return scratch.get(`result ${operand.out}`) ?? scope.locate({ node: step.root, part: operand.out })
  }
  const tasks = calls.map(({ buffers, ...call }): Task => ({ kind: 'dispatch', call, buffers: buffers.map(bufferOf) }))
  scope.memory.give([...scratch.values()])
  return tasks
}

const isEmpty = (step: Step): boolean => step.writes.every((w) => placeSize(w) === 0)

/** The tasks of a plan in order. */
export const planTasks = (scope: Scope, plan: Plan): readonly Task[] =>
  plan.steps.flatMap((step): readonly Task[] => {
    if (isEmpty(step)) return []
    if (step.root.op.kind === 'pointwise') return fusedTasks(scope, step)
    return step.root.op.kind === 'scan' ? scope.scan(scope, step) : kernelTasks(scope, step)
  })

/** Inputs among the ancestors of `roots` that stand for constant data. */
export const uploadsAmong = (roots: readonly Expr[], { uploads }: Expansion): readonly Expr[] =>
  topological(roots).filter((x) => uploads.has(x))

/** Labels of slots: the largest value that each holds. */
const slotLabels = (plan: Plan, inputs: readonly Expr[]): readonly string[] => {
  const best = new Map<number, Place>()
  const places = [...inputs.map((node): Place => ({ node, part: 0 })), ...plan.steps.flatMap((s) => s.writes)]
  for (const place of places) {
    const slot = plan.slots.get(placeKey(place)) ?? -1
    const known = best.get(slot)
    if (known === undefined || placeSize(known) < placeSize(place)) best.set(slot, place)
  }
  return plan.sizes.map((_n, i) => {
    const place = best.get(i)
    return place === undefined ? 'nothing' : labelOf(place)
  })
}

/** Where the values of a plan lie: inputs as given, everything else in slots of the arena. */
export const slotLocator = (
  { memory }: Pick<Scope, 'memory'>,
  plan: Plan,
  inputs: readonly Expr[],
  given: ReadonlyMap<Expr, number>,
): { readonly locate: Scope['locate']; readonly taken: readonly number[] } => {
  const labels = slotLabels(plan, inputs)
  const givenSlots = new Map(
    inputs.flatMap((x) => {
      const b = given.get(x)
      return b === undefined ? [] : [[plan.slots.get(placeKey({ node: x, part: 0 })) ?? -1, b] as const]
    }),
  )
  const taken: number[] = []
  const buffers = plan.sizes.map((n, i) => {
    const known = givenSlots.get(i)
    if (known !== undefined) return known
    const buffer = memory.take(at(labels, i), 4 * n)
    taken.push(buffer)
    return buffer
  })
  const locate = (place: Place): number => {
    const slot = plan.slots.get(placeKey(place))
    const buffer = slot === undefined ? undefined : buffers[slot]
    return (
      buffer ??
      raise(
        failure('Runtime', `${labelOf(place)} was never computed`, 'report this program', { place: placeKey(place) }),
      )
    )
  }
  return { locate, taken }
}
