/**
 * The tail of importance weights: the shape k̂ of a generalised Pareto fit to the largest ones. Above 0.7 the sample
 * says that means of these weights converge too slowly to be believed.
 *
 * Zhang and Stephens (2009) for the fit, Vehtari et al. (Pareto smoothed importance sampling) for the tail length and the weak prior at ½.
 */
import { at } from '../at.ts'
import { dot, mean, softmax } from '../math.ts'

/** The number of draws that make the tail: `⌈min(n/5, 3√n)⌉`. */
export const tailLength = (n: number): number => Math.ceil(Math.min(0.2 * n, 3 * Math.sqrt(n)))

const profile = (xs: Float64Array, theta: number): number => mean(xs.map((x) => Math.log1p(-theta * x)))

/**
 * The generalised Pareto shape for exceedances in ascending order, all positive (at least 5), by the empirical-Bayes
 * average over a grid of `θ = −k/σ`, shrunk to ½ with the weight of ten observations.
 */
export const paretoShape = (exceedances: Float64Array): number => {
  const n = exceedances.length
  const m = 30 + Math.floor(Math.sqrt(n))
  const quartile = at(exceedances, Math.max(Math.floor(n / 4 + 0.5) - 1, 0))
  const thetas = Float64Array.from(
    { length: m },
    (_, j) => 1 / at(exceedances, n - 1) + (1 - Math.sqrt(m / (j + 0.5))) / (3 * quartile),
  )
  const logLikelihoods = thetas.map((theta) => {
    const k = profile(exceedances, theta)
    const value = n * (Math.log(-theta / k) - k - 1)
    return Number.isFinite(value) ? value : Number.NEGATIVE_INFINITY
  })
  const theta = dot(softmax(logLikelihoods), thetas)
  return (n * profile(exceedances, theta) + 5) / (n + 10)
}

/**
 * k̂ of n log-weights from the largest ones in descending order (`tailLength(n) + 1` of them, or as many as are kept).
 *
 * `-Infinity`: the largest weights are all equal, so the weight is visibly bounded. With fewer than five distinct
 * exceedances nothing can be fitted: `+Infinity` if the largest weight is ten times the threshold or more (one cannot
 * tell how heavy the tail is), else `-Infinity`. NaN where the largest is not a weight.
 */
export const paretoTail = (descending: ArrayLike<number>, n: number): number => {
  if (descending.length > 0 && !Number.isFinite(at(descending, 0))) return Number.NaN
  const length = Math.min(tailLength(n), descending.length - 1)
  if (length < 1) return n === 1 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY
  const high = at(descending, 0)
  const threshold = Math.exp(at(descending, length) - high)
  const exceedances = Float64Array.from(
    { length },
    (_, i) => Math.exp(at(descending, length - 1 - i) - high) - threshold,
  )
  const positive = exceedances.filter((x) => x > 0)
  if (positive.length >= 5) return paretoShape(positive)
  return positive.length > 0 && threshold < 0.1 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY
}
