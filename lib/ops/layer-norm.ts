/**
 * Layer normalisation (Ba, Kiros & Hinton 2016) along a named axis, fused forward and backward.
 *
 * Operands in storage order: x [rows …, over] with the normalised axis last, gain and bias [over]. Means and deviations are
 * results as well, since the gradient needs them; a deviation is stored as its inverse, 1/√(variance + ε). A row with elements
 * above 2⁵⁴, whose squares would leave f32, is first multiplied by a power of two, the fourth result (1 elsewhere): mean and
 * deviation are those of the scaled row.
 */
import { absent, at, lastOf, three } from '../at.ts'
import { type AnyAxis, type Axis, axis, findAxis, sizeOf, without } from '../axis.ts'
import { failure, raise } from '../errors.ts'
import {
  type AnyTensor,
  type Attributes,
  type Capabilities,
  type Cotangent,
  type Expr,
  type KernelCall,
  type OnnxBuilder,
  type Op,
  type Operand,
  type Tensor,
  apply,
  axesOf,
} from '../expr.ts'
import { vjpWithin } from './pull-back.ts'
import { extentsOf, reshapeNode, scalarNode } from './emit.ts'
import { columnSumCalls, groupsFor, joining } from './kernels.ts'
import { reorder } from './layout.ts'
import {
  absolute,
  add,
  constant,
  divide,
  greater,
  multiply,
  scale,
  sqrt,
  square,
  subtract,
  where,
} from './pointwise.ts'
import { max, mean } from './reduce.ts'
import { readNames, readNumber, requireDType, requireNumber, spreadTo, sumToAxes } from './rules.ts'
import { part } from './scan-op.ts'
import { declared } from '../phantom.ts'

/** The normalised axis. */
const overOf = (attrs: Attributes, axes: readonly AnyAxis[]): Axis<string> => {
  const { name, size } = findAxis('layer_norm', axes, at(readNames(attrs['over']), 0))
  return size > 0
    ? axis(name, size)
    : raise(
        failure('Shape', `layer_norm: axis '${name}' is empty`, 'normalise over an axis with at least one element', {
          axis: name,
        }),
      )
}

/** Rows with an element above `from` are multiplied by `scale`, so that all large rows lie between 2¹⁷ and 2⁵⁴: the highest first. */
const SCALES: readonly { readonly from: number; readonly scale: number }[] = [
  { from: 2 ** 91, scale: 2 ** -74 },
  { from: 2 ** 54, scale: 2 ** -37 },
]

/** The scale of each row, without its last axis. */
const scaleOf = (x: AnyTensor, over: Axis<string>): AnyTensor => {
  const high = max(over)(absolute(x))
  const one: AnyTensor = declared(spreadTo(without(axesOf(x), [over.name]))(constant(1)))
  return SCALES.reduceRight(
    (other: AnyTensor, { from, scale: s }) => where(greater(high, constant(from)), constant(s), other),
    one,
  )
}

/** x [rows, over], gain [over], bias [over] → y [rows, over]; mean, inverse deviation and scale [rows]. */
const layerNormOp: Op = {
  name: 'layer_norm',
  kind: 'kernel',
  types: (attrs, args) => {
    requireDType('layer_norm', 'f32', ...args)
    const axes = at(args, 0).axes
    const rows = { axes: without(axes, [overOf(attrs, axes).name]), dtype: 'f32' as const }
    return [{ axes, dtype: 'f32' }, rows, rows, rows]
  },
  definition: (attrs, args) => {
    const [x, gain, bias]: readonly AnyTensor[] = args.map((a) => declared(a))
    if (x === undefined || gain === undefined || bias === undefined) return []
    const over = overOf(attrs, axesOf(x))
    const scales = scaleOf(x, over)
    const scaled = multiply(x, scales)
    const centre = mean(over)(scaled)
    const centred = subtract(scaled, centre)
    const floor = scale(readNumber(attrs['epsilon']))(square(scales))
    const inverse = divide(constant(1), sqrt(add(mean(over)(square(centred)), floor)))
    return [add(multiply(multiply(centred, inverse), gain), bias), centre, inverse, scales]
  },
  vjp: (node, gs) => layerNormVjp(node, gs),
  lower: (attrs, _out, [x], on) => {
    const { rows, size } = sizesOf(x?.axes ?? [])
    return [
      {
        shader: 'layer_norm',
        preludes: ['pointwise', joining(size, on), readingOf(size).prelude],
        overrides: {},
        params: { rows, size, epsilon: readNumber(attrs['epsilon']) },
        workgroups: rows,
        buffers: [{ in: 0 }, { in: 1 }, { in: 2 }, { out: 0 }, { out: 1 }, { out: 2 }, { out: 3 }],
      },
    ]
  },
  onnx: (attrs, b, [x = absent(), gain = absent(), bias = absent()], out) => {
    const scales = scalesNode(b, x)
    const scaled = b.node('Mul', [x, scales])
    const epsilon = readNumber(attrs['epsilon'])
    const parts =
      lastOf(at(out, 0).axes).size > ONE_NODE
        ? longNodes(b, [scaled, gain, bias], epsilon)
        : three(b.nodes('LayerNormalization', [scaled, gain, bias], 3, { axis: -1, epsilon: { float: epsilon } }))
    const rows = extentsOf(at(out, 1).axes)
    return [at(parts, 0), ...[...parts.slice(1), scales].map((z) => reshapeNode(b, z, rows))]
  },
}

/** The longest row of the one node, which adds up term by term in a few lanes. */
const ONE_NODE = 65_536

const LAST: readonly number[] = [-1]
const along = (b: OnnxBuilder, type: string, x: string): string =>
  b.node(type, [x, b.constant('i64', [1], LAST)], { keepdims: 1 })

/** The scale of each row, with an axis of one in place of the last. */
const scalesNode = (b: OnnxBuilder, x: string): string => {
  const high = b.node('Max', [along(b, 'ReduceMax', x), b.node('Neg', [along(b, 'ReduceMin', x)])])
  return SCALES.reduceRight(
    (other, { from, scale: s }) =>
      b.node('Where', [b.node('Greater', [high, scalarNode(b, from)]), scalarNode(b, s), other]),
    scalarNode(b, 1),
  )
}

/** The norm of long rows from means that go in blocks: y, mean, inverse deviation. */
const longNodes = (
  b: OnnxBuilder,
  [x = absent(), gain = absent(), bias = absent()]: readonly string[],
  epsilon: number,
): readonly string[] => {
  const centre = along(b, 'ReduceMean', x)
  const centred = b.node('Sub', [x, centre])
  const variance = along(b, 'ReduceMean', b.node('Mul', [centred, centred]))
  const inverse = b.node('Reciprocal', [b.node('Sqrt', [b.node('Add', [variance, scalarNode(b, epsilon)])])])
  const normal = b.node('Mul', [centred, inverse])
  return [b.node('Add', [b.node('Mul', [normal, gain]), bias]), centre, inverse]
}

/**
 * dy, x [rows, over], gain [over]; mean, inverse deviation and scale [rows] → dx [rows, over], dgain, dbias [over]: with
 * x̂ = (x·scale − mean)·inverse and d = dy·gain, dx = scale·inverse·(d − mean(d) − x̂·mean(d·x̂)).
 */
const layerNormBackwardOp: Op = {
  name: 'layer_norm_backward',
  kind: 'kernel',
  types: (attrs, args) => {
    requireDType('layer_norm_backward', 'f32', ...args)
    const axes = at(args, 1).axes
    const columns = { axes: [overOf(attrs, axes)], dtype: 'f32' as const }
    return [{ axes, dtype: 'f32' }, columns, columns]
  },
  definition: (attrs, args) => {
    const [dy, x, gain, centre, inverse, scales]: readonly AnyTensor[] = args.map((a) => declared(a))
    if (dy === undefined || x === undefined || gain === undefined) return []
    if (centre === undefined || inverse === undefined || scales === undefined) return []
    const over = overOf(attrs, axesOf(x))
    const normal = multiply(subtract(multiply(x, scales), centre), inverse)
    const d = multiply(dy, gain)
    const rest = add(mean(over)(d), multiply(normal, mean(over)(multiply(d, normal))))
    const column = sumToAxes([over])
    return [multiply(scales, multiply(inverse, subtract(d, rest))), column(multiply(dy, normal)), column(dy)]
  },
  lower: (_attrs, _out, [, x], on) => backwardCalls(sizesOf(x?.axes ?? []), on),
  onnx: (_attrs, b, inputs, out) => backwardNodes(b, inputs, at(out, 0).axes),
}

interface Sizes {
  readonly rows: number
  readonly size: number
}

const sizesOf = (axes: readonly AnyAxis[]): Sizes => ({
  rows: sizeOf(axes.slice(0, -1)),
  size: lastOf(axes).size,
})

/** How rows are read: four elements at once where they are multiples of 4. */
const readingOf = (size: number): { readonly prelude: string; readonly width: number } =>
  size % 4 === 0 ? { prelude: 'row_four', width: 4 } : { prelude: 'row_one', width: 1 }

/** Rows that one invocation sums for the gradients of gain and bias; partial sums are added by a second kernel. */
const ROW_CHUNK = 64

const backwardCalls = ({ rows, size }: Sizes, on: Capabilities): readonly KernelCall[] => {
  if (rows === 0) return []
  const parts = Math.ceil(rows / ROW_CHUNK)
  const partial = (name: string, result: number): Operand =>
    parts === 1 ? { out: result } : { scratch: name, bytes: 4 * parts * size }
  const [gains, biases] = [partial('gains', 1), partial('biases', 2)]
  const { prelude, width } = readingOf(size)
  const shared = { preludes: ['pointwise', joining(size, on), prelude], overrides: {} }
  const inputs = (...places: readonly number[]): readonly Operand[] => places.map((i) => ({ in: i }))
  return [
    {
      ...shared,
      shader: 'layer_norm_rows',
      params: { rows, size },
      workgroups: rows,
      buffers: [...inputs(0, 1, 2, 3, 4, 5), { out: 0 }],
    },
    {
      ...shared,
      preludes: [prelude],
      shader: 'layer_norm_columns',
      params: { rows, size, parts, chunk: ROW_CHUNK },
      workgroups: groupsFor((parts * size) / width, 64),
      buffers: [...inputs(0, 1, 3, 4, 5), gains, biases],
    },
    ...(parts === 1
      ? []
      : [...columnSumCalls(parts, size, gains, { out: 1 }), ...columnSumCalls(parts, size, biases, { out: 2 })]),
  ]
}

/** The gradient as operators: two row sums, two column sums (as products with a row of ones). */
const backwardNodes = (
  b: OnnxBuilder,
  [
    dy = absent(),
    x = absent(),
    gain = absent(),
    centre = absent(),
    inverse = absent(),
    scale = absent(),
  ]: readonly string[],
  axes: readonly AnyAxis[],
): readonly string[] => {
  const size = lastOf(axes).size
  const rows = sizeOf(axes.slice(0, -1))
  const flat = (name: string): string => reshapeNode(b, name, [rows, size])
  const column = (name: string): string => reshapeNode(b, name, [rows, 1])
  const last = b.constant('i64', [1], [1])
  const [first, slopes] = [flat(dy), column(inverse)]
  const scales = b.node('Mul', [slopes, column(scale)])
  const normal = b.node('Sub', [b.node('Mul', [flat(x), scales]), b.node('Mul', [column(centre), slopes])])
  const d = b.node('Mul', [first, gain])
  const average = b.node('ReduceMean', [d, last], { keepdims: 1 })
  const slope = b.node('ReduceMean', [b.node('Mul', [d, normal]), last], { keepdims: 1 })
  const rest = b.node('Sub', [b.node('Sub', [d, average]), b.node('Mul', [normal, slope])])
  const down = b.constant('i64', [1], [0])
  return [
    reshapeNode(b, b.node('Mul', [rest, scales]), extentsOf(axes)),
    b.node('ReduceSum', [b.node('Mul', [first, normal]), down], { keepdims: 0 }),
    b.node('ReduceSum', [first, down], { keepdims: 0 }),
  ]
}

const layerNormVjp = (node: Expr, [dy, ...others]: readonly Cotangent[]): readonly (Expr | undefined)[] => {
  if (others.some((g) => g !== undefined))
    return vjpWithin(node.op.definition?.(node.attrs, node.args) ?? [], [dy, ...others], node.args)
  const [x, gain] = node.args
  if (dy === undefined || x === undefined || gain === undefined) return []
  const full = reorder(axesOf(x).map((a) => a.name))(spreadTo(axesOf(x))(dy))
  const back = apply(layerNormBackwardOp, node.attrs, full, x, gain, part(1)(node), part(2)(node), part(3)(node))
  return [part(0)(back), part(1)(back), part(2)(back)]
}

/**
 * Layer normalisation: y = (x − mean)/√(variance + ε)·gain + bias, mean and (biased) variance over an axis.
 *
 * @param x any axes, the normalised one among them
 * @param gain the scale of each element of the axis
 * @param bias the shift of each element of the axis
 * @param epsilon ε, 1e-5 unless given
 *
 * @example
 * const model = axis('model', 2)
 * const [one, nought] = [literal(Float64Array.of(1, 1), model), literal(Float64Array.of(0, 0), model)]
 * layerNorm(model)(literal(Float64Array.of(-2, 2), model), one, nought) // => [-0.999999, 0.999999]
 */
export const layerNorm =
  <K extends string>(over: Axis<K>) =>
  <A extends string>(x: Tensor<A | K>, gain: Tensor<K | '1'>, bias: Tensor<K | '1'>, epsilon = 1e-5): Tensor<A | K> => {
    const rows = without(axesOf(x), [over.name]).map((a) => a.name)
    const last = reorder([...rows, over.name])(x)
    requireNumber('layer_norm: an ε of', epsilon, epsilon >= 0 && Number.isFinite(epsilon), 'give a number, 0 or more')
    return part(0)(apply(layerNormOp, { over: [over.name], epsilon }, last, gain, bias))
  }

/** The operations of this file, for the table. */
export const layerNormOps: readonly Op[] = [layerNormOp, layerNormBackwardOp]
