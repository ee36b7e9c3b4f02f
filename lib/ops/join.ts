/**
 * Joining tensors along an axis that they have, and stacking them along a new one.
 */
import { at, outside } from '../at.ts'
import { findAxis, sameAxes, showAxes, sizeOf, stridesAlong, stridesOf, type Axis } from '../axis.ts'
import { allocate, type DType } from '../dtype.ts'
import { failure, raise } from '../errors.ts'
import { apply, axesOf, type Expr, type Op, type Tensor } from '../expr.ts'
import { around, windowCall } from './kernels.ts'
import { made, readNames, spreadTo, walk } from './rules.ts'
import { reorder, reshape } from './layout.ts'
import { resized, sliceOp } from './slice.ts'

const concatOp: Op = {
  name: 'concat',
  kind: 'kernel',
  types: (attrs, args) => {
    const over = at(readNames(attrs['over']), 0)
    const [first] = args
    if (first === undefined)
      return raise(failure('Shape', 'concat: there is nothing to join', 'give at least one tensor'))
    for (const a of args)
      if (a.dtype !== first.dtype || !sameAxes(resized(a.axes, over, 0), resized(first.axes, over, 0)))
        raise(
          failure(
            'Shape',
            `concat: ${showAxes(a.axes)} does not fit ${showAxes(first.axes)} along '${over}'`,
            'all tensors need the same other axes and element type',
            { axis: over },
          ),
        )
    return [
      {
        axes: resized(
          first.axes,
          over,
          args.reduce((n, a) => n + findAxis('concat', a.axes, over).size, 0),
        ),
        dtype: first.dtype,
      },
    ]
  },
  reference: (attrs, [out], xs) => {
    if (out === undefined) return []
    const over = at(readNames(attrs['over']), 0)
    const data = allocate(out.dtype, sizeOf(out.axes))
    const stride = at(
      stridesOf(out.axes),
      out.axes.findIndex((a) => a.name === over),
    )
    let start = 0
    for (const x of xs) {
      const from = start * stride
      walk(x.axes, [stridesAlong(x.axes, out.axes)], (i, to) => {
        data[from + to] = x.data[i] ?? outside(x.data, i)
      })
      start += findAxis('concat', x.axes, over).size
    }
    return [data]
  },
  vjp: (node, [g]) => {
    const over = readNames(node.attrs['over'])
    const sizes = node.args.map((x) => findAxis('concat', axesOf(x), at(over, 0)).size)
    return sizes.map((size, i) =>
      g === undefined
        ? undefined
        : apply(
            sliceOp,
            { over, start: sizes.slice(0, i).reduce((n, s) => n + s, 0), size },
            spreadTo(axesOf(node))(g),
          ),
    )
  },
  lower: (attrs, [out], args, on) => {
    const over = at(readNames(attrs['over']), 0)
    const { outer, size, inner } = around(out?.axes ?? [], over)
    const widths = args.map((a) => around(a.axes, over).size * inner)
    return widths.map((width, source) =>
      windowCall(on, {
        source,
        rows: outer,
        width,
        fromStart: 0,
        fromPitch: width,
        toStart: widths.slice(0, source).reduce((n, w) => n + w, 0),
        toPitch: size * inner,
      }),
    )
  },
  onnx: (attrs, b, inputs, [out]) => [
    b.node('Concat', inputs, { axis: (out?.axes ?? []).findIndex((a) => a.name === readNames(attrs['over'])[0]) }),
  ],
}

/** `concat` for expressions whose axes are only known at run time. */
export const concatNodes =
  (over: string) =>
  <A extends string, D extends DType>(xs: readonly Expr[]): Tensor<A, D> =>
    made(concatOp, { over: [over] }, ...xs)

/**
 * Tensors joined along an axis that all of them have.
 *
 * @example
 * const n = axis('n', 2)
 * const x = literal(Float64Array.of(1, 2), n)
 * concat(n)(x, x) // => [1, 2, 1, 2]
 */
export const concat =
  <K extends string>(over: Axis<K> | { readonly name: K }) =>
  <A extends string, D extends DType = 'f32'>(...xs: readonly Tensor<A | K, D>[]): Tensor<A | K, D> => {
    const order = axesOf(
      xs[0] ?? raise(failure('Shape', 'concat: there is nothing to join', 'give at least one tensor')),
    ).map((a) => a.name)
    return made(concatOp, { over: [over.name] }, ...xs.map(reorder(order)))
  }

/**
 * Tensors of equal axes stacked along a new axis, which becomes the first in storage.
 *
 * @example
 * stack(axis('k', 2))(constant(1), constant(2)) // => [1, 2]
 */
export const stack =
  <K extends string>(along: Axis<K>) =>
  <A extends string, D extends DType = 'f32'>(...xs: readonly Tensor<A, D>[]): Tensor<A | K, D> => {
    const order = axesOf(
      xs[0] ?? raise(failure('Shape', 'stack: there is nothing to join', 'give at least one tensor')),
    )
    const lifted = xs.map((x) =>
      reshape([{ name: along.name, size: 1 }, ...order])(reorder(order.map((a) => a.name))(x)),
    )
    return xs.length === along.size
      ? made(concatOp, { over: [along.name] }, ...lifted)
      : raise(
          failure(
            'Shape',
            `stack: ${xs.length} tensors for axis '${along.name}' of size ${along.size}`,
            'give as many tensors as the axis has elements',
          ),
        )
  }

/** The operations of this file, for the table. */
export const joinOps: readonly Op[] = [concatOp]
