/**
 * Where values lie: inputs, literals, storage order, renaming, slicing, padding, joining, splitting and merging axes.
 */
import {
  type AnyAxis,
  type Axis,
  type Unit,
  findAxis,
  hasAxis,
  sameAxes,
  showAxes,
  sizeOf,
  stridesAlong,
  stridesOf,
} from '../axis.ts'
import { type DType, type Values, allocate } from '../dtype.ts'
import { failure, raise } from '../errors.ts'
import {
  type ArrayType,
  type Attributes,
  type Expr,
  type Op,
  type Tensor,
  type Value,
  apply,
  axesOf,
  typeOf,
} from '../expr.ts'
import { around, fillCall, groupsFor, windowCall, wordsFor } from './kernels.ts'
import { readAxes, readNames, readNumber, spreadTo, sumToAxes, walk, writeAxes } from './rules.ts'

const dtypes = ['f32', 'i32', 'u32', 'bool'] as const
const readDType = (a: unknown): DType => dtypes.find((d) => d === a) ?? 'f32'
const declared: Op['types'] = (attrs) => [{ axes: readAxes(attrs['axes']), dtype: readDType(attrs['dtype']) }]

const inputOp: Op = { name: 'input', kind: 'input', types: declared }

const readValues = (a: unknown): Values =>
  a instanceof Float64Array || a instanceof Float32Array || a instanceof Int32Array || a instanceof Uint32Array
    ? a
    : new Float64Array(0)

const literalOp: Op = {
  name: 'literal',
  kind: 'kernel',
  types: declared,
  reference: (attrs) => [readValues(attrs['data'])],
  onnx: (attrs, b, _inputs, [out]) => [
    b.constant(
      out?.dtype ?? 'f32',
      (out?.axes ?? []).map((a) => a.size),
      readValues(attrs['data']),
    ),
  ],
}

const iotaOp: Op = {
  name: 'iota',
  kind: 'kernel',
  types: declared,
  reference: (_attrs, [out]) => [Int32Array.from({ length: sizeOf(out?.axes ?? []) }, (_, i) => i)],
  onnx: (_attrs, b, _inputs, [out]) => [
    b.constant(
      'i32',
      [sizeOf(out?.axes ?? [])],
      Array.from({ length: sizeOf(out?.axes ?? []) }, (_, i) => i),
    ),
  ],
}

/** Copies `x` into a fresh array of type `out`, element (position) from `source(position)`; −1 leaves 0. */
const copyBy = (
  out: ArrayType,
  x: Value,
  strides: readonly number[],
  start: number,
): Float64Array | Int32Array | Uint32Array => {
  const data = allocate(out.dtype, sizeOf(out.axes))
  walk(out.axes, [strides], (i, [at = 0]) => {
    data[i] = x.data[start + at] ?? 0
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
  onnx: (_attrs, b, inputs, [out], [x]) => [
    b.node('Transpose', inputs, {
      perm: (out?.axes ?? []).map((a) => (x?.axes ?? []).findIndex((c) => c.name === a.name)),
    }),
  ],
}

const sameStorage = (
  change: (attrs: Attributes, x: ArrayType) => readonly AnyAxis[],
): Pick<Op, 'kind' | 'types' | 'reference' | 'onnx'> => ({
  kind: 'alias',
  types: (attrs, [x]) => (x === undefined ? [] : [{ axes: change(attrs, x), dtype: x.dtype }]),
  reference: (_attrs, _out, [x]) => (x === undefined ? [] : [x.data]),
  onnx: (_attrs, b, [x = ''], [out]) => [
    b.node('Reshape', [
      x,
      b.constant(
        'i64',
        [out?.axes.length ?? 0],
        (out?.axes ?? []).map((a) => a.size),
      ),
    ]),
  ],
})

/** The same storage under other axes: `rename`, `split`, `merge`, `squeeze`. Sizes must multiply to the same number. */
const reshapeOp: Op = {
  name: 'reshape',
  ...sameStorage((attrs, x) => {
    const axes = readAxes(attrs['axes'])
    const names = axes.map((a) => a.name)
    if (new Set(names).size !== names.length)
      raise(
        failure(
          'Shape',
          `reshape: an axis name occurs twice in ${showAxes(axes)}`,
          'rename to a name that the tensor does not have',
          { axes },
        ),
      )
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

const spanOf = (attrs: Attributes): { readonly over: string; readonly start: number; readonly size: number } => ({
  over: readNames(attrs['over'])[0] ?? '',
  start: readNumber(attrs['start']),
  size: readNumber(attrs['size']),
})

const resized = (axes: readonly AnyAxis[], over: string, size: number): readonly AnyAxis[] =>
  axes.map((a) => (a.name === over ? { name: over, size } : a))

const sliceOp: Op = {
  name: 'slice',
  kind: 'kernel',
  types: (attrs, [x]) => {
    if (x === undefined) return []
    const { over, start, size } = spanOf(attrs)
    const whole = findAxis('slice', x.axes, over)
    return start >= 0 && size >= 0 && start + size <= whole.size
      ? [{ axes: resized(x.axes, over, size), dtype: x.dtype }]
      : raise(
          failure(
            'Shape',
            `slice: [${start}, ${start + size}) does not lie in axis '${over}' of size ${whole.size}`,
            'take a range inside the axis',
            { axis: over, start, size, whole: whole.size },
          ),
        )
  },
  reference: (attrs, [out], [x]) => {
    if (out === undefined || x === undefined) return []
    const { over, start } = spanOf(attrs)
    const d = x.axes.findIndex((a) => a.name === over)
    return [copyBy(out, x, stridesAlong(out.axes, x.axes), start * (stridesOf(x.axes)[d] ?? 0))]
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
  lower: (attrs, _out, [x]) => {
    if (x === undefined) return []
    const { over, start, size } = spanOf(attrs)
    const { outer, size: whole, inner } = around(x.axes, over)
    return [
      windowCall({
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
  onnx: (attrs, b, [x = ''], _out, [t]) => {
    const { over, start, size } = spanOf(attrs)
    const one = (n: number) => b.constant('i64', [1], [n])
    return [b.node('Slice', [x, one(start), one(start + size), one((t?.axes ?? []).findIndex((a) => a.name === over))])]
  },
}

/** Zeros before (`start` of them) and after (`size` of them) along an axis: the adjoint of `slice`. */
const padOp: Op = {
  name: 'pad',
  kind: 'kernel',
  types: (attrs, [x]) => {
    if (x === undefined) return []
    const { over, start, size } = spanOf(attrs)
    return [{ axes: resized(x.axes, over, findAxis('pad', x.axes, over).size + start + size), dtype: x.dtype }]
  },
  reference: (attrs, [out], [x]) => {
    if (out === undefined || x === undefined) return []
    const { over, start } = spanOf(attrs)
    const data = allocate(out.dtype, sizeOf(out.axes))
    const stride = stridesOf(out.axes)[out.axes.findIndex((a) => a.name === over)] ?? 0
    walk(x.axes, [stridesAlong(x.axes, out.axes)], (i, [at = 0]) => {
      data[start * stride + at] = x.data[i] ?? 0
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
  lower: (attrs, [out], [x]) => {
    if (x === undefined || out === undefined) return []
    const { over, start } = spanOf(attrs)
    const { outer, size, inner } = around(x.axes, over)
    const pitch = around(out.axes, over).size * inner
    return [
      fillCall(sizeOf(out.axes)),
      windowCall({
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
  onnx: (attrs, b, [x = ''], [out], [t]) => {
    const { over, start, size } = spanOf(attrs)
    const rank = t?.axes.length ?? 0
    const d = (t?.axes ?? []).findIndex((a) => a.name === over)
    const pads = Array.from({ length: 2 * rank }, (_, i) => (i === d ? start : i === rank + d ? size : 0))
    return [b.node('Pad', [x, b.constant('i64', [2 * rank], pads), b.constant(out?.dtype ?? 'f32', [], [0])])]
  },
}

const concatOp: Op = {
  name: 'concat',
  kind: 'kernel',
  types: (attrs, args) => {
    const [over = ''] = readNames(attrs['over'])
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
    const [over = ''] = readNames(attrs['over'])
    const data = allocate(out.dtype, sizeOf(out.axes))
    const stride = stridesOf(out.axes)[out.axes.findIndex((a) => a.name === over)] ?? 0
    let start = 0
    for (const x of xs) {
      const from = start * stride
      walk(x.axes, [stridesAlong(x.axes, out.axes)], (i, [at = 0]) => {
        data[from + at] = x.data[i] ?? 0
      })
      start += findAxis('concat', x.axes, over).size
    }
    return [data]
  },
  vjp: (node, [g]) => {
    const over = readNames(node.attrs['over'])
    const sizes = node.args.map((x) => findAxis('concat', axesOf(x), over[0] ?? '').size)
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
  lower: (attrs, [out], args) => {
    const [over = ''] = readNames(attrs['over'])
    const { outer, size, inner } = around(out?.axes ?? [], over)
    const widths = args.map((a) => around(a.axes, over).size * inner)
    return widths.map((width, source) =>
      windowCall({
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

const reverseOp: Op = {
  name: 'reverse',
  kind: 'kernel',
  types: (attrs, [x]) => {
    if (x === undefined) return []
    findAxis('reverse', x.axes, readNames(attrs['over'])[0] ?? '')
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
        ((x.axes[d]?.size ?? 1) - 1) * (strides[d] ?? 0),
      ),
    ]
  },
  vjp: (node, [g]) => [g === undefined ? undefined : apply(reverseOp, node.attrs, spreadTo(axesOf(node))(g))],
  lower: (attrs, _out, [x]) => {
    const { size, inner } = around(x?.axes ?? [], readNames(attrs['over'])[0] ?? '')
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
  onnx: (attrs, b, [x = ''], _out, [t]) => {
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

type Names<Axs extends readonly AnyAxis[]> = Axs[number]['name']

/** A value fed at run time. Two inputs of the same name, type and axes are the same input. */
export const input = <const Axs extends readonly AnyAxis[]>(name: string, ...axes: Axs): Tensor<Names<Axs> | Unit> =>
  apply(inputOp, { name, axes: writeAxes(axes), dtype: 'f32' })
/** An input of a given element type. */
export const inputOf =
  <D extends DType>(dtype: D) =>
  <const Axs extends readonly AnyAxis[]>(name: string, ...axes: Axs): Tensor<Names<Axs> | Unit, D> =>
    apply(inputOp, { name, axes: writeAxes(axes), dtype })
const literalNode = (data: Values, axes: readonly AnyAxis[], dtype: DType): Expr =>
  data.length === sizeOf(axes)
    ? apply(literalOp, { data, axes: writeAxes(axes), dtype })
    : raise(
        failure(
          'Shape',
          `literal: ${data.length} values do not fill ${showAxes(axes)}`,
          'give as many values as the axes hold',
          { values: data.length, axes },
        ),
      )
/** Values known when the expression is built. The array must not be changed afterwards. */
export const literal = <const Axs extends readonly AnyAxis[]>(
  data: Float64Array | Float32Array,
  ...axes: Axs
): Tensor<Names<Axs> | Unit> => literalNode(data, axes, 'f32')
/** Integers known when the expression is built. The array must not be changed afterwards. */
export const literalIntegers = <const Axs extends readonly AnyAxis[]>(
  data: Int32Array,
  ...axes: Axs
): Tensor<Names<Axs> | Unit, 'i32'> => literalNode(data, axes, 'i32')
/** 0, 1, 2 … along an axis. */
export const iota = <K extends string>(along: Axis<K>): Tensor<K | Unit, 'i32'> =>
  apply(iotaOp, { axes: writeAxes([along]), dtype: 'i32' })

/** The same tensor stored with its axes in another order (for executors; the order has no meaning). */
export const reorder =
  (order: readonly string[]) =>
  (x: Expr): Expr => {
    if (order.length === axesOf(x).length && order.every((name, i) => axesOf(x)[i]?.name === name)) return x
    return x.op === reorderOp ? reorder(order)(x.args[0] ?? x) : apply(reorderOp, { order }, x)
  }

/** The same storage under other axes (see `reshapeOp`). */
export const reshape =
  (axes: readonly AnyAxis[]) =>
  (x: Expr): Expr =>
    sameAxes(axes, axesOf(x)) ? x : apply(reshapeOp, { axes: writeAxes(axes) }, x)

/** The same values under another axis name; the new axis must have the same size. */
export const rename =
  <K extends string, L extends string>(from: Axis<K>, to: Axis<L>) =>
  <A extends string, D extends DType = 'f32'>(x: Tensor<A | K, D>): Tensor<A | L, D> => {
    findAxis('rename', axesOf(x), from.name)
    return reshape(axesOf(x).map((a) => (a.name === from.name ? to : a)))(x)
  }
/** `slice` for expressions whose axes are only known at run time. */
export const sliceNode =
  (over: string, start: number, size: number) =>
  (x: Expr): Expr =>
    apply(sliceOp, { over: [over], start, size }, x)
/** `concat` for expressions whose axes are only known at run time. */
export const concatNodes =
  (over: string) =>
  (xs: readonly Expr[]): Expr =>
    apply(concatOp, { over: [over] }, ...xs)
/** The elements [start, start + size) along an axis, which keeps its name. */
export const slice =
  <K extends string>(over: Axis<K>, start: number, size: number) =>
  <A extends string, D extends DType = 'f32'>(x: Tensor<A | K, D>): Tensor<A | K, D> =>
    start === 0 && size === findAxis('slice', axesOf(x), over.name).size
      ? x
      : apply(sliceOp, { over: [over.name], start, size }, x)
/** `before` zeros in front and `after` zeros behind, along an axis that keeps its name. */
export const pad =
  <K extends string>(over: Axis<K>, before: number, after: number) =>
  <A extends string, D extends DType = 'f32'>(x: Tensor<A | K, D>): Tensor<A | K, D> =>
    apply(padOp, { over: [over.name], start: before, size: after }, x)
/** Element `index` along an axis, which disappears. */
export const select =
  <K extends string>(over: Axis<K>, index: number) =>
  <A extends string, D extends DType = 'f32'>(x: Tensor<A | K, D>): Tensor<A, D> => {
    const one = apply(sliceOp, { over: [over.name], start: index, size: 1 }, x)
    return reshape(axesOf(one).filter((a) => a.name !== over.name))(one)
  }
/** Tensors joined along an axis that all of them have. */
export const concat =
  <K extends string>(over: Axis<K> | { readonly name: K }) =>
  <A extends string, D extends DType = 'f32'>(...xs: readonly Tensor<A | K, D>[]): Tensor<A | K, D> => {
    const order = axesOf(
      xs[0] ?? raise(failure('Shape', 'concat: there is nothing to join', 'give at least one tensor')),
    ).map((a) => a.name)
    return apply(concatOp, { over: [over.name] }, ...xs.map(reorder(order)))
  }
/** Tensors of equal axes stacked along a new axis, which becomes the first in storage. */
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
      ? apply(concatOp, { over: [along.name] }, ...lifted)
      : raise(
          failure(
            'Shape',
            `stack: ${xs.length} tensors for axis '${along.name}' of size ${along.size}`,
            'give as many tensors as the axis has elements',
          ),
        )
  }
/** The elements of an axis in reverse order. */
export const reverse =
  <K extends string>(over: Axis<K>) =>
  <A extends string, D extends DType = 'f32'>(x: Tensor<A | K, D>): Tensor<A | K, D> =>
    apply(reverseOp, { over: [over.name] }, x)
/** One axis as two: index i ↦ (⌊i / inner⌋, i mod inner). */
export const split =
  <K extends string, L extends string, M extends string>(from: Axis<K>, outer: Axis<L>, inner: Axis<M>) =>
  <A extends string, D extends DType = 'f32'>(x: Tensor<A | K, D>): Tensor<A | L | M, D> => {
    findAxis('split', axesOf(x), from.name)
    return reshape(axesOf(x).flatMap((a) => (a.name === from.name ? [outer, inner] : [a])))(x)
  }
/** Two axes as one: (i, j) ↦ i·inner + j. */
export const merge =
  <L extends string, M extends string, K extends string>(outer: Axis<L>, inner: Axis<M>, into: Axis<K>) =>
  <A extends string, D extends DType = 'f32'>(x: Tensor<A | L | M, D>): Tensor<A | K, D> => {
    const others = axesOf(x).filter((a) => a.name !== outer.name && a.name !== inner.name)
    findAxis('merge', axesOf(x), outer.name)
    findAxis('merge', axesOf(x), inner.name)
    return reshape([...others, into])(reorder([...others.map((a) => a.name), outer.name, inner.name])(x))
  }

/** Whether a tensor has an axis of this name. */
export const has = (x: Expr, name: string): boolean => hasAxis(typeOf(x).axes, name)

/** Sums a cotangent down to the axes of `x` and lays it out like `x`. */
export const like =
  (x: Expr) =>
  (g: Expr): Expr =>
    reorder(axesOf(x).map((a) => a.name))(sumToAxes(axesOf(x))(spreadTo(axesOf(x))(g)))

/** The operations of this file, for the table. */
export const layoutOps: readonly Op[] = [
  inputOp,
  literalOp,
  iotaOp,
  reorderOp,
  reshapeOp,
  sliceOp,
  padOp,
  concatOp,
  reverseOp,
]
