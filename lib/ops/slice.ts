/**
 * Parts of tensors: slicing, padding, reversing along a named axis.
 */
import { absent, at, outside } from '../at.ts'
import { findAxis, sizeOf, stridesAlong, stridesOf, type AnyAxis, type Axis } from '../axis.ts'
import { allocate, type DType } from '../dtype.ts'
import { failure, raise } from '../errors.ts'
import { apply, axesOf, type Attributes, type Expr, type Op, type Tensor } from '../expr.ts'
import { cutNode, positionsOf } from './emit.ts'
import { isHalf } from './halves.ts'
import { around, fillCall, groupsFor, windowCall, wordsFor } from './kernels.ts'
import { made, readNames, spreadTo, walk, type Keep } from './rules.ts'
import { copyBy, reshape } from './layout.ts'
import { declared } from '../phantom.ts'

const spanOf = (attrs: Attributes): { readonly over: string; readonly start: number; readonly size: number } => ({
  over: at(readNames(attrs['over']), 0),
  start: Number(attrs['start']),
  size: Number(attrs['size']),
})

const isCount = (n: unknown): boolean => Number.isSafeInteger(n) && Number(n) >= 0

/** The axes with one of them resized. */
export const resized = (axes: readonly AnyAxis[], over: string, size: number): readonly AnyAxis[] =>
  axes.map((a) => (a.name === over ? { name: over, size } : a))

/** The elements [start, start + size) along an axis. */
export const sliceOp: Op = {
  name: 'slice',
  kind: 'kernel',
  types: (attrs, [x]) => {
    if (x === undefined) return []
    const { over, start, size } = spanOf(attrs)
    const whole = findAxis('slice', x.axes, over)
    return isCount(attrs['start']) && isCount(attrs['size']) && start + size <= whole.size
      ? [{ axes: resized(x.axes, over, size), dtype: x.dtype }]
      : raise(
          failure(
            'Shape',
            `slice: [${start}, ${start + size}) does not lie in axis '${over}' of size ${whole.size}`,
            'take a range of whole numbers inside the axis',
            { axis: over, start, size, whole: whole.size },
          ),
        )
  },
  reference: (attrs, [out], [x]) => {
    if (out === undefined || x === undefined) return []
    const { over, start } = spanOf(attrs)
    const d = x.axes.findIndex((a) => a.name === over)
    return [copyBy(out, x, stridesAlong(out.axes, x.axes), start * at(stridesOf(x.axes), d))]
  },
  vjp: (node, [g]) => {
    const [x] = node.args
    const { over, start, size } = spanOf(node.attrs)
    return [
      g === undefined || x === undefined
        ? undefined
        : apply(
            padOp,
            { over: [over], start, size: findAxis('slice', axesOf(x), over).size - start - size },
            spreadTo(axesOf(node))(g),
          ),
    ]
  },
  lower: (attrs, _out, [x], on) => {
    if (x === undefined) return []
    const { over, start, size } = spanOf(attrs)
    const { outer, size: whole, inner: elements } = around(x.axes, over)
    // Halves lie two in a word.
    const inner = isHalf(attrs, 0) ? elements / 2 : elements
    return [
      windowCall(on, {
        source: 0,
        rows: outer,
        width: size * inner,
        fromStart: start * inner,
        fromPitch: whole * inner,
        toStart: 0,
        toPitch: size * inner,
      }),
    ]
  },
  onnx: (attrs, b, [x = absent()], _out, [t]) => {
    const { over, start, size } = spanOf(attrs)
    return [cutNode(b, x, at(positionsOf([over], t?.axes ?? []), 0), start, start + size)]
  },
}

/** Zeros before (`start` of them) and after (`size` of them) along an axis: the adjoint of `slice`. */
const padOp: Op = {
  name: 'pad',
  kind: 'kernel',
  types: (attrs, [x]) => {
    if (x === undefined) return []
    const { over, start, size } = spanOf(attrs)
    return isCount(attrs['start']) && isCount(attrs['size'])
      ? [{ axes: resized(x.axes, over, findAxis('pad', x.axes, over).size + start + size), dtype: x.dtype }]
      : raise(
          failure(
            'Shape',
            `pad: ${start} zeros before and ${size} after axis '${over}'`,
            'give whole numbers, 0 or more',
            { axis: over, before: start, after: size },
          ),
        )
  },
  reference: (attrs, [out], [x]) => {
    if (out === undefined || x === undefined) return []
    const { over, start } = spanOf(attrs)
    const data = allocate(out.dtype, sizeOf(out.axes))
    const stride = at(
      stridesOf(out.axes),
      out.axes.findIndex((a) => a.name === over),
    )
    walk(x.axes, [stridesAlong(x.axes, out.axes)], (i, to) => {
      data[start * stride + to] = x.data[i] ?? outside(x.data, i)
    })
    return [data]
  },
  vjp: (node, [g]) => {
    const [x] = node.args
    const { over, start } = spanOf(node.attrs)
    return [
      g === undefined || x === undefined
        ? undefined
        : apply(
            sliceOp,
            { over: [over], start, size: findAxis('pad', axesOf(x), over).size },
            spreadTo(axesOf(node))(g),
          ),
    ]
  },
  lower: (attrs, [out], [x], on) => {
    if (x === undefined || out === undefined) return []
    const { over, start } = spanOf(attrs)
    const { outer, size, inner } = around(x.axes, over)
    const pitch = around(out.axes, over).size * inner
    return [
      fillCall(sizeOf(out.axes)),
      windowCall(on, {
        source: 0,
        rows: outer,
        width: size * inner,
        fromStart: 0,
        fromPitch: size * inner,
        toStart: start * inner,
        toPitch: pitch,
      }),
    ]
  },
  onnx: (attrs, b, [x = absent()], [out], [t]) => {
    const { over, start, size } = spanOf(attrs)
    const rank = t?.axes.length ?? 0
    const d = (t?.axes ?? []).findIndex((a) => a.name === over)
    const pads = Array.from({ length: 2 * rank }, (_, i) => (i === d ? start : i === rank + d ? size : 0))
    return [b.node('Pad', [x, b.constant('i64', [2 * rank], pads), b.constant(out?.dtype ?? 'f32', [], [0])])]
  },
}

const reverseOp: Op = {
  name: 'reverse',
  kind: 'kernel',
  types: (attrs, [x]) => {
    if (x === undefined) return []
    findAxis('reverse', x.axes, at(readNames(attrs['over']), 0))
    return [x]
  },
  reference: (attrs, [out], [x]) => {
    if (out === undefined || x === undefined) return []
    const d = x.axes.findIndex((a) => a.name === readNames(attrs['over'])[0])
    const strides = stridesOf(x.axes)
    return [
      copyBy(
        out,
        x,
        strides.map((s, i) => (i === d ? -s : s)),
        (at(x.axes, d).size - 1) * at(strides, d),
      ),
    ]
  },
  vjp: (node, [g]) => [g === undefined ? undefined : apply(reverseOp, node.attrs, spreadTo(axesOf(node))(g))],
  lower: (attrs, _out, [x]) => {
    const { size, inner } = around(x?.axes ?? [], at(readNames(attrs['over']), 0))
    const { prelude, unit } = wordsFor(inner)
    const count = sizeOf(x?.axes ?? []) / unit
    return [
      {
        shader: 'reverse',
        preludes: [prelude],
        overrides: {},
        params: { count, size, inner: inner / unit },
        workgroups: groupsFor(count, 256),
        buffers: [{ in: 0 }, { out: 0 }],
      },
    ]
  },
  onnx: (attrs, b, [x = absent()], _out, [t]) => {
    const one = (n: number) => b.constant('i64', [1], [n])
    return [
      b.node('Slice', [
        x,
        one(-1),
        one(-(2 ** 31)),
        one((t?.axes ?? []).findIndex((a) => a.name === readNames(attrs['over'])[0])),
        one(-1),
      ]),
    ]
  },
}

/** `slice` for expressions whose axes are only known at run time. */
export const sliceNode =
  (over: string, start: number, size: number): Keep =>
  <A extends string, D extends DType>(x: Expr): Tensor<A, D> =>
    made(sliceOp, { over: [over], start, size }, x)

/**
 * The elements [start, start + size) along an axis, which keeps its name.
 *
 * @example
 * const n = axis('n', 3)
 * slice(n, 1, 2)(literal(Float64Array.of(1, 3, 2), n)) // => [3, 2]
 */
export const slice =
  <K extends string>(over: Axis<K>, start: number, size: number) =>
  <A extends string, D extends DType = 'f32'>(x: Tensor<A | K, D>): Tensor<A | K, D> =>
    start === 0 && size === findAxis('slice', axesOf(x), over.name).size
      ? x
      : made(sliceOp, { over: [over.name], start, size }, x)

/**
 * `before` zeros in front and `after` zeros behind, along an axis that keeps its name.
 *
 * @example
 * const n = axis('n', 2)
 * pad(n, 1, 0)(literal(Float64Array.of(1, 3), n)) // => [0, 1, 3]
 */
export const pad =
  <K extends string>(over: Axis<K>, before: number, after: number) =>
  <A extends string, D extends DType = 'f32'>(x: Tensor<A | K, D>): Tensor<A | K, D> =>
    made(padOp, { over: [over.name], start: before, size: after }, x)

/**
 * Element `index` along an axis, which disappears.
 *
 * @example
 * const n = axis('n', 3)
 * select(n, 1)(literal(Float64Array.of(1, 3, 2), n)) // => 3
 */
export const select =
  <K extends string>(over: Axis<K>, index: number) =>
  <A extends string, D extends DType = 'f32'>(x: Tensor<A | K, D>): Tensor<A, D> => {
    const one = apply(sliceOp, { over: [over.name], start: index, size: 1 }, x)
    return declared(reshape(axesOf(one).filter((a) => a.name !== over.name))(one))
  }

/**
 * The elements of an axis in reverse order.
 *
 * @example
 * const n = axis('n', 3)
 * reverse(n)(literal(Float64Array.of(1, 3, 2), n)) // => [2, 3, 1]
 */
export const reverse =
  <K extends string>(over: Axis<K>) =>
  <A extends string, D extends DType = 'f32'>(x: Tensor<A | K, D>): Tensor<A | K, D> =>
    made(reverseOp, { over: [over.name] }, x)

/** The operations of this file, for the table. */
export const sliceOps: readonly Op[] = [sliceOp, padOp, reverseOp]
