/** The special functions behind the statistical tests: incomplete gamma, χ² tails, central and non-central. */
import { logGamma } from '../math.ts'

const gammaSeries = (a: number, x: number): number => {
  let term = 1 / a
  let total = term
  for (let n = 1; n < 10_000 && term > total * 1e-17; n++) {
    term *= x / (a + n)
    total += term
  }
  return total * Math.exp(-x + a * Math.log(x) - logGamma(a))
}

const gammaFraction = (a: number, x: number): number => {
  let b = x + 1 - a
  let c = 1e300
  let d = 1 / b
  let h = d
  for (let i = 1; i < 10_000; i++) {
    const an = -i * (i - a)
    b += 2
    d = 1 / (an * d + b)
    c = b + an / c
    h *= d * c
    if (Math.abs(d * c - 1) < 1e-16) break
  }
  return Math.exp(-x + a * Math.log(x) - logGamma(a)) * h
}

/** `Q(a, x) = Γ(a, x)/Γ(a)`, the upper regularised incomplete gamma function. */
const upperGamma = (a: number, x: number): number =>
  x <= 0 ? 1 : x < a + 1 ? 1 - gammaSeries(a, x) : gammaFraction(a, x)

/** `P(χ²_df > x)`. */
export const chiSquareTail = (df: number, x: number): number =>
  x === Number.POSITIVE_INFINITY ? 0 : upperGamma(df / 2, x / 2)

/** `P(χ'²_df(λ) > x)`: the Poisson(λ/2) mixture of central tails, summed around its mode. */
export const nonCentralTail = (df: number, lambda: number, x: number): number => {
  const rate = lambda / 2
  const low = Math.max(0, Math.floor(rate - 12 * Math.sqrt(rate + 1)))
  const high = Math.ceil(rate + 12 * Math.sqrt(rate + 1) + 20)
  let total = 0
  for (let j = low; j <= high; j++)
    total += Math.exp(j * Math.log(rate) - rate - logGamma(j + 1)) * chiSquareTail(df + 2 * j, x)
  return total
}

/** The point where a decreasing function falls to `level`, by bisection on [0, high]. */
export const bisect = (f: (x: number) => number, level: number, low: number, high: number): number => {
  let [a, b] = [low, high]
  for (let i = 0; i < 200 && b - a > 1e-13 * (1 + b); i++) {
    const middle = (a + b) / 2
    if (f(middle) > level) a = middle
    else b = middle
  }
  return (a + b) / 2
}
