/**
 * Extreme values over named axes, and where they are: the operations behind `max`, `min`, `argmax` and `argmin`.
 */
import { at, orElse, outside } from '../at.ts'
import { findAxis, sizeOf, stridesAlong, without } from '../axis.ts'
import { type DType, allocate } from '../dtype.ts'
import { failure, raise } from '../errors.ts'
import { type ArrayType, type Attributes, type Expr, type Op, type Value, apply } from '../expr.ts'
import { axisOf, castNode, positionsOf, wide } from './emit.ts'
import { elementOf, groupedCall, reduceCalls } from './kernels.ts'
import { cast, divide, equal, multiply } from './pointwise.ts'
import { readNames, sumOp, walk } from './rules.ts'

/** Removes the axes of attribute `over`; throws where one is missing, or is empty and the reduction has no neutral value. */
export const reducedTypes =
  (name: string, dtype?: DType): Op['types'] =>
  (attrs, [x]) => {
    if (x === undefined) return []
    for (const over of readNames(attrs['over']))
      if (findAxis(name, x.axes, over).size === 0)
        raise(
          failure('Shape', `${name}: axis '${over}' is empty`, 'reduce over an axis with at least one element', {
            op: name,
            axis: over,
          }),
        )
    return [{ axes: without(x.axes, readNames(attrs['over'])), dtype: dtype ?? x.dtype }]
  }

/** The best element of every group under `better`, or its position along the axis. */
const select =
  (better: (x: number, y: number) => boolean, position: (attrs: Attributes, x: Value) => (i: number) => number) =>
  (
    attrs: Attributes,
    [out]: readonly ArrayType[],
    [x]: readonly Value[],
  ): readonly (Float64Array | Int32Array | Uint32Array)[] => {
    if (out === undefined || x === undefined) return []
    const data = allocate(out.dtype, sizeOf(out.axes))
    const best = new Float64Array(data.length)
    const seen = new Uint8Array(data.length)
    const place = position(attrs, x)
    walk(x.axes, [stridesAlong(x.axes, out.axes)], (i, [o = 0]) => {
      const value = x.data[i] ?? outside(x.data, i)
      if (seen[o] === 1 && !better(value, best[o] ?? outside(best, o))) return
      seen[o] = 1
      best[o] = value
      data[o] = place(i)
    })
    return [data]
  }

const value = (_attrs: Attributes, x: Value) => (i: number) => x.data[i] ?? outside(x.data, i)

/** Index along the reduced axis of the element with flat index i. */
const along = (attrs: Attributes, x: Value) => {
  const over = at(readNames(attrs['over']), 0)
  const d = x.axes.findIndex((a) => a.name === over)
  const stride = sizeOf(x.axes.slice(d + 1))
  const size = (x.axes[d] ?? outside(x.axes, d)).size
  return (i: number) => Math.floor(i / stride) % size
}

/** The gradient of an extreme value: shared equally among the elements that attain it. */
const extremeVjp: NonNullable<Op['vjp']> = (node, [g]) => {
  const [x] = node.args
  if (g === undefined || x === undefined) return [undefined]
  const hits: Expr = cast('f32')(equal(x, node))
  const count: Expr = apply(sumOp, { over: orElse(node.attrs['over'], []) }, hits)
  return [multiply(hits, divide(g, count))]
}

/** A reduction as one ONNX node. */
export const onnxReduce =
  (type: string): NonNullable<Op['onnx']> =>
  (attrs, b, inputs, out, args) => {
    const positions = positionsOf(readNames(attrs['over']), at(args, 0).axes)
    const along = b.constant('i64', [positions.length], positions)
    return wide(['u32'], (builder, [x = '']) => builder.node(type, [x, along], { keepdims: 0 }), 'f64')(
      attrs,
      b,
      inputs,
      out,
      args,
    )
  }

const lowerExtreme =
  (kind: 'reduce_max' | 'reduce_min'): NonNullable<Op['lower']> =>
  (attrs, [out], [x]) =>
    out === undefined || x === undefined ? [] : reduceCalls(kind, readNames(attrs['over']), x, out)

const lowerArgument =
  (best: 'best_largest' | 'best_smallest'): NonNullable<Op['lower']> =>
  (attrs, _out, [x]) =>
    x === undefined ? [] : groupedCall('arg', [elementOf(x.dtype), best], readNames(attrs['over']), x)

/** The largest of the elements along axes. */
export const maxOp: Op = {
  name: 'max',
  kind: 'kernel',
  types: reducedTypes('max'),
  reference: select((x, y) => x > y, value),
  vjp: extremeVjp,
  lower: lowerExtreme('reduce_max'),
  onnx: onnxReduce('ReduceMax'),
}
/** The smallest of the elements along axes. */
export const minOp: Op = {
  name: 'min',
  kind: 'kernel',
  types: reducedTypes('min'),
  reference: select((x, y) => x < y, value),
  vjp: extremeVjp,
  lower: lowerExtreme('reduce_min'),
  onnx: onnxReduce('ReduceMin'),
}

const onnxArg =
  (type: string): NonNullable<Op['onnx']> =>
  (attrs, b, [x = ''], _out, [t]) => [
    castNode(
      b,
      b.node(type, [t?.dtype === 'u32' ? castNode(b, x, 'f64') : x], {
        axis: axisOf(readNames(attrs['over'])[0], t),
        keepdims: 0,
      }),
      'i32',
    ),
  ]

/** The position of the largest element along an axis. */
export const argmaxOp: Op = {
  name: 'argmax',
  kind: 'kernel',
  types: reducedTypes('argmax', 'i32'),
  reference: select((x, y) => x > y, along),
  lower: lowerArgument('best_largest'),
  onnx: onnxArg('ArgMax'),
}
/** The position of the smallest element along an axis. */
export const argminOp: Op = {
  name: 'argmin',
  kind: 'kernel',
  types: reducedTypes('argmin', 'i32'),
  reference: select((x, y) => x < y, along),
  lower: lowerArgument('best_smallest'),
  onnx: onnxArg('ArgMin'),
}
