/**
 * Extreme values over named axes, and where they are: the operations behind `max`, `min`, `argmax` and `argmin`.
 */
import { absent, at, orElse, outside } from '../at.ts'
import { findAxis, sizeOf, stridesAlong, without } from '../axis.ts'
import { type DType, allocate } from '../dtype.ts'
import { failure, raise } from '../errors.ts'
import { type AnyTensor, type ArrayType, type Attributes, type Expr, type Op, type Value } from '../expr.ts'
import { axisOf, castNode, expandNode, extentsOf, highestNode, positionsOf, reshapeNode, wide } from './emit.ts'
import { elementOf, groupedCall, neutralOf, reduceCalls } from './kernels.ts'
import { cast, constant, divide, equal, maximum, multiply } from './pointwise.ts'
import { readNames, sumOp, walk, made } from './rules.ts'
import { declared } from '../phantom.ts'

/** Removes the axes of attribute `over`; throws where one is missing. */
export const reducedTypes =
  (name: string): Op['types'] =>
  (attrs, [x]) => {
    if (x === undefined) return []
    for (const over of readNames(attrs['over'])) findAxis(name, x.axes, over)
    return [{ axes: without(x.axes, readNames(attrs['over'])), dtype: x.dtype }]
  }

/** The types of a position along an axis, which must have elements. */
const argumentTypes =
  (name: string): Op['types'] =>
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
    return [{ axes: without(x.axes, readNames(attrs['over'])), dtype: 'i32' }]
  }

/** Beyond NaN there is nothing: the first NaN is the largest element and the smallest one. */
const beyond =
  (better: (x: number, y: number) => boolean) =>
  (x: number, y: number): boolean =>
    better(x, y) || (Number.isNaN(x) && !Number.isNaN(y))
const larger = beyond((x, y) => x > y)
const smaller = beyond((x, y) => x < y)

/** The best element of every group under `better`, or its position along the axis. */
const select =
  (
    better: (x: number, y: number) => boolean,
    position: (attrs: Attributes, x: Value) => (i: number) => number,
    neutral: (dtype: DType) => number = () => 0,
  ) =>
  (
    attrs: Attributes,
    [out]: readonly ArrayType[],
    [x]: readonly Value[],
  ): readonly (Float64Array | Int32Array | Uint32Array)[] => {
    if (out === undefined || x === undefined) return []
    const data = allocate(out.dtype, sizeOf(out.axes)).fill(neutral(out.dtype))
    const best = new Float64Array(data.length)
    const seen = new Uint8Array(data.length)
    const place = position(attrs, x)
    walk(x.axes, [stridesAlong(x.axes, out.axes)], (i, o) => {
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

/** No element attains NaN. */
const share = (g: AnyTensor, hits: AnyTensor, count: AnyTensor): Expr =>
  multiply(hits, divide(g, maximum(count, constant(1))))

/** The gradient of an extreme value: shared equally among the elements that attain it. */
const extremeVjp: NonNullable<Op['vjp']> = (node, [g]) => {
  if (g === undefined) return [undefined]
  const [x, extreme]: readonly [AnyTensor, AnyTensor] = [declared(at(node.args, 0)), declared(node)]
  const hits = cast('f32')(equal(x, extreme))
  const count: AnyTensor = made(sumOp, { over: orElse(node.attrs['over'], []) }, hits)
  return [share(g, hits, count)]
}

/** A reduction as one ONNX node; what an empty axis gives is a constant. */
const onnxReduce =
  (type: 'ReduceMax' | 'ReduceMin', kind: 'reduce_max' | 'reduce_min'): NonNullable<Op['onnx']> =>
  (attrs, b, inputs, out, args) => {
    const [result] = out
    if (result !== undefined && sizeOf(at(args, 0).axes) === 0)
      return [expandNode(b, b.constant(result.dtype, [], [neutralOf(kind, result.dtype)]), extentsOf(result.axes))]
    const positions = positionsOf(readNames(attrs['over']), at(args, 0).axes)
    if (positions.length === 0) return inputs
    if (result?.dtype === 'f32')
      return inputs.map((x) => reshapeNode(b, highestNode(b, x, positions, type), extentsOf(result.axes)))
    const along = b.constant('i64', [positions.length], positions)
    return wide(['u32'], (builder, [x = absent()]) => builder.node(type, [x, along], { keepdims: 0 }), 'f64')(
      attrs,
      b,
      inputs,
      out,
      args,
    )
  }

const lowerExtreme =
  (kind: 'reduce_max' | 'reduce_min'): NonNullable<Op['lower']> =>
  (attrs, [out], [x], on) =>
    out === undefined || x === undefined ? [] : reduceCalls(kind, readNames(attrs['over']), x, out, on)

const lowerArgument =
  (best: 'best_largest' | 'best_smallest'): NonNullable<Op['lower']> =>
  (attrs, _out, [x]) =>
    x === undefined ? [] : groupedCall('arg', [elementOf(x.dtype), best], readNames(attrs['over']), x)

/** The largest of the elements along axes. */
export const maxOp: Op = {
  name: 'max',
  kind: 'kernel',
  types: reducedTypes('max'),
  reference: select(larger, value, (dtype) => neutralOf('reduce_max', dtype)),
  vjp: extremeVjp,
  lower: lowerExtreme('reduce_max'),
  onnx: onnxReduce('ReduceMax', 'reduce_max'),
}
/** The smallest of the elements along axes. */
export const minOp: Op = {
  name: 'min',
  kind: 'kernel',
  types: reducedTypes('min'),
  reference: select(smaller, value, (dtype) => neutralOf('reduce_min', dtype)),
  vjp: extremeVjp,
  lower: lowerExtreme('reduce_min'),
  onnx: onnxReduce('ReduceMin', 'reduce_min'),
}

/** The position of the best element along an axis: where there is NaN, which the operator passes over, that of the first. */
const onnxArg =
  (type: 'ArgMax' | 'ArgMin'): NonNullable<Op['onnx']> =>
  (attrs, b, [x = absent()], _out, [t]) => {
    const axis = axisOf(readNames(attrs['over'])[0], t)
    const best = (given: string, kind = type): string =>
      castNode(b, b.node(kind, [given], { axis, keepdims: 0 }), 'i32')
    if (t?.dtype !== 'f32') return [best(t?.dtype === 'u32' ? castNode(b, x, 'f64') : x)]
    const size = b.node('ReduceL1', [x, b.constant('i64', [1], [axis])], { keepdims: 0 })
    const first = best(castNode(b, b.node('IsNaN', [x]), 'u8'), 'ArgMax')
    return [b.node('Where', [b.node('IsNaN', [size]), first, best(x)])]
  }

/** The position of the largest element along an axis. */
export const argmaxOp: Op = {
  name: 'argmax',
  kind: 'kernel',
  types: argumentTypes('argmax'),
  reference: select(larger, along),
  lower: lowerArgument('best_largest'),
  onnx: onnxArg('ArgMax'),
}
/** The position of the smallest element along an axis. */
export const argminOp: Op = {
  name: 'argmin',
  kind: 'kernel',
  types: argumentTypes('argmin'),
  reference: select(smaller, along),
  lower: lowerArgument('best_smallest'),
  onnx: onnxArg('ArgMin'),
}
