/**
 * Constants, conversions between element types, and values through which no gradient flows.
 */
import { absent } from '../at.ts'
import { type DType, RANGES } from '../dtype.ts'
import { type Op, type Tensor, typeOf } from '../expr.ts'
import { castNode } from './emit.ts'
import { made, pointwise, readDType, readNumber, readText, requireNumber } from './rules.ts'

const castOp: Op = pointwise({
  name: 'cast',
  dtype: (_args, attrs) => readDType(attrs['to']),
  compute: (_attrs, out) =>
    out === 'bool'
      ? (x) => Number(x !== 0)
      : out === 'i32'
        ? (x) => Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Math.trunc(x)))
        : out === 'u32'
          ? (x) => Math.max(0, Math.min(2 ** 32 - 1, Math.trunc(x)))
          : (x) => x,
  wgsl: (attrs, [x]) => `cast_${x ?? 'f32'}_${readText(attrs['to'])}`,
  onnx: (_attrs, b, [x = absent()], [out], [from]) => {
    const to = out?.dtype ?? 'f32'
    if (from?.dtype === to) return [x]
    if (to === 'f32' || to === 'bool' || from?.dtype === 'bool') return [castNode(b, x, to)]
    const [low, high] = RANGES[to]
    const bound = (value: number): string => castNode(b, b.constant('i64', [], [value]), 'f64')
    // NaN becomes 0.
    const given = from?.dtype === 'f32' ? b.node('Where', [b.node('IsNaN', [x]), b.constant('f32', [], [0]), x]) : x
    return [castNode(b, b.node('Min', [b.node('Max', [castNode(b, given, 'f64'), bound(low)]), bound(high)]), to)]
  },
  vjp: (node, g) => [
    node.args[0] !== undefined && typeOf(node.args[0]).dtype === 'f32' && typeOf(node).dtype === 'f32' ? g : undefined,
  ],
})

const constantOp: Op = {
  name: 'constant',
  kind: 'pointwise',
  types: (attrs) => [{ axes: [], dtype: readDType(attrs['dtype']) }],
  reference: (attrs, [out]) => [
    out?.dtype === 'f32'
      ? Float64Array.of(readNumber(attrs['value']))
      : out?.dtype === 'i32'
        ? Int32Array.of(readNumber(attrs['value']))
        : Uint32Array.of(readNumber(attrs['value'])),
  ],
}

/** Passes the value and stops the gradient. */
const stopGradientOp: Op = {
  name: 'stop_gradient',
  kind: 'alias',
  types: (_attrs, args) => args.slice(0, 1),
  reference: (_attrs, _out, [x]) => (x === undefined ? [] : [x.data]),
}

/**
 * A constant scalar.
 *
 * @example
 * constant(0.5) // => 0.5
 */
export const constant = (value: number): Tensor<'1'> => constantOf('f32', value)

/**
 * A constant scalar of a given element type; `Domain` for a number that an integer type does not have.
 *
 * @example
 * constantOf('i32', 3) // => 3
 */
export const constantOf = <D extends DType>(dtype: D, value: number): Tensor<'1', D> => {
  const type = readDType(dtype)
  const range = type === 'i32' || type === 'u32' ? RANGES[type] : undefined
  const fits = range === undefined || (Number.isInteger(value) && value >= range[0] && value <= range[1])
  const remedy = range === undefined ? 'give a number' : `give a whole number from ${range[0]} to ${range[1]}`
  const given = requireNumber(`a constant ${dtype} of`, value, fits, remedy)
  return made(constantOp, { value: dtype === 'bool' ? Number(given !== 0) : given, dtype })
}

/**
 * Conversion between element types; f32 → integer truncates and saturates, NaN gives 0; anything → bool is `≠ 0`.
 *
 * @example
 * cast('i32')(constant(2.7)) // => 2
 */
export const cast =
  <D extends DType>(to: D) =>
  <A extends string, E extends DType>(x: Tensor<A, E>): Tensor<A, D> =>
    made(castOp, { to }, x)

/**
 * The same value, through which no gradient flows.
 *
 * @example
 * const x = input('x')
 * gradient(multiply(x, stopGradient(constant(3))), { x }).x // => 3
 */
export const stopGradient = <A extends string, D extends DType>(x: Tensor<A, D>): Tensor<A, D> =>
  made(stopGradientOp, {}, x)

/** The operations of this file, for the table. */
export const conversionOps: readonly Op[] = [castOp, constantOp, stopGradientOp]
