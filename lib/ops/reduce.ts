/**
 * Reductions over named axes: sum, maximum, minimum, log-sum-exp, argmax, running sums; mean and softmax from them.
 */
import { absent, at, outside } from '../at.ts'
import { type Axis, findAxis, sizeOf, type AnyAxis, type Unit } from '../axis.ts'
import { type DType, type Numeric, allocate } from '../dtype.ts'
import { failure, raise } from '../errors.ts'
import {
  type AnyTensor,
  type ArrayType,
  type Attributes,
  type Expr,
  type OnnxBuilder,
  type Op,
  type Tensor,
  type Value,
  apply,
  axesOf,
} from '../expr.ts'
import { axisOf, LARGEST, scalarNode, wide } from './emit.ts'
import { argmaxOp, argminOp, maxOp, minOp, reducedTypes } from './extremes.ts'
import { around, elementOf, groupsFor } from './kernels.ts'
import { absolute, constant, lessEqual, scale, shift, where } from './pointwise.ts'
import { made, readNames, readNumber, requireDType, spreadTo, sumOp, sumToAxes } from './rules.ts'
import { logSoftmaxOp, logSumExpOp, softmaxOp } from './softmax.ts'
import { declared } from '../phantom.ts'

const cumulativeSumOp: Op = {
  name: 'cumulative_sum',
  kind: 'kernel',
  types: (attrs, [x]) => {
    if (x === undefined) return []
    for (const name of readNames(attrs['over'])) findAxis('cumulative_sum', x.axes, name)
    return [x]
  },
  reference: (attrs, [out], [x]) => (out === undefined || x === undefined ? [] : [runningSum(attrs, out, x)]),
  vjp: (node, [g]) => [
    g === undefined
      ? undefined
      : apply(cumulativeSumOp, { ...node.attrs, reverse: 1 - readNumber(node.attrs['reverse']) }, g),
  ],
  lower: (attrs, _out, [x]) => {
    if (x === undefined) return []
    const { outer, size, inner } = around(x.axes, at(readNames(attrs['over']), 0))
    const params = { outer, size, inner, backward: readNumber(attrs['reverse']) }
    return [
      {
        shader: 'cumulative_sum',
        preludes: [elementOf(x.dtype)],
        overrides: {},
        params,
        workgroups: groupsFor(outer * inner, 64),
        buffers: [{ in: 0 }, { out: 0 }],
      },
    ]
  },
  onnx: (attrs, b, inputs, out, args) => {
    const along = b.constant('i64', [], [axisOf(readNames(attrs['over'])[0], args[0])])
    const sums = (builder: OnnxBuilder, x: string): string =>
      builder.node('CumSum', [x, along], { reverse: readNumber(attrs['reverse']) })
    return wide(['u32'], (builder, [x = absent()], type) =>
      type === 'f32' ? carefulNode(builder, x, (y) => sums(builder, y)) : sums(builder, x),
    )(attrs, b, inputs, out, args)
  },
}

/** A sum, and where it leaves f32 the sum of elements made smaller by a power of two: it may come back. */
const carefulNode = (b: OnnxBuilder, x: string, sums: (y: string) => string): string => {
  const plain = sums(x)
  const careful = b.node('Mul', [sums(b.node('Mul', [x, scalarNode(b, 2 ** -32)])), scalarNode(b, 2 ** 32)])
  const inside = b.node('LessOrEqual', [b.node('Abs', [plain]), scalarNode(b, LARGEST)])
  return b.node('Where', [inside, plain, careful])
}

const runningSum = (attrs: Attributes, out: ArrayType, x: Value): Float64Array | Int32Array | Uint32Array => {
  const data = allocate(out.dtype, sizeOf(out.axes))
  const d = x.axes.findIndex((a) => a.name === readNames(attrs['over'])[0])
  const [size, stride] = [at(x.axes, d).size, sizeOf(x.axes.slice(d + 1))]
  const step = readNumber(attrs['reverse']) === 1 ? -1 : 1
  for (let i = 0; i < data.length; i++) {
    if (Math.floor(i / stride) % size !== 0) continue
    let sum = 0
    for (let k = 0; k < size; k++) {
      const place = i + (step === 1 ? k : size - 1 - k) * stride
      sum += x.data[place] ?? outside(x.data, place)
      data[place] = sum
    }
  }
  return data
}

/** Σ/n, and where the sum leaves f32 the sum of elements made smaller by a power of two. */
const meanOp: Op = {
  name: 'mean',
  kind: 'kernel',
  types: (attrs, args, nodes) => {
    requireDType('mean', 'f32', ...args)
    return reducedTypes('mean')(attrs, args, nodes)
  },
  definition: (attrs, [x]) => {
    if (x === undefined) return []
    const given: AnyTensor = declared(x)
    const { size } = findAxis('mean', axesOf(x), at(readNames(attrs['over']), 0))
    const average = (y: AnyTensor): AnyTensor => scale(1 / size)(made(sumOp, attrs, y))
    const plain = average(given)
    // The same power for every size, so that one exported graph serves all.
    const careful = scale(2 ** 32)(average(scale(2 ** -32)(given)))
    return [where(lessEqual(absolute(plain), constant(LARGEST)), plain, careful)]
  },
  vjp: (node, [g]) => {
    const [x] = node.args
    if (g === undefined || x === undefined) return [undefined]
    const { size } = findAxis('mean', axesOf(x), at(readNames(node.attrs['over']), 0))
    return [spreadTo(axesOf(x))(scale(1 / size)(g))]
  },
}

const checked = <X extends Expr>(op: string, over: { readonly name: string; readonly size: number }, x: X): X => {
  const found = findAxis(op, axesOf(x), over.name)
  return found.size === over.size
    ? x
    : raise(
        failure(
          'Shape',
          `${op}: axis '${over.name}' has size ${found.size} in the tensor, not ${over.size}`,
          'use the axis with which the tensor was made',
          { op, axis: over.name, sizes: [found.size, over.size] },
        ),
      )
}

const reduceBy = <A extends string, D extends DType>(
  op: Op,
  over: { readonly name: string; readonly size: number },
  x: Expr,
): Tensor<A, D> => made(op, { over: [over.name] }, checked(op.name, over, x))

/**
 * Σ over an axis.
 *
 * @example
 * const n = axis('n', 3)
 * sum(n)(literal(Float64Array.of(1, 3, 2), n)) // => 6
 */
export const sum: <K extends string>(
  over: Axis<K>,
) => <A extends string, D extends Numeric = 'f32'>(x: Tensor<A | K, D>) => Tensor<A, D> = (over) => (x) =>
  reduceBy(sumOp, over, x)
/**
 * Σ over several axes.
 *
 * @example
 * const [i, j] = [axis('i', 2), axis('j', 2)]
 * sumOver(i, j)(literal(Float64Array.of(1, 2, 3, 4), i, j)) // => 10
 */
export const sumOver =
  <const Ks extends readonly { readonly name: string; readonly size: number }[]>(...over: Ks) =>
  <A extends string, D extends Numeric = 'f32'>(x: Tensor<A | Ks[number]['name'], D>): Tensor<A, D> => {
    for (const a of over) checked('sum', a, x)
    return over.length === 0 ? declared(x) : made(sumOp, { over: over.map((a) => a.name) }, x)
  }
/** Σ over all axes. */
export const sumAll = <A extends string, D extends Numeric = 'f32'>(x: Tensor<A, D>): Tensor<Unit, D> =>
  declared(sumToAxes([])(x))
/**
 * The arithmetic mean over an axis; NaN (0/0) over an empty one.
 *
 * @example
 * const n = axis('n', 3)
 * mean(n)(literal(Float64Array.of(1, 3, 2), n)) // => 2
 */
export const mean: <K extends string>(over: Axis<K>) => <A extends string>(x: Tensor<A | K>) => Tensor<A> =
  (over) => (x) =>
    over.size === 0 ? shift(Number.NaN)(sum(over)(x)) : made(meanOp, { over: [over.name] }, checked('mean', over, x))
/**
 * The largest value over an axis, NaN where one is NaN; over an empty axis −∞ (the least integer of the type).
 *
 * @example
 * const n = axis('n', 3)
 * max(n)(literal(Float64Array.of(1, 3, 2), n)) // => 3
 */
export const max: <K extends string>(
  over: Axis<K>,
) => <A extends string, D extends Numeric = 'f32'>(x: Tensor<A | K, D>) => Tensor<A, D> = (over) => (x) =>
  reduceBy(maxOp, over, x)
/**
 * The smallest value over an axis, NaN where one is NaN; over an empty axis +∞ (the largest integer of the type).
 *
 * @example
 * const n = axis('n', 3)
 * min(n)(literal(Float64Array.of(1, 3, 2), n)) // => 1
 */
export const min: <K extends string>(
  over: Axis<K>,
) => <A extends string, D extends Numeric = 'f32'>(x: Tensor<A | K, D>) => Tensor<A, D> = (over) => (x) =>
  reduceBy(minOp, over, x)
/**
 * The index of the largest value over an axis of at least one element; the first at a tie, the first NaN where one is NaN.
 *
 * @example
 * const n = axis('n', 3)
 * argmax(n)(literal(Float64Array.of(1, 3, 2), n)) // => 1
 */
export const argmax: <K extends string>(
  over: Axis<K>,
) => <A extends string, D extends Numeric = 'f32'>(x: Tensor<A | K, D>) => Tensor<A, 'i32'> = (over) => (x) =>
  reduceBy(argmaxOp, over, x)
/**
 * The index of the smallest value over an axis of at least one element; the first at a tie, the first NaN where one is NaN.
 *
 * @example
 * const n = axis('n', 3)
 * argmin(n)(literal(Float64Array.of(1, 3, 2), n)) // => 0
 */
export const argmin: <K extends string>(
  over: Axis<K>,
) => <A extends string, D extends Numeric = 'f32'>(x: Tensor<A | K, D>) => Tensor<A, 'i32'> = (over) => (x) =>
  reduceBy(argminOp, over, x)
/**
 * log Σ e^x over an axis (nats), without overflow; −∞ over an empty axis and where all are −∞ (with gradient 0).
 *
 * @example
 * const n = axis('n', 3)
 * logSumExp(n)(literal(Float64Array.of(1, 3, 2), n)) // => 3.407606
 */
export const logSumExp: <K extends string>(over: Axis<K>) => <A extends string>(x: Tensor<A | K>) => Tensor<A> =
  (over) => (x) =>
    reduceBy(logSumExpOp, over, x)
/**
 * (x − max) − log Σ e^(x − max): log-probabilities (nats) along an axis; NaN where all are −∞, or one is +∞ or NaN.
 *
 * @example
 * const n = axis('n', 3)
 * logSoftmax(n)(literal(Float64Array.of(1, 3, 2), n)) // => [-2.407606, -0.407606, -1.407606]
 */
export const logSoftmax: <K extends string>(over: Axis<K>) => <A extends string>(x: Tensor<A | K>) => Tensor<A | K> =
  (over) => (x) =>
    reduceBy(logSoftmaxOp, over, x)
/**
 * e^(x − max) / Σ e^(x − max): probabilities along an axis; NaN where all are −∞, or one is +∞ or NaN.
 *
 * @example
 * const n = axis('n', 3)
 * softmax(n)(literal(Float64Array.of(1, 3, 2), n)) // => [0.090031, 0.665241, 0.244728]
 */
export const softmax: <K extends string>(over: Axis<K>) => <A extends string>(x: Tensor<A | K>) => Tensor<A | K> =
  (over) => (x) =>
    reduceBy(softmaxOp, over, x)
/**
 * Running sums along an axis: y_i = Σ_{j ≤ i} x_j.
 *
 * @example
 * const n = axis('n', 3)
 * cumulativeSum(n)(literal(Float64Array.of(1, 3, 2), n)) // => [1, 4, 6]
 */
export const cumulativeSum: <K extends string>(over: Axis<K>) => <A extends string>(x: Tensor<A | K>) => Tensor<A | K> =
  (over) => (x) =>
    made(cumulativeSumOp, { over: [over.name], reverse: 0 }, checked('cumulative_sum', over, x))
/**
 * Σ over an axis where `keep` holds; the rest counts as 0, whatever it is.
 *
 * @example
 * const n = axis('n', 3)
 * const x = literal(Float64Array.of(1, 3, 2), n)
 * sumWhere(n)(greater(x, constant(1)), x) // => 5
 */
export const sumWhere =
  <K extends string>(over: Axis<K>) =>
  <M extends string, A extends string>(keep: Tensor<M | K, 'bool'>, x: Tensor<A | K>): Tensor<A | M> =>
    reduceBy(sumOp, over, where(keep, x, constant(0)))
/**
 * Repeats a tensor along axes that it lacks.
 *
 * @example
 * broadcast(axis('n', 2))(constant(3)) // => [3, 3]
 */
export const broadcast =
  <const Ks extends readonly AnyAxis[]>(...along: Ks) =>
  <A extends string, D extends DType = 'f32'>(x: Tensor<A, D>): Tensor<A | Ks[number]['name'], D> =>
    declared(spreadTo([...along, ...axesOf(x)])(x))

/** The operations of this file, for the table. */
export const reduceOps: readonly Op[] = [sumOp, meanOp, maxOp, minOp, argmaxOp, argminOp, cumulativeSumOp]
