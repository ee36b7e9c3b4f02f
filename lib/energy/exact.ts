/**
 * Exact answers on a finite support: Z, probabilities, moments, entropies and divergences by enumeration. The oracle
 * against which every estimator and sampler of this folder is checked.
 */
import { at } from '../at.ts'
import { type Matrix, entry, matrix } from '../linear.ts'
import { failure, raise } from '../errors.ts'
import { logSoftmax, logSumExp, softmax } from '../math.ts'
import { checkFinite, checkLogs, checkMeasure, checkNumbers, sameLength, weighted } from './finite.ts'

/** `p = q·e^{−E}/Z` on a finite support, in the order of the points. */
export interface ExactTilt {
  readonly logPartition: number
  readonly logProbabilities: Float64Array
  readonly probabilities: Float64Array
}

/**
 * The exact tilt of log-probabilities `log q` by energies `E` (arrays in the order of the points). An energy of +∞, or a
 * log-probability of −∞, takes the point out of the support, whatever the other is. Throws `Shape` for lists of different length, `NonFinite`
 * for NaN, `log q = +∞` or, on the support of q, `E = −∞`, and `Support` when nothing is left (Z = 0).
 *
 * @example
 * const tilt = exactTilt([Math.log(0.5), Math.log(0.5)], [0, Math.log(3)])
 * tilt.probabilities // => [0.75, 0.25]
 * Math.exp(tilt.logPartition) // => 0.666667
 */
export const exactTilt = (logBase: ArrayLike<number>, energies: ArrayLike<number>): ExactTilt => {
  sameLength('an exact tilt', logBase, energies)
  checkLogs('the log-probability', logBase)
  checkNumbers('the energy', energies)
  const potentials = Float64Array.from(logBase, (l, i) => (l === Number.NEGATIVE_INFINITY ? l : l - at(energies, i)))
  checkLogs('minus the energy', potentials)
  const logPartition = logSumExp(potentials)
  if (logPartition === Number.NEGATIVE_INFINITY)
    raise(failure('Support', 'every point has weight 0, so Z = 0', 'use a base that covers the tilt'))
  return { logPartition, logProbabilities: logSoftmax(potentials), probabilities: softmax(potentials) }
}

const checkMasses = (probabilities: ArrayLike<number>, points: number): void => {
  sameLength('probabilities and points', probabilities, { length: points })
  checkMeasure('the probability', probabilities)
}

/** The probabilities, and finite features at every point of positive probability. */
const checkRows = (probabilities: ArrayLike<number>, rows: Matrix): void => {
  checkMasses(probabilities, rows.rows)
  for (let j = 0; j < rows.columns; j++)
    checkFinite(
      `feature ${j}`,
      Float64Array.from({ length: rows.rows }, (_, i) => weighted(at(probabilities, i), entry(rows, i, j))),
    )
}

/**
 * `E_p φ` from probabilities and the feature rows of the points; points of probability 0 do not count. `NonFinite` where one does.
 *
 * @example
 * exactMoments([0.75, 0.25], { rows: 2, columns: 2, values: Float64Array.of(1, 0, 1, 2) }) // => [1, 0.5]
 */
export const exactMoments = (probabilities: ArrayLike<number>, rows: Matrix): Float64Array => {
  checkRows(probabilities, rows)
  return Float64Array.from({ length: rows.columns }, (_, j) => {
    let total = 0
    for (let i = 0; i < rows.rows; i++) total += weighted(at(probabilities, i), entry(rows, i, j))
    return total
  })
}

/**
 * `Cov_p(φ)`, the Hessian of log Z in λ (G3).
 *
 * @example
 * exactCovariance([0.75, 0.25], { rows: 2, columns: 1, values: Float64Array.of(0, 1) }).values // => [0.1875]
 */
export const exactCovariance = (probabilities: ArrayLike<number>, rows: Matrix): Matrix => {
  const means = exactMoments(probabilities, rows)
  return matrix(rows.columns, rows.columns, (j, k) => {
    let total = 0
    for (let i = 0; i < rows.rows; i++)
      total += weighted(at(probabilities, i), (entry(rows, i, j) - at(means, j)) * (entry(rows, i, k) - at(means, k)))
    return total
  })
}

/**
 * `KL(p‖π) = Σ p (log p − log π)` in nats; `+Infinity` where π misses a point of p.
 *
 * @example
 * exactDivergence([Math.log(0.5), Math.log(0.5)], [Math.log(0.75), Math.log(0.25)]) // => 0.143841
 */
export const exactDivergence = (logP: ArrayLike<number>, logPi: ArrayLike<number>): number => {
  sameLength('a divergence', logP, logPi)
  checkLogs('log p', logP)
  checkLogs('log π', logPi)
  let total = 0
  for (let i = 0; i < logP.length; i++) {
    const p = Math.exp(at(logP, i))
    total += p === 0 ? 0 : p * (at(logP, i) - at(logPi, i))
  }
  return total
}

/**
 * Total variation distance `½ Σ |p − π|`.
 *
 * @example
 * exactTotalVariation([0.5, 0.5], [0.75, 0.25]) // => 0.25
 */
export const exactTotalVariation = (p: ArrayLike<number>, pi: ArrayLike<number>): number => {
  sameLength('a total variation', p, pi)
  checkMasses(p, p.length)
  checkMasses(pi, p.length)
  let total = 0
  for (let i = 0; i < p.length; i++) total += Math.abs(at(p, i) - at(pi, i))
  return total / 2
}

/**
 * `H(p) = −Σ p log p` in nats, with 0·log 0 = 0.
 *
 * @example
 * exactEntropy(Float64Array.of(Math.log(0.5), Math.log(0.5))) // => 0.693147
 */
export const exactEntropy = (logP: Float64Array): number => {
  checkLogs('log p', logP)
  return logP.reduce((total, l) => total - weighted(Math.exp(l), l), 0)
}
