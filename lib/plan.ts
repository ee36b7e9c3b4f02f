/**
 * Plans: the order of steps, fused pointwise runs, and which buffer slot holds which value for how long.
 *
 * A plan is data. The WebGPU executor turns each step into dispatches once and replays them; `check` proves that no slot
 * is written while a value in it is still needed. Aliases (`reshape`, `part`, `stop_gradient`) own no storage.
 */
import { at, orElse } from './at.ts'
import { sizeOf } from './axis.ts'
import { type Failure, failure } from './errors.ts'
import { type Program, feedsOf, rootsOf } from './executor.ts'
import { type Expr, axesOf, topological } from './expr.ts'

/** A stored value: result `part` of a node that is not an alias. */
export interface Place {
  readonly node: Expr
  readonly part: number
}

/** The place where a value lies, through aliases. */
export const placeOf = (x: Expr): Place => {
  let [node, index] = [x, 0]
  for (;;) {
    const [inner] = node.args
    if (node.op.kind !== 'alias' || inner === undefined) return { node, part: index }
    if (node.op.name === 'part') index = Number(node.attrs['index'])
    node = inner
  }
}

/** A place as a key. */
export const placeKey = ({ node, part }: Place): string => `${node.id}.${part}`

/** The number of elements of a place. */
export const placeSize = ({ node, part }: Place): number => sizeOf(at(node.types, part).axes)

/** One thing to do: a fused run of pointwise nodes (ending in its root), one kernel operation, or one scan. */
export interface Step {
  readonly root: Expr
  readonly run: readonly Expr[]
  readonly reads: readonly Place[]
  readonly writes: readonly Place[]
}

/** The steps of a computation in order, and where every value lies. */
export interface Plan {
  readonly feeds: readonly Expr[]
  readonly steps: readonly Step[]
  /** Slot of every stored value, by place key. Slots of inputs are never reused. */
  readonly slots: ReadonlyMap<string, number>
  /** Elements (4 bytes each) that each slot must hold. */
  readonly sizes: readonly number[]
}

/** Limits that a fused run must respect. */
export interface PlanLimits {
  /** Values that one run may read (storage buffers of a stage, less the result). */
  readonly maxReads: number
  /** Nodes in one run. */
  readonly maxRun: number
}

/** The limits of a device with WebGPU's guaranteed minimum of eight storage buffers. */
export const defaultLimits: PlanLimits = { maxReads: 7, maxRun: 64 }

const isLeaf = (x: Expr): boolean => x.op.name === 'constant'

const sameDomain = (x: Expr, y: Expr): boolean => {
  const [xs, ys] = [axesOf(x), axesOf(y)]
  return xs.length === ys.length && xs.every((a) => ys.some((b) => b.name === a.name && b.size === a.size))
}

const usersOf = (order: readonly Expr[]): ReadonlyMap<Expr, readonly Expr[]> => {
  const users = new Map<Expr, Expr[]>()
  for (const node of order)
    for (const arg of new Set(node.args)) {
      const list = users.get(arg)
      if (list === undefined) users.set(arg, [node])
      else list.push(node)
    }
  return users
}

/** Places that a run reads from storage: arguments of its nodes that are not in it (pointwise nodes inline constants). */
const readsOf = (run: readonly Expr[]): readonly Place[] => {
  const inside = new Set(run)
  const found = new Map<string, Place>()
  for (const node of run)
    for (const arg of node.args) {
      if (inside.has(arg) || (node.op.kind === 'pointwise' && isLeaf(arg))) continue
      const place = placeOf(arg)
      found.set(placeKey(place), place)
    }
  return [...found.values()]
}

/** For every pointwise node the root of the run that it belongs to: itself, unless all of its users share one root. */
const groups = (
  order: readonly Expr[],
  kept: ReadonlySet<Expr>,
  limits: PlanLimits,
): ReadonlyMap<Expr, readonly Expr[]> => {
  const users = usersOf(order)
  const rootOf = new Map<Expr, Expr>()
  const runs = new Map<Expr, readonly Expr[]>()
  for (const node of [...order].reverse()) {
    if (node.op.kind !== 'pointwise') continue
    const roots = new Set((users.get(node) ?? []).map((u) => (u.op.kind === 'pointwise' ? rootOf.get(u) : undefined)))
    const [root] = roots
    const joined = root === undefined ? [] : [node, ...(runs.get(root) ?? [])]
    const fits =
      root !== undefined &&
      roots.size === 1 &&
      !kept.has(node) &&
      sameDomain(node, root) &&
      joined.length <= limits.maxRun &&
      readsOf(joined).length <= limits.maxReads
    rootOf.set(node, fits ? root : node)
    if (fits) runs.set(root, joined)
    else runs.set(node, [node])
  }
  return runs
}

/** The steps of a program in order. */
const stepsOf = (roots: readonly Expr[], limits: PlanLimits): readonly Step[] => {
  const order = topological(roots)
  const kept = new Set(roots.flatMap((r) => [r, placeOf(r).node]))
  const users = usersOf(order)
  const runs = groups(order, kept, limits)
  const onlyFused = (x: Expr) =>
    isLeaf(x) && !kept.has(x) && (users.get(x) ?? []).every((u) => u.op.kind === 'pointwise')
  return order.flatMap((node): readonly Step[] => {
    if (node.op.kind === 'input' || node.op.kind === 'alias' || onlyFused(node)) return []
    const run = node.op.kind === 'pointwise' ? runs.get(node) : [node]
    if (run === undefined) return []
    return [{ root: node, run, reads: readsOf(run), writes: writesOf(node, order) }]
  })
}

/** Results of a node that somebody reads (all of them for single-valued nodes). */
const writesOf = (node: Expr, order: readonly Expr[]): readonly Place[] => {
  if (node.types.length === 1) return [{ node, part: 0 }]
  const parts = new Set(
    order.filter((x) => x.op.name === 'part' && x.args[0] === node).map((x) => Number(x.attrs['index'])),
  )
  return node.types.flatMap((_t, part) => (parts.has(part) ? [{ node, part }] : []))
}

/** Places that must survive the whole run: what is read back or becomes the next state. */
const lastUses = (steps: readonly Step[], roots: readonly Expr[]): ReadonlyMap<string, number> => {
  const last = new Map<string, number>()
  steps.forEach((step, i) => {
    for (const place of [...step.reads, ...step.writes]) last.set(placeKey(place), i)
  })
  for (const root of roots) last.set(placeKey(placeOf(root)), Number.POSITIVE_INFINITY)
  return last
}

/** Gives every value the smallest free slot that fits, or the largest free one made larger, or a new one. */
const allocateSlots = (
  inputs: readonly Expr[],
  steps: readonly Step[],
  last: ReadonlyMap<string, number>,
): Pick<Plan, 'slots' | 'sizes'> => {
  const slots = new Map<string, number>()
  const sizes: number[] = []
  for (const x of inputs) {
    slots.set(placeKey({ node: x, part: 0 }), sizes.length)
    sizes.push(placeSize({ node: x, part: 0 }))
  }
  const free = new Set<number>()
  steps.forEach((step, i) => {
    for (const place of step.writes) {
      const need = placeSize(place)
      const fitting = [...free].filter((s) => at(sizes, s) >= need).sort((a, b) => at(sizes, a) - at(sizes, b))
      const largest = [...free].sort((a, b) => at(sizes, b) - at(sizes, a))
      const slot = orElse(fitting[0], orElse(largest[0], sizes.length))
      free.delete(slot)
      sizes[slot] = Math.max(orElse(sizes[slot], 0), need)
      slots.set(placeKey(place), slot)
    }
    const fixed = inputs.length
    for (const place of [...step.reads, ...step.writes]) {
      const slot = slots.get(placeKey(place))
      if (slot !== undefined && slot >= fixed && last.get(placeKey(place)) === i) free.add(slot)
    }
  })
  return { slots, sizes }
}

/** The plan for computing `roots` from `inputs`. */
export const planFor = (inputs: readonly Expr[], roots: readonly Expr[], limits: PlanLimits = defaultLimits): Plan => {
  const steps = stepsOf(roots, limits)
  return { feeds: inputs, steps, ...allocateSlots(inputs, steps, lastUses(steps, roots)) }
}

/**
 * The plan of a program: feeds, then state inputs, then everything computed.
 *
 * @example
 * plan(outputs({ x: add(constant(1), constant(2)) })).steps.length // => 1
 */
export const plan = (program: Program, limits: PlanLimits = defaultLimits): Plan =>
  planFor([...feedsOf(program), ...Object.values(program.state).map((s) => s.input)], rootsOf(program), limits)

/**
 * What is wrong with a plan: a value read before it is written, or overwritten while it is still needed.
 *
 * @example
 * check(plan(outputs({ x: add(constant(1), constant(2)) }))) // => []
 */
export const check = (p: Plan): readonly Failure[] => {
  const holder = new Map<number, string>()
  const wrong: Failure[] = []
  for (const x of p.feeds) holder.set(p.slots.get(placeKey({ node: x, part: 0 })) ?? -1, placeKey({ node: x, part: 0 }))
  p.steps.forEach((step, i) => {
    const read = step.reads.map(placeKey)
    for (const key of read)
      if (holder.get(p.slots.get(key) ?? -1) !== key)
        wrong.push(
          failure(
            'Runtime',
            `step ${i} (${step.root.op.name}) reads ${key}, which is not in its slot`,
            'report this plan',
            { step: i, key },
          ),
        )
    for (const place of step.writes) {
      const slot = p.slots.get(placeKey(place)) ?? -1
      if (read.some((key) => p.slots.get(key) === slot))
        wrong.push(
          failure('Runtime', `step ${i} (${step.root.op.name}) writes a slot that it reads`, 'report this plan', {
            step: i,
            slot,
          }),
        )
      if (at(p.sizes, slot) < placeSize(place))
        wrong.push(
          failure('Runtime', `step ${i} (${step.root.op.name}) writes a slot that is too small`, 'report this plan', {
            step: i,
            slot,
          }),
        )
      holder.set(slot, placeKey(place))
    }
  })
  return wrong
}
