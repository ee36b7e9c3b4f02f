/**
 * Indexing: gather and its adjoint scatter-add, one-hot vectors. Indices outside the axis are clamped to its ends.
 */
import { absent, at, outside } from '../at.ts'
import { type AnyAxis, type Axis, type Unit, findAxis, hasAxis, sizeOf, without } from '../axis.ts'
import { type DType, allocate } from '../dtype.ts'
import { failure, raise } from '../errors.ts'
import {
  type ArrayType,
  type Attributes,
  type Expr,
  type OnnxBuilder,
  type Op,
  type Tensor,
  type Value,
  axesOf,
} from '../expr.ts'
import { castNode, clampNode, expandNode, extentsOf, reshapeNode } from './emit.ts'
import { isHalf } from './halves.ts'
import { groupsFor, sharingGroups, wordsFor } from './kernels.ts'
import { iota, reorder } from './layout.ts'
import { cast, equal } from './pointwise.ts'
import { readNames, readNumber, requireDType, made } from './rules.ts'
import { scatterCalls } from './scatter.ts'

/** Axes of a gather: shared by source and index (batch), of the index only (picks), of the source only (inner). */
export const gatherAxes = (
  over: string,
  x: readonly AnyAxis[],
  index: readonly AnyAxis[],
): { readonly batch: readonly AnyAxis[]; readonly picks: readonly AnyAxis[]; readonly inner: readonly AnyAxis[] } => ({
  batch: index.filter((a) => hasAxis(x, a.name)),
  picks: index.filter((a) => !hasAxis(x, a.name)),
  inner: x.filter((a) => a.name !== over && !hasAxis(index, a.name)),
})

const clamp = (i: number, size: number): number => Math.max(0, Math.min(size - 1, i))

/** x: [batch, over, inner], index: [batch, picks] → [batch, picks, inner]. */
const gatherOp: Op = {
  name: 'gather',
  kind: 'kernel',
  types: (attrs, [x, index]) => {
    if (x === undefined || index === undefined) return []
    const over = at(readNames(attrs['over']), 0)
    requireDType('gather', 'i32', index)
    if (findAxis('gather', x.axes, over).size === 0 || hasAxis(index.axes, over))
      raise(
        failure(
          'Shape',
          `gather: axis '${over}' is empty or belongs to the index too`,
          'gather along an axis that only the source has',
          { axis: over },
        ),
      )
    const { batch, picks, inner } = gatherAxes(over, x.axes, index.axes)
    return [{ axes: [...batch, ...picks, ...inner], dtype: x.dtype }]
  },
  reference: (attrs, [out], [x, index]) =>
    out === undefined || x === undefined || index === undefined ? [] : [gathered(attrs, out, x, index)],
  lower: (attrs, [out], [x, index], on) => {
    const over = at(readNames(attrs['over']), 0)
    const size = findAxis('gather', x?.axes ?? [], over).size
    const [, picks, inner] = extents(over, x?.axes ?? [], index?.axes ?? [])
    const halves = isHalf(attrs, 0)
    const { prelude, unit } = wordsFor(inner)
    const count = sizeOf(out?.axes ?? []) / unit
    return [
      {
        shader: halves ? 'gather_halves' : 'gather',
        preludes: halves ? [] : [prelude, 'spans'],
        overrides: {},
        params: { count, picks, size, inner: inner / unit },
        workgroups: halves ? groupsFor(count, 256) : sharingGroups(count, 256, on),
        buffers: [{ in: 0 }, { in: 1 }, { out: 0 }],
      },
    ]
  },
  onnx: (attrs, b, [x = absent(), index = absent()], [out], [source, picked]) => {
    const over = at(readNames(attrs['over']), 0)
    const size = findAxis('gather', source?.axes ?? [], over).size
    const [batch, picks, inner] = extents(over, source?.axes ?? [], picked?.axes ?? [])
    const rows = reshapeNode(b, x, [batch * size, inner])
    return [
      reshapeNode(
        b,
        b.node('Gather', [rows, rowsNode(b, index, batch, picks, size)], { axis: 0 }),
        extentsOf(out?.axes ?? []),
      ),
    ]
  },
  vjp: (node, [g]) => {
    const [x, index] = node.args
    if (g === undefined || x === undefined || index === undefined) return [undefined, undefined]
    const over = findAxis('gather', axesOf(x), at(readNames(node.attrs['over']), 0))
    return [scatter(over, g, index, names(gatherAxes(over.name, axesOf(x), axesOf(index)).batch)), undefined]
  },
}

const extents = (over: string, x: readonly AnyAxis[], index: readonly AnyAxis[]): readonly [number, number, number] => {
  const { batch, picks, inner } = gatherAxes(over, x, index)
  return [sizeOf(batch), sizeOf(picks), sizeOf(inner)]
}

const gathered = (
  attrs: Attributes,
  out: ArrayType,
  x: Value,
  index: Value,
): Float64Array | Int32Array | Uint32Array => {
  const over = at(readNames(attrs['over']), 0)
  const size = findAxis('gather', x.axes, over).size
  const [batch, picks, inner] = extents(over, x.axes, index.axes)
  const data = allocate(out.dtype, batch * picks * inner)
  for (let p = 0; p < batch * picks; p++) {
    const from = (Math.floor(p / picks) * size + clamp(index.data[p] ?? outside(index.data, p), size)) * inner
    for (let i = 0; i < inner; i++) data[p * inner + i] = x.data[from + i] ?? outside(x.data, from + i)
  }
  return data
}

/** Row numbers [batch·picks] into [batch·size] rows, from clamped indices into each batch element's own rows. */
const rowsNode = (b: OnnxBuilder, index: string, batch: number, picks: number, size: number): string => {
  const clamped = clampNode(b, reshapeNode(b, index, [batch * picks]), size)
  const start = Int32Array.from({ length: batch * picks }, (_, p) => Math.floor(p / picks) * size)
  return batch === 1 ? clamped : b.node('Add', [clamped, b.constant('i32', [batch * picks], start)])
}

/**
 * Up to so many rows, a scatter is cheaper as a product with one-hot rows than element by element (10 000 updates of 256
 * elements into 256 rows: 22 ms and 80 ms). ScatterND would take 2 ms, but its threads lose updates of one row.
 */
const oneHotRows = (inner: number): number => Math.max(64, Math.min(512, 16 * inner))

/**
 * hits·updates, where 0 times a value that is not finite would be NaN in every row: where a result is not finite, all updates are
 * added one by one instead, else none (the rows that are cut off are no work).
 */
const summedNode = (b: OnnxBuilder, hits: string, updates: string, at: string, n: number): string => {
  const total = b.node('MatMul', [hits, updates])
  const lost = b.node('IsNaN', [
    b.node('ReduceSum', [b.node('Sub', [total, total]), b.constant('i64', [2], [0, 1])], { keepdims: 0 }),
  ])
  const [first, along] = [b.constant('i64', [1], [0]), b.constant('i64', [1], [0])]
  const end = b.node('Mul', [reshapeNode(b, castNode(b, lost, 'i64'), [1]), b.constant('i64', [1], [n])])
  const cut = (x: string): string => b.node('Slice', [x, first, end, along])
  const few = cut(updates)
  const rows = b.node('Expand', [cut(reshapeNode(b, at, [n, 1])), b.node('Shape', [few])])
  const kept = b.node('Where', [lost, b.constant('f32', [], [0]), total])
  return b.node('ScatterElements', [kept, rows, few], { axis: 0, reduction: 'add' })
}

/** Σ of update rows [n, inner] into `rows` rows, those that `at` [n] names. */
const scatterNode = (
  b: OnnxBuilder,
  dtype: DType,
  updates: string,
  at: string,
  rows: number,
  n: number,
  inner: number,
): string => {
  if (n * inner === 0) return expandNode(b, b.constant(dtype === 'f32' ? 'f32' : 'i32', [], [0]), [rows, inner])
  if (dtype === 'f32' && rows <= oneHotRows(inner)) {
    const hits = b.node('Equal', [
      b.constant(
        'i32',
        [rows, 1],
        Int32Array.from({ length: rows }, (_, i) => i),
      ),
      at,
    ])
    return summedNode(b, castNode(b, hits, 'f32'), updates, at, n)
  }
  const type = dtype === 'f32' ? 'f32' : 'i32'
  const zeros = expandNode(b, b.constant(type, [], [0]), [rows, inner])
  return b.node('ScatterElements', [zeros, expandNode(b, reshapeNode(b, at, [n, 1]), [n, inner]), updates], {
    axis: 0,
    reduction: 'add',
  })
}

/** updates: [batch, picks, inner], index: [batch, picks] → [batch, over, inner], summed in the order of the picks. */
const scatterAddOp: Op = {
  name: 'scatter_add',
  kind: 'kernel',
  types: (attrs, [u, index]) => {
    if (u === undefined || index === undefined) return []
    requireDType('scatter_add', 'i32', index)
    const over = { name: at(readNames(attrs['over']), 0), size: readNumber(attrs['size']) }
    const batch = index.axes.filter((a) => readNames(attrs['batch']).includes(a.name))
    return [{ axes: [...batch, over, ...u.axes.filter((a) => !hasAxis(index.axes, a.name))], dtype: u.dtype }]
  },
  reference: (attrs, [out], [u, index]) => {
    if (out === undefined || u === undefined || index === undefined) return []
    const size = readNumber(attrs['size'])
    const batch = sizeOf(index.axes.filter((a) => readNames(attrs['batch']).includes(a.name)))
    const picks = sizeOf(index.axes) / Math.max(1, batch)
    const inner = sizeOf(u.axes.filter((a) => !hasAxis(index.axes, a.name)))
    const data = allocate(out.dtype, batch * size * inner)
    for (let p = 0; p < batch * picks; p++) {
      const to = (Math.floor(p / picks) * size + clamp(index.data[p] ?? outside(index.data, p), size)) * inner
      for (let i = 0; i < inner; i++)
        data[to + i] =
          (data[to + i] ?? outside(data, to + i)) + (u.data[p * inner + i] ?? outside(u.data, p * inner + i))
    }
    return [data]
  },
  lower: (attrs, [out], [u, index]) => {
    const size = readNumber(attrs['size'])
    const [batch, picks] = [true, false].map((shared) =>
      sizeOf((index?.axes ?? []).filter((a) => readNames(attrs['batch']).includes(a.name) === shared)),
    )
    const inner = sizeOf((u?.axes ?? []).filter((a) => !hasAxis(index?.axes ?? [], a.name)))
    return scatterCalls({ batch: batch ?? 1, picks: picks ?? 1, size, inner }, out?.dtype ?? 'f32')
  },
  onnx: (attrs, b, [u = absent(), index = absent()], [out], [updates, picked]) => {
    const size = readNumber(attrs['size'])
    const batch = sizeOf((picked?.axes ?? []).filter((a) => readNames(attrs['batch']).includes(a.name)))
    const n = sizeOf(picked?.axes ?? [])
    const inner = sizeOf((updates?.axes ?? []).filter((a) => !hasAxis(picked?.axes ?? [], a.name)))
    const rows = rowsNode(b, index, batch, n / Math.max(1, batch), size)
    const total = scatterNode(b, out?.dtype ?? 'f32', reshapeNode(b, u, [n, inner]), rows, batch * size, n, inner)
    return [reshapeNode(b, total, extentsOf(out?.axes ?? []))]
  },
  vjp: (node, [g]) => {
    const index = node.args[1]
    return g === undefined || index === undefined
      ? [undefined, undefined]
      : [pick(at(readNames(node.attrs['over']), 0), g, index), undefined]
  },
}

const names = (...parts: readonly (readonly AnyAxis[])[]): readonly string[] => parts.flat().map((a) => a.name)

/** Lays out both operands as the kernel wants them and builds the node. */
const pick = <A extends string, D extends DType>(over: string, x: Expr, index: Expr): Tensor<A, D> => {
  const axis = findAxis('gather', axesOf(x), over)
  const { batch, picks, inner } = gatherAxes(over, axesOf(x), axesOf(index))
  const leading = without(batch, [over])
  return made(
    gatherOp,
    { over: [over] },
    reorder(names(leading, [axis], inner))(x),
    reorder(names(batch, picks))(index),
  )
}

/** The adjoint of `pick`: axes of the index that the result should keep are those that `x` had. */
const scatter = <A extends string, D extends DType>(
  over: AnyAxis,
  u: Expr,
  index: Expr,
  keep: readonly string[] = [],
): Tensor<A, D> => {
  const batch = axesOf(index).filter((a) => keep.includes(a.name))
  const picks = axesOf(index).filter((a) => !keep.includes(a.name))
  const inner = axesOf(u).filter((a) => !hasAxis(axesOf(index), a.name))
  return made(
    scatterAddOp,
    { over: [over.name], size: over.size, batch: names(batch) },
    reorder(names(batch, picks, inner))(u),
    reorder(names(batch, picks))(index),
  )
}

/**
 * x at the given indices along an axis (clamped to it). Axes that both have are walked together.
 *
 * @example
 * const [n, m] = [axis('n', 3), axis('m', 2)]
 * gather(n)(literal(Float64Array.of(10, 20, 30), n), literalIntegers(Int32Array.of(2, 0), m)) // => [30, 10]
 */
export const gather =
  <K extends string>(over: Axis<K>) =>
  <A extends string, B extends string, D extends DType = 'f32'>(
    x: Tensor<A | K, D>,
    index: Tensor<B, 'i32'>,
  ): Tensor<A | B, D> =>
    pick(over.name, x, index)

/**
 * The adjoint of `gather`: out[k, …] = Σ of the updates whose index is k, over the axes of the index except those in `keep`.
 *
 * @example
 * const [n, m] = [axis('n', 3), axis('m', 2)]
 * scatterAdd(n, m)(literal(Float64Array.of(1, 2), m), literalIntegers(Int32Array.of(2, 2), m)) // => [0, 0, 3]
 */
export const scatterAdd =
  <K extends string, P extends string>(along: Axis<K>, over: Axis<P>) =>
  <A extends string, B extends string, D extends 'f32' | 'i32' = 'f32'>(
    updates: Tensor<A | P, D>,
    index: Tensor<B | P, 'i32'>,
  ): Tensor<A | B | K, D> =>
    scatter(
      along,
      updates,
      index,
      axesOf(index).flatMap((a) => (a.name === over.name ? [] : [a.name])),
    )

/**
 * 1 where the index equals the position along the axis, else 0.
 *
 * @example
 * oneHot(axis('n', 3))(constantOf('i32', 1)) // => [0, 1, 0]
 */
export const oneHot =
  <K extends string>(along: Axis<K>) =>
  <A extends string>(index: Tensor<A, 'i32'>): Tensor<A | K | Unit> =>
    cast('f32')(equal(index, iota(along)))

/** The operations of this file, for the table. */
export const gatherOps: readonly Op[] = [gatherOp, scatterAddOp]
