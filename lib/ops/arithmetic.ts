/**
 * Arithmetic on one and two operands, which broadcast by axis name.
 */
import type { DType, Numeric } from '../dtype.ts'
import { type Op, type Tensor } from '../expr.ts'
import { greater, greaterEqual, less, lessEqual, where } from './comparison.ts'
import { constant } from './conversion.ts'
import { quotientNode, remainderNode, wide, wideNode } from './emit.ts'
import { type Binary, annihilateOp, onnxNode, pair, unary, wrap } from './pointwise-rules.ts'
import { made, pointwise, type PointwiseRule } from './rules.ts'
import { declared } from '../phantom.ts'

const sameNumeric = ([x, y]: readonly DType[]): DType | undefined =>
  x !== 'bool' && (y === undefined || x === y) ? x : undefined

/** Arithmetic on two operands of one numeric type. */
const arithmetic = (name: string, f: Binary, onnx: Op['onnx'], vjp?: PointwiseRule['vjp']): Op =>
  pointwise({
    name,
    dtype: sameNumeric,
    compute: (_attrs, out) => {
      const to = wrap(out)
      return name === 'multiply' && out !== 'f32' ? (x, y) => to(Math.imul(x, y)) : (x, y) => to(f(x, y))
    },
    ...(onnx === undefined ? {} : { onnx }),
    ...(vjp === undefined ? {} : { vjp }),
  })

const addOp = arithmetic(
  'add',
  (x, y) => x + y,
  wideNode(['u32'], 'Add'),
  (_n, g) => [g, g],
)

const subtractOp = arithmetic(
  'subtract',
  (x, y) => x - y,
  wideNode(['u32'], 'Sub'),
  (_n, g) => [g, negate(g)],
)

const multiplyOp = arithmetic(
  'multiply',
  (x, y) => x * y,
  wideNode(['u32'], 'Mul'),
  (node, g) => {
    const [x, y] = pair(node)
    return [annihilate(g, y), annihilate(g, x)]
  },
)

const divideOp = arithmetic(
  'divide',
  (x, y) => x / y,
  wide(['i32', 'u32'], (b, inputs, out) => (out === 'f32' ? b.node('Div', inputs) : quotientNode(b, 'Div', inputs))),
  (node, g) => {
    const [, y] = pair(node)
    return [annihilate(g, reciprocal(y)), negate(annihilate(g, divide(declared<string, 'f32'>(node), y)))]
  },
)

/** The larger of two operands; at a tie the gradient goes to the first. */
export const maximumOp: Op = arithmetic('maximum', Math.max, onnxNode('Max'), (node, g) => {
  const [x, y] = pair(node)
  return [where(greaterEqual(x, y), g, constant(0)), where(less(x, y), g, constant(0))]
})

const minimumOp = arithmetic('minimum', Math.min, onnxNode('Min'), (node, g) => {
  const [x, y] = pair(node)
  return [where(lessEqual(x, y), g, constant(0)), where(greater(x, y), g, constant(0))]
})

const remainderOp = arithmetic(
  'remainder',
  (x, y) => {
    const rest = x % y
    return rest !== 0 && rest < 0 !== y < 0 ? rest + y : rest
  },
  wide(['i32', 'u32'], (b, inputs, out) => (out === 'f32' ? remainderNode(b, inputs) : quotientNode(b, 'Mod', inputs))),
)

const negateOp = pointwise({
  name: 'negate',
  dtype: ([x]) => (x === 'f32' || x === 'i32' ? x : undefined),
  compute: (_attrs, out) => {
    const to = wrap(out)
    return (x) => to(-x)
  },
  onnx: onnxNode('Neg'),
  vjp: (_n, g) => [negate(g)],
})

const reciprocalOp = unary(
  'reciprocal',
  (x) => 1 / x,
  onnxNode('Reciprocal'),
  (_x, y) => negate(multiply(y, y)),
)

const absoluteOp = unary('absolute', Math.abs, onnxNode('Abs'), (x) => sign(x))

const signOp = unary('sign', Math.sign, onnxNode('Sign'))

/**
 * x + y.
 *
 * @example
 * add(constant(1), constant(2)) // => 3
 */
export const add: <A extends string, B extends string, D extends Numeric = 'f32'>(
  x: Tensor<A, D>,
  y: Tensor<B, D>,
) => Tensor<A | B, D> = (x, y) => made(addOp, {}, x, y)

/**
 * x − y.
 *
 * @example
 * subtract(constant(3), constant(2)) // => 1
 */
export const subtract: <A extends string, B extends string, D extends Numeric = 'f32'>(
  x: Tensor<A, D>,
  y: Tensor<B, D>,
) => Tensor<A | B, D> = (x, y) => made(subtractOp, {}, x, y)

/**
 * x·y.
 *
 * @example
 * multiply(constant(3), constant(2)) // => 6
 */
export const multiply: <A extends string, B extends string, D extends Numeric = 'f32'>(
  x: Tensor<A, D>,
  y: Tensor<B, D>,
) => Tensor<A | B, D> = (x, y) => made(multiplyOp, {}, x, y)

/**
 * x / y; integers truncate.
 *
 * @example
 * divide(constant(1), constant(4)) // => 0.25
 */
export const divide: <A extends string, B extends string, D extends Numeric = 'f32'>(
  x: Tensor<A, D>,
  y: Tensor<B, D>,
) => Tensor<A | B, D> = (x, y) => made(divideOp, {}, x, y)

/**
 * The larger of x and y; at a tie the gradient goes to x.
 *
 * @example
 * maximum(constant(1), constant(2)) // => 2
 */
export const maximum: <A extends string, B extends string, D extends Numeric = 'f32'>(
  x: Tensor<A, D>,
  y: Tensor<B, D>,
) => Tensor<A | B, D> = (x, y) => made(maximumOp, {}, x, y)

/**
 * The smaller of x and y; at a tie the gradient goes to x.
 *
 * @example
 * minimum(constant(1), constant(2)) // => 1
 */
export const minimum: <A extends string, B extends string, D extends Numeric = 'f32'>(
  x: Tensor<A, D>,
  y: Tensor<B, D>,
) => Tensor<A | B, D> = (x, y) => made(minimumOp, {}, x, y)

/**
 * x − y·⌊x/y⌋, with the sign of y; no gradient.
 *
 * @example
 * remainder(constant(7), constant(3)) // => 1
 */
export const remainder: <A extends string, B extends string, D extends Numeric = 'f32'>(
  x: Tensor<A, D>,
  y: Tensor<B, D>,
) => Tensor<A | B, D> = (x, y) => made(remainderOp, {}, x, y)

/**
 * g·x with 0·x = 0 for every x.
 *
 * @example
 * annihilate(constant(0), constant(Number.POSITIVE_INFINITY)) // => 0
 */
export const annihilate: <A extends string, B extends string>(x: Tensor<A>, y: Tensor<B>) => Tensor<A | B> = (g, x) =>
  made(annihilateOp, {}, g, x)

/**
 * −x.
 *
 * @example
 * negate(constant(2)) // => -2
 */
export const negate = <A extends string, D extends 'f32' | 'i32' = 'f32'>(x: Tensor<A, D>): Tensor<A, D> =>
  made(negateOp, {}, x)

/**
 * 1 / x.
 *
 * @example
 * reciprocal(constant(4)) // => 0.25
 */
export const reciprocal: <A extends string>(x: Tensor<A>) => Tensor<A> = (x) => made(reciprocalOp, {}, x)

/**
 * |x|.
 *
 * @example
 * absolute(constant(-2)) // => 2
 */
export const absolute: <A extends string>(x: Tensor<A>) => Tensor<A> = (x) => made(absoluteOp, {}, x)

/**
 * −1, 0 or 1; no gradient.
 *
 * @example
 * sign(constant(-2)) // => -1
 */
export const sign: <A extends string>(x: Tensor<A>) => Tensor<A> = (x) => made(signOp, {}, x)

/**
 * c·x for a number c.
 *
 * @example
 * scale(3)(constant(2)) // => 6
 */
export const scale =
  (c: number) =>
  <A extends string>(x: Tensor<A>): Tensor<A> =>
    made(multiplyOp, {}, x, constant(c))

/**
 * x + c for a number c.
 *
 * @example
 * shift(3)(constant(2)) // => 5
 */
export const shift =
  (c: number) =>
  <A extends string>(x: Tensor<A>): Tensor<A> =>
    made(addOp, {}, x, constant(c))

/** The operations of this file, for the table. */
export const arithmeticOps: readonly Op[] = [
  annihilateOp,
  addOp,
  subtractOp,
  multiplyOp,
  divideOp,
  maximumOp,
  minimumOp,
  remainderOp,
  negateOp,
  reciprocalOp,
  absoluteOp,
  signOp,
]
