/**
 * Scalar functions in f64 that JavaScript lacks, or that must follow the same formula as their WGSL twin.
 */

/** log(1 + x) with 1 + x floored at 2⁻¹²⁶. */
export const log1pExact = (x: number): number => (x <= -1 ? Math.log(2 ** -126) : Math.log1p(x))

/** 2/√π · e^(−x²) Σ_n 2ⁿ x^(2n+1) / (2n + 1)!!: all terms of one sign (Abramowitz & Stegun 7.1.6). */
const errorSeries = (x: number): number => {
  let [term, sum] = [x, 0]
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    sum += term
    term *= (2 * x * x) / (2 * n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum
}

/** e^(−x²)/√π · 1/(x + ½/(x + 1/(x + 1½/(x + …)))) for x ≥ 2 (Abramowitz & Stegun 7.1.14). */
const errorFraction = (x: number): number => {
  let rest = x
  for (let k = 60; k >= 1; k--) rest = x + k / 2 / rest
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / rest
}

/** 1 − erf x, to about 1e-15 of its own size for positive x too. */
export const complementaryErrorFunction = (x: number): number =>
  x >= 2 ? errorFraction(x) : x <= -2 ? 2 - errorFraction(-x) : 1 - errorSeries(x)

/** erf x = 2/√π ∫₀ˣ e^(−t²) dt, to about 1e-15. */
export const errorFunction = (x: number): number =>
  Math.abs(x) < 2 ? errorSeries(x) : Math.sign(x) * (1 - errorFraction(Math.abs(x)))

const polynomial = (coefficients: readonly number[], x: number): number =>
  coefficients.reduce((sum, c) => sum * x + c, 0)

/** Coefficients of erf⁻¹(x)/x in w = −log(1 − x²) where w < 5, the highest power first. */
export const CENTRE: readonly number[] = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 2.1858087e-4, -1.25372503e-3, -4.17768164e-3,
  0.246640727, 1.50140941,
]
/** Coefficients of erf⁻¹(x)/x in w = −log(1 − x²) where w ≥ 5, the highest power first. */
export const TAIL: readonly number[] = [
  -2.00214257e-4, 1.00950558e-4, 1.34934322e-3, -3.67342844e-3, 5.73950773e-3, -7.6224613e-3, 9.43887047e-3, 1.00167406,
  2.83297682,
]

/**
 * The standard normal's quantile at p: ±∞ at 0 and 1, NaN outside. √2·erf⁻¹(2p − 1) to about 4e-7 relative from 2⁻²⁴ to
 * 1 − 2⁻²⁴ (Giles 2010, "Approximating the erfinv function", single precision), with 1 − (2p − 1)² = 4p(1 − p). The WGSL function
 * `normal_quantile_f32` evaluates the same polynomials.
 */
export const normalQuantileValue = (p: number): number => {
  const [x, share] = [2 * p - 1, 4 * p * (1 - p)]
  if (share === 0) return x / share
  const w = -Math.log(share)
  return Math.SQRT2 * x * (w < 5 ? polynomial(CENTRE, w - 2.5) : polynomial(TAIL, Math.sqrt(w) - 3))
}
