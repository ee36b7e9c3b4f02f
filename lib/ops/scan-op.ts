/**
 * `scan`: a loop whose body is a closed sub-expression. Its gradient is a scan in the other direction, of any order.
 *
 * A node has arguments [carries, sequences, constants] and results [final carries, outputs, histories]: `history_i[t]` is
 * carry i before step t, which the gradient needs and executors leave out when nobody asks for it.
 */
import { at } from '../at.ts'
import type { AnyAxis } from '../axis.ts'
import { failure, raise } from '../errors.ts'
import {
  apply,
  axesOf,
  substitute,
  type ArrayType,
  type Attributes,
  type Cotangent,
  type Expr,
  type Op,
  typeOf,
  type Tensor,
  type AnyTensor,
} from '../expr.ts'
import { vjpOf } from './pull-back.ts'
import { reorder, reshape } from './layout.ts'
import { sliceNode } from './slice.ts'
import { concatNodes } from './join.ts'
import { add, constant } from './pointwise.ts'
import { made, readAxes, readDType, readNumber, spreadTo, writeAxes } from './rules.ts'
import { declared } from '../phantom.ts'
import type { DType } from '../dtype.ts'

/** A value that the body of a scan receives at each step. `role` is `carry`, `x`, `const`, or `g…` for a cotangent. */
const argumentOp: Op = {
  name: 'argument',
  kind: 'input',
  types: (attrs) => [{ axes: readAxes(attrs['axes']), dtype: readDType(attrs['dtype']) }],
}

/** The placeholder of one value of a body. */
export const argument = (depth: number, role: string, index: number, type: ArrayType): Expr =>
  apply(argumentOp, { depth, role, index, axes: writeAxes(type.axes), dtype: type.dtype })

/** One result of a node with several. */
const partOp: Op = {
  name: 'part',
  kind: 'alias',
  types: (attrs, _args, [node]) => node?.types.slice(readNumber(attrs['index']), readNumber(attrs['index']) + 1) ?? [],
}

/** Result `index` of a node. */
export const part =
  (index: number) =>
  <A extends string, D extends DType>(node: Expr): Tensor<A, D> =>
    node.types.length === 1 && index === 0 ? declared(node) : made(partOp, { index }, node)

/** What a scan node's attributes say. */
export interface ScanShape {
  readonly axis: AnyAxis
  readonly reverse: boolean
  readonly depth: number
  readonly carries: number
  readonly sequences: number
  readonly outputs: number
  /** Next carries, then outputs, in terms of `argument` nodes. */
  readonly body: readonly Expr[]
}

const isNode = (x: unknown): x is Expr => typeof x === 'object' && x !== null && 'op' in x && 'types' in x

/** Reads a scan node's attributes. */
export const scanShape = (attrs: Attributes): ScanShape => ({
  axis: readAxes([attrs['axis']])[0] ?? raise(failure('Shape', 'scan: the axis is missing', 'build scans with `scan`')),
  reverse: readNumber(attrs['reverse']) === 1,
  depth: readNumber(attrs['depth']),
  carries: readNumber(attrs['carries']),
  sequences: readNumber(attrs['sequences']),
  outputs: readNumber(attrs['outputs']),
  body: Array.isArray(attrs['body']) ? attrs['body'].filter(isNode) : [],
})

/** The type of a value stacked along an axis, which comes first. */
const stacked = (axis: AnyAxis, type: ArrayType): ArrayType => ({
  axes: [axis, ...type.axes],
  dtype: type.dtype,
})

/** The type of a row of a stacked value. */
export const inside = (axis: AnyAxis, type: ArrayType): ArrayType => ({
  axes: type.axes.filter((a) => a.name !== axis.name),
  dtype: type.dtype,
})

const scanOp: Op = {
  name: 'scan',
  kind: 'scan',
  types: (attrs, args) => {
    const { axis, body, carries } = scanShape(attrs)
    const finals = args.slice(0, carries)
    return [
      ...finals,
      ...body.slice(carries).map((y) => stacked(axis, typeOf(y))),
      ...finals.map((c) => stacked(axis, c)),
    ]
  },
  definition: (attrs, args) => unroll(attrs, args),
  vjp: (node, gs) => scanVjp(node, gs),
}

/** The placeholders of a body, in the order of the node's arguments. */
export const bodyArguments = (shape: ScanShape, args: readonly ArrayType[]): readonly Expr[] =>
  args.map((type, i) =>
    i < shape.carries
      ? argument(shape.depth, 'carry', i, type)
      : i < shape.carries + shape.sequences
        ? argument(shape.depth, 'x', i - shape.carries, inside(shape.axis, type))
        : argument(shape.depth, 'const', i - shape.carries - shape.sequences, type),
  )

/** The order in which steps run. */
const steps = ({ axis, reverse }: ScanShape): readonly number[] =>
  Array.from({ length: axis.size }, (_, t) => (reverse ? axis.size - 1 - t : t))

/** The loop written out: what the node means, and how executors without loops run it. */
const unroll = (attrs: Attributes, args: readonly Expr[]): readonly Expr[] => {
  const shape = scanShape(attrs)
  const { axis, carries, sequences, body } = shape
  const places = bodyArguments(shape, args.map(typeOf))
  const rows: (readonly Expr[])[] = []
  const before: (readonly Expr[])[] = []
  let carry = args.slice(0, carries)
  for (const t of steps(shape)) {
    const now = args.map((x, i) => {
      if (i < carries) return at(carry, i)
      if (i >= carries + sequences) return x
      const one = sliceNode(axis.name, t, 1)(x)
      return reshape(inside(axis, typeOf(one)).axes)(one)
    })
    const bound = new Map(places.map((p, i) => [p, at(now, i)]))
    const results = substitute(body, (x) => bound.get(x))
    before[t] = carry
    carry = results.slice(0, carries)
    rows[t] = results.slice(carries)
  }
  const join = (xs: readonly Expr[]) =>
    concatNodes(axis.name)(xs.map((x) => reshape([{ name: axis.name, size: 1 }, ...axesOf(x)])(x)))
  const column = (table: readonly (readonly Expr[])[], i: number) => join(table.flatMap((row) => row.slice(i, i + 1)))
  return [
    ...carry,
    ...Array.from({ length: shape.outputs }, (_, i) => column(rows, i)),
    ...Array.from({ length: carries }, (_, i) => column(before, i)),
  ]
}

const zeros = (type: ArrayType): Expr => spreadTo(type.axes)(constant(0))

const scanVjp = (node: Expr, gs: readonly Cotangent[]): readonly (Expr | undefined)[] => {
  const shape = scanShape(node.attrs)
  const { axis, carries, sequences, outputs, body, depth } = shape
  const types = node.args.map(typeOf)
  const places = bodyArguments(shape, types)
  const smooth = (i: number) => types[i]?.dtype === 'f32'
  const carried = types.flatMap((_t, i) => (smooth(i) && (i < carries || i >= carries + sequences) ? [i] : []))
  const perStep = types.flatMap((_t, i) => (smooth(i) && i >= carries && i < carries + sequences ? [i] : []))
  const results = body.map((y, i) => argument(depth, i < carries ? 'gcarry' : 'gy', i, typeOf(y)))
  const direct = vjpOf(
    body,
    results.map((g, i) => (typeOf(at(body, i)).dtype === 'f32' ? g : undefined)),
    places,
  )
  const history = types.slice(0, carries).map((t, i) => argument(depth, 'ghistory', i, t))
  const running = carried.map((i) => (i < carries ? at(results, i) : argument(depth, 'gconst', i, at(types, i))))
  const next = carried.map((i, j) => {
    const parts = [direct[i], i < carries ? history[i] : running[j]].filter((x) => x !== undefined)
    return parts.map((x): AnyTensor => declared(x)).reduce((a, b) => add(a, b))
  })
  const out = perStep.map((i): Expr => (direct[i] === undefined ? zeros(typeOf(at(places, i))) : direct[i]))
  const full = (index: number): Expr => (gs[index] === undefined ? zeros(at(node.types, index)) : gs[index])
  const order = (x: Expr, i: number) => reorder(at(node.types, i).axes.map((a) => a.name))(x)
  const stackedInputs: readonly (readonly [Expr, Expr])[] = [
    ...places.slice(carries, carries + sequences).map((p, i): readonly [Expr, Expr] => [p, at(node.args, carries + i)]),
    ...places.slice(0, carries).map((p, i): readonly [Expr, Expr] => [p, part(carries + outputs + i)(node)]),
    ...results.slice(carries).map((p, i): readonly [Expr, Expr] => [p, order(full(carries + i), carries + i)]),
    ...history.map((p, i): readonly [Expr, Expr] => [p, order(full(carries + outputs + i), carries + outputs + i)]),
  ]
  const constants = places
    .slice(carries + sequences)
    .map((p, i): readonly [Expr, Expr] => [p, at(node.args, carries + sequences + i)])
  const initial = carried.map((i, j): readonly [Expr, Expr] => [
    at(running, j),
    i < carries ? order(full(i), i) : zeros(at(types, i)),
  ])
  const back = build(axis, !shape.reverse, depth, initial, stackedInputs, constants, next, out)
  return types.map((_t, i) => {
    const c = carried.indexOf(i)
    const x = perStep.indexOf(i)
    return c >= 0 ? part(c)(back) : x >= 0 ? part(carried.length + x)(back) : undefined
  })
}

/** A placeholder of a body with the value that it stands for. */
export type Pair = readonly [placeholder: Expr, value: Expr]

/** Builds a scan node from placeholders with their values, renaming the placeholders to their final roles. */
export const build = (
  axis: AnyAxis,
  reverse: boolean,
  depth: number,
  carries: readonly Pair[],
  sequences: readonly Pair[],
  constants: readonly Pair[],
  next: readonly Expr[],
  out: readonly Expr[],
): Expr => {
  const rename = new Map<Expr, Expr>()
  carries.forEach(([p, v], i) => rename.set(p, argument(depth, 'carry', i, typeOf(v))))
  sequences.forEach(([p], i) => rename.set(p, argument(depth, 'x', i, typeOf(p))))
  constants.forEach(([p], i) => rename.set(p, argument(depth, 'const', i, typeOf(p))))
  const laid = next.map((y, i) => {
    const axes = axesOf(at(at(carries, i), 1))
    return reorder(axes.map((a) => a.name))(spreadTo(axes)(y))
  })
  const body = substitute([...laid, ...out], (x) => rename.get(x))
  const first = sequences.map(([p, v]) => reorder([axis.name, ...axesOf(p).map((a) => a.name)])(v))
  const attrs = {
    axis: { name: axis.name, size: axis.size },
    reverse: Number(reverse),
    depth,
    carries: carries.length,
    sequences: sequences.length,
    outputs: out.length,
    body,
  }
  return apply(scanOp, attrs, ...carries.map(([, v]) => v), ...first, ...constants.map(([, v]) => v))
}

/** The operations of this file, for the table. */
export const scanOps: readonly Op[] = [argumentOp, partOp, scanOp]
