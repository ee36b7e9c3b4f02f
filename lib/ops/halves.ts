/**
 * Operands that a device stores as halves (IEEE 754 binary16), two in a word: which operations read them, and how a node
 * says so. Expressions know nothing of it: the WebGPU executor marks nodes after it has rewritten them.
 */
import { at } from '../at.ts'
import { hasAxis, sizeOf } from '../axis.ts'
import { type Attributes, type Expr, type Op, apply, axesOf } from '../expr.ts'
import { groupsFor } from './kernels.ts'
import { readNames } from './rules.ts'

/** Whether a node reads this argument as halves. */
export const isHalf = (attrs: Attributes, argument: number): boolean =>
  Array.isArray(attrs['halves']) && attrs['halves'].includes(argument)

/** The node with arguments of which these are halves; what it moves bit by bit is halves again. */
export const readingHalves = (node: Expr, args: readonly Expr[], halves: readonly number[]): Expr =>
  node.op.kind === 'alias' ? apply(node.op, node.attrs, ...args) : apply(node.op, { ...node.attrs, halves }, ...args)

/** Sizes after an axis. */
const innerOf = (x: Expr, over: string): number => {
  const axes = axesOf(x)
  return sizeOf(axes.slice(axes.findIndex((a) => a.name === over) + 1))
}

/** Whether a node passes its argument on as halves: the same storage, or whole words of it. */
export const passesHalves = ({ op, attrs, args }: Expr): boolean =>
  op.name === 'reshape' ||
  op.name === 'stop_gradient' ||
  (op.name === 'slice' && innerOf(at(args, 0), at(readNames(attrs['over']), 0)) % 2 === 0)

/** Whether a node has a kernel that reads this argument as halves. */
export const takesHalves = (node: Expr, argument: number): boolean => {
  const { op, attrs, args } = node
  if (op.name === 'contract') return attrs['semiring'] === 'real'
  if (op.name !== 'gather' || argument !== 0) return argument === 0 && passesHalves(node)
  const [source, index] = [at(args, 0), at(args, 1)]
  const inner = axesOf(source).filter(
    (a) => !readNames(attrs['over']).includes(a.name) && !hasAxis(axesOf(index), a.name),
  )
  return sizeOf(inner) % 4 === 0
}

/** Halves as f32, for an operation that reads none. */
const widenOp: Op = {
  name: 'widen',
  kind: 'kernel',
  types: (_attrs, args) => args.slice(0, 1),
  lower: (_attrs, [out]) => {
    const count = sizeOf(out?.axes ?? [])
    const call = { shader: 'widen', preludes: [], overrides: {}, params: { count } }
    return [{ ...call, workgroups: groupsFor(count, 256), buffers: [{ in: 0 }, { out: 0 }] }]
  },
}

/** Halves as f32. */
export const widened = (x: Expr): Expr => apply(widenOp, {}, x)
