/**
 * A stream of random choices from one key, and what the generators of operations make with it: axes, arrays, inputs.
 */
import { type AnyAxis, axis, sizeOf } from '../../lib/axis.ts'
import { allocate, type DType, type Values } from '../../lib/dtype.ts'
import type { ArrayType, Attributes, Expr } from '../../lib/expr.ts'
import { apply } from '../../lib/expr.ts'
import { fold, type Key, uniforms } from '../../lib/key.ts'
import { at } from '../../lib/at.ts'
import { inputOf } from '../../lib/ops/layout.ts'
import { part } from '../../lib/ops/scan-op.ts'
import { operations } from '../../lib/ops/table.ts'

/**
 * How large and how wild: sizes of axes, most axes, most elements; `smooth` values keep away from kinks, poles and
 * overflow (so that derivatives exist), `edge` values mix in zeros, extremes and ties.
 */
export interface How {
  readonly sizes: readonly number[]
  readonly rank: number
  readonly elements: number
  readonly values: 'smooth' | 'edge'
}

/** Small and differentiable. */
export const small: How = { sizes: [1, 2, 3], rank: 3, elements: 24, values: 'smooth' }

/** Empty axes, sizes around a workgroup, extreme values: for comparing executors. */
export const wild: How = { sizes: [0, 1, 2, 3, 7, 64, 65, 257], rank: 5, elements: 20_000, values: 'edge' }

/** The values that an operand takes: a range with points to keep away from, and extremes for `edge`. */
export interface Range {
  readonly dtype: DType
  readonly low: number
  readonly high: number
  /** Smooth values are at least 0.02 from these; `integers` keeps away from all whole numbers. */
  readonly avoid?: readonly number[] | 'integers'
  readonly edges?: readonly number[]
}

/** An input with its values. */
export interface Placed {
  readonly node: Expr
  readonly data: Values
}

/** One node of an operation (its results), with values for all inputs that it reads. */
export interface Sample {
  readonly node: Expr
  readonly results: readonly Expr[]
  readonly inputs: readonly Placed[]
}

/** A stream of choices. */
export interface Draws {
  readonly how: How
  /** A uniform in (0, 1). */
  readonly uniform: () => number
  /** A whole number in [low, high]. */
  readonly integer: (low: number, high: number) => number
  /** One of a non-empty list. */
  readonly one: <const A>(xs: readonly [A, ...(readonly A[])]) => A
  /** The same elements in another order. */
  readonly shuffled: <A>(xs: readonly A[]) => readonly A[]
  /** A fresh input of these values. */
  readonly place: (axes: readonly AnyAxis[], data: Values, dtype: DType) => Placed
}

/** The choices of a key. */
export const draws = (k: Key, how: How): Draws => {
  let drawn = 0
  let placed = 0
  const uniform = (): number => {
    drawn += 1
    return at(uniforms(fold(k, drawn), 1), 0)
  }
  const integer = (low: number, high: number): number => low + Math.floor(uniform() * (high - low + 1))
  return {
    how,
    uniform,
    integer,
    one: (xs) => xs[integer(0, xs.length - 1)] ?? xs[0],
    shuffled: (xs) =>
      xs
        .map((x) => ({ x, rank: uniform() }))
        .sort((p, q) => p.rank - q.rank)
        .map(({ x }) => x),
    place: (axes, data, dtype) => {
      placed += 1
      return { node: inputOf(dtype)(`x${placed}`, ...axes), data }
    },
  }
}

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']

/** Up to `most` axes with names from `from` on; sizes are cut so that all together hold at most `how.elements`. */
export const drawAxes = (d: Draws, most: number, from = 0, least = 0, smallest = 0): readonly AnyAxis[] => {
  const sizes = d.how.sizes.filter((s) => s >= smallest)
  let room = d.how.elements
  return NAMES.slice(from, from + d.integer(least, Math.max(least, most))).map((name) => {
    const fitting = sizes.filter((s) => s <= Math.max(1, room))
    const size = fitting[d.integer(0, fitting.length - 1)] ?? 1
    room = Math.floor(room / Math.max(1, size))
    return axis(name, size)
  })
}

/** A part of a list, in order. */
export const some = <A>(d: Draws, xs: readonly A[]): readonly A[] => xs.filter(() => d.uniform() < 0.6)

const away = (x: number, avoid: Range['avoid']): number => {
  const near = (p: number): number => (Math.abs(x - p) < 0.02 ? p + (x < p ? -0.02 : 0.02) : x)
  if (avoid === undefined) return x
  return avoid === 'integers' ? near(Math.round(x)) : avoid.reduce((y, p) => (Math.abs(y - p) < 0.02 ? near(p) : y), x)
}

/** n values of a range. */
export const drawValues = (d: Draws, n: number, range: Range): Values => {
  const data = allocate(range.dtype, n)
  const whole = range.dtype !== 'f32'
  const edges = d.how.values === 'edge' ? (range.edges ?? []) : []
  for (let i = 0; i < n; i++) {
    const x = range.low + d.uniform() * (range.high - range.low)
    const edge = edges.length > 0 && d.uniform() < 0.2 ? edges[d.integer(0, edges.length - 1)] : undefined
    const usual = whole ? d.integer(range.low, range.high) : away(x, range.avoid)
    data[i] = edge ?? usual
  }
  return range.dtype === 'f32' ? Float64Array.from(data, Math.fround) : data
}

/** An input over these axes with values of a range. */
export const drawInput = (d: Draws, axes: readonly AnyAxis[], range: Range): Placed =>
  d.place(axes, drawValues(d, sizeOf(axes), range), range.dtype)

/** Distinct multiples of `step` in random order: no ties, and no two within half a step of each other. */
export const drawDistinct = (d: Draws, axes: readonly AnyAxis[], step: number): Placed => {
  const n = sizeOf(axes)
  const order = d.shuffled(Array.from({ length: n }, (_, i) => Math.fround(step * (i - n / 2))))
  return d.place(axes, Float64Array.from(order), 'f32')
}

/** The one node `name(attrs; args)`, with all of its results. */
export const sampleNode = (name: string, attrs: Attributes, args: readonly Placed[]): Sample => {
  const op = operations.get(name)
  if (op === undefined) throw new Error(`there is no operation '${name}'`)
  return sampleOf(apply(op, attrs, ...args.map((a) => a.node)), args)
}

/** A node with its results and the inputs that it reads. */
export const sampleOf = (node: Expr, inputs: readonly Placed[]): Sample => ({
  node,
  results: node.types.map((_, i) => part(i)(node)),
  inputs,
})

/** Usual ranges. */
export const reals = (low: number, high: number, avoid?: Range['avoid']): Range => ({
  dtype: 'f32',
  low,
  high,
  ...(avoid === undefined ? {} : { avoid }),
  edges: [0, -0, 1, -1, low, high, 2 ** -126, -(2 ** -126), 1e-30, 3e38, -3e38, 1e4, -1e4, 0.5, 88, -88],
})
export const signed: Range = {
  dtype: 'i32',
  low: -9,
  high: 9,
  edges: [0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 65_536, -65_537],
}
export const unsigned: Range = { dtype: 'u32', low: 0, high: 9, edges: [0, 1, 2 ** 32 - 1, 2 ** 31, 65_537] }
export const flags: Range = { dtype: 'bool', low: 0, high: 1 }
export const allWords: Range = { dtype: 'u32', low: 0, high: 2 ** 32 - 1, edges: [0, 511, 512, 2 ** 32 - 1] }

/** The range of an element type. */
export const rangeOf = (dtype: DType): Range =>
  dtype === 'f32' ? reals(-3, 3) : dtype === 'i32' ? signed : dtype === 'u32' ? unsigned : flags

/** Whether a type is differentiable. */
export const isReal = (type: ArrayType | undefined): boolean => type?.dtype === 'f32'
