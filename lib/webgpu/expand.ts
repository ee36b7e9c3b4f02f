/**
 * Rewriting before planning: operations without a kernel become their definitions, literals become uploads, and a
 * contraction takes over the transposition of its operands.
 */
import { at, orElse } from '../at.ts'
import { type AnyAxis, hasAxis, sizeOf } from '../axis.ts'
import type { Values } from '../dtype.ts'
import { failure, raise } from '../errors.ts'
import { type Capabilities, type Expr, apply, axesOf, definitionOf, topological, typeOf } from '../expr.ts'
import { inputOf, reorder } from '../ops/layout.ts'
import { readNames, spreadTo } from '../ops/rules.ts'
import { part } from '../ops/scan-op.ts'

/** What expansion finds out: constant arrays that are uploaded once, by the input that stands for them. */
export interface Expansion {
  readonly on: Capabilities
  readonly uploads: Map<Expr, Values>
}

type Results = Map<Expr, readonly Expr[]>

const partsOf = (node: Expr): readonly Expr[] =>
  node.types.length === 1 ? [node] : node.types.map((_t, i) => part(i)(node))

/** An input that stands for constant data. */
const upload = ({ uploads }: Expansion, node: Expr, data: Values): Expr => {
  const { axes, dtype } = typeOf(node)
  const placeholder: Expr = inputOf(dtype)(`constant ${node.id}`, ...axes)
  uploads.set(placeholder, data)
  return placeholder
}

const constantData = (node: Expr): Values | undefined => {
  if (node.op.name === 'iota') return Int32Array.from({ length: sizeOf(axesOf(node)) }, (_, i) => i)
  return node.op.name === 'literal' ? node.op.reference?.(node.attrs, node.types, [])[0] : undefined
}

const sameNames = (xs: readonly AnyAxis[], ys: readonly AnyAxis[]): boolean =>
  xs.length === ys.length && xs.every((x, i) => x.name === ys[i]?.name)

/** The operand before a `reorder` that only swaps the kept and the summed axes of a matrix; else the operand. */
const straight = (over: readonly string[], x: Expr, other: Expr): Expr => {
  const [source] = x.args
  if (x.op.name !== 'reorder' || source === undefined) return x
  const axes = axesOf(x)
  const batch = axes.filter((a) => hasAxis(axesOf(other), a.name) && !over.includes(a.name))
  const [first, second] = [true, false].map((summed) =>
    axes.filter((a) => over.includes(a.name) === summed && !batch.includes(a)),
  )
  const turned = [
    [...batch, ...(first ?? []), ...(second ?? [])],
    [...batch, ...(second ?? []), ...(first ?? [])],
  ]
  return turned.some((order) => sameNames(order, axesOf(source))) ? source : x
}

/** A contraction reads either operand transposed at no cost. */
const untransposed = (node: Expr): Expr => {
  const [x, y] = node.args
  if (node.op.name !== 'contract' || x === undefined || y === undefined) return node
  const over = readNames(node.attrs['over'])
  return apply(node.op, node.attrs, straight(over, x, y), straight(over, y, x))
}

const hasKernel = ({ on }: Expansion, node: Expr): boolean => {
  const { kind } = node.op
  return (
    kind !== 'kernel' ||
    node.types.every((t) => sizeOf(t.axes) === 0) ||
    (node.op.lower?.call(node.op, node.attrs, node.types, node.args.map(typeOf), on) ?? []).length > 0
  )
}

/** The value with exactly these axes in this order. */
const inLayout = (axes: readonly AnyAxis[], x: Expr): Expr => reorder(axes.map((a) => a.name))(spreadTo(axes)(x))

const rewritten = (given: Expr, args: readonly Expr[], expansion: Expansion, done: Results): readonly Expr[] => {
  const same = args.every((a, i) => a === given.args[i])
  const node = untransposed(same ? given : apply(given.op, given.attrs, ...args))
  const data = constantData(node)
  if (data !== undefined) return [upload(expansion, node, data)]
  if (hasKernel(expansion, node)) return partsOf(node)
  const meaning =
    definitionOf(node.op, node.attrs, node.args) ??
    raise(
      failure(
        'Limit',
        `operation '${node.op.name}' has no kernel for these sizes on this adapter`,
        'use smaller axes or another executor',
        { op: node.op.name, axes: node.types.map((t) => t.axes) },
      ),
    )
  for (const a of node.args) done.set(a, [a])
  const laidOut = meaning.map((x, i) => inLayout(at(node.types, i).axes, x))
  return expandInto(laidOut, expansion, done)
}

const expandInto = (roots: readonly Expr[], expansion: Expansion, done: Results): readonly Expr[] => {
  for (const node of topological(roots, done)) {
    if (done.has(node)) continue
    const [first] = node.args
    if (node.op.name === 'part' && first !== undefined) {
      const whole = done.get(first)?.[Number(node.attrs['index'])]
      done.set(node, [whole ?? node])
    } else
      done.set(
        node,
        rewritten(
          node,
          node.args.map((a) => orElse(done.get(a)?.[0], a)),
          expansion,
          done,
        ),
      )
  }
  return roots.map((r) => orElse(done.get(r)?.[0], r))
}

/** The same values in terms of operations that the device can run. Throws a `Limit` failure for one that it cannot. */
export const expand = (roots: readonly Expr[], expansion: Expansion): readonly Expr[] =>
  expandInto(roots, expansion, new Map())
