/**
 * Layer normalisation (Ba, Kiros & Hinton 2016) along a named axis, fused forward and backward.
 *
 * Operands in storage order: x [rows …, over] with the normalised axis last, gain and bias [over]. Means and deviations are
 * results as well, since the gradient needs them; a deviation is stored as its inverse, 1/√(variance + ε).
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
import { extentsOf, reshapeNode } from './emit.ts'
import { columnSumCalls, groupsFor, joining } from './kernels.ts'
import { reorder } from './layout.ts'
import { add, constant, divide, multiply, shift, sqrt, square, subtract } from './pointwise.ts'
import { mean } from './reduce.ts'
import { readNames, readNumber, requireDType, spreadTo, sumToAxes } from './rules.ts'
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

/** x [rows, over], gain [over], bias [over] → y [rows, over], mean [rows], inverse deviation [rows]. */
const layerNormOp: Op = {
  name: 'layer_norm',
  kind: 'kernel',
  types: (attrs, args) => {
    requireDType('layer_norm', 'f32', ...args)
    const axes = at(args, 0).axes
    const rows = { axes: without(axes, [overOf(attrs, axes).name]), dtype: 'f32' as const }
    return [{ axes, dtype: 'f32' }, rows, rows]
  },
  definition: (attrs, args) => {
    const [x, gain, bias]: readonly AnyTensor[] = args.map((a) => declared(a))
    if (x === undefined || gain === undefined || bias === undefined) return []
    const over = overOf(attrs, axesOf(x))
    const centre = mean(over)(x)
    const centred = subtract(x, centre)
    const inverse = divide(constant(1), sqrt(shift(readNumber(attrs['epsilon']))(mean(over)(square(centred)))))
    return [add(multiply(multiply(centred, inverse), gain), bias), centre, inverse]
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
        buffers: [{ in: 0 }, { in: 1 }, { in: 2 }, { out: 0 }, { out: 1 }, { out: 2 }],
      },
    ]
  },
  onnx: (attrs, b, [x = absent(), gain = absent(), bias = absent()], out) => {
    const [y, centre, inverse] = three(
      b.nodes('LayerNormalization', [x, gain, bias], 3, {
        axis: -1,
        epsilon: { float: readNumber(attrs['epsilon']) },
      }),
    )
    const rows = extentsOf(at(out, 1).axes)
    return [y, reshapeNode(b, centre, rows), reshapeNode(b, inverse, rows)]
  },
}

/**
 * dy, x [rows, over], gain [over], mean and inverse deviation [rows] → dx [rows, over], dgain, dbias [over]: with
 * x̂ = (x − mean)·inverse and d = dy·gain, dx = inverse·(d − mean(d) − x̂·mean(d·x̂)).
 */
const layerNormBackwardOp: Op = {
  name: 'layer_norm_backward',
  kind: 'kernel',
  types: (attrs, args) => {
    requireDType('layer_norm_backward', 'f32', ...args)
    const axes = at(args, 1).axes
    const along = { axes: [overOf(attrs, axes)], dtype: 'f32' as const }
    return [{ axes, dtype: 'f32' }, along, along]
  },
  definition: (attrs, args) => {
    const [dy, x, gain, centre, inverse]: readonly AnyTensor[] = args.map((a) => declared(a))
    if (dy === undefined || x === undefined || gain === undefined || centre === undefined || inverse === undefined)
      return []
    const over = overOf(attrs, axesOf(x))
    const normal = multiply(subtract(x, centre), inverse)
    const d = multiply(dy, gain)
    const rest = add(mean(over)(d), multiply(normal, mean(over)(multiply(d, normal))))
    const column = sumToAxes([over])
    return [multiply(inverse, subtract(d, rest)), column(multiply(dy, normal)), column(dy)]
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
      buffers: [...inputs(0, 1, 2, 3, 4), { out: 0 }],
    },
    {
      ...shared,
      preludes: [prelude],
      shader: 'layer_norm_columns',
      params: { rows, size, parts, chunk: ROW_CHUNK },
      workgroups: groupsFor((parts * size) / width, 64),
      buffers: [...inputs(0, 1, 3, 4), gains, biases],
    },
    ...(parts === 1
      ? []
      : [...columnSumCalls(parts, size, gains, { out: 1 }), ...columnSumCalls(parts, size, biases, { out: 2 })]),
  ]
}

/** The gradient as operators: two row sums, two column sums (as products with a row of ones). */
const backwardNodes = (
  b: OnnxBuilder,
  [dy = absent(), x = absent(), gain = absent(), centre = absent(), inverse = absent()]: readonly string[],
  axes: readonly AnyAxis[],
): readonly string[] => {
  const size = lastOf(axes).size
  const rows = sizeOf(axes.slice(0, -1))
  const flat = (name: string): string => reshapeNode(b, name, [rows, size])
  const column = (name: string): string => reshapeNode(b, name, [rows, 1])
  const last = b.constant('i64', [1], [1])
  const [first, scales] = [flat(dy), column(inverse)]
  const normal = b.node('Mul', [b.node('Sub', [flat(x), column(centre)]), scales])
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

const layerNormVjp = (node: Expr, [dy, dMean, dInverse]: readonly Cotangent[]): readonly (Expr | undefined)[] => {
  if (dMean !== undefined || dInverse !== undefined)
    return vjpWithin(node.op.definition?.(node.attrs, node.args) ?? [], [dy, dMean, dInverse], node.args)
  const [x, gain] = node.args
  if (dy === undefined || x === undefined || gain === undefined) return []
  const full = reorder(axesOf(x).map((a) => a.name))(spreadTo(axesOf(x))(dy))
  const back = apply(layerNormBackwardOp, node.attrs, full, x, gain, part(1)(node), part(2)(node))
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
    return part(0)(apply(layerNormOp, { over: [over.name], epsilon }, last, gain, bias))
  }

/** The operations of this file, for the table. */
export const layerNormOps: readonly Op[] = [layerNormOp, layerNormBackwardOp]
