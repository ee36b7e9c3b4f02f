/** Moment matching: interior targets to 1e-9, uniqueness of p, the Pythagorean identity, and the boundary (G4–G7, G14). */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { momentDistance } from '../../lib/energy/newton.ts'
import {
  type Bank,
  bankOf,
  bankWeights,
  defaultNewton,
  exactDivergence,
  exactMoments,
  exactTotalVariation,
  fitMoments,
  type NewtonOptions,
} from '../../lib/energy/index.ts'
import { fold, type Key, key } from '../../lib/key.ts'
import { entry, type Matrix, matrix, row } from '../../lib/linear.ts'
import { at } from '../../lib/at.ts'
import { dot, sum } from '../../lib/math.ts'
import { dirichlet, featureMatrices, keys, normals } from '../../lib/laws/arbitraries/distributions.ts'
import { thrown } from '../thrown.ts'
import { close } from './support.ts'

const POINTS = 7

/** A bank that is the exact base: one draw per point, its probability in the offset. */
const exactBank = (rows: Matrix, base: Float64Array): Bank =>
  bankOf(
    rows,
    base.map((p) => Math.log(p * base.length)),
  )

/** Probabilities of the points under λ, in the order of the points (the bank merges equal rows). */
const pointsUnder = (rows: Matrix, base: Float64Array, lambda: Float64Array): Float64Array => {
  const logs = base.map((p, i) => Math.log(p) + dot(lambda, row(rows, i)))
  const high = Math.max(...logs)
  const total = sum(logs.map((l) => Math.exp(l - high)))
  return logs.map((l) => Math.exp(l - high) / total)
}

const cases = fc.tuple(featureMatrices(POINTS), keys)
const problem = (rows: Matrix, k: Key) => {
  const base = dirichlet(fold(k, 0), POINTS, 10)
  const data = dirichlet(fold(k, 1), POINTS, 3)
  return { base, data, bank: exactBank(rows, base), target: exactMoments(data, rows) }
}

describe('interior targets', () => {
  test.prop([cases], { seed: 41, numRuns: 200 })('G4: φ̄ in the relative interior is matched to 1e-9', ([rows, k]) => {
    const { bank, target } = problem(rows, k)
    const fit = fitMoments()(bank)(target)
    expect(fit.status).toEqual({ kind: 'interior', certified: true })
    expect(fit.gap).toBeLessThan(1e-18)
    expect(fit.residual).toBeLessThanOrEqual(1e-9)
    expect(fit.iterations).toBeLessThan(60)
  })

  test.prop([cases], { seed: 42, numRuns: 200 })('G5: two starts give the same p, even if λ differs', ([rows, k]) => {
    const { bank, target, base } = problem(rows, k)
    const start = normals(fold(k, 2), rows.columns)
    const first = fitMoments()(bank)(target)
    const second = fitMoments({ ...defaultNewton, start })(bank)(target)
    const distance = exactTotalVariation(pointsUnder(rows, base, first.lambda), pointsUnder(rows, base, second.lambda))
    expect(distance).toBeLessThanOrEqual(1e-9)
  })

  test.prop([cases], { seed: 43, numRuns: 200 })(
    'G7: KL(D‖p_λ) = KL(D‖p_λ*) + KL(p_λ*‖p_λ) for every λ',
    ([rows, k]) => {
      const { bank, target, base, data } = problem(rows, k)
      const fitted = pointsUnder(rows, base, fitMoments()(bank)(target).lambda).map(Math.log)
      const other = pointsUnder(rows, base, normals(fold(k, 3), rows.columns)).map(Math.log)
      const logData = data.map(Math.log)
      const whole = exactDivergence(logData, other)
      const parts = exactDivergence(logData, fitted) + exactDivergence(fitted, other)
      // The identity is exact at the exact λ*; the fit's residual (1e-10) enters times ‖λ‖.
      expect(Math.abs(whole - parts)).toBeLessThan(1e-8)
    },
  )

  it('a constant feature leaves p unchanged', () => {
    const k = key(8)
    const plain = matrix(POINTS, 1, (i) => i)
    const padded = matrix(POINTS, 2, (i, j) => (j === 0 ? i : 5))
    const base = dirichlet(k, POINTS, 10)
    const first = fitMoments()(exactBank(plain, base))([2.5])
    const second = fitMoments()(exactBank(padded, base))([2.5, 5])
    expect(close(at(first.lambda, 0), at(second.lambda, 0))).toBe(true)
    expect(second.status.kind).toBe('interior')
  })

  it('rows that are drawn several times weigh so: of 0, 0, 0, 1 the mean ½ asks for λ = log 3', () => {
    const bank = bankOf(
      matrix(4, 1, (i) => Number(i === 3)),
      new Float64Array(4),
    )
    const fit = fitMoments()(bank)([0.5])
    expect(at(fit.lambda, 0)).toBeCloseTo(Math.log(3), 12)
    expect(fit.momentError).toBeLessThan(1e-12)
  })

  it('G14: ℓ1_mom is a distance', () => {
    expect(momentDistance([1, 2], [1, 2])).toBe(0)
    expect(momentDistance([1, 2], [0, 4])).toBe(3)
  })
})

describe('the options', () => {
  const bank = bankOf(
    matrix(2, 2, (i, j) => Number(i === j)),
    new Float64Array(2),
  )
  const failureOf = (given: Partial<NewtonOptions>, target: readonly number[] = [0.5, 0.5]) =>
    thrown(() => fitMoments({ ...defaultNewton, ...given })(bank)(target))

  it.each<readonly [Partial<NewtonOptions>, string]>([
    [{ start: [0] }, 'Shape'],
    [{ start: [0, 0, 0] }, 'Shape'],
    [{ start: [0, Number.NaN] }, 'Shape'],
    [{ start: [Number.POSITIVE_INFINITY, 0] }, 'Shape'],
    [{ precision: -1e-9 }, 'Domain'],
    [{ precision: Number.POSITIVE_INFINITY }, 'Domain'],
    [{ precision: Number.NaN }, 'Domain'],
    [{ boundaryLimit: 0 }, 'Domain'],
    [{ maxStep: 0 }, 'Domain'],
  ])('%j is a %s failure', (given, tag) => expect(failureOf(given)).toMatchObject({ tag }))

  it('a target of other than one finite mean a feature is a Shape failure', () => {
    for (const target of [[0.5], [0.5, 0.5, 0.5], [Number.NaN, 0.5]]) expect(failureOf({}, target)?.tag).toBe('Shape')
  })

  it('a precision of 0 and a start are none', () => {
    expect(fitMoments({ ...defaultNewton, precision: 0, start: [3, -3] })(bank)([0.5, 0.5]).status.kind).toBe(
      'interior',
    )
  })
})

describe('the boundary', () => {
  const base = Float64Array.of(0.3, 0.3, 0.2, 0.2)
  // Feature 0: the motif is absent (1) or present (0); feature 1: something else.
  const rows = matrix(4, 2, (i, j) => (j === 0 ? Number(i < 2) : i % 2))

  it('G6: pure-motif data: a finite λ, the direction −e_m, and Z → r(motif)', () => {
    const bank = exactBank(rows, base)
    const fit = fitMoments()(bank)([0, 0.4])
    expect(fit.status.kind).toBe('boundary')
    if (fit.status.kind !== 'boundary') return
    expect(Array.from(fit.status.direction)).toEqual([-1, 0])
    expect(fit.status.certified).toBe(true)
    expect(at(fit.lambda, 0)).toBe(-10)
    expect(Math.abs(at(fit.moments.moments, 1) - 0.4)).toBeLessThan(1e-9)
    expect(at(fit.moments.moments, 0)).toBeLessThan(1e-4)
    // The motif's e^{−10} is unmet: both norms of the excess see it.
    expect(fit.residual).toBeCloseTo(at(fit.moments.moments, 0), 12)
    expect(fit.momentError).toBeCloseTo(momentDistance(fit.moments.moments, [0, 0.4]), 12)
    const deep = bankWeights(bank, Float64Array.of(-40, 0))
    expect(at(deep.weights, 0) + at(deep.weights, 1)).toBeLessThan(1e-16)
    expect(Math.exp(deep.logPartition)).toBeCloseTo(0.4, 12)
  })

  it('G6: a face that no single feature shows is found and certified', () => {
    // Points of a triangle (0,0), (1,0), (0,1) and the interior; the target lies on the edge x + y = 1.
    const corners: readonly (readonly [number, number])[] = [
      [0, 0],
      [1, 0],
      [0, 1],
      [0.2, 0.2],
    ]
    const bank = exactBank(
      matrix(4, 2, (i, j) => corners[i]?.[j] ?? 0),
      base,
    )
    const fit = fitMoments()(bank)([0.25, 0.75])
    expect(fit.status.kind).toBe('boundary')
    if (fit.status.kind !== 'boundary') return
    expect(fit.status.certified).toBe(true)
    expect(at(fit.status.direction, 0)).toBeCloseTo(Math.SQRT1_2, 6)
    expect(at(fit.status.direction, 1)).toBeCloseTo(Math.SQRT1_2, 6)
    expect(fit.momentError).toBeLessThan(0.01)
  })

  test.prop([featureMatrices(POINTS), keys], { seed: 44, numRuns: 150 })(
    'G4, G6: a single point of the hull, or a target beyond it, never gives NaN or an unbounded λ',
    (features, k) => {
      const bank = exactBank(features, dirichlet(fold(k, 0), POINTS, 10))
      const beyond = Float64Array.from(row(features, 0), (_, j) =>
        Array.from({ length: POINTS }, (__, i) => entry(features, i, j)).reduce((acc, x) => Math.max(acc, x + 1), 0),
      )
      for (const target of [row(features, 0), beyond]) {
        const fit = fitMoments()(bank)(target)
        expect(fit.lambda.every((l) => Number.isFinite(l) && Math.abs(l) <= 60)).toBe(true)
        expect(Number.isFinite(fit.momentError)).toBe(true)
        expect(fit.iterations).toBeLessThanOrEqual(200)
      }
      const { status } = fitMoments()(bank)(beyond)
      expect(status.kind === 'boundary' && status.margin > 0 && status.certified).toBe(true)
    },
  )

  it('scale: {0, .01} with P = .1 and target .005, and a target of 1e-9, are inside', () => {
    const rare = Float64Array.of(0.9, 0.1)
    for (const [unit, lambda] of [
      [0.01, 219.7225],
      [1, 2.197225],
    ] as const) {
      const fit = fitMoments()(
        exactBank(
          matrix(2, 1, (i) => unit * i),
          rare,
        ),
      )([unit / 2])
      expect(fit.status).toEqual({ kind: 'interior', certified: true })
      expect(at(fit.lambda, 0)).toBeCloseTo(lambda, 4)
    }
    const small = fitMoments()(
      exactBank(
        matrix(2, 1, (i) => i),
        Float64Array.of(0.5, 0.5),
      ),
    )([1e-9])
    expect(small.status).toEqual({ kind: 'interior', certified: true })
    expect(at(small.lambda, 0)).toBeCloseTo(-20.72, 2)
  })

  it('the prior and its box are in the scale of λ as given where the options say so', () => {
    const bank = exactBank(
      matrix(2, 1, (i) => 100 * i),
      Float64Array.of(0.5, 0.5),
    )
    const given = fitMoments({ ...defaultNewton, precision: 0.5, units: 'given' })(bank)([25])
    expect(25 - at(given.moments.moments, 0)).toBeCloseTo(0.5 * at(given.lambda, 0), 9)
    const range = fitMoments({ ...defaultNewton, precision: 0.5 })(bank)([25])
    expect((25 - at(range.moments.moments, 0)) / 100).toBeCloseTo(0.5 * 100 * at(range.lambda, 0), 9)
    expect(given.gap).toBeLessThan(1e-15)
  })

  it.each<readonly [string, Partial<NewtonOptions>]>([
    ['a start of the wrong length', { start: [0] }],
    ['a start that is not finite', { start: [0, Number.NaN] }],
    ['a negative precision', { precision: -1 }],
    ['no room for λ', { boundaryLimit: 0 }],
  ])('refuses %s', (_name, options) => {
    expect(() => fitMoments({ ...defaultNewton, ...options })(exactBank(rows, base))([0, 0.5])).toThrow()
  })

  it('refuses a target of the wrong length or with NaN', () => {
    const bank = exactBank(rows, base)
    expect(() => fitMoments()(bank)([0])).toThrow('1 moments for 2 features')
    expect(() => fitMoments()(bank)([0, Number.NaN])).toThrow('finite means')
  })
})
