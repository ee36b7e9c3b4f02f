/**
 * Exact answers on a finite support: Z, probabilities, moments, entropies and divergences by enumeration. The oracle
 * against which every estimator and sampler of this folder is checked.
 */
import { at } from '../at.ts'
import { type Matrix, entry, matrix } from '../linear.ts'
import { dot, logSoftmax, logSumExp, softmax } from '../math.ts'

/** `p = q·e^{−E}/Z` on a finite support, in the order of the points. */
export interface ExactTilt {
  readonly logPartition: number
  readonly logProbabilities: Float64Array
  readonly probabilities: Float64Array
}

/** The exact tilt of log-probabilities `log q` by energies `E` (arrays in the order of the points). */
export const exactTilt = (logBase: ArrayLike<number>, energies: ArrayLike<number>): ExactTilt => {
  const potentials = Float64Array.from(logBase, (l, i) => (l === Number.NEGATIVE_INFINITY ? l : l - at(energies, i)))
  const logPartition = logSumExp(potentials)
  return { logPartition, logProbabilities: logSoftmax(potentials), probabilities: softmax(potentials) }
}

/** `E_p φ` from probabilities and the feature rows of the points. */
export const exactMoments = (probabilities: ArrayLike<number>, rows: Matrix): Float64Array =>
  Float64Array.from({ length: rows.columns }, (_, j) => {
    let total = 0
    for (let i = 0; i < rows.rows; i++) total += at(probabilities, i) * entry(rows, i, j)
    return total
  })

/** `Cov_p(φ)`, the Hessian of log Z in λ (G3). */
export const exactCovariance = (probabilities: ArrayLike<number>, rows: Matrix): Matrix => {
  const means = exactMoments(probabilities, rows)
  return matrix(rows.columns, rows.columns, (j, k) => {
    let total = 0
    for (let i = 0; i < rows.rows; i++)
      total += at(probabilities, i) * (entry(rows, i, j) - at(means, j)) * (entry(rows, i, k) - at(means, k))
    return total
  })
}

/** `KL(p‖π) = Σ p (log p − log π)` in nats; `+Infinity` where π misses a point of p. */
export const exactDivergence = (logP: ArrayLike<number>, logPi: ArrayLike<number>): number => {
  let total = 0
  for (let i = 0; i < logP.length; i++) {
    const p = Math.exp(at(logP, i))
    total += p === 0 ? 0 : p * (at(logP, i) - at(logPi, i))
  }
  return total
}

/** Total variation distance `½ Σ |p − π|`. */
export const exactTotalVariation = (p: ArrayLike<number>, pi: ArrayLike<number>): number => {
  let total = 0
  for (let i = 0; i < p.length; i++) total += Math.abs(at(p, i) - at(pi, i))
  return total / 2
}

/** `H(p) = −Σ p log p` in nats, with 0·log 0 = 0. */
export const exactEntropy = (logP: Float64Array): number =>
  -dot(
    logP.map(Math.exp),
    logP.map((l) => (l === Number.NEGATIVE_INFINITY ? 0 : l)),
  )
