/**
 * Pieces of ONNX that several operations emit: casts, reshapes, polynomials, integers through int64.
 *
 * ONNX Runtime has float, int32 and int64 kernels for arithmetic, comparison and reduction, but few for uint32 and bool.
 * Those go through int64 and are cast back, which wraps as the library's integers do.
 */
import { absent, at } from '../at.ts'
import type { AnyAxis } from '../axis.ts'
import type { DType } from '../dtype.ts'
import type { ArrayType, Op, OnnxBuilder } from '../expr.ts'

/** An element type of ONNX files. */
type OnnxType = 'f32' | 'u8' | 'i32' | 'i64' | 'bool' | 'f16' | 'f64' | 'u32'

/** The numbers of element types in ONNX files (`TensorProto.DataType`). */
export const elementNumbers: Readonly<Record<OnnxType, number>> = {
  f32: 1,
  u8: 2,
  i32: 6,
  i64: 7,
  bool: 9,
  f16: 10,
  f64: 11,
  u32: 12,
}

/** The value as another element type. */
export const castNode = (b: OnnxBuilder, x: string, to: OnnxType): string =>
  b.node('Cast', [x], { to: elementNumbers[to] })

/** The largest f32: what is not at most this is ±∞ or NaN on a device. */
export const LARGEST: number = 2 ** 128 - 2 ** 104

/** A scalar f32 constant. */
export const scalarNode = (b: OnnxBuilder, value: number): string => b.constant('f32', [], [value])

/** Positions start … start + n − 1, one array for each, so that a graph holds one constant for all layers, forward and backward. */
const ramps = new Map<string, Float32Array>()

/** start, start + 1, …, start + n − 1. */
export const rampOf = (start: number, n: number): Float32Array => {
  const made = ramps.get(`${start},${n}`) ?? Float32Array.from({ length: n }, (_, i) => start + i)
  ramps.set(`${start},${n}`, made)
  return made
}

/** The same elements under another shape. */
export const reshapeNode = (b: OnnxBuilder, x: string, shape: readonly number[]): string =>
  b.node('Reshape', [x, b.constant('i64', [shape.length], shape)], shape.includes(0) ? { allowzero: 1 } : {})

/** Elements [from, to) along an axis. */
export const cutNode = (b: OnnxBuilder, x: string, axis: number, from: number, to: number): string => {
  const one = (n: number): string => b.constant('i64', [1], [n])
  return b.node('Slice', [x, one(from), one(to), one(axis)])
}

/** The value repeated to a shape. */
export const expandNode = (b: OnnxBuilder, x: string, shape: readonly number[]): string =>
  b.node('Expand', [x, b.constant('i64', [shape.length], shape)])

/** Sizes of axes, in order. */
export const extentsOf = (axes: readonly AnyAxis[]): readonly number[] => axes.map((a) => a.size)

/** Positions of named axes. */
export const positionsOf = (names: readonly string[], axes: readonly AnyAxis[]): readonly number[] =>
  names.map((n) => axes.findIndex((a) => a.name === n))

/** Σ c_k·x^k by Horner's rule, the highest power first. */
export const polynomialNode = (b: OnnxBuilder, [first = absent(), ...rest]: readonly number[], x: string): string =>
  rest.reduce((sum, c) => b.node('Add', [b.node('Mul', [sum, x]), scalarNode(b, c)]), scalarNode(b, first))

/**
 * `emit` on int64 operands where one of them is of a listed type; an integer or boolean result is cast to its type.
 * Extremes go through f64, in which u32 is exact: ONNX Runtime's int64 kernels for them compare 32 bits only.
 */
export const wide =
  (
    through: readonly DType[],
    emit: (b: OnnxBuilder, inputs: readonly string[], out: DType) => string,
    by: 'i64' | 'f64' = 'i64',
  ): NonNullable<Op['onnx']> =>
  (_attrs, b, inputs, [out], args) => {
    const type = out?.dtype ?? 'f32'
    if (!args.some((a) => through.includes(a.dtype))) return [emit(b, inputs, type)]
    const result = emit(
      b,
      inputs.map((x, i) => (through.includes(at(args, i).dtype) ? castNode(b, x, by) : x)),
      type,
    )
    return [through.includes(type) ? castNode(b, result, type) : result]
  }

/** One node on int64 operands where they are of a listed type. */
export const wideNode = (through: readonly DType[], type: string): NonNullable<Op['onnx']> =>
  wide(through, (b, inputs) => b.node(type, inputs))

/** An integer quotient that is 0 for a divisor of 0; ONNX Runtime's own would end the process. */
export const quotientNode = (
  b: OnnxBuilder,
  type: 'Div' | 'Mod',
  [x = absent(), y = absent()]: readonly string[],
): string => {
  const [zero, one] = [b.constant('i64', [], [0]), b.constant('i64', [], [1])]
  const none = b.node('Equal', [y, zero])
  return b.node('Where', [none, zero, b.node(type, [x, b.node('Where', [none, one, y])])])
}

/** x − y·⌊x/y⌋ of reals without rounding: the operator's truncated remainder, moved by y where its sign is not that of y. */
export const remainderNode = (b: OnnxBuilder, [x = absent(), y = absent()]: readonly string[]): string => {
  const rest = b.node('Mod', [x, y], { fmod: 1 })
  const apart = b.node('Less', [b.node('Mul', [b.node('Sign', [rest]), b.node('Sign', [y])]), scalarNode(b, 0)])
  return b.node('Where', [apart, b.node('Add', [rest, y]), rest])
}

/** log(1 + x), accurate near 0: log u + (x − (u − 1))/u with u = 1 + x as rounded (Higham 2002, §1.14.1); u ≥ 2⁻¹²⁶. */
export const log1pNode = (b: OnnxBuilder, given: string): string => {
  const one = scalarNode(b, 1)
  const above = (x: string): string => b.node('Max', [b.node('Add', [x, one]), scalarNode(b, 2 ** -126)])
  // The correction is taken at a finite x: for ∞ it would be ∞ − ∞.
  const x = b.node('Clip', [given, scalarNode(b, -1), scalarNode(b, LARGEST)])
  const u = above(x)
  const rest = b.node('Sub', [x, b.node('Sub', [u, one])])
  return b.node('Add', [b.node('Log', [above(given)]), b.node('Div', [rest, u])])
}

/** 1/(1 + e^−x), with a small relative error in both tails (the operator Sigmoid has a small absolute one). */
export const logisticNode = (b: OnnxBuilder, x: string): string =>
  b.node('Reciprocal', [b.node('Add', [b.node('Exp', [b.node('Neg', [x])]), scalarNode(b, 1)])])

/** 1/n!, n = 11 … 1: e^x − 1 is x times their polynomial. */
const SERIES: readonly number[] = Array.from({ length: 11 }, (_, i) =>
  Array.from({ length: 11 - i }, (_v, k) => k + 1).reduce((product, k) => product / k, 1),
)

/** e^x − 1, accurate near 0: a polynomial for |x| ≤ 0.7, else the difference. */
export const expm1Node = (b: OnnxBuilder, x: string): string => {
  const series = polynomialNode(b, SERIES, b.node('Clip', [x, scalarNode(b, -1), scalarNode(b, 1)]))
  const near = b.node('LessOrEqual', [b.node('Abs', [x]), scalarNode(b, 0.7)])
  return b.node('Where', [near, b.node('Mul', [x, series]), b.node('Sub', [b.node('Exp', [x]), scalarNode(b, 1)])])
}

/** An i32 tensor clamped to [0, size). */
export const clampNode = (b: OnnxBuilder, x: string, size: number): string =>
  b.node('Min', [b.node('Max', [x, b.constant('i32', [], [0])]), b.constant('i32', [], [size - 1])])

/** The position of a named axis; −1 when there is none. */
export const axisOf = (name: string | undefined, type: ArrayType | undefined): number =>
  (type?.axes ?? []).findIndex((a) => a.name === name)

/**
 * The largest elements along axes, which keep size 1; NaN where one is NaN, which ReduceMax passes over and a sum of moduli
 * does not.
 */
export const highestNode = (
  b: OnnxBuilder,
  x: string,
  positions: readonly number[],
  type: 'ReduceMax' | 'ReduceMin' = 'ReduceMax',
): string => {
  if (positions.length === 0) return x
  const along = b.constant('i64', [positions.length], positions)
  const size = b.node('ReduceL1', [x, along], { keepdims: 1 })
  return b.node('Add', [b.node(type, [x, along], { keepdims: 1 }), b.node('Min', [size, scalarNode(b, 0)])])
}

/** The parts of a softmax as nodes: high, x − high, its exponentials and their sum, the reduced axes of size 1. */
export interface SoftmaxParts {
  readonly high: string
  readonly below: string
  readonly exponentials: string
  readonly weight: string
}

/** The parts of a softmax along axes (ONNX takes none for all of them: here none is none); where a row has NaN, `weight` has it, and `high` need not. */
export const softmaxParts = (b: OnnxBuilder, x: string, positions: readonly number[]): SoftmaxParts => {
  const over = (type: 'ReduceMax' | 'ReduceSum', y: string): string =>
    positions.length === 0 ? y : b.node(type, [y, b.constant('i64', [positions.length], positions)], { keepdims: 1 })
  const high = over('ReduceMax', x)
  const below = b.node('Sub', [x, high])
  const exponentials = b.node('Exp', [below])
  return { high, below, exponentials, weight: over('ReduceSum', exponentials) }
}

/** high + log weight, the axes of size 1: five passes that cost a fifth of the operator ReduceLogSumExp. */
export const logSumExpNode = (b: OnnxBuilder, x: string, positions: readonly number[]): string => {
  const { high, weight } = softmaxParts(b, x, positions)
  const finite = b.node('LessOrEqual', [b.node('Abs', [high]), scalarNode(b, LARGEST)])
  return b.node('Where', [finite, b.node('Add', [high, b.node('Log', [weight])]), highestNode(b, x, positions)])
}
