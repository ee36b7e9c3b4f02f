/**
 * Scalar functions in f64 that JavaScript lacks, or that must follow the same formula as their WGSL twin.
 */

/** The score of what does not count, below every other that f32 has: its share of a softmax is 0 beside any that counts. */
export const HIDDEN = -3.4e38

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

/**
 * Φ⁻¹(p)/(2p − 1) for f32, to 3e-9: polynomials, the highest power first, in w = −log 4p(1 − p) less 2.5 where w < 5, in √w less
 * 3 where √w < 4.3, and in √w less 6.5 beyond. The WGSL function `normal_quantile_f32` evaluates the same.
 */
export const QUANTILE: Readonly<Record<'centre' | 'middle' | 'far', readonly number[]>> = {
  centre: [
    4.74631139e-10, -1.2406508e-8, 2.55068857e-8, 6.58869022e-7, -4.85726645e-6, -7.01719436e-6, 3.08698241e-4,
    -1.7716485e-3, -5.90765003e-3, 0.34880204, 2.12331347,
  ],
  middle: [
    -4.37893875e-5, 2.28856776e-4, -3.88875722e-4, -1.72281419e-4, 2.08376728e-3, -5.04351328e-3, 8.04430329e-3,
    -1.08086664e-2, 1.33576047e-2, 1.41658271, 4.00643422,
  ],
  far: [
    2.41908744e-8, -2.05919794e-7, 8.83853327e-7, -3.86549953e-6, 1.60872647e-5, -1.57154795e-5, -7.21865611e-4,
    1.42709641, 9.00089416,
  ],
}
