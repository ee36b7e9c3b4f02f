/**
 * Expressions: immutable, interned nodes. A tensor *is* an expression; nothing is computed until a program runs.
 *
 * Two expressions built in the same way are the same object, so common parts are shared by construction. The intern
 * table holds weak references: an expression that nobody refers to is collected.
 */
import { at, orElse } from './at.ts'
import { type AnyAxis, type Unit, showAxes } from './axis.ts'
import type { DType, Values } from './dtype.ts'
import { failure, raise } from './errors.ts'

/** Axes (in storage order, row-major) and element type of a value. */
export interface ArrayType {
  readonly axes: readonly AnyAxis[]
  readonly dtype: DType
}

/** A value on the host, with its type. */
export interface Value extends ArrayType {
  readonly data: Values
}

/** What an attribute of a node may hold. */
export type Attribute = number | string | readonly Attribute[] | Expr | Values | { readonly [name: string]: Attribute }
/** The attributes of a node, by name. */
export type Attributes = Readonly<Record<string, Attribute>>

/** A node: an operation applied to arguments. `types` has one entry for each result (one for nearly all operations). */
export interface Expr {
  readonly id: number
  readonly op: Op
  readonly args: readonly Expr[]
  readonly attrs: Attributes
  readonly types: readonly ArrayType[]
}

/** A buffer of a kernel call: an argument, a result, or scratch memory of so many bytes (same `id`, same buffer). */
export type Operand =
  | { readonly in: number }
  | { readonly out: number }
  | { readonly scratch: string; readonly bytes: number }

/** One dispatch: a file of `shaders/` with its preludes, constants, sizes and buffers in binding order. */
export interface KernelCall {
  readonly shader: string
  readonly preludes: readonly string[]
  readonly overrides: Readonly<Record<string, number>>
  readonly params: Readonly<Record<string, number>>
  /** Workgroups: a number is one-dimensional and is split over two dimensions past 65 535. */
  readonly workgroups: number | readonly [number, number, number]
  readonly buffers: readonly Operand[]
}

/** What a lowering may ask of an adapter. */
export interface Capabilities {
  readonly subgroups: boolean
  readonly subgroupSize: number
  readonly software: boolean
  readonly maxWorkgroupStorage: number
  readonly maxInvocations: number
}

/**
 * Builds ONNX nodes. Values are names; `node` appends a node and returns the names of its outputs; `constant` adds an
 * initialiser. Integer dtypes map to int32/uint32 (or int64 where ONNX demands it), bool to bool.
 */
export interface OnnxBuilder {
  node(type: string, inputs: readonly string[], attributes?: Readonly<Record<string, OnnxAttribute>>): string
  nodes(
    type: string,
    inputs: readonly string[],
    outputs: number,
    attributes?: Readonly<Record<string, OnnxAttribute>>,
  ): readonly string[]
  constant(
    dtype: 'f32' | 'i32' | 'u32' | 'i64' | 'bool',
    shape: readonly number[],
    data: readonly number[] | Values,
  ): string
}
/** An attribute of an ONNX node; a number is an integer unless it is marked as a float. */
export type OnnxAttribute = number | string | readonly number[] | { readonly float: number }

/** A cotangent of a node's result, which is f32 and whose axes only the run knows; undefined where nobody depends on it. */
export type Cotangent = AnyTensor | undefined

/**
 * An operation: one definition, over which everything else iterates.
 *
 * Either `reference` (f64, readable: the specification) or `definition` (a composition of other operations, for fused
 * kernels) says what it means; when both are there, a spec checks that they agree.
 */
export interface Op {
  readonly name: string
  /** How executors treat it: `alias` shares its argument's storage, `pointwise` may be fused, `input` is fed. */
  readonly kind: 'input' | 'alias' | 'pointwise' | 'kernel' | 'scan'
  /** Types of the results; runs when the node is built and throws a `Shape` or `DType` failure. */
  types(attrs: Attributes, args: readonly ArrayType[], nodes: readonly Expr[]): readonly ArrayType[]
  /** The specification. `xs` are the arguments; f32 values are f64. */
  reference?(attrs: Attributes, out: readonly ArrayType[], xs: readonly Value[]): readonly Values[]
  /** The meaning as a composition of other operations. */
  definition?(attrs: Attributes, args: readonly Expr[]): readonly Expr[]
  /** Cotangents of the results → those of the arguments, linear in `gs`. Absent: no gradient flows. */
  vjp?(node: Expr, gs: readonly Cotangent[]): readonly (Expr | undefined)[]
  /** The function of the prelude `pointwise` that a fused run calls (for `pointwise` operations), by operand dtype. */
  wgsl?(attrs: Attributes, args: readonly DType[], out: DType): string
  /** Kernel calls; absent: through `definition`. */
  lower?(
    attrs: Attributes,
    out: readonly ArrayType[],
    args: readonly ArrayType[],
    on: Capabilities,
  ): readonly KernelCall[]
  /** ONNX nodes; absent: through `definition`. */
  onnx?(
    attrs: Attributes,
    builder: OnnxBuilder,
    inputs: readonly string[],
    out: readonly ArrayType[],
    args: readonly ArrayType[],
  ): readonly string[]
}

declare const phantom: unique symbol

/**
 * A tensor: an expression with one result whose axis names `A` (a union that always contains the unit axis `'1'`) and
 * element type `D` the compiler knows. Invariant in both: a missing axis and an extra one are both rejected. The phantom
 * is in the type alone and required there: an expression becomes a tensor by the signature of an operation, or by `typed`,
 * which looks at its axes.
 */
export interface Tensor<in out A extends string, in out D extends DType = 'f32'> extends Expr {
  readonly [phantom]: readonly [axes: (a: A) => A, dtype: (d: D) => D]
}

/** A tensor without axes. */
export type Scalar = Tensor<Unit>

/** A tensor whose axes only matter at run time. */
export type AnyTensor<D extends DType = 'f32'> = Tensor<string, D>

const table = new Map<string, WeakRef<Expr>>()
const collected = new FinalizationRegistry<string>((key) => {
  if (table.get(key)?.deref() === undefined) table.delete(key)
})
const arrayIds = new WeakMap<object, number>()
let nextId = 0
let nextArray = 0

const arrayId = (data: Values): number => {
  const known = arrayIds.get(data)
  if (known !== undefined) return known
  nextArray += 1
  arrayIds.set(data, nextArray)
  return nextArray
}

/** Whether it is an array of values. */
export const isValues = (a: unknown): a is Values =>
  a instanceof Float64Array || a instanceof Float32Array || a instanceof Int32Array || a instanceof Uint32Array

/** Whether an attribute is an expression. */
export const isExpr = (a: Attribute): a is Expr => typeof a === 'object' && 'op' in a && 'args' in a

const encode = (a: Attribute): string => {
  if (typeof a === 'number') return Object.is(a, -0) ? '-0' : String(a)
  if (typeof a === 'string') return JSON.stringify(a)
  if (isValues(a)) return `@${arrayId(a)}`
  if (isArray(a)) return `[${a.map(encode).join(',')}]`
  if (isExpr(a)) return `#${a.id}`
  return `{${Object.keys(a)
    .sort()
    .map((name) => `${name}:${encode(orElse(a[name], ''))}`)
    .join(',')}}`
}

const isArray = (a: Attribute): a is readonly Attribute[] => Array.isArray(a)

const checkNames = (op: string, axes: readonly AnyAxis[]): void => {
  if (new Set(axes.map((a) => a.name)).size < axes.length)
    raise(
      failure(
        'Shape',
        `${op}: an axis name occurs twice in ${showAxes(axes)}`,
        'give every axis of a tensor a name of its own',
        { axes },
      ),
    )
}

/** The node `op(attrs; args)`: the same one for the same arguments. Throws what the operation's type rule throws, and `Shape` for an axis name that occurs twice. */
export const apply = (op: Op, attrs: Attributes, ...args: readonly Expr[]): Expr => {
  const key = `${op.name}${encode(attrs)}(${args.map((x) => x.id).join(',')})`
  const known = table.get(key)?.deref()
  if (known !== undefined) return known
  const types = op.types(attrs, args.map(typeOf), args)
  for (const { axes } of types) checkNames(op.name, axes)
  nextId += 1
  const node: Expr = Object.freeze({
    id: nextId,
    op,
    args: Object.freeze([...args]),
    attrs: Object.freeze(attrs),
    types,
  })
  table.set(key, new WeakRef(node))
  collected.register(node, key)
  return node
}

/** The type of an expression's first result (its only one, for all but multi-valued operations). */
export const typeOf = (x: Expr): ArrayType => at(x.types, 0)

/** The axes of an expression, in storage order. */
export const axesOf = (x: Expr): readonly AnyAxis[] => typeOf(x).axes

/** The number of live nodes in the intern table. */
export const internedCount = (): number => table.size

const NONE: ReadonlySet<Expr> = new Set()

/** Nodes reachable from `roots` (not past `leaves`), arguments before users; an explicit stack, since graphs are deep. */
export const topological = (roots: readonly Expr[], leaves: { has(x: Expr): boolean } = NONE): readonly Expr[] => {
  const order: Expr[] = []
  const done = new Set<Expr>()
  const stack: { readonly node: Expr; next: number }[] = []
  for (const root of roots) {
    if (done.has(root)) continue
    stack.push({ node: root, next: 0 })
    while (stack.length > 0) {
      const top = stack[stack.length - 1]
      if (top === undefined) break
      const arg = leaves.has(top.node) ? undefined : top.node.args[top.next]
      if (arg === undefined) {
        stack.pop()
        if (!done.has(top.node)) {
          done.add(top.node)
          order.push(top.node)
        }
      } else {
        top.next += 1
        if (!done.has(arg)) stack.push({ node: arg, next: 0 })
      }
    }
  }
  return order
}

/** Rebuilds `roots` with some nodes replaced; `replace` is asked first, and undefined keeps the operation. */
export const substitute = (roots: readonly Expr[], replace: (x: Expr) => Expr | undefined): readonly Expr[] => {
  const rebuilt = new Map<Expr, Expr>()
  const at = (x: Expr): Expr => rebuilt.get(x) ?? x
  for (const node of topological(roots)) {
    const args = node.args.map(at)
    const same = args.every((a, i) => a === node.args[i])
    rebuilt.set(node, replace(node) ?? (same ? node : apply(node.op, node.attrs, ...args)))
  }
  return roots.map(at)
}

/** Stands for an argument while a definition is written out. */
const standInOp: Op = {
  name: 'stand_in',
  kind: 'input',
  types: (attrs) => standIns.get(attrs) ?? [],
}

const standIns = new WeakMap<Attributes, readonly ArrayType[]>()

const standIn = (x: Expr, index: number): Expr => {
  const { axes, dtype } = typeOf(x)
  const attrs: Attributes = { index, dtype, axes: axes.map(({ name, size }) => ({ name, size })) }
  standIns.set(attrs, [typeOf(x)])
  return apply(standInOp, attrs)
}

/**
 * The definition of an operation in terms of exactly these arguments, which whoever evaluates or differentiates it knows.
 * (Written out on an argument that is itself a change of storage order, it might look through that to what lies behind.)
 */
export const definitionOf = (op: Op, attrs: Attributes, args: readonly Expr[]): readonly Expr[] | undefined => {
  if (op.definition === undefined || !args.some((a) => a.op.name === 'reorder')) return op.definition?.(attrs, args)
  const standing = args.map(standIn)
  return substitute(op.definition(attrs, standing), (x) => args[standing.indexOf(x)])
}

/**
 * A listing of an expression, one node a line: number, operation, attributes, arguments, axes.
 *
 * @example
 * print(input('x')) // => '%0 = input() name=x axes=[] dtype=f32 : f32[]'
 */
export const print = (...roots: readonly Expr[]): string => {
  const order = topological(roots)
  const number = new Map(order.map((node, i) => [node, i]))
  const attribute = (a: Attribute): string => {
    if (typeof a === 'number' || typeof a === 'string') return String(a)
    if (isArray(a)) return `[${a.map(attribute).join(' ')}]`
    if (isExpr(a)) return `<${a.op.name}>`
    if (isValues(a)) return `<${a.length} values>`
    const { name, size, ...others } = a
    const isAxis = typeof name === 'string' && typeof size === 'number' && Object.keys(others).length === 0
    return isAxis ? `${name}=${size}` : `{${Object.keys(a).join(' ')}}`
  }
  return order
    .map((node, i) => {
      const attrs = Object.entries(node.attrs).map(([name, a]) => ` ${name}=${attribute(a)}`)
      const types = node.types.map((t) => `${t.dtype}[${t.axes.length === 0 ? '' : showAxes(t.axes)}]`)
      return `%${i} = ${node.op.name}(${node.args.map((x) => `%${number.get(x)}`).join(', ')})${attrs.join('')} : ${types.join(', ')}`
    })
    .join('\n')
}
