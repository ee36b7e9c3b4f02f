/**
 * The error function and the activations of transformers, pointwise: exact in the tails on the reference and on the GPU.
 */
import { absent } from '../at.ts'
import { sizeOf } from '../axis.ts'
import { type ArrayType, type Attributes, type Expr, type OnnxBuilder, type Op, type Tensor } from '../expr.ts'
import { add, maximum, minimum, multiply, scale, shift, subtract } from './arithmetic.ts'
import { constant } from './conversion.ts'
import { castNode, extentsOf, polynomialNode, reshapeNode, scalarNode } from './emit.ts'
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

/** Φ and φ at x ≤ −2 as a factor each, and what multiplies both: e^(−x²/2), small numbers last. */
interface Tail {
  readonly distribution: string
  readonly density: string
  readonly scaled: (factor: string) => string
}

/** With e^(−a²/2) as the product of two exponentials of which the large one has an exact argument. */
const tailNodes = (b: OnnxBuilder, x: string): Tail => {
  const a = b.node('Neg', [x])
  const coarse = b.node('Mul', [b.node('Floor', [b.node('Mul', [a, scalarNode(b, 16)])]), scalarNode(b, 1 / 16)])
  const fine = b.node('Mul', [b.node('Sub', [a, coarse]), b.node('Add', [a, coarse])])
  const exponential = (square: string): string => b.node('Exp', [b.node('Mul', [square, scalarNode(b, -0.5)])])
  const t = b.node('Reciprocal', [b.node('Add', [a, scalarNode(b, 1)])])
  return {
    distribution: b.node('Mul', [polynomialNode(b, TAIL, t), t]),
    density: scalarNode(b, DENSITY),
    scaled: (factor) =>
      b.node('Mul', [b.node('Mul', [factor, exponential(fine)]), exponential(b.node('Mul', [coarse, coarse]))]),
  }
}

/** The same in a third of the nodes, for few elements: powers of t as exponentials at once, e^(−a²/2) in f64; x is [n]. */
const fewTailNodes = (b: OnnxBuilder, x: string): Tail => {
  const count = TAIL.length
  const powers = b.constant(
    'f32',
    [count, 1],
    TAIL.map((_, i) => i - count),
  )
  const logs = b.node('Mul', [b.node('Log', [b.node('Sub', [scalarNode(b, 1), x])]), powers])
  const wide = (y: string): string => castNode(b, y, 'f64')
  const exponent = b.node('Mul', [wide(x), wide(b.node('Mul', [x, scalarNode(b, -0.5)]))])
  return {
    distribution: b.node('MatMul', [b.constant('f32', [count], TAIL), b.node('Exp', [logs])]),
    density: scalarNode(b, DENSITY),
    scaled: (factor) => b.node('Mul', [factor, castNode(b, b.node('Exp', [exponent]), 'f32')]),
  }
}

/** What replaces values at the elements below −2, of these elements and their tails. */
type Low = (x: string, tail: Tail) => string

/**
 * Values of the elements of x, those below −2 replaced; they are looked for in a flat view, whose places are one number each. Below −40
 * all is 0, and powers of x would leave f32.
 */
const withTails = (
  b: OnnxBuilder,
  values: string,
  x: string,
  type: ArrayType | undefined,
  attrs: Attributes,
  replaced: Low,
): string => {
  const axes = type?.axes ?? []
  const low = b.node('Less', [x, scalarNode(b, -2)])
  const floored = (y: string): string => b.node('Max', [y, scalarNode(b, -40)])
  if (axes.length === 0) {
    const inside = b.node('Min', [floored(x), scalarNode(b, -2)])
    return b.node('Where', [low, replaced(inside, tailNodes(b, inside)), values])
  }
  const size = sizeOf(axes)
  const flat = (y: string): string => reshapeNode(b, y, [size])
  const { few, listed } = attrs
  const integer = (n: number): string => b.constant('i32', [], [n])
  // The places come sooner out of a list of all, which is made once, than by `NonZero`.
  const places =
    listed === 1
      ? b.node('Compress', [b.node('Range', [integer(0), integer(size), integer(1)]), flat(low)], { axis: 0 })
      : b.node('Squeeze', [b.node('NonZero', [flat(low)]), b.constant('i64', [1], [0])])
  const own = floored(b.node('Gather', [flat(x), places], { axis: 0 }))
  const replacements = replaced(own, (few === 1 ? fewTailNodes : tailNodes)(b, own))
  return reshapeNode(b, b.node('ScatterElements', [flat(values), places, replacements], { axis: 0 }), extentsOf(axes))
}

/**
 * x/√2, and Φ(x) as ½(1 + erf(x/√2)), which cancels below −2. A value and its slope use the same nodes, so a training step computes
 * them once.
 */
const distributionNodes = (b: OnnxBuilder, x: string): readonly [halved: string, distribution: string] => {
  const halved = b.node('Mul', [x, scalarNode(b, Math.SQRT1_2)])
  const error = b.node('Erf', [halved])
  return [halved, b.node('HardSigmoid', [error], { alpha: { float: 0.5 }, beta: { float: 0.5 } })]
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
    const [halved, distribution] = distributionNodes(b, x)
    const z = b.node('Clip', [halved, scalarNode(b, -29), scalarNode(b, 29)])
    // x·φ(x) is z/√π·e^(−z²).
    const exponent = b.node('Sub', [scalarNode(b, -0.5 * Math.log(Math.PI)), b.node('Mul', [z, z])])
    const slope = b.node('Add', [b.node('Mul', [b.node('Exp', [exponent]), z]), distribution])
    return [
      withTails(b, slope, x, type, attrs, (low, { distribution, density, scaled }) =>
        scaled(b.node('Add', [distribution, b.node('Mul', [low, density])])),
      ),
    ]
  },
  (x) => geluCurvature(x),
)

const geluOp = sloped(
  'gelu',
  geluValue,
  (attrs, b, [x = absent()], _out, [type]) => {
    const [, distribution] = distributionNodes(b, x)
    return [
      withTails(b, b.node('Mul', [x, distribution]), x, type, attrs, (low, { distribution, scaled }) =>
        b.node('Mul', [low, scaled(distribution)]),
      ),
    ]
  },
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
