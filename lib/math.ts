/**
 * Scalar mathematics in f64 that is safe where the textbook form is not: log-sum-exp, softplus and friends, the gamma
 * function, and the normal quantile. Natural logarithms throughout (nats).
 */
import { at, outside } from './at.ts'

/** `Σ xᵢ` of the elements from `begin` up to `end`: what rounding loses on the way is added at last (Neumaier 1974). */
export const sum = (xs: ArrayLike<number>, begin = 0, end: number = xs.length): number => {
  let total = 0
  let lost = 0
  for (let i = begin; i < end; i++) {
    const x = xs[i] ?? outside(xs, i)
    const next = total + x
    lost += Math.abs(total) >= Math.abs(x) ? total - next + x : x - next + total
    total = next
  }
  return Number.isFinite(total) ? total + lost : total
}

/** `Π xᵢ`; 1 for an empty list. */
export const product = (xs: readonly number[]): number => xs.reduce((n, x) => n * x, 1)

/** The least divisor of a whole number that is `least` or more, if it has one. */
export const divisorFrom = (n: number, least: number): number | undefined => {
  for (let d = Math.max(1, Math.ceil(least)); d <= n; d++) if (n % d === 0) return d
  return undefined
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
  const weights = new Float64Array(xs.length)
  for (let i = 0; i < xs.length; i++) weights[i] = Math.exp((xs[i] ?? outside(xs, i)) - high)
  return { high, weights, total: sum(weights) }
}

/** `e^{xᵢ} / Σ e^{xⱼ}`, relative to the largest; NaN where all are `-Infinity`, or one is `Infinity` or NaN. */
export const softmax = (xs: ArrayLike<number>): Float64Array => {
  const { weights, total } = exponentials(xs)
  for (let i = 0; i < xs.length; i++) weights[i] = (weights[i] ?? outside(weights, i)) / total
  return weights
}

/** `log(e^{xᵢ} / Σ e^{xⱼ})`, relative to the largest, so that a shift of all costs nothing. */
export const logSoftmax = (xs: ArrayLike<number>): Float64Array => {
  const { high, weights: out, total } = exponentials(xs)
  const rest = Math.log(total)
  for (let i = 0; i < xs.length; i++) out[i] = (xs[i] ?? outside(xs, i)) - high - rest
  return out
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

/** A ratio of two polynomials, coefficients from the highest power on. */
interface Rational {
  readonly above: readonly number[]
  readonly below: readonly number[]
}

const horner = (coefficients: readonly number[], x: number): number => coefficients.reduce((acc, c) => acc * x + c, 0)
const ratio = ({ above, below }: Rational, x: number): number => horner(above, x) / horner(below, x)

/** Φ⁻¹ by Wichura's three ratios (1988, AS 241, PPND16): in `.425² − q²` with q = p − ½, and in `√−log p` less 1.6 or 5. */
const CENTRE: Rational = {
  above: [
    2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457, 13731.693765509461125,
    1971.5909503065514427, 133.14166789178437745, 3.387132872796366608,
  ],
  below: [
    5226.495278852854561, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867, 5394.1960214247511077,
    687.1870074920579083, 42.313330701600911252, 1,
  ],
}
const MIDDLE: Rational = {
  above: [
    7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258,
    3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734,
  ],
  below: [
    1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
    0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1,
  ],
}
const FAR: Rational = {
  above: [
    2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093,
    0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772,
  ],
  below: [
    2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
    0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1,
  ],
}

/** The normal quantile `Φ⁻¹(p)`, to about 1e-15 of its size: ±∞ at 0 and 1, NaN outside. */
export const normalQuantile = (p: number): number => {
  const q = p - 0.5
  if (Math.abs(q) <= 0.425) return q * ratio(CENTRE, 0.180625 - q * q)
  const tail = Math.min(p, 1 - p)
  if (tail === 0) return q * Number.POSITIVE_INFINITY
  const r = Math.sqrt(-Math.log(tail))
  return Math.sign(q) * (r <= 5 ? ratio(MIDDLE, r - 1.6) : ratio(FAR, r - 5))
}
