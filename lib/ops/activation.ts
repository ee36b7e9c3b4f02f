/**
 * The error function and the activations of transformers, pointwise: exact in the tails on the reference and on the GPU.
 */
import { absent } from '../at.ts'
import { sizeOf } from '../axis.ts'
import { type ArrayType, type Attributes, type Expr, type OnnxBuilder, type Op, type Tensor } from '../expr.ts'
import { add, maximum, minimum, multiply, scale, shift, subtract } from './arithmetic.ts'
import { constant } from './conversion.ts'
import { castNode, extentsOf, polynomialNode, rampOf, reshapeNode, scalarNode } from './emit.ts'
import { exp, sigmoid, square } from './elementary.ts'
import { complementaryErrorFunction, errorFunction } from './numeric.ts'
import { floating, unary } from './pointwise-rules.ts'
import { made, pointwise } from './rules.ts'

/** 1/√(2π): the density of the standard normal at 0. */
const DENSITY = 1 / Math.sqrt(2 * Math.PI)
/** √(2/π) and the cubic coefficient of the approximation by tanh. */
const [LINEAR, CUBIC] = [Math.sqrt(2 / Math.PI), 0.044715]

const normal = (x: number): number => 0.5 * complementaryErrorFunction(-x * Math.SQRT1_2)
const logistic = (x: number): number => 1 / (1 + Math.exp(-x))

/** A pointwise operation whose slope is an operation of its own: finite everywhere, so a plain product is safe. */
const sloped = (name: string, f: (x: number) => number, onnx: NonNullable<Op['onnx']>, slope: Op): Op =>
  pointwise({
    name,
    dtype: floating,
    compute: () => f,
    onnx,
    vjp: (node, g) => node.args.map((x) => multiply(g, made<string, 'f32'>(slope, {}, x))),
  })

const erfOp = unary(
  'erf',
  errorFunction,
  (_a, b, [x = absent()]) => [b.node('Erf', [x])],
  (x) => scale(2 / Math.sqrt(Math.PI))(exp(scale(-1)(square(x)))),
)

/** x·Φ(x); 0 where Φ underflows, whatever x is. */
const geluValue = (x: number): number => (x < -40 ? 0 : x * normal(x))

/** Φ(x) + x·φ(x). */
const geluSlopeValue = (x: number): number =>
  Math.abs(x) > 40 ? Number(x > 0) : normal(x) + x * DENSITY * Math.exp(-0.5 * x * x)

/** Coefficients of (a + 1)·Φ(−a)·e^(a²/2) in t = 1/(a + 1) for 2 ≤ a ≤ 14, the highest power first: within 1.3e-8 of it. */
const TAIL: readonly number[] = [
  7.211741027, -13.60755213, 9.6890343, -2.255267946, -0.6211786063, -0.01293821246, 0.3994670524, 0.3989332633,
]

/** Φ(x) for x ≤ −2, with e^(−a²/2) as the product of two exponentials of which the large one has an exact argument. */
const tailNode = (b: OnnxBuilder, x: string): string => {
  const a = b.node('Neg', [x])
  const coarse = b.node('Mul', [b.node('Floor', [b.node('Mul', [a, scalarNode(b, 16)])]), scalarNode(b, 1 / 16)])
  const fine = b.node('Mul', [b.node('Sub', [a, coarse]), b.node('Add', [a, coarse])])
  const exponential = (square: string): string => b.node('Exp', [b.node('Mul', [square, scalarNode(b, -0.5)])])
  const t = b.node('Reciprocal', [b.node('Add', [a, scalarNode(b, 1)])])
  const slow = b.node('Mul', [b.node('Mul', [polynomialNode(b, TAIL, t), t]), exponential(fine)])
  return b.node('Mul', [slow, exponential(b.node('Mul', [coarse, coarse]))])
}

/** The same in a third of the nodes, for few elements: powers of t as exponentials at once, e^(−a²/2) in f64; x is [n]. */
const fewTailsNode = (b: OnnxBuilder, x: string): string => {
  const count = TAIL.length
  const powers = b.constant(
    'f32',
    [count, 1],
    TAIL.map((_, i) => i - count),
  )
  const logs = b.node('Mul', [b.node('Log', [b.node('Sub', [scalarNode(b, 1), x])]), powers])
  const slow = b.node('MatMul', [b.constant('f32', [count], TAIL), b.node('Exp', [logs])])
  const wide = (y: string): string => castNode(b, y, 'f64')
  const exponent = b.node('Mul', [wide(x), wide(b.node('Mul', [x, scalarNode(b, -0.5)]))])
  return b.node('Mul', [slow, castNode(b, b.node('Exp', [exponent]), 'f32')])
}

/** `data` [n] with Φ of x where x is low. */
const withTails = (b: OnnxBuilder, data: string, x: string, low: string, few: number | undefined): string => {
  if (few !== undefined) {
    // Of few elements the places come sooner out of a list of all than by `NonZero`.
    const places = b.node('Compress', [b.constant('i32', [few], rampOf(0, few)), low], { axis: 0 })
    const tails = fewTailsNode(b, b.node('Gather', [x, places], { axis: 0 }))
    return b.node('ScatterElements', [data, places, tails], { axis: 0 })
  }
  const places = b.node('Transpose', [b.node('NonZero', [low])], { perm: [1, 0] })
  return b.node('ScatterND', [data, places, tailNode(b, b.node('GatherND', [x, places]))])
}

/**
 * max(x, −40) and Φ of it: ½(1 + erf(x/√2)), and for the few elements below −2, where that cancels, the tail's own form; they are
 * looked for in a flat view, whose places are one number each. The slope uses the same nodes, so a training step computes them once.
 */
const distributionNodes = (
  b: OnnxBuilder,
  x: string,
  type: ArrayType | undefined,
  attrs: Attributes,
): readonly [string, string] => {
  const floored = b.node('Max', [x, scalarNode(b, -40)])
  const error = b.node('Erf', [b.node('Mul', [floored, scalarNode(b, Math.SQRT1_2)])])
  const whole = b.node('HardSigmoid', [error], { alpha: { float: 0.5 }, beta: { float: 0.5 } })
  const low = b.node('Less', [floored, scalarNode(b, -2)])
  const axes = type?.axes ?? []
  if (axes.length === 0)
    return [floored, b.node('Where', [low, tailNode(b, b.node('Min', [floored, scalarNode(b, -2)])), whole])]
  const size = sizeOf(axes)
  const flat = (y: string): string => reshapeNode(b, y, [size])
  const few = attrs['few'] === 1 ? size : undefined
  return [floored, reshapeNode(b, withTails(b, flat(whole), flat(floored), flat(low), few), extentsOf(axes))]
}

/** x where slopes still move, else the nearer end of ±40: beyond, powers of x would leave f32 and be multiplied by 0. */
const moving = (x: Tensor<string>): Tensor<string> => maximum(minimum(x, constant(40)), constant(-40))

/** φ(x)·(2 − x²). */
const geluCurvature = (given: Tensor<string>): Expr => {
  const squares = square(moving(given))
  return multiply(scale(DENSITY)(exp(scale(-0.5)(squares))), subtract(constant(2), squares))
}

const geluSlopeOp = unary(
  'gelu_slope',
  geluSlopeValue,
  (attrs, b, [x = absent()], _out, [type]) => {
    const [floored, distribution] = distributionNodes(b, x, type, attrs)
    const inside = b.node('Min', [floored, scalarNode(b, 40)])
    const exponent = b.node('Sub', [
      scalarNode(b, Math.log(DENSITY)),
      b.node('Mul', [b.node('Mul', [inside, inside]), scalarNode(b, 0.5)]),
    ])
    return [b.node('Add', [distribution, b.node('Mul', [inside, b.node('Exp', [exponent])])])]
  },
  (x) => geluCurvature(x),
)

const geluOp = sloped(
  'gelu',
  geluValue,
  (attrs, b, [x = absent()], _out, [type]) => [b.node('Mul', [...distributionNodes(b, x, type, attrs)])],
  geluSlopeOp,
)

/** √(2/π)(x + 0.044715x³): ½(1 + tanh of it) is the logistic function of twice that. */
const inner = (x: number): number => LINEAR * (x + CUBIC * x ** 3)

const geluTanhValue = (x: number): number => (x < -40 ? 0 : x * logistic(2 * inner(x)))

const geluTanhSlopeValue = (x: number): number => {
  if (Math.abs(x) > 40) return Number(x > 0)
  const s = logistic(2 * inner(x))
  return s + 2 * x * s * logistic(-2 * inner(x)) * LINEAR * (1 + 3 * CUBIC * x * x)
}

/** a·x² + c. */
const evenNode = (b: OnnxBuilder, x: string, a: number, c: number): string =>
  b.node('Add', [b.node('Mul', [b.node('Mul', [x, x]), scalarNode(b, a)]), scalarNode(b, c)])

/** The logistic function of 2√(2/π)(x + 0.044715x³), with a small relative error in its lower tail. */
const gateNode = (b: OnnxBuilder, x: string): string => {
  const exponential = b.node('Exp', [b.node('Mul', [x, evenNode(b, x, -2 * LINEAR * CUBIC, -2 * LINEAR)])])
  return b.node('Reciprocal', [b.node('Add', [exponential, scalarNode(b, 1)])])
}

/** y'' with s the logistic function of z = 2√(2/π)(x + 0.044715x³): s(1 − s)(2z' + x·z'' + x·z'²(1 − 2s)). */
const geluTanhCurvature = (given: Tensor<string>): Expr => {
  const x = moving(given)
  const z = scale(2 * LINEAR)(multiply(x, shift(1)(scale(CUBIC)(square(x)))))
  const [s, rest] = [sigmoid(z), sigmoid(scale(-1)(z))]
  const first = shift(2 * LINEAR)(scale(6 * LINEAR * CUBIC)(square(x)))
  const bend = scale(12 * LINEAR * CUBIC)(square(x))
  const tail = multiply(multiply(x, square(first)), subtract(rest, s))
  return multiply(multiply(s, rest), add(add(scale(2)(first), bend), tail))
}

const geluTanhSlopeOp = unary(
  'gelu_tanh_slope',
  geluTanhSlopeValue,
  (_a, b, [given = absent()]) => {
    const x = b.node('Clip', [given, scalarNode(b, -40), scalarNode(b, 40)])
    const s = gateNode(b, x)
    const rise = b.node('Mul', [x, evenNode(b, x, 6 * LINEAR * CUBIC, 2 * LINEAR)])
    const rest = b.node('Mul', [rise, b.node('Sub', [scalarNode(b, 1), s])])
    return [b.node('Mul', [s, b.node('Add', [rest, scalarNode(b, 1)])])]
  },
  (x) => geluTanhCurvature(x),
)

const geluTanhOp = sloped(
  'gelu_tanh',
  geluTanhValue,
  (_a, b, [given = absent()]) => {
    const x = b.node('Max', [given, scalarNode(b, -40)])
    return [b.node('Mul', [x, gateNode(b, x)])]
  },
  geluTanhSlopeOp,
)

/** erf x = 2/√π ∫₀ˣ e^(−t²) dt. */
export const erf: <A extends string>(x: Tensor<A>) => Tensor<A> = (x) => made(erfOp, {}, x)

/**
 * x·Φ(x), Φ the standard normal distribution function (Hendrycks & Gimpel 2016).
 *
 * @example
 * gelu(constant(1)) // => 0.841345
 */
export const gelu: <A extends string>(x: Tensor<A>) => Tensor<A> = (x) => made(geluOp, {}, x)

/**
 * ½x(1 + tanh(√(2/π)(x + 0.044715x³))): the approximation of `gelu` that GPT-2 uses (Hendrycks & Gimpel 2016).
 *
 * @example
 * geluTanh(constant(1)) // => 0.841192
 */
export const geluTanh: <A extends string>(x: Tensor<A>) => Tensor<A> = (x) => made(geluTanhOp, {}, x)

/** The operations of this file, for the table. */
export const activationOps: readonly Op[] = [erfOp, geluOp, geluSlopeOp, geluTanhOp, geluTanhSlopeOp]
