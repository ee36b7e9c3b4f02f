/** The tilt itself: normalisation, invariance, gradients, on finite supports (R1, R2, R20, G1–G3, G8, G17). */
import { fc, test } from '@fast-check/vitest'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'
import { exactTilt } from '../../lib/energy/exact.ts'
import {
  type ConditionalTilt,
  enumerable,
  energyOf,
  exactCovariance,
  exactDivergence,
  exactEntropy,
  exactMoments,
  given,
  importance,
  logPotential,
  logWeights,
  tilted,
  withProposal,
} from '../../lib/energy/index.ts'
import { fold, key } from '../../lib/key.ts'
import { apply, entry, row } from '../../lib/linear.ts'
import { at } from '../../lib/at.ts'
import { dot, sum } from '../../lib/math.ts'
import { dirichlet, featureMatrices, finiteTilts, normals } from '../../lib/laws/arbitraries/distributions.ts'
import { left, run } from '../either.ts'
import { asTilt, close, exactOf } from './support.ts'

const points = 5
const features = featureMatrices(points)
const logBaseOf = (seed: number): Float64Array => dirichlet(key(seed), points, 1).map(Math.log)
const tiltBy = (logBase: Float64Array, rows: Parameters<typeof row>[0], lambda: ArrayLike<number>) =>
  exactTilt(
    logBase,
    Array.from(logBase, (_, i) => -dot(lambda, row(rows, i))),
  )

describe('residual models', () => {
  test.prop([finiteTilts(6)], { seed: 21, numRuns: 200 })(
    'R1: log P = log q − E − log Z sums to one',
    async (model) => {
      const exact = exactOf(model)
      expect(close(sum(exact.probabilities), 1)).toBe(true)
      const tilt = asTilt(model)
      const found = await run(logPotential(tilt)(tilt.base.points))
      found.forEach((l, i) => {
        expect(
          l === at(exact.logProbabilities, i) || close(l - exact.logPartition, at(exact.logProbabilities, i)),
        ).toBe(true)
      })
    },
  )

  test.prop([finiteTilts(6), fc.double({ min: -1000, max: 1000, noNaN: true })], { seed: 22, numRuns: 300 })(
    'R2: E + c moves log Z by −c and leaves p alone; E = 0 gives q',
    (model, c) => {
      const exact = exactOf(model)
      const moved = exactOf({ ...model, energies: model.energies.map((e) => e + c) })
      expect(close(moved.logPartition, exact.logPartition - c, 1000)).toBe(true)
      moved.probabilities.forEach((p, i) => {
        expect(close(p, at(exact.probabilities, i), 1000 * p)).toBe(true)
      })
      const none = exactOf({ ...model, energies: model.energies.map(() => 0) })
      expect(Math.abs(none.logPartition)).toBeLessThan(1e-12)
    },
  )

  test.prop([finiteTilts(6), finiteTilts(6)], { seed: 23, numRuns: 100 })(
    'a proposal changes the weights and never P',
    async (model, other) => {
      const size = Math.min(model.probabilities.length, other.probabilities.length)
      const cut = {
        probabilities: model.probabilities.slice(0, size).map((p) => p + 0.01),
        energies: model.energies.slice(0, size),
      }
      const proposal = asTilt({ ...cut, probabilities: other.probabilities.slice(0, size).map((p) => p + 0.01) }).base
      const seen = withProposal(proposal)(asTilt(cut))
      const before = await run(logPotential(asTilt(cut))(proposal.points))
      const after = await run(logPotential(seen)(proposal.points))
      after.forEach((l, i) => {
        expect(close(l, at(before, i))).toBe(true)
      })
    },
  )

  it('tilts compose: energies add', async () => {
    const tilt = asTilt({ probabilities: Float64Array.of(0.5, 0.5), energies: Float64Array.of(1, 2) })
    const twice = tilted(energyOf((i: number) => 10 * i))(tilt)
    expect(Array.from(await run(logWeights(twice)([0, 1])))).toEqual([-1, -12])
  })

  it('a conditional tilt is a tilt for each context', async () => {
    const conditional: ConditionalTilt<number, string> = {
      base: (c) => enumerable({ points: ['a', 'b'], probabilities: [c, 1 - c] }),
      energy: (c) => energyOf((x) => (x === 'a' ? c : 0)),
    }
    const found = await run(logPotential(given(0.25)(conditional))(['a']))
    expect(at(found, 0)).toBeCloseTo(Math.log(0.25) - 0.25, 14)
  })

  it('draws and weighs reproducibly', async () => {
    const tilt = asTilt({ probabilities: Float64Array.of(0.5, 0.5), energies: Float64Array.of(1, 2) })
    const first = await run(importance(key(3), 100)(tilt))
    expect(await run(importance(key(3), 100)(tilt))).toEqual(first)
    expect(first.samples.every((i, j) => at(first.logWeights, j) === -1 - i)).toBe(true)
  })

  it('refuses energies of the wrong number or not a number, and points outside the base', async () => {
    const tilt = asTilt({ probabilities: Float64Array.of(0.5, 0.5), energies: Float64Array.of(1, 2) })
    const fails = (energy: (xs: readonly number[]) => Float64Array) =>
      pipe({ ...tilt, energy: (xs: readonly number[]) => TE.of(energy(xs)) }, (t) => logWeights(t)([0, 1])())
    expect(left(await fails(() => Float64Array.of(1))).tag).toBe('Shape')
    expect(left(await fails(() => Float64Array.of(1, Number.NaN))).tag).toBe('NonFinite')
    expect(left(await fails(() => Float64Array.of(1, Number.NEGATIVE_INFINITY))).tag).toBe('NonFinite')
    expect(left(await logPotential(tilt)([7])()).tag).toBe('Support')
  })
})

describe('linear tilts', () => {
  const lambdas = (d: number, seed: number): Float64Array => normals(fold(key(seed), 9), d)

  test.prop([features, fc.nat(1000)], { seed: 24, numRuns: 200 })(
    'G1: Σ p_λ = 1 and λ = 0 gives the base',
    (rows, seed) => {
      const logBase = logBaseOf(seed)
      expect(close(sum(tiltBy(logBase, rows, lambdas(rows.columns, seed)).probabilities), 1)).toBe(true)
      const zero = exactTilt(logBase, new Float64Array(points))
      zero.logProbabilities.forEach((l, i) => {
        expect(Math.abs(l - at(logBase, i))).toBeLessThan(1e-14 * (1 + Math.abs(l)))
      })
    },
  )

  test.prop([features, fc.nat(1000)], { seed: 25, numRuns: 150 })(
    'G2, R20: ∇ log p_λ(x) = φ(x) − E φ by central differences, and its mean under p_λ is 0',
    (rows, seed) => {
      const logBase = logBaseOf(seed)
      const lambda = lambdas(rows.columns, seed)
      const exact = tiltBy(logBase, rows, lambda)
      const means = exactMoments(exact.probabilities, rows)
      const h = 1e-5
      for (let j = 0; j < rows.columns; j++) {
        const nudge = (s: number) =>
          tiltBy(
            logBase,
            rows,
            lambda.map((l, k) => (k === j ? l + s : l)),
          )
        const [up, down] = [nudge(h), nudge(-h)]
        for (let i = 0; i < points; i++) {
          const numeric = (at(up.logProbabilities, i) - at(down.logProbabilities, i)) / (2 * h)
          expect(Math.abs(numeric - (entry(rows, i, j) - at(means, j)))).toBeLessThan(1e-7)
        }
        const mean = exact.probabilities.reduce((acc, p, i) => acc + p * (entry(rows, i, j) - at(means, j)), 0)
        expect(Math.abs(mean)).toBeLessThan(1e-11)
      }
    },
  )

  test.prop([features, fc.nat(1000)], { seed: 26, numRuns: 150 })(
    'G3: Hess log Z = Cov ⪰ 0; log-likelihood is concave; G8: ∂E φᵢ/∂λᵢ = Var ≥ 0',
    (rows, seed) => {
      const logBase = logBaseOf(seed)
      const lambda = lambdas(rows.columns, seed)
      const covariance = exactCovariance(tiltBy(logBase, rows, lambda).probabilities, rows)
      const h = 1e-5
      for (let j = 0; j < rows.columns; j++) {
        const nudge = (s: number) =>
          exactMoments(
            tiltBy(
              logBase,
              rows,
              lambda.map((l, k) => (k === j ? l + s : l)),
            ).probabilities,
            rows,
          )
        const [up, down] = [nudge(h), nudge(-h)]
        for (let k = 0; k < rows.columns; k++)
          expect(Math.abs((at(up, k) - at(down, k)) / (2 * h) - entry(covariance, j, k))).toBeLessThan(1e-6)
        expect(entry(covariance, j, j)).toBeGreaterThanOrEqual(0)
      }
      const direction = lambdas(rows.columns, seed + 1)
      expect(dot(direction, apply(covariance)(direction))).toBeGreaterThanOrEqual(-1e-12)
      const z = (l: Float64Array): number => tiltBy(logBase, rows, l).logPartition
      const middle = lambda.map((l, j) => (l + at(direction, j)) / 2)
      expect(z(middle)).toBeLessThanOrEqual((z(lambda) + z(direction)) / 2 + 1e-12)
    },
  )

  test.prop([finiteTilts(6), finiteTilts(6)], { seed: 28, numRuns: 200 })(
    'G17: CE(p, π) = H(p) + KL(p‖π) ≥ H(p)',
    (model, other) => {
      const size = Math.min(model.probabilities.length, other.probabilities.length)
      const smooth = (ps: Float64Array) =>
        exactTilt(
          ps.slice(0, size).map((p) => Math.log(p + 1e-3)),
          new Float64Array(size),
        )
      const [p, pi] = [smooth(model.probabilities), smooth(other.probabilities)]
      const crossEntropy = -dot(p.probabilities, pi.logProbabilities)
      const divergence = exactDivergence(p.logProbabilities, pi.logProbabilities)
      expect(close(crossEntropy, exactEntropy(p.logProbabilities) + divergence)).toBe(true)
      expect(divergence).toBeGreaterThanOrEqual(-1e-14)
    },
  )
})
