/**
 * The k largest elements of a row, and filters of logits for sampling: the k most probable symbols of a row (top-k; Fan et
 * al. 2018), and the smallest set of symbols whose probability reaches p (nucleus, top-p; Holtzman et al. 2020, section
 * 3.1), where 2⁻¹⁸ of p may be lacking. At a tie the lower index counts as the larger element, and NaN as larger than any, so
 * that what is kept is a function of the row.
 */
import { absent, at, lastOf, outside } from '../at.ts'
import { type Axis, findAxis, sizeOf } from '../axis.ts'
import { failure, raise } from '../errors.ts'
import { type Attributes, type Capabilities, type Op, type OnnxBuilder, type Tensor, axesOf } from '../expr.ts'
import { castNode, expandNode, extentsOf, LARGEST, reshapeNode, scalarNode } from './emit.ts'
import { bySubgroup } from './kernels.ts'
import { reorder } from './layout.ts'
import { HIDDEN } from './numeric.ts'
import { made, readAxes, readNumber, requireDType, requireNumber, writeAxes } from './rules.ts'

/** How many symbols are kept (all by default), and the probability that they must reach (1 by default: all). */
export interface LogitFilter {
  readonly k?: number
  readonly p?: number
}

/** Whether x stands before y: NaN does before everything else. */
const before = (x: number, y: number): boolean => x > y || (Number.isNaN(x) && !Number.isNaN(y))

/** Elements of a row in falling order, NaN first, the lower index first at a tie. */
const ranked = (row: ArrayLike<number>): readonly { readonly value: number; readonly i: number }[] =>
  Array.from(row, (value, i) => ({ value, i })).sort(
    (a, b) => Number(before(b.value, a.value)) - Number(before(a.value, b.value)) || a.i - b.i,
  )

/** The filter of a node; k is 0 where all symbols are kept, p is 1. */
const filterOf = (attrs: Attributes): Required<LogitFilter> => ({
  k: readNumber(attrs['k']),
  p: Math.fround(readNumber(attrs['p'])),
})

/**
 * What a nucleus must weigh for p of all, a little less than p: sums of f32 that should be p exactly, as at a tie of equal
 * logits, are off by some units of 2⁻²⁴, and all executors keep what the f64 reference keeps.
 */
const NEARLY = 1 - 2 ** -18

/** The share that a nucleus must reach. */
export const nucleusShare = (p: number): number => (p < 1 ? p * NEARLY : 1)

/** How many of the sorted logits are kept: at most k of them, and no more than reach p of what those k weigh. */
const keptCount = (sorted: readonly number[], { k, p }: Required<LogitFilter>): number => {
  const most = k > 0 ? Math.min(k, sorted.length) : sorted.length
  if (p >= 1) return most
  const weights = sorted.slice(0, most).map((x) => Math.exp(x - at(sorted, 0)))
  const wanted = nucleusShare(p) * weights.reduce((total, w) => total + w, 0)
  let [kept, mass] = [0, 0]
  while (kept < most && (kept === 0 || mass < wanted)) {
    mass += weights[kept] ?? outside(weights, kept)
    kept += 1
  }
  return kept
}

/** How the lanes of a row are joined. */
const totals = (on: Capabilities): string => (bySubgroup(on) ? 'lane_totals_subgroup' : 'lane_totals')

/** Logits [.., symbol], the last axis being the row: values below the k-th, or outside the nucleus, become −3.4·10³⁸. */
const filterLogitsOp: Op = {
  name: 'filter_logits',
  kind: 'kernel',
  types: (_attrs, [x]) => {
    if (x === undefined) return []
    requireDType('filter_logits', 'f32', x)
    if (lastOf(x.axes).size === 0)
      raise(failure('Shape', 'filter_logits: there are no symbols to keep', 'give at least one'))
    return [x]
  },
  reference: (attrs, [out], [x]) => {
    if (out === undefined || x === undefined) return []
    const size = lastOf(out.axes).size
    const data = new Float64Array(sizeOf(out.axes)).fill(HIDDEN)
    for (let start = 0; start < data.length; start += size) {
      const row = Float64Array.from({ length: size }, (_, i) => x.data[start + i] ?? outside(x.data, start + i))
      const order = ranked(row)
      const kept = keptCount(
        order.map((o) => o.value),
        filterOf(attrs),
      )
      for (const { value, i } of order.slice(0, kept)) data[start + i] = value
    }
    return [data]
  },
  lower: (attrs, [out], _args, on) => {
    if (out === undefined) return []
    const size = lastOf(out.axes).size
    const rows = sizeOf(out.axes) / size
    const { k, p } = filterOf(attrs)
    return [
      {
        shader: 'filter_logits',
        preludes: [totals(on), 'pointwise', 'ordered'],
        overrides: {},
        params: { rows, size, k: k >= size ? 0 : k, p: nucleusShare(p) },
        workgroups: rows,
        buffers: [{ in: 0 }, { out: 0 }],
      },
    ]
  },
  onnx: (attrs, b, [x = absent()], [out]) => {
    const axes = out?.axes ?? []
    const size = lastOf(axes).size
    const rows = sizeOf(axes) / size
    const { k, p } = filterOf(attrs)
    const most = k > 0 ? Math.min(k, size) : size
    if (rows === 0 || (most === size && p >= 1)) return [x]
    const flat = reshapeNode(b, x, [rows, size])
    const at = largestNode(b, flat, most)
    const values = b.node('GatherElements', [flat, at], { axis: 1 })
    const kept = p >= 1 ? values : nucleusNode(b, values, p)
    const none = expandNode(b, scalarNode(b, HIDDEN), [rows, size])
    return [reshapeNode(b, b.node('ScatterElements', [none, at, kept], { axis: 1 }), extentsOf(axes))]
  },
}

/**
 * Positions [rows, k] (i64) of the k largest elements of the rows of a matrix, in falling order. The operator's comparisons
 * do not know NaN: rows that have it (or infinities of both signs) are ranked again in f64, where NaN is the largest.
 */
const largestNode = (b: OnnxBuilder, x: string, k: number): string => {
  const ranking = (keys: string): string =>
    at(b.nodes('TopK', [keys, b.constant('i64', [1], [k])], 2, { axis: 1, largest: 1, sorted: 1 }), 1)
  const sums = b.node('ReduceSum', [x, b.constant('i64', [1], [1])], { keepdims: 0 })
  const some = b.node('Reshape', [b.node('NonZero', [b.node('IsNaN', [sums])]), b.constant('i64', [1], [-1])])
  // The first row in any case: the operator cannot rank no rows.
  const doubtful = b.node('Concat', [some, b.constant('i64', [1], [0])], { axis: 0 })
  const few = b.node('Gather', [x, doubtful], { axis: 0 })
  const wide = (value: number): string => castNode(b, scalarNode(b, value), 'f64')
  const beyond = b.node('Add', [wide(LARGEST), wide(LARGEST)])
  const numbers = b.node('Min', [castNode(b, few, 'f64'), beyond])
  const keys = b.node('Where', [b.node('IsNaN', [few]), wide(Number.POSITIVE_INFINITY), numbers])
  const places = b.node('Reshape', [doubtful, b.constant('i64', [2], [-1, 1])])
  return b.node('ScatterND', [ranking(x), places, ranking(keys)])
}

/** Of sorted values those whose predecessors weigh less than p of all, and the first in any case. */
const nucleusNode = (b: OnnxBuilder, values: string, p: number): string => {
  const weights = b.node('Softmax', [values], { axis: 1 })
  const sums = b.node('CumSum', [weights, b.constant('i64', [], [1])], { exclusive: 1 })
  return b.node('Where', [b.node('Less', [sums, scalarNode(b, nucleusShare(p))]), values, scalarNode(b, HIDDEN)])
}

/**
 * Logits along `over` of which only the k largest are kept, and of those only the smallest set whose probability
 * (renormalised over the k) reaches p; all others become −3.4·10³⁸. No gradient flows. Throws a `Domain` failure unless k is a
 * whole number above 0 and 0 < p ≤ 1.
 *
 * @example
 * const n = axis('n', 3)
 * filterLogits(n, { k: 1 })(literal(Float64Array.of(1, 3, 2), n)) // => [-3.4e38, 3, -3.4e38]
 */
export const filterLogits =
  <K extends string>(over: Axis<K>, { k, p = 1 }: LogitFilter) =>
  <A extends string>(logits: Tensor<A | K>): Tensor<A | K> => {
    const { size } = findAxis('filter_logits', axesOf(logits), over.name)
    if (k !== undefined)
      requireNumber('top-k with k =', k, Number.isInteger(k) && k >= 1, 'keep a whole number of symbols, 1 or more')
    requireNumber('top-p with p =', p, p > 0 && p <= 1, 'give a probability in (0, 1]')
    if ((k === undefined || k >= size) && p === 1) return logits
    const others = axesOf(logits).flatMap((a) => (a.name === over.name ? [] : [a.name]))
    return made(filterLogitsOp, { k: k ?? 0, p }, reorder([...others, over.name])(logits))
  }

/** x [.., over] → the indices of its largest elements along the last axis [.., rank], the largest first. */
const largestOp: Op = {
  name: 'largest',
  kind: 'kernel',
  types: (attrs, [x]) => {
    if (x === undefined) return []
    requireDType('largest', 'f32', x)
    const [rank] = readAxes(attrs['rank'])
    const [size, wanted] = [lastOf(x.axes).size, rank?.size ?? 0]
    return rank !== undefined && wanted >= 1 && wanted <= size
      ? [{ axes: [...x.axes.slice(0, -1), rank], dtype: 'i32' }]
      : raise(
          failure('Shape', `largest: ${wanted} of ${size} elements`, 'ask for at least one and at most all of them', {
            wanted,
            size,
          }),
        )
  },
  reference: (_attrs, [out], [x]) => {
    if (out === undefined || x === undefined) return []
    const [k, size] = [lastOf(out.axes).size, lastOf(x.axes).size]
    const data = new Int32Array(sizeOf(out.axes))
    for (let r = 0; r * k < data.length; r++) {
      const row = Float64Array.from({ length: size }, (_, i) => x.data[r * size + i] ?? outside(x.data, r * size + i))
      data.set(
        ranked(row)
          .slice(0, k)
          .map((o) => o.i),
        r * k,
      )
    }
    return [data]
  },
  lower: (_attrs, [out], [x], on) => {
    if (out === undefined || x === undefined) return []
    const [k, size] = [lastOf(out.axes).size, lastOf(x.axes).size]
    const rows = sizeOf(out.axes) / k
    return [
      {
        shader: 'largest_rows',
        preludes: [totals(on), 'ordered'],
        overrides: {},
        params: { rows, size, k },
        workgroups: rows,
        buffers: [{ in: 0 }, { out: 0 }],
      },
    ]
  },
  onnx: (_attrs, b, [x = absent()], [out], [type]) => {
    const [k, size] = [lastOf(out?.axes ?? []).size, lastOf(type?.axes ?? []).size]
    const rows = sizeOf(type?.axes ?? []) / size
    if (rows === 0) return [b.constant('i32', extentsOf(out?.axes ?? []), [])]
    const at = largestNode(b, reshapeNode(b, x, [rows, size]), k)
    return [castNode(b, reshapeNode(b, at, extentsOf(out?.axes ?? [])), 'i32')]
  },
}

/**
 * The indices of the largest elements along `over`, the largest first and the lower index first at a tie: as many as
 * `rank` has places. `gather(over)(x, largest(over, rank)(x))` are the elements themselves. Throws a `Shape` failure for
 * more elements than there are.
 *
 * @example
 * const n = axis('n', 3)
 * largest(n, axis('rank', 2))(literal(Float64Array.of(1, 3, 2), n)) // => [1, 2]
 */
export const largest =
  <K extends string, R extends string>(over: Axis<K>, rank: Axis<R>) =>
  <A extends string>(x: Tensor<A | K>): Tensor<A | R, 'i32'> => {
    const others = axesOf(x).flatMap((a) => (a.name === over.name ? [] : [a.name]))
    return made(largestOp, { rank: writeAxes([rank]) }, reorder([...others, over.name])(x))
  }

/** The operations of this file, for the table. */
export const topKOps: readonly Op[] = [filterLogitsOp, largestOp]
