/**
 * Arbitrary finite distributions, energies and feature matrices. `Dist(X, α)`: Dirichlet(α) on X points, drawn from a
 * seed; small α puts nearly all mass on one point, and some points get probability exactly 0.
 */
import fc from 'fast-check'
import { fold, type Key, key } from '../../key.ts'
import { fineUniforms } from '../../energy/uniform.ts'
import { type Matrix, matrix } from '../../linear.ts'
import { at } from '../../at.ts'
import { normalQuantile, softmax } from '../../math.ts'

/**
 * n standard normal draws of a key.
 *
 * @example
 * normals(key(1), 3) // => [-1.18428, -0.647656, -0.110233]
 */
export const normals = (k: Key, n: number): Float64Array => fineUniforms(k, n).map(normalQuantile)

/** log of a Gamma(α, 1) draw (Marsaglia and Tsang 2000, with the boost for α < 1). */
const logGammaDraw = (k: Key, alpha: number): number => {
  const shape = alpha < 1 ? alpha + 1 : alpha
  const d = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  const u = fineUniforms(fold(k, 0), 128)
  const z = normals(fold(k, 1), 64)
  for (let i = 0; i < 63; i++) {
    const v = (1 + c * at(z, i)) ** 3
    const accepted = v > 0 && Math.log(at(u, i)) < 0.5 * at(z, i) ** 2 + d - d * v + d * Math.log(v)
    if (accepted) return Math.log(d * v) + (alpha < 1 ? Math.log(at(u, 64 + i)) / alpha : 0)
  }
  return Math.log(d)
}

/**
 * A Dirichlet(α, …, α) draw on `size` points.
 *
 * @example
 * dirichlet(key(1), 3, 1) // => [0.0534547, 0.338779, 0.607767]
 */
export const dirichlet = (k: Key, size: number, alpha: number): Float64Array =>
  softmax(Float64Array.from({ length: size }, (_, i) => logGammaDraw(fold(k, i), alpha)))

/**
 * Seeds of keys.
 *
 * @example
 * complaintsOf([forAll('a key gives its bits again', keys, (k) => (randomWords(k, 1)[0] === randomWords(k, 1)[0] ? undefined : 'others'))]) // => []
 */
export const keys: fc.Arbitrary<Key> = fc.nat(2 ** 31 - 1).map(key)

/**
 * `Dist(X, α)` for the given number of points and α ∈ {.05, .3, 1, 10}.
 *
 * @example
 * const sums = forAll('p sums to 1', distributions(3), ([a = 0, b = 0, c = 0]) =>
 *   Math.abs(a + b + c - 1) < 1e-9 ? undefined : `${a} + ${b} + ${c} is not 1`)
 * complaintsOf([sums]) // => []
 */
export const distributions = (size: number): fc.Arbitrary<Float64Array> =>
  fc.tuple(keys, fc.constantFrom(0.05, 0.3, 1, 10)).map(([k, alpha]) => dirichlet(k, size, alpha))

/**
 * Energies N(0, σ²), σ ∈ {.1, 1, 5}.
 *
 * @example
 * complaintsOf([forAll('one energy a point', energies(3), (e) => (e.length === 3 ? undefined : `${e.length} energies`))]) // => []
 */
export const energies = (size: number): fc.Arbitrary<Float64Array> =>
  fc.tuple(keys, fc.constantFrom(0.1, 1, 5)).map(([k, sigma]) => normals(k, size).map((z) => sigma * z))

/** A finite tilt: base probabilities and energies of the same points. */
export interface FiniteTilt {
  readonly probabilities: Float64Array
  readonly energies: Float64Array
}

/**
 * Finite tilts on 2 to `most` points.
 *
 * @example
 * import { energy } from 'exptilt'
 * const finite = forAll('log Z is a number', finiteTilts(4), ({ probabilities, energies }) => {
 *   const { logPartition } = energy.exactTilt(probabilities.map(Math.log), energies)
 *   return Number.isFinite(logPartition) ? undefined : `log Z is ${logPartition}`
 * })
 * complaintsOf([finite]) // => []
 */
export const finiteTilts = (most: number): fc.Arbitrary<FiniteTilt> =>
  fc
    .integer({ min: 2, max: most })
    .chain((size) => fc.record({ probabilities: distributions(size), energies: energies(size) }))

/**
 * 0/1 and real features of `points` points: random columns, then possibly a constant, a duplicate, a dependent one.
 *
 * @example
 * complaintsOf([forAll('a row a point', featureMatrices(3), ({ rows }) => (rows === 3 ? undefined : `${rows} rows`))]) // => []
 */
export const featureMatrices = (points: number): fc.Arbitrary<Matrix> =>
  fc
    .tuple(
      keys,
      fc.integer({ min: 1, max: 3 }),
      fc.boolean(),
      fc.constantFrom('none', 'constant', 'duplicate', 'affine'),
    )
    .map(([k, columns, binary, extra]) => {
      const z = normals(k, points * columns)
      const value = (i: number, j: number): number =>
        binary ? Number(at(z, i * columns + j) > 0) : at(z, i * columns + j)
      const last = (i: number): number =>
        extra === 'constant' ? 1 : extra === 'duplicate' ? value(i, 0) : 2 - 3 * value(i, 0) + value(i, columns - 1)
      return matrix(points, extra === 'none' ? columns : columns + 1, (i, j) => (j < columns ? value(i, j) : last(i)))
    })
