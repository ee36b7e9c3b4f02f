/**
 * Scalar mathematics in f64 that is safe where the textbook form is not: log-sum-exp, softplus and friends, the gamma
 * function, and the normal quantile. Natural logarithms throughout (nats).
 */
import { at, outside } from './at.ts'

/** `Σ xᵢ`, in order. */
export const sum = (xs: ArrayLike<number>): number => {
  let total = 0
  for (let i = 0; i < xs.length; i++) total += xs[i] ?? outside(xs, i)
  return total
}

/** `Σ xᵢ / n`; NaN for an empty list. */
export const mean = (xs: ArrayLike<number>): number => sum(xs) / xs.length

/** A mean and a sample standard deviation. */
export interface Spread {
  readonly mean: number
  readonly deviation: number
}

/** Mean and sample standard deviation, which is 0 of a single number. */
export const spreadOf = (xs: readonly number[]): Spread => {
  const centre = mean(xs)
  const squares = sum(xs.map((x) => (x - centre) ** 2))
  return { mean: centre, deviation: xs.length < 2 ? 0 : Math.sqrt(squares / (xs.length - 1)) }
}

/** `Σ xᵢ·yᵢ` over the length of `xs`. */
export const dot = (xs: ArrayLike<number>, ys: ArrayLike<number>): number => {
  let total = 0
  for (let i = 0; i < xs.length; i++) total += (xs[i] ?? outside(xs, i)) * (ys[i] ?? outside(ys, i))
  return total
}

/** The largest element; `-Infinity` for an empty list, NaN if one element is NaN. */
export const maximum = (xs: ArrayLike<number>): number => {
  let high = Number.NEGATIVE_INFINITY
  for (let i = 0; i < xs.length; i++) high = Math.max(high, xs[i] ?? outside(xs, i))
  return high
}

/** `log Σ e^{xᵢ}` without overflow; `-Infinity` for an empty list. */
export const logSumExp = (xs: ArrayLike<number>): number => {
  const high = maximum(xs)
  if (!Number.isFinite(high)) return high
  let total = 0
  for (let i = 0; i < xs.length; i++) total += Math.exp((xs[i] ?? outside(xs, i)) - high)
  return high + Math.log(total)
}

/** `log (1/n) Σ e^{xᵢ}`. */
export const logMeanExp = (xs: ArrayLike<number>): number => logSumExp(xs) - Math.log(xs.length)

/** The largest element, e^{xᵢ} relative to it, and their sum: NaN where the largest is not finite. */
const exponentials = (
  xs: ArrayLike<number>,
): { readonly high: number; readonly weights: Float64Array; readonly total: number } => {
  const high = maximum(xs)
  const weights = Float64Array.from(xs, (x) => Math.exp(x - high))
  return { high, weights, total: sum(weights) }
}

/** `e^{xᵢ} / Σ e^{xⱼ}`, relative to the largest; NaN where all are `-Infinity`, or one is `Infinity` or NaN. */
export const softmax = (xs: ArrayLike<number>): Float64Array => {
  const { weights, total } = exponentials(xs)
  return weights.map((w) => w / total)
}

/** `log(e^{xᵢ} / Σ e^{xⱼ})`, relative to the largest, so that a shift of all costs nothing. */
export const logSoftmax = (xs: ArrayLike<number>): Float64Array => {
  const { high, total } = exponentials(xs)
  const rest = Math.log(total)
  return Float64Array.from(xs, (x) => x - high - rest)
}

/** `log(1 − e^{−x})` for x > 0, accurate at both ends (Mächler 2012). */
export const log1mexp = (x: number): number => (x < Math.LN2 ? Math.log(-Math.expm1(-x)) : Math.log1p(-Math.exp(-x)))

/** `log(1 + e^x)`, finite for every finite x. */
export const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))

/** `1 / (1 + e^{−x})`, without overflow. */
export const sigmoid = (x: number): number => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)))

/** `log sigmoid(x) = −softplus(−x)`. */
export const logSigmoid = (x: number): number => -softplus(-x)

/** `x·log x`, with 0·log 0 = 0. */
export const xlogx = (x: number): number => (x === 0 ? 0 : x * Math.log(x))

/** The middle of the values, or the mean of the two in the middle. */
export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const half = (sorted.length - 1) / 2
  return (at(sorted, Math.floor(half)) + at(sorted, Math.ceil(half))) / 2
}

const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const

/** `log Γ(x)` for x > 0 (Lanczos, g = 7; relative error below 1e-14). */
export const logGamma = (x: number): number => {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x)
  const y = x - 1
  let series: number = LANCZOS[0]
  for (let i = 1; i < LANCZOS.length; i++) series += (LANCZOS[i] ?? outside(LANCZOS, i)) / (y + i)
  const t = y + 7.5
  return 0.5 * Math.log(2 * Math.PI) + (y + 0.5) * Math.log(t) - t + Math.log(series)
}

/** `log n!`. */
export const logFactorial = (n: number): number => logGamma(n + 1)

const TAIL = [-7.784894002430293e-3, -0.3223964580411365, -2.400758277161838, -2.549732539343734] as const
const NUMERATOR = [
  -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716,
] as const
const DENOMINATOR = [
  -54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572,
] as const
const TAIL_DENOMINATOR = [7.784695709041462e-3, 0.3224671290700398, 2.445134137142996, 3.754408661907416] as const

const horner = (coefficients: readonly number[], x: number): number => coefficients.reduce((acc, c) => acc * x + c, 0)

/** The normal quantile `Φ⁻¹(p)`, 0 < p < 1 (Acklam's rational form; relative error below 1.2e-9). */
export const normalQuantile = (p: number): number => {
  if (p > 0.5) return -normalQuantile(1 - p)
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p))
    return horner([...TAIL, 4.374664141464968, 2.938163982698783], q) / horner([...TAIL_DENOMINATOR, 1], q)
  }
  const q = p - 0.5
  const r = q * q
  return (q * horner([...NUMERATOR, 2.506628277459239], r)) / horner([...DENOMINATOR, 1], r)
}
