/**
 * Elementary functions, pointwise: defined for every finite input; where mathematics has none, the documented floor applies.
 */
import { absent } from '../at.ts'
import { type OnnxBuilder, type Op, type Tensor } from '../expr.ts'
import { castNode, expm1Node, log1pNode, logisticNode, polynomialNode, scalarNode } from './emit.ts'
import { normalQuantile as exactQuantile } from '../math.ts'
import { log1pExact, QUANTILE } from './numeric.ts'
import { made, pointwise } from './rules.ts'
import {
  absolute,
  add,
  annihilate,
  divide,
  maximumOp,
  multiply,
  negate,
  reciprocal,
  sign,
  subtract,
} from './arithmetic.ts'
import { constant } from './conversion.ts'
import { floating, onnxNode, pair, unary } from './pointwise-rules.ts'
import { declared } from '../phantom.ts'

const FLOOR = 2 ** -126

const powerOp = pointwise({
  name: 'power',
  dtype: floating,
  compute: () => (x, y) => (y === 0 || Math.abs(x) === 1 ? 1 : x === 0 && !Number.isNaN(y) ? 0 : Math.abs(x) ** y),
  onnx: (_attrs, b, [x = absent(), y = absent()]) => {
    const zero = scalarNode(b, 0)
    const atZero = b.node('Where', [b.node('IsNaN', [y]), y, castNode(b, b.node('Equal', [y, zero]), 'f32')])
    return [b.node('Where', [b.node('Equal', [x, zero]), atZero, b.node('Pow', [b.node('Abs', [x]), y])])]
  },
  vjp: (node, g) => {
    const [x, y] = pair(node)
    const one = constant(1)
    const slope = multiply(multiply(y, made<string, 'f32'>(powerOp, {}, x, subtract(y, one))), sign(x))
    return [annihilate(g, slope), annihilate(g, multiply(declared<string, 'f32'>(node), log(absolute(x))))]
  },
})

const expOp = unary('exp', Math.exp, onnxNode('Exp'), (_x, y) => y)

const logOp = unary(
  'log',
  (x) => Math.log(Math.max(x, FLOOR)),
  (_a, b, [x = absent()]) => [b.node('Log', [b.node('Max', [x, b.constant('f32', [], [FLOOR])])])],
  (x) => reciprocal(x),
)

const expm1Op = unary(
  'expm1',
  Math.expm1,
  (_a, b, [x = absent()]) => [expm1Node(b, x)],
  (x) => exp(x),
)

const log1pOp = unary(
  'log1p',
  log1pExact,
  (_a, b, [x = absent()]) => [log1pNode(b, x)],
  (x) => reciprocal(add(x, constant(1))),
)

const sqrtOp = unary(
  'sqrt',
  (x) => Math.sqrt(Math.max(x, 0)),
  (_a, b, [x = absent()]) => [b.node('Sqrt', [b.node('Max', [x, b.constant('f32', [], [0])])])],
  (_x, y) => divide(constant(0.5), y),
)

const floorOp = unary('floor', Math.floor, onnxNode('Floor'))

const tanhOp = unary('tanh', Math.tanh, onnxNode('Tanh'), (_x, y) => subtract(constant(1), multiply(y, y)))

const sigmoidOp = unary(
  'sigmoid',
  (x) => 1 / (1 + Math.exp(-x)),
  (_a, b, [x = absent()]) => [logisticNode(b, x)],
  (_x, y) => multiply(y, subtract(constant(1), y)),
)

const softplusOp = unary(
  'softplus',
  (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  onnxNode('Softplus'),
  (x) => sigmoid(x),
)

const sineOp = unary('sine', Math.sin, onnxNode('Sin'), (x) => cosine(x))

const cosineOp = unary('cosine', Math.cos, onnxNode('Cos'), (x) => negate(sine(x)))

const normalQuantileOp = unary('normal_quantile', exactQuantile, (_a, b, [p = absent()]) => [normalQuantileNode(b, p)])

/** 2p − 1 times the polynomials of `QUANTILE`; ±∞ at 0 and 1. */
const normalQuantileNode = (b: OnnxBuilder, p: string): string => {
  const one = scalarNode(b, 1)
  const less = (y: string, by: number): string => b.node('Sub', [y, scalarNode(b, by)])
  const below = (y: string, most: number): string => b.node('Less', [y, scalarNode(b, most)])
  const x = b.node('Sub', [b.node('Add', [p, p]), one])
  const share = b.node('Mul', [b.node('Mul', [p, scalarNode(b, 4)]), b.node('Sub', [one, p])])
  const w = b.node('Neg', [b.node('Log', [share])])
  const root = b.node('Sqrt', [b.node('Max', [w, scalarNode(b, 0)])])
  const centre = polynomialNode(b, QUANTILE.centre, less(w, 2.5))
  const middle = polynomialNode(b, QUANTILE.middle, less(root, 3))
  const far = polynomialNode(b, QUANTILE.far, less(root, 6.5))
  const tail = b.node('Where', [below(root, 4.3), middle, far])
  const end = b.node('Equal', [share, scalarNode(b, 0)])
  return b.node('Where', [
    end,
    b.node('Div', [x, b.node('Abs', [share])]),
    b.node('Mul', [x, b.node('Where', [below(w, 5), centre, tail])]),
  ])
}

/** A uniform in (0, 1) from random bits: ((w >> 9) + ½)·2⁻²³. */
const unitOp: Op = pointwise({
  name: 'unit',
  dtype: ([x]) => (x === 'u32' ? 'f32' : undefined),
  compute: () => (w) => ((w >>> 9) + 0.5) * 2 ** -23,
  onnx: (_attrs, b, [w = absent()]) => {
    const high = b.node('BitShift', [w, b.constant('u32', [], [9])], { direction: 'RIGHT' })
    return [b.node('Mul', [b.node('Add', [castNode(b, high, 'f32'), scalarNode(b, 0.5)]), scalarNode(b, 2 ** -23)])]
  },
})

/**
 * |x|^y, with x^0 = 1^y = 1 and 0^y = 0: the base is taken as non-negative.
 *
 * @example
 * power(constant(2), constant(10)) // => 1024
 */
export const power: <A extends string, B extends string>(x: Tensor<A>, y: Tensor<B>) => Tensor<A | B> = (x, y) =>
  made(powerOp, {}, x, y)

/**
 * e^x.
 *
 * @example
 * exp(constant(1)) // => 2.718282
 */
export const exp: <A extends string>(x: Tensor<A>) => Tensor<A> = (x) => made(expOp, {}, x)

/**
 * log max(x, 2⁻¹²⁶) (nats): the floor keeps it finite.
 *
 * @example
 * log(constant(2)) // => 0.693147
 */
export const log: <A extends string>(x: Tensor<A>) => Tensor<A> = (x) => made(logOp, {}, x)

/**
 * e^x − 1, exact near 0.
 *
 * @example
 * expm1(constant(1e-9)) // => 1e-9
 */
export const expm1: <A extends string>(x: Tensor<A>) => Tensor<A> = (x) => made(expm1Op, {}, x)

/**
 * log(1 + x), exact near 0; 1 + x is floored at 2⁻¹²⁶.
 *
 * @example
 * log1p(constant(1e-9)) // => 1e-9
 */
export const log1p: <A extends string>(x: Tensor<A>) => Tensor<A> = (x) => made(log1pOp, {}, x)

/**
 * √max(x, 0).
 *
 * @example
 * sqrt(constant(9)) // => 3
 */
export const sqrt: <A extends string>(x: Tensor<A>) => Tensor<A> = (x) => made(sqrtOp, {}, x)

/**
 * ⌊x⌋; no gradient.
 *
 * @example
 * floor(constant(-1.5)) // => -2
 */
export const floor: <A extends string>(x: Tensor<A>) => Tensor<A> = (x) => made(floorOp, {}, x)

/**
 * tanh x.
 *
 * @example
 * tanh(constant(1)) // => 0.761594
 */
export const tanh: <A extends string>(x: Tensor<A>) => Tensor<A> = (x) => made(tanhOp, {}, x)

/**
 * 1 / (1 + e^−x).
 *
 * @example
 * sigmoid(constant(0)) // => 0.5
 */
export const sigmoid: <A extends string>(x: Tensor<A>) => Tensor<A> = (x) => made(sigmoidOp, {}, x)

/**
 * log(1 + e^x), exact in both tails.
 *
 * @example
 * softplus(constant(0)) // => 0.693147
 */
export const softplus: <A extends string>(x: Tensor<A>) => Tensor<A> = (x) => made(softplusOp, {}, x)

/**
 * sin x.
 *
 * @example
 * sine(constant(0)) // => 0
 */
export const sine: <A extends string>(x: Tensor<A>) => Tensor<A> = (x) => made(sineOp, {}, x)

/**
 * cos x.
 *
 * @example
 * cosine(constant(0)) // => 1
 */
export const cosine: <A extends string>(x: Tensor<A>) => Tensor<A> = (x) => made(cosineOp, {}, x)

/**
 * The standard normal's quantile at a probability: ±∞ at 0 and 1, accurate from 2⁻²⁴ to 1 − 2⁻²⁴; no gradient.
 *
 * @example
 * normalQuantile(constant(0.975)) // => 1.959964
 */
export const normalQuantile: <A extends string>(x: Tensor<A>) => Tensor<A> = (p) => made(normalQuantileOp, {}, p)

/**
 * x².
 *
 * @example
 * square(constant(3)) // => 9
 */
export const square: <A extends string>(x: Tensor<A>) => Tensor<A> = (x) => multiply(x, x)

/**
 * max(x, 0).
 *
 * @example
 * relu(constant(-1)) // => 0
 */
export const relu: <A extends string>(x: Tensor<A>) => Tensor<A> = (x) => made(maximumOp, {}, x, constant(0))

/**
 * log σ(x) = −softplus(−x).
 *
 * @example
 * logSigmoid(constant(0)) // => -0.693147
 */
export const logSigmoid: <A extends string>(x: Tensor<A>) => Tensor<A> = (x) => negate(softplus(negate(x)))

/**
 * Uniforms in (0, 1) from random words: ((w >> 9) + ½)·2⁻²³.
 *
 * @example
 * unit(constantOf('u32', 0)) // => 2 ** -24
 */
export const unit = <A extends string>(bits: Tensor<A, 'u32'>): Tensor<A> => made(unitOp, {}, bits)

/** The operations of this file, for the table. */
export const elementaryOps: readonly Op[] = [
  powerOp,
  expOp,
  logOp,
  expm1Op,
  log1pOp,
  sqrtOp,
  floorOp,
  tanhOp,
  sigmoidOp,
  softplusOp,
  sineOp,
  cosineOp,
  normalQuantileOp,
  unitOp,
]
