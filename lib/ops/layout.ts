/**
 * Where values lie: inputs, literals, storage order, renaming, splitting and merging axes.
 */
import { at, outside } from '../at.ts'
import {
  findAxis,
  hasAxis,
  sameAxes,
  showAxes,
  sizeOf,
  stridesAlong,
  type AnyAxis,
  type Axis,
  type Unit,
} from '../axis.ts'
import { allocate, type DType, type Values } from '../dtype.ts'
import { failure, raise } from '../errors.ts'
import {
  axesOf,
  isValues,
  type AnyTensor,
  type ArrayType,
  type Attributes,
  type Expr,
  type Op,
  type Tensor,
  type Value,
  typeOf,
} from '../expr.ts'
import {
  made,
  readAxes,
  readDType,
  readNames,
  spreadTo,
  sumToAxes,
  walk,
  writeAxes,
  type Change,
  type Keep,
} from './rules.ts'
import { declared } from '../phantom.ts'

const declaredTypes: Op['types'] = (attrs) => [{ axes: readAxes(attrs['axes']), dtype: readDType(attrs['dtype']) }]

const inputOp: Op = { name: 'input', kind: 'input', types: declaredTypes }

const readValues = (a: unknown): Values => (isValues(a) ? a : new Float64Array(0))

const literalOp: Op = {
  name: 'literal',
  kind: 'kernel',
  types: declaredTypes,
  reference: (attrs) => [readValues(attrs['data'])],
  onnx: (attrs, b, _inputs, [out]) => [
    b.constant(
      out?.dtype ?? 'f32',
      (out?.axes ?? []).map((a) => a.size),
      readValues(attrs['data']),
    ),
  ],
}

/** 0, 1, 2 … */
const counted = (n: number): Int32Array => new Int32Array(n).map((_, i) => i)

const iotaOp: Op = {
  name: 'iota',
  kind: 'kernel',
  types: declaredTypes,
  reference: (_attrs, [out]) => [counted(sizeOf(out?.axes ?? []))],
  onnx: (_attrs, b, _inputs, [out]) => {
    const size = sizeOf(out?.axes ?? [])
    return [b.constant('i32', [size], counted(size))]
  },
}

/** Copies `x` into a fresh array of type `out`, element (position) from `source(position)`; −1 leaves 0. */
export const copyBy = (
  out: ArrayType,
  x: Value,
  strides: readonly number[],
  start: number,
): Float64Array | Int32Array | Uint32Array => {
  const data = allocate(out.dtype, sizeOf(out.axes))
  walk(out.axes, [strides], (i, from) => {
    data[i] = x.data[start + from] ?? outside(x.data, start + from)
  })
  return data
}

const ordered = (order: readonly string[], axes: readonly AnyAxis[]): readonly AnyAxis[] => {
  const found = order.map((name) => findAxis('reorder', axes, name))
  return new Set(order).size === axes.length && order.length === axes.length
    ? found
    : raise(
        failure(
          'Shape',
          `reorder: '${order.join(', ')}' is not an order of ${showAxes(axes)}`,
          'name every axis once',
          { order, axes },
        ),
      )
}

/** Another storage order of the same tensor. */
const reorderOp: Op = {
  name: 'reorder',
  kind: 'pointwise',
  types: (attrs, [x]) =>
    x === undefined ? [] : [{ axes: ordered(readNames(attrs['order']), x.axes), dtype: x.dtype }],
  reference: (_attrs, [out], [x]) =>
    out === undefined || x === undefined ? [] : [copyBy(out, x, stridesAlong(out.axes, x.axes), 0)],
  vjp: (_node, [g]) => [g],
  wgsl: (_attrs, [x]) => `identity_${x ?? 'f32'}`,
}

const sameStorage = (
  change: (attrs: Attributes, x: ArrayType) => readonly AnyAxis[],
): Pick<Op, 'kind' | 'types' | 'reference'> => ({
  kind: 'alias',
  types: (attrs, [x]) => (x === undefined ? [] : [{ axes: change(attrs, x), dtype: x.dtype }]),
  reference: (_attrs, _out, [x]) => (x === undefined ? [] : [x.data]),
})

/** The same storage under other axes: `rename`, `split`, `merge`, `squeeze`. Sizes must multiply to the same number. */
const reshapeOp: Op = {
  name: 'reshape',
  ...sameStorage((attrs, x) => {
    const axes = readAxes(attrs['axes'])
    return sizeOf(axes) === sizeOf(x.axes)
      ? axes
      : raise(
          failure(
            'Shape',
            `reshape: ${showAxes(x.axes)} does not fit ${showAxes(axes)}`,
            'give axes whose sizes have the same product',
            { from: x.axes, to: axes },
          ),
        )
  }),
  vjp: (node, [g]) => {
    const [x] = node.args
    return [
      g === undefined || x === undefined
        ? undefined
        : reshape(axesOf(x))(reorder(axesOf(node).map((a) => a.name))(spreadTo(axesOf(node))(g))),
    ]
  },
}

type Names<Axs extends readonly AnyAxis[]> = Axs[number]['name']

/**
 * A value fed at run time. Two inputs of the same name, type and axes are the same input.
 *
 * @example
 * const x = input('x', axis('n', 2))
 * evaluateOne(reference)(x, { x: Float64Array.of(1, 2) }) // => [1, 2]
 */
export const input = <const Axs extends readonly AnyAxis[]>(name: string, ...axes: Axs): Tensor<Names<Axs> | Unit> =>
  made(inputOp, { name, axes: writeAxes(axes), dtype: 'f32' })

/**
 * An input of a given element type.
 *
 * @example
 * const x = inputOf('i32')('x', axis('n', 2))
 * evaluateOne(reference)(x, { x: Int32Array.of(1, 2) }) // => [1, 2]
 */
export const inputOf =
  <D extends DType>(dtype: D) =>
  <const Axs extends readonly AnyAxis[]>(name: string, ...axes: Axs): Tensor<Names<Axs> | Unit, D> =>
    made(inputOp, { name, axes: writeAxes(axes), dtype })

const arrayTypes = { f32: [Float64Array, Float32Array], i32: [Int32Array] } as const

const literalNode = <A extends string, D extends keyof typeof arrayTypes>(
  data: Values,
  axes: readonly AnyAxis[],
  dtype: D,
): Tensor<A, D> => {
  const types = arrayTypes[dtype]
  if (!types.some((type) => data instanceof type))
    raise(
      failure(
        'DType',
        `literal: the values of ${showAxes(axes)} are no ${types.map(({ name }) => name).join(' or ')}`,
        'make one of them, as by Float64Array.from or Int32Array.from',
        { axes },
      ),
    )
  return data.length === sizeOf(axes)
    ? made(literalOp, { data, axes: writeAxes(axes), dtype })
    : raise(
        failure(
          'Shape',
          `literal: ${data.length} values do not fill ${showAxes(axes)}`,
          'give as many values as the axes hold',
          { values: data.length, axes },
        ),
      )
}

/**
 * Values known when the expression is built. The array must not be changed afterwards.
 *
 * @example
 * literal(Float64Array.of(1, 2), axis('n', 2)) // => [1, 2]
 */
export const literal = <const Axs extends readonly AnyAxis[]>(
  data: Float64Array | Float32Array,
  ...axes: Axs
): Tensor<Names<Axs> | Unit> => literalNode(data, axes, 'f32')

/**
 * Integers known when the expression is built. The array must not be changed afterwards.
 *
 * @example
 * literalIntegers(Int32Array.of(1, 2), axis('n', 2)) // => [1, 2]
 */
export const literalIntegers = <const Axs extends readonly AnyAxis[]>(
  data: Int32Array,
  ...axes: Axs
): Tensor<Names<Axs> | Unit, 'i32'> => literalNode(data, axes, 'i32')

/**
 * 0, 1, 2 … along an axis.
 *
 * @example
 * iota(axis('n', 3)) // => [0, 1, 2]
 */
export const iota = <K extends string>(along: Axis<K>): Tensor<K | Unit, 'i32'> =>
  made(iotaOp, { axes: writeAxes([along]), dtype: 'i32' })

/** The same tensor stored with its axes in another order (for executors; the order has no meaning). */
export const reorder =
  (order: readonly string[]): Keep =>
  <A extends string, D extends DType>(x: Expr): Tensor<A, D> => {
    if (order.length === axesOf(x).length && order.every((name, i) => axesOf(x)[i]?.name === name)) return declared(x)
    return x.op === reorderOp ? declared(reorder(order)(at(x.args, 0))) : made(reorderOp, { order }, x)
  }

/** The same storage under other axes (see `reshapeOp`). */
export const reshape =
  (axes: readonly AnyAxis[]): Change =>
  <D extends DType>(x: Expr): AnyTensor<D> =>
    sameAxes(axes, axesOf(x)) ? declared(x) : made(reshapeOp, { axes: writeAxes(axes) }, x)

/**
 * The same values under another axis name; the new axis must have the same size.
 *
 * @example
 * const [n, m] = [axis('n', 2), axis('m', 2)]
 * sum(m)(rename(n, m)(literal(Float64Array.of(1, 2), n))) // => 3
 */
export const rename =
  <K extends string, L extends string>(from: Axis<K>, to: Axis<L>) =>
  <A extends string, D extends DType = 'f32'>(x: Tensor<A | K, D>): Tensor<A | L, D> => {
    findAxis('rename', axesOf(x), from.name)
    return declared(reshape(axesOf(x).map((a) => (a.name === from.name ? to : a)))(x))
  }

/**
 * One axis as two: index i ↦ (⌊i / inner⌋, i mod inner).
 *
 * @example
 * const [i, j] = [axis('i', 2), axis('j', 2)]
 * const k = axis('k', 4)
 * sum(j)(split(k, i, j)(literal(Float64Array.of(1, 2, 3, 4), k))) // => [3, 7]
 */
export const split =
  <K extends string, L extends string, M extends string>(from: Axis<K>, outer: Axis<L>, inner: Axis<M>) =>
  <A extends string, D extends DType = 'f32'>(x: Tensor<A | K, D>): Tensor<A | L | M, D> => {
    findAxis('split', axesOf(x), from.name)
    return declared(reshape(axesOf(x).flatMap((a) => (a.name === from.name ? [outer, inner] : [a])))(x))
  }

/**
 * Two axes as one: (i, j) ↦ i·inner + j.
 *
 * @example
 * const [i, j] = [axis('i', 2), axis('j', 2)]
 * const k = axis('k', 4)
 * select(k, 2)(merge(i, j, k)(literal(Float64Array.of(1, 2, 3, 4), i, j))) // => 3
 */
export const merge =
  <L extends string, M extends string, K extends string>(outer: Axis<L>, inner: Axis<M>, into: Axis<K>) =>
  <A extends string, D extends DType = 'f32'>(x: Tensor<A | L | M, D>): Tensor<A | K, D> => {
    const others = axesOf(x).filter((a) => a.name !== outer.name && a.name !== inner.name)
    findAxis('merge', axesOf(x), outer.name)
    findAxis('merge', axesOf(x), inner.name)
    return declared(reshape([...others, into])(reorder([...others.map((a) => a.name), outer.name, inner.name])(x)))
  }

/** Whether a tensor has an axis of this name. */
export const has = (x: Expr, name: string): boolean => hasAxis(typeOf(x).axes, name)

/** Sums a cotangent down to the axes of `x` and lays it out like `x`. */
export const like =
  (x: Expr): Change =>
  <D extends DType>(g: Expr): AnyTensor<D> =>
    declared(reorder(axesOf(x).map((a) => a.name))(sumToAxes(axesOf(x))(spreadTo(axesOf(x))(g))))

/** The operations of this file, for the table. */
export const layoutOps: readonly Op[] = [inputOp, literalOp, iotaOp, reorderOp, reshapeOp]
