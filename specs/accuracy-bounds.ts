/**
 * The stated accuracy of every elementary operation, reduction and fused operation on each executor: what `npm run accuracy`
 * measures and prints beside its findings, and what `specs/accuracy.spec.ts` keeps.
 *
 * Elementary operations: units in the last place (ulp) of the exact value, of f64 on the reference and of f32 elsewhere, over a
 * domain; values below 2⁻¹²⁶ may be flushed. Sums: 2⁻²⁴ times Σ|terms| times a factor that
 * grows like log₂ n, n the terms; the products of ONNX Runtime's own blocks have a part that grows like n up to their length.
 */
import { complementaryErrorFunction } from '../lib/ops/numeric.ts'

/** An executor as the tables name it. */
export type Where = 'reference' | 'onnx' | 'webgpu'

/** Arguments from `low` to `high`, evenly or by magnitude (then of one sign). */
export interface Interval {
  readonly low: number
  readonly high: number
  readonly by: 'step' | 'magnitude'
}

/** Where an elementary operation is measured, and the error that it stays within. */
export interface Elementary {
  /** One list of intervals for each operand. */
  readonly operands: readonly (readonly Interval[])[]
  readonly bounds: Readonly<Record<Where, number>>
  /** What an error is relative to where a result passes through 0; the exact value unless given. */
  readonly scale?: (x: number) => number
}

const step = (low: number, high: number): Interval => ({ low, high, by: 'step' })
const magnitude = (low: number, high: number): Interval => ({ low, high, by: 'magnitude' })
const bothSigns = (low: number, high: number): readonly Interval[] => [magnitude(low, high), magnitude(-low, -high)]
const moderate = bothSigns(1e-18, 1e18)

const unary = (operands: readonly Interval[], reference: number, onnx: number, webgpu: number): Elementary => ({
  operands: [operands],
  bounds: { reference, onnx, webgpu },
})
const binary = (
  x: readonly Interval[],
  y: readonly Interval[],
  reference: number,
  onnx: number,
  webgpu: number,
): Elementary => ({ operands: [x, y], bounds: { reference, onnx, webgpu } })

const density = (x: number): number => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI)
/** Φ(x) + |x|·φ(x): the two terms of a slope that passes through 0. */
const terms = (x: number): number => 0.5 * complementaryErrorFunction(-x * Math.SQRT1_2) + Math.abs(x) * density(x)

/** Elementary operations by name. */
export const elementary: Readonly<Record<string, Elementary>> = {
  add: binary(moderate, moderate, 1, 1, 1),
  subtract: binary(moderate, moderate, 1, 1, 1),
  multiply: binary(moderate, moderate, 1, 1, 1),
  divide: binary(moderate, moderate, 1, 1, 2.5),
  reciprocal: unary(bothSigns(1e-37, 1e37), 1, 1, 2.5),
  remainder: binary([step(-1e4, 1e4)], [step(0.5, 20)], 1, 1, 1),
  power: binary([magnitude(1e-3, 1e3)], [step(-8, 8)], 2, 2, 4),
  exp: unary([step(-87.3, 88.7), step(-1, 1), ...bothSigns(1e-30, 1)], 2, 2, 4),
  log: unary([magnitude(1e-37, 3e38), step(0.5, 2), step(0.999, 1.001)], 2, 4, 4),
  expm1: unary([step(-20, 88.7), step(-1, 1), ...bothSigns(1e-30, 1)], 2, 4, 4),
  log1p: unary([step(-0.99, 3), magnitude(1e-30, 3e38), magnitude(-1e-30, -0.99)], 2, 4, 4),
  sqrt: unary([magnitude(1e-37, 3e38)], 1, 1, 2),
  tanh: unary([step(-12, 12), ...bothSigns(1e-30, 1)], 2, 6, 4),
  sigmoid: unary([step(-87, 87)], 4, 4, 4),
  softplus: unary([step(-87, 87), ...bothSigns(1e-30, 1)], 4, 4, 4),
  erf: unary([step(-5, 5), ...bothSigns(1e-30, 1)], 8, 2, 4),
  gelu: unary([step(-12, 12), ...bothSigns(1e-30, 1)], 64, 48, 4),
  gelu_slope: { ...unary([step(-12, 12), ...bothSigns(1e-30, 1)], 64, 16, 4), scale: terms },
  gelu_tanh: unary([step(-9, 12), ...bothSigns(1e-30, 1)], 64, 256, 4),
  gelu_tanh_slope: { ...unary([step(-9, 12), ...bothSigns(1e-30, 1)], 64, 64, 4), scale: terms },
  sine: unary([step(-100, 100), ...bothSigns(1e-30, 3e38)], 1, 4, 4),
  cosine: unary([step(-100, 100), ...bothSigns(1e-30, 3e38)], 1, 2, 4),
  normal_quantile: unary([step(0.01, 0.99), magnitude(1e-37, 0.01), step(0.99, 1 - 2 ** -24)], 4, 4, 4),
}

/** A factor of 2⁻²⁴·Σ|terms|: `start + slope·log₂ n + linear·min(n, most)`, n the terms. */
export interface Growth {
  readonly start: number
  readonly slope: number
  /** Where an executor adds up term by term; 0 elsewhere. */
  readonly linear: number
  /** From how many terms on they go in blocks. */
  readonly most: number
}

const growing = (start: number, slope: number, linear = 0, most: number = Number.POSITIVE_INFINITY): Growth => ({
  start,
  slope,
  linear,
  most,
})
const alike = (growth: Growth): Readonly<Record<Exclude<Where, 'reference'>, Growth>> => ({
  onnx: growth,
  webgpu: growth,
})
/** The stated error of reductions, products and fused operations in f32. */
export const sums: Readonly<Record<string, Readonly<Record<Exclude<Where, 'reference'>, Growth>>>> = {
  sum: alike(growing(4, 4)),
  mean: alike(growing(4, 4)),
  cumulative_sum: alike(growing(4, 4)),
  dot: alike(growing(4, 4)),
  product: { onnx: growing(4, 4, 1 / 1024, 65_536), webgpu: growing(4, 4) },
  scatter_add: alike(growing(4, 4)),
  norm: alike(growing(4, 4)),
  log_sum_exp: alike(growing(8, 4)),
  'sum, first axis': alike(growing(4, 4)),
  // Two terms for each of n.
  'sum, first and last axis': alike(growing(8, 4)),
  'mean, first axis': alike(growing(4, 4)),
  'cumulative_sum, first axis': alike(growing(4, 4)),
  'product, last axis': { onnx: growing(4, 4, 1 / 1024, 65_536), webgpu: growing(4, 4) },
  'log_sum_exp, first axis': alike(growing(8, 4)),
  'softmax, first axis': alike(growing(16, 4)),
  'log_softmax, first axis': alike(growing(8, 4)),
  softmax: alike(growing(16, 4)),
  log_softmax: alike(growing(8, 4)),
  'log_sum_exp, gradient': alike(growing(16, 4)),
  cross_entropy: alike(growing(8, 4)),
  'cross_entropy, gradient': alike(growing(16, 4)),
  layer_norm: alike(growing(16, 4)),
  attention: alike(growing(16, 4)),
  'attention, 17 queries': alike(growing(16, 4)),
}

/** What a sum may be off by, relative to Σ|terms|. */
export const allowed = (name: string, where: Exclude<Where, 'reference'>, n: number): number => {
  const { start, slope, linear, most } = sums[name]?.[where] ?? growing(0, 0)
  return (start + slope * Math.log2(n) + linear * Math.min(n, most)) * 2 ** -24
}
