/**
 * The incomplete beta function, and what follows from it: quantiles of the beta distribution and of Student's t, and
 * exact intervals of a share (Clopper and Pearson 1934). Lentz's continued fraction; relative errors below 1e-12.
 */
import { failure, raise } from '../errors.ts'
import { logGamma, normalQuantile } from '../math.ts'

/** Lentz's fraction at x = 1 − y: near 1 its first step needs the digits of y. */
const betaFraction = (a: number, b: number, x: number, y: number): number => {
  let c = 1
  let d = (a + 1) / (x < 0.5 ? a + 1 - (a + b) * x : 1 - b + (a + b) * y)
  let h = d
  const step = (coefficient: number): void => {
    d = 1 / (1 + coefficient * d)
    c = 1 + coefficient / c
    h *= d * c
  }
  for (let m = 1; m < 10_000; m++) {
    const before = h
    step((m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)))
    step((-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)))
    if (Math.abs(h / before - 1) < 1e-15) break
  }
  return h
}

/** Stirling's remainder, `log Γ(x) − (x − ½) log x + x − ½ log 2π` for x ≥ 10. */
const stirling = (x: number): number =>
  (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / x ** 2) / x ** 2) / x ** 2) / x ** 2) / x

/** `log(1 + t) − t`, without cancellation for small t. */
const logExcess = (t: number): number => {
  if (Math.abs(t) > 0.1) return Math.log1p(t) - t
  let sum = 0
  for (let k = 20; k >= 2; k--) sum = (k % 2 === 0 ? -1 : 1) / k + t * sum
  return t * t * sum
}

/** `log xᵃ(1 − x)ᵇ/B(a, b)` for a < 10 ≤ b, from `log x·(a + b)` and `log(1 − x)`. */
const logLopsided = (a: number, b: number, logScaled: number, logRest: number): number =>
  a * logScaled + b * logRest - (b - 0.5) * Math.log1p(-a / (a + b)) - a - logGamma(a) + stirling(a + b) - stirling(b)

/**
 * `log xᵃ(1 − x)ᵇ/B(a, b)`, by Stirling's series where a parameter is large, so that nothing of size a + b cancels (Loader
 * 2000; DiDonato and Morris 1992).
 */
const logFront = (a: number, b: number, x: number): number => {
  const n = a + b
  if (Math.max(a, b) < 10) return logGamma(n) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x)
  if (a < 10) return logLopsided(a, b, Math.log(x * n), Math.log1p(-x))
  if (b < 10) return logLopsided(b, a, Math.log1p(-x) + Math.log(n), Math.log(x))
  const off = n * x - a
  return (
    a * logExcess(off / a) +
    b * logExcess(-off / b) +
    Math.log(((a / n) * b) / (2 * Math.PI)) / 2 +
    stirling(n) -
    stirling(a) -
    stirling(b)
  )
}

/** `I_x(a, b)`, the regularised incomplete beta function, a and b > 0. */
export const incompleteBeta = (a: number, b: number, x: number): number => {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1
  const front = Math.exp(logFront(a, b, x))
  return x < (a + 1) / (a + b + 2)
    ? (front * betaFraction(a, b, x, 1 - x)) / a
    : 1 - (front * betaFraction(b, a, 1 - x, x)) / b
}

/** The point of [0, high] where an increasing function reaches `level`, to a relative 1e-15. */
const increasingRoot = (f: (x: number) => number, level: number, high: number): number => {
  let [a, b] = [0, high]
  for (let i = 0; i < 1100 && b - a > 1e-15 * b; i++) {
    const middle = (a + b) / 2
    if (f(middle) < level) a = middle
    else b = middle
  }
  return (a + b) / 2
}

/** The quantile of Beta(a, b) at `level` in (0, 1). A parameter of 0 puts all mass on 0 (a) or on 1 (b). */
export const betaQuantile = (level: number, a: number, b: number): number =>
  a <= 0 ? 0 : b <= 0 ? 1 : increasingRoot((x) => incompleteBeta(a, b, x), level, 1)

/** From this many degrees of freedom on the series in 1/ν is exact to rounding. */
const SERIES_FROM = 1e4

const seriesQuantile = (degrees: number, level: number): number => {
  const z = normalQuantile(level)
  const first = (z ** 3 + z) / 4
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96
  return z + first / degrees + second / degrees ** 2
}

/** `P(T > t)` for t ≥ 0: `½ I_{ν/(ν+t²)}(ν/2, ½)`. */
const studentTail = (degrees: number, t: number): number =>
  incompleteBeta(degrees / 2, 0.5, degrees / (degrees + t * t)) / 2

/** The density of Student's t. */
const studentDensity = (degrees: number, t: number): number =>
  Math.exp(
    logGamma((degrees + 1) / 2) -
      logGamma(degrees / 2) -
      Math.log(degrees * Math.PI) / 2 -
      ((degrees + 1) / 2) * Math.log1p((t * t) / degrees),
  )

/**
 * The quantile of Student's t at `level` in [½, 1), else `Domain` (default: 97.5 %, of a 95 % interval) with ν ≥ 1 degrees of freedom; fewer
 * count as one.
 *
 * @example
 * studentQuantile(9) // => 2.26216
 * studentQuantile(1000) // => 1.96234
 */
export const studentQuantile = (degrees: number, level = 0.975): number => {
  if (!(level >= 0.5 && level < 1))
    raise(failure('Domain', `the quantile at ${level}`, 'give a level in [½, 1)', { level }))
  const v = Math.max(degrees, 1)
  if (!(v < SERIES_FROM)) return seriesQuantile(v, level)
  let t = seriesQuantile(v, level)
  // Newton's method: the tail is convex, so that from below it climbs to the root, and from above it is there after one step.
  for (let i = 0; i < 100; i++) {
    const next = Math.max(t / 2, t + (studentTail(v, t) - (1 - level)) / studentDensity(v, t))
    if (Math.abs(next - t) <= 1e-12 * t) return next
    t = next
  }
  return t
}

/**
 * The exact interval of a probability from `hits` of `n` independent trials (Clopper–Pearson). None or all of n gives
 * `[0, 1 − (α/2)^{1/n}]` or `[(α/2)^{1/n}, 1]`: no share is certain because it was never seen. Both may be fractions, as
 * effective numbers are. `Domain` for more hits than trials.
 *
 * @example
 * shareInterval(3, 10) // => [0.0667395, 0.652453]
 * shareInterval(0, 10) // => [0, 0.308497]
 */
export const shareInterval = (hits: number, n: number, alpha = 0.05): readonly [number, number] => {
  if (!(hits >= 0 && hits <= n && Number.isFinite(n)))
    raise(failure('Domain', `${hits} hits of ${n} trials`, 'give as many hits as trials at most', { hits, n }))
  if (!(alpha > 0 && alpha < 1))
    raise(failure('Domain', `an interval that misses with probability ${alpha}`, 'give one in (0, 1)', { alpha }))
  return [betaQuantile(alpha / 2, hits, n - hits + 1), betaQuantile(1 - alpha / 2, hits + 1, n - hits)]
}

/** `P(Binomial(n, p) ≥ k)`. */
export const binomialUpper = (n: number, p: number, k: number): number =>
  k <= 0 ? 1 : k > n ? 0 : incompleteBeta(k, n - k + 1, p)
