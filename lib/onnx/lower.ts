/**
 * From a program to an ONNX graph.
 *
 * First every operation without an `onnx` member is replaced by its definition. Then nodes are emitted in order. A value
 * keeps the storage order and the axes in which it was computed: a change of order, a new axis name and a broadcast
 * cost nothing until an operation needs the value in a given layout. ONNX broadcasts from the right by position, the
 * library by name; operands are aligned here.
 */
import { at, orElse } from '../at.ts'
import { type AnyAxis, hasAxis } from '../axis.ts'
import type { DType } from '../dtype.ts'
import { failure, raise } from '../errors.ts'
import { type Program, inputName, rootsOf } from '../executor.ts'
import { type ArrayType, type Attributes, type Expr, topological, typeOf } from '../expr.ts'
import { expandNode, extentsOf, reshapeNode } from '../ops/emit.ts'
import { affine } from './affine.ts'
import { blocked } from './blocks.ts'
import { BUILT_IN, expand } from './expand.ts'
import { type Fed, moving } from './inputs.ts'
import { graphBuilder } from './graph.ts'
import type { Dimension, Finished, Graph, GraphBuilder, GraphValue, HostNode } from './types.ts'
import { normed } from './normed.ts'
import { parted } from './parted.ts'
import { rewrite } from './rewrite.ts'
import { scattered } from './scattered.ts'
import { stepByStep } from './steps.ts'

/** A value in the graph: its name, and the axes that it really has, in storage order. */
interface Stored {
  readonly name: string
  readonly axes: readonly AnyAxis[]
  readonly dtype: DType
}

/** A program as a graph. */
export interface Lowered {
  readonly graph: Graph
  readonly hosts: readonly HostNode[]
  /** Inputs of the graph that are inputs of the program. */
  readonly fed: readonly Fed[]
  /** Keys of host values, by the name under which `hosts` refer to them. */
  readonly keys: ReadonlyMap<string, Expr>
  /** The values of the program's roots, in the order of `rootsOf`, without states that stay as they are. */
  readonly roots: readonly GraphValue[]
}

/** What running a program takes besides a session of its graph. */
export type Compiled = Omit<Lowered, 'graph'>

/** Operations that take operands in any storage order and say so in the types they are given. */
const ANY_ORDER: ReadonlySet<string> = new Set([
  'contract',
  'sum',
  'max',
  'min',
  'argmax',
  'argmin',
  'exponential_sums',
  'log_sum_exp',
  'softmax',
  'log_softmax',
  'cumulative_sum',
  'slice',
  'pad',
  'reverse',
])

/** Operations that take a scalar for an argument that is the same everywhere. */
const SCALARS: ReadonlySet<string> = new Set(['lstm', 'lstm_backward'])

/** Operations whose argument (by position) is a key, made on the host. */
const KEY_ARGUMENT: ReadonlyMap<string, number> = new Map([
  ['random_bits', 0],
  ['fold_key', 0],
  ['lstm_sample', 2],
])

const dimensions = (axes: readonly AnyAxis[]): readonly Dimension[] =>
  axes.map(({ name, size }) => ({ size, axis: name }))
const typed = (x: Stored): ArrayType => ({ axes: x.axes, dtype: x.dtype })

/** The value with its axes in the order in which they stand in `order`. */
const transposed = (b: GraphBuilder, x: Stored, order: readonly AnyAxis[]): Stored => {
  const axes = order.filter((a) => hasAxis(x.axes, a.name))
  const perm = axes.map((a) => x.axes.findIndex((c) => c.name === a.name))
  return perm.every((p, i) => p === i) ? x : { ...x, name: b.node('Transpose', [x.name], { perm }), axes }
}

/** A name that ONNX broadcasts along `domain` as the library does by axis name. */
const aligned = (b: GraphBuilder, x: Stored, domain: readonly AnyAxis[]): string => {
  const ordered = transposed(b, x, domain)
  const first = domain.findIndex((a) => hasAxis(ordered.axes, a.name))
  if (first < 0 || domain.length - first === ordered.axes.length) return ordered.name
  return reshapeNode(
    b,
    ordered.name,
    domain.slice(first).map((a) => (hasAxis(ordered.axes, a.name) ? a.size : 1)),
  )
}

/** The value in full, with exactly these axes in this order. */
const inFull = (b: GraphBuilder, x: Stored, axes: readonly AnyAxis[]): Stored => {
  const name = aligned(b, x, axes)
  if (axes.length === x.axes.length) return { ...x, name, axes }
  return { ...x, name: expandNode(b, name, extentsOf(axes)), axes }
}

/** The same value when only axis names change between `from` and `to`; undefined for another reshape. */
const renamed = (x: Stored, from: readonly AnyAxis[], to: readonly AnyAxis[]): Stored | undefined =>
  from.length === to.length && from.every((a, i) => a.size === to[i]?.size)
    ? {
        ...x,
        axes: x.axes.map((a) => orElse(to[from.findIndex((f) => f.name === a.name)], a)),
      }
    : undefined

/** Another form of an operation, for a node whose arguments are in full. */
export type Form = (lowering: Lowering, node: Expr, inputs: readonly Stored[]) => readonly string[]

/** The operation's own form with more attributes, which its nodes read. */
export const formWith =
  (more: Attributes): Form =>
  ({ builder }, { op, attrs, types }, given) =>
    op.onnx?.(
      { ...attrs, ...more },
      builder,
      given.map((x) => x.name),
      types,
      given,
    ) ?? []

/** Lowers nodes one by one; `values` holds what is known of each. */
export interface Lowering {
  readonly builder: GraphBuilder
  readonly values: Map<Expr, readonly Stored[]>
  readonly fed: Fed[]
  readonly keys: Map<string, Expr>
  /** The form that a node takes instead of its operation's own, if any. */
  readonly formOf: (node: Expr) => Form | undefined
}

const valueOf = ({ values }: Lowering, x: Expr): Stored =>
  values.get(x)?.[0] ??
  raise(
    failure(
      'Runtime',
      `operation '${x.op.name}' is used outside the loop that gives it a value`,
      'build the program again',
      { op: x.op.name },
    ),
  )

const declare = ({ builder, fed }: Lowering, node: Expr): readonly Stored[] => {
  if (node.op.name !== 'input') return []
  const { axes, dtype } = typeOf(node)
  const taken = fed.some((f) => f.value.name === inputName(node)) || /^[vch]\d/.test(inputName(node))
  const value: GraphValue = {
    name: taken ? `${inputName(node)}#${node.id}` : inputName(node),
    dtype,
    shape: extentsOf(axes),
    dimensions: dimensions(axes),
  }
  fed.push({ input: node, value })
  return [{ name: builder.input(value), axes, dtype }]
}

/** A uniform made from fresh bits, and a comparison of one with a constant, come ready from the host. */
const fromHost = (lowering: Lowering, node: Expr): string | undefined => {
  const uniform = node.op.name === 'less' ? node.args[0] : node
  const bits = uniform?.op.name === 'unit' ? uniform.args[0] : undefined
  const [key] = bits?.op.name === 'random_bits' ? bits.args : []
  const bound = node.op.name === 'less' ? node.args[1] : undefined
  if (key === undefined || (bound !== undefined && bound.op.name !== 'constant')) return undefined
  const shape = extentsOf(typeOf(uniform ?? node).axes)
  const name = keyName(lowering, key)
  return bound === undefined
    ? lowering.builder.node('host:uniforms', [name], { shape })
    : lowering.builder.node('host:below', [name], { shape, parameter: { float: Number(bound.attrs['value']) } })
}

const keyName = ({ keys }: Lowering, key: Expr): string => {
  const name = `key${key.id}`
  keys.set(name, key)
  return name
}

/** Whether a value is the same everywhere and not 0. */
const isNonZero = ({ op, attrs, args: [x] }: Expr): boolean =>
  op.name === 'constant' ? Number(attrs['value']) !== 0 : x !== undefined && BUILT_IN.has(op.name) && isNonZero(x)

/** Whether 0·x = 0 need not be seen to. */
const isProduct = ({ op, args }: Expr): boolean => op.name === 'annihilate' && isNonZero(at(args, 0))

const lowerPointwise = (lowering: Lowering, node: Expr): readonly Stored[] => {
  const { builder } = lowering
  const host = fromHost(lowering, node)
  if (host !== undefined)
    return [{ name: host, ...typeOf(node.op.name === 'less' ? at(node.args, 0) : node), dtype: typeOf(node).dtype }]
  const xs = node.args.map((a) => valueOf(lowering, a))
  const out = node.op.types(node.attrs, xs.map(typed), node.args)
  const domain = at(out, 0).axes
  const operands = xs.map((x) => aligned(builder, x, domain))
  const form = lowering.formOf(node)
  const names = isProduct(node)
    ? [builder.node('Mul', operands)]
    : form === undefined
      ? node.op.onnx?.(node.attrs, builder, operands, out, xs.map(typed))
      : form(
          lowering,
          node,
          xs.map((x, i) => ({ ...x, name: at(operands, i) })),
        )
  return named(builder, names ?? [], out)
}

const named = (builder: GraphBuilder, names: readonly string[], types: readonly ArrayType[]): readonly Stored[] =>
  types.map((type, i) => {
    const name = at(names, i)
    builder.note(name, extentsOf(type.axes))
    return { name, ...type }
  })

const lowerKernel = (lowering: Lowering, node: Expr): readonly Stored[] => {
  const { builder } = lowering
  const form = lowering.formOf(node)
  if (form !== undefined) {
    const inputs = node.args.map((a) => inFull(builder, valueOf(lowering, a), typeOf(a).axes))
    return named(builder, form(lowering, node, inputs), node.types)
  }
  const key = KEY_ARGUMENT.get(node.op.name)
  const [free, scalars] = [ANY_ORDER.has(node.op.name), SCALARS.has(node.op.name)]
  const xs = node.args.map((a, i): Stored => {
    if (i === key) return { name: keyName(lowering, a), ...typeOf(a) }
    const x = valueOf(lowering, a)
    const asItIs = (free && x.axes.length === typeOf(a).axes.length) || (scalars && x.axes.length === 0)
    return asItIs ? x : inFull(builder, x, typeOf(a).axes)
  })
  const out = free ? node.op.types(node.attrs, xs.map(typed), node.args) : node.types
  return named(
    builder,
    node.op.onnx?.(
      node.attrs,
      builder,
      xs.map((x) => x.name),
      out,
      xs.map(typed),
    ) ?? [],
    out,
  )
}

const lowerNode = (lowering: Lowering, node: Expr): readonly Stored[] => {
  const { builder, values } = lowering
  builder.mark(node.op.name)
  const [first] = node.args
  const { axes, dtype } = typeOf(node)
  if (node.op.kind === 'input') return declare(lowering, node)
  if (node.op.name === 'constant')
    return [{ name: builder.constant(dtype, [], [Number(node.attrs['value'])]), axes, dtype }]
  if (first === undefined || !BUILT_IN.has(node.op.name))
    return node.op.kind === 'pointwise' ? lowerPointwise(lowering, node) : lowerKernel(lowering, node)
  if (node.op.name === 'part') return values.get(first)?.slice(Number(node.attrs['index'])) ?? []
  const x = valueOf(lowering, first)
  if (node.op.name !== 'reshape') return [x]
  const from = typeOf(first).axes
  return [
    renamed(x, from, axes) ?? {
      name: reshapeNode(builder, inFull(builder, x, from).name, extentsOf(axes)),
      axes,
      dtype,
    },
  ]
}

/** Lowers expressions into a builder; the values of each, in full. */
export const lowerInto = (lowering: Lowering, given: readonly Expr[]): readonly Stored[] => {
  const expanded = expand(given, new Map(), (node) => lowering.formOf(node) !== undefined)
  for (const node of topological(expanded))
    if (!lowering.values.has(node)) lowering.values.set(node, lowerNode(lowering, node))
  return expanded.map((x, i) => {
    const { axes, dtype } = typeOf(at(given, i))
    return { ...inFull(lowering.builder, valueOf(lowering, x), axes), axes, dtype }
  })
}

/** A program as it is lowered first: a graph that has not been rewritten, with what the builder knew of it. */
interface Drafted extends Pick<Lowered, 'fed' | 'keys'> {
  readonly draft: Finished
}

/** Lowers a program node by node. Throws a `Runtime` failure for an operation that cannot be expressed. */
export const draft = (program: Program, formOf: Lowering['formOf'] = () => undefined): Drafted => {
  const lowering: Lowering = { builder: graphBuilder(), values: new Map(), fed: [], keys: new Map(), formOf }
  const taken = new Set<string>()
  const roots = lowerInto(lowering, rootsOf(program)).map(
    ({ name, axes, dtype }): GraphValue => ({
      name: lowering.builder.own(name, taken),
      dtype,
      shape: extentsOf(axes),
      dimensions: dimensions(axes),
    }),
  )
  return { draft: lowering.builder.finish(roots), fed: lowering.fed, keys: lowering.keys }
}

/** Lowers a program, some nodes in other forms. Failures as of `draft`. */
export const lower = (program: Program, formOf?: Lowering['formOf']): Lowered => {
  const { draft: first, fed, keys } = draft({ ...program, state: moving(program.state) }, formOf)
  const { graph, hosts } = [affine, parted, normed, stepByStep(), scattered, blocked].reduce(rewrite, first)
  return {
    graph,
    hosts,
    keys,
    roots: graph.outputs,
    fed: fed.filter((f) => graph.inputs.some((v) => v.name === f.value.name)),
  }
}
