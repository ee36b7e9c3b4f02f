/**
 * Moment matching on any finite set of points: targets of any smallness, equivariance under every affine change of the
 * features, faces and targets outside with a direction that is checked here, and a gap that bounds the true error.
 */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { dot, logSumExp } from '../../lib/math.ts'
import { fromRows, row } from '../../lib/linear.ts'
import { type SolveOptions, badPoints, solveMoments } from '../../lib/moments/solve.ts'
import type { MomentProblem } from '../../lib/moments/standard.ts'
import { fold, type Key } from '../../lib/key.ts'
import { dirichlet, keys, normals } from '../../lib/laws/arbitraries/distributions.ts'

const OPTIONS: SolveOptions = {
  tolerance: 1e-20,
  iterations: 2000,
  maxStep: 4,
  boundaryLimit: 10,
  precision: 0,
  units: 'range',
}
const solve = solveMoments(OPTIONS)
const problem = (
  rows: readonly (readonly number[])[],
  target: readonly number[],
  masses: readonly number[] = rows.map(() => 1 / rows.length),
): MomentProblem => ({
  rows: fromRows(rows),
  logMasses: Float64Array.from(masses, Math.log),
  target: Float64Array.from(target),
})
const lambdaOf = (...args: Parameters<typeof problem>): readonly number[] => [...solve(problem(...args)).lambda]

/** p_λ by hand, from gaps to the first point: shifts cost no digits. */
const law = ({ rows, logMasses }: MomentProblem, lambda: Float64Array): Float64Array => {
  const origin = row(rows, 0)
  const logs = logMasses.map(
    (log, s) =>
      log +
      dot(
        lambda,
        row(rows, s).map((x, j) => x - (origin[j] ?? Number.NaN)),
      ),
  )
  const total = logSumExp(logs)
  return logs.map((x) => Math.exp(x - total))
}

const distance = (p: Float64Array, q: Float64Array): number =>
  p.reduce((total, x, s) => total + Math.abs(x - (q[s] ?? Number.NaN)), 0) / 2

const logit = (p: number): number => Math.log(p) - Math.log1p(-p)

describe('one feature', () => {
  it('does not depend on the scale of the feature: P = .1, target half of the range', () => {
    for (const scale of [1e-200, 1e-6, 0.01, 1, 100, 1e12]) {
      const [lambda = Number.NaN] = lambdaOf([[0], [scale]], [scale / 2], [0.9, 0.1])
      expect(lambda * scale).toBeCloseTo(Math.log(9), 9)
    }
    expect(lambdaOf([[0], [0.01]], [0.005], [0.9, 0.1])[0]).toBeCloseTo(219.7, 1)
  })

  it('matches targets of any smallness, from both sides: λ = logit of the target', () => {
    for (const small of [0.3, 1e-3, 1e-9, 1e-20, 1e-100, 1e-300]) {
      const found = solve(problem([[0], [1]], [small]))
      expect(found.place.kind).toBe('interior')
      expect(found.lambda[0]).toBeCloseTo(logit(small), 6)
      expect(found.gap).toBeLessThan(1e-19)
      // Steps on E φ itself move λ by about 1: 690 of them for 1e-300.
      expect(found.iterations).toBeLessThan(10)
      expect(lambdaOf([[0], [-1]], [-small])[0]).toBeCloseTo(-logit(small), 6)
    }
    expect(lambdaOf([[0], [1]], [1e-9])[0]).toBeCloseTo(-20.72, 2)
    expect(lambdaOf([[0], [1]], [1 - 1e-9])[0]).toBeCloseTo(20.72, 2)
  })

  it('matches small targets of features with several values, some of them rare, in a few steps', () => {
    for (const small of [1e-9, 1e-100, 1e-300]) {
      // Far down only the two lowest values count: E φ = e^λ (1 + …), and e^{0.01 λ} 1e-30 · 0.01 where .01 is rare.
      const counts = solve(problem([[0], [1], [2], [3]], [small]))
      expect(counts.lambda[0]).toBeCloseTo(Math.log(small), 6)
      const above = solve(problem([[0], [-1], [-2], [-3]], [-small]))
      expect(above.lambda[0]).toBeCloseTo(-Math.log(small), 6)
      const several = solve(
        problem(
          [
            [0, 0],
            [0, 1],
            [1, 0],
            [1, 1],
          ],
          [small, small],
        ),
      )
      for (const lambda of several.lambda) expect(lambda).toBeCloseTo(logit(small), 6)
      for (const found of [counts, above, several]) {
        expect(found.gap).toBeLessThan(1e-19)
        expect(found.iterations).toBeLessThan(10)
      }
    }
    const rare = solve(problem([[0], [0.01], [1]], [1e-300], [0.5, 1e-30, 0.5]))
    expect((rare.lambda[0] ?? 0) / ((Math.log(1e-300) - Math.log(1e-32) + Math.log(0.5)) * 100)).toBeCloseTo(1, 9)
    expect(rare.iterations).toBeLessThan(20)
  })

  it('matches a small target beside an ordinary one', () => {
    const corners = [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]
    for (const small of [1e-9, 1e-20, 1e-60]) {
      const found = solve(problem(corners, [small, 0.3]))
      expect(found.place).toEqual({ kind: 'interior' })
      expect(found.lambda[0]).toBeCloseTo(logit(small), 6)
      expect(found.lambda[1]).toBeCloseTo(logit(0.3), 9)
    }
  })
})

const POINTS = 6
const shapes = fc.tuple(keys, fc.integer({ min: 1, max: 4 }))
const random = (k: Key, d: number) => {
  const rows = Array.from({ length: POINTS }, (_, s) => [...normals(fold(k, s), d)])
  const data = dirichlet(fold(k, 100), POINTS, 3)
  const target = Array.from({ length: d }, (_, j) => data.reduce((t, p, s) => t + p * (rows[s]?.[j] ?? Number.NaN), 0))
  const masses = [...dirichlet(fold(k, 101), POINTS, 10)]
  return { rows, target, masses, data }
}

describe('equivariance', () => {
  test.prop([shapes], { seed: 610, numRuns: 60 })(
    'scaling and shifting features changes λ by the scale alone',
    ([k, d]) => {
      const { rows, target, masses } = random(k, d)
      const scale = Array.from({ length: d }, (_, j) => 10 ** (5 * (j - 1)))
      const shift = Array.from({ length: d }, (_, j) => 100 * j * (scale[j] ?? Number.NaN))
      const change = (x: readonly number[]) => x.map((v, j) => v * (scale[j] ?? Number.NaN) + (shift[j] ?? Number.NaN))
      const plain = lambdaOf(rows, target, masses)
      const changed = lambdaOf(rows.map(change), change(target), masses)
      plain.forEach((l, j) => {
        expect(Math.abs((changed[j] ?? Number.NaN) * (scale[j] ?? Number.NaN) - l)).toBeLessThan(
          1e-7 * (1 + Math.abs(l)),
        )
      })
    },
  )

  test.prop([shapes], { seed: 611, numRuns: 60 })('permuting features permutes λ', ([k, d]) => {
    const { rows, target, masses } = random(k, d)
    const plain = lambdaOf(rows, target, masses)
    const turned = lambdaOf(
      rows.map((r) => [...r].reverse()),
      [...target].reverse(),
      masses,
    )
    plain.forEach((l, j) => {
      expect(Math.abs((turned[d - 1 - j] ?? Number.NaN) - l)).toBeLessThan(1e-8 * (1 + Math.abs(l)))
    })
  })

  test.prop([shapes], { seed: 612, numRuns: 60 })(
    'G5: duplicates, constants and affine combinations change λ but not p, and share the weight',
    ([k, d]) => {
      const { rows, target, masses } = random(k, d)
      const more = (x: readonly number[]) => [...x, x[0] ?? Number.NaN, 7, x.reduce((t, v, j) => t + (j + 1) * v, 3)]
      const plain = problem(rows, target, masses)
      const wide = problem(rows.map(more), more(target), masses)
      const [a, b] = [solve(plain), solve(wide)]
      expect(b.place.kind).toBe('interior')
      expect(distance(law(plain, a.lambda), law(wide, b.lambda))).toBeLessThan(1e-9)
      expect(b.lambda[d + 1]).toBe(0)
      expect(b.lambda[d]).toBeCloseTo(b.lambda[0] ?? Number.NaN, 8)
      expect(Math.max(...b.excess.map(Math.abs))).toBeLessThan(1e-9)
    },
  )
})

describe('the certificate', () => {
  test.prop([shapes, fc.integer({ min: 0, max: 8 })], { seed: 613, numRuns: 80 })(
    'bounds KL(p*‖p_λ) wherever the iteration stopped, and is tight',
    ([k, d], iterations) => {
      const { rows, target, masses } = random(k, d)
      const wanted = problem(rows, target, masses)
      const [best, early] = [solve(wanted), solveMoments({ ...OPTIONS, iterations })(wanted)]
      const [p, q] = [law(wanted, best.lambda), law(wanted, early.lambda)]
      const divergence = p.reduce((t, x, s) => t + x * Math.log(x / (q[s] ?? Number.NaN)), 0)
      expect(best.gap).toBeLessThan(1e-18)
      expect(divergence).toBeLessThanOrEqual(early.gap * (1 + 1e-6) + 1e-12)
      if (early.gap < 1e-3) expect(early.gap).toBeLessThanOrEqual(2 * divergence + 1e-12)
    },
  )

  it('with a prior, or in a box, bounds the distance to the optimum', () => {
    const one = problem([[0], [1]], [0.25])
    const objective = (x: number) => Math.log((1 + Math.exp(x)) / 2) - 0.25 * x + 0.005 * x * x
    const solved = solveMoments({ ...OPTIONS, precision: 0.01 })(one)
    const early = solveMoments({ ...OPTIONS, precision: 0.01, iterations: 1 })(one)
    const [x = Number.NaN, y = Number.NaN] = [solved.lambda[0], early.lambda[0]]
    expect(solved.gap).toBeLessThan(1e-18)
    expect(objective(y) - objective(x)).toBeLessThanOrEqual(early.gap)
    expect(objective(y) - objective(x)).toBeGreaterThan(0)
    const face = solveMoments({ ...OPTIONS, iterations: 1 })(problem([[0], [1]], [0]))
    const deep = Math.log((1 + Math.exp(-10)) / 2)
    expect(Math.log((1 + Math.exp(face.lambda[0] ?? Number.NaN)) / 2) - deep).toBeLessThanOrEqual(face.gap)
    expect(solve(problem([[0], [1]], [0])).gap).toBeLessThan(1e-12)
  })
})

describe('the boundary and beyond', () => {
  /** A direction from the solver, checked against every point here. */
  const checked = (given: MomentProblem) => {
    const { place, lambda } = solve(given)
    expect(place.kind).toBe('boundary')
    if (place.kind !== 'boundary') throw new Error('not reached')
    const level = dot(place.direction, given.target)
    const values = Array.from({ length: given.rows.rows }, (_, s) => dot(place.direction, row(given.rows, s)) - level)
    const size = Math.max(...values.map(Math.abs))
    expect(Math.max(...values)).toBeLessThanOrEqual(1e-10 * size)
    expect(Math.min(...values)).toBeLessThan(0)
    expect(lambda.every(Number.isFinite)).toBe(true)
    return { ...place, strict: Math.max(...values) < -1e-10 * size }
  }

  test.prop([shapes, fc.integer({ min: 1, max: 3 })], { seed: 614, numRuns: 80 })(
    'G6: a mixture of the points of a face is on the boundary; beyond it is outside, with a separating direction',
    ([k, d], scale) => {
      const { rows, target, masses } = random(k, d)
      const axis = normals(fold(k, 200), d)
      const heights = rows.map((r) => dot(axis, r))
      const top = rows[heights.indexOf(Math.max(...heights))] ?? []
      const units = top.map((_, j) => 10 ** (3 * scale * (j - 1)))
      const change = (x: readonly number[]) => x.map((v, j) => v * (units[j] ?? Number.NaN))
      const vertex = checked(problem(rows.map(change), change(top), masses))
      expect([vertex.margin, vertex.strict, vertex.certified]).toEqual([0, false, true])
      const past = top.map((v, j) => v + 0.1 * (v - (target[j] ?? Number.NaN)))
      const outside = checked(problem(rows.map(change), change(past), masses))
      expect(outside.margin).toBeGreaterThan(0)
      expect([outside.strict, outside.certified]).toEqual([true, true])
    },
  )

  it('a constant or dependent feature with another target is outside, along that feature', () => {
    const constant = checked(
      problem(
        [
          [0, 5],
          [1, 5],
        ],
        [0.5, 4],
      ),
    )
    expect([...constant.direction]).toEqual([0, -1])
    expect(constant.margin).toBeGreaterThan(0)
    const twice = checked(
      problem(
        [
          [0, 0],
          [1, 1],
        ],
        [0.5, 0.6],
      ),
    )
    expect(twice.margin).toBeGreaterThan(0)
    expect(twice.direction[1]).toBeCloseTo(Math.SQRT1_2, 9)
    expect(twice.direction[0]).toBeCloseTo(-Math.SQRT1_2, 9)
  })

  it('a face that no single feature shows, and rounding on it', () => {
    const edge = checked(
      problem(
        [
          [0, 0],
          [1, 0],
          [0, 1],
          [0.2, 0.2],
        ],
        [0.1 + 0.2, 0.7],
      ),
    )
    expect(edge.direction[0]).toBeCloseTo(Math.SQRT1_2, 9)
    expect(edge.margin).toBe(0)
  })

  it('the box is in units of the ranges, or of λ as given', () => {
    const tiny = problem([[0], [0.01]], [0])
    expect(solve(tiny).lambda[0]).toBeCloseTo(-1000, 6)
    expect(solveMoments({ ...OPTIONS, units: 'given' })(tiny).lambda[0]).toBe(-10)
  })

  it('points without mass do not count', () => {
    expect(solve(problem([[0], [1], [2]], [1], [0.5, 0.5, 0])).place.kind).toBe('boundary')
    expect(solve(problem([[0], [1], [2]], [1], [0.5, 0.25, 0.25])).place.kind).toBe('interior')
  })

  it.each<readonly [title: string, tag: string, given: MomentProblem]>([
    ['no mass', 'Support', problem([[0], [1]], [0.5], [0, 0])],
    ['an infinite feature', 'NonFinite', problem([[0], [Number.POSITIVE_INFINITY]], [0.5])],
    ['a range whose λ would not be finite', 'Domain', problem([[0], [2e-310]], [1e-310])],
    ['a range that is not finite', 'Domain', problem([[-1.7e308], [1.7e308]], [1e308])],
    ['a weight that is Number.NaN', 'NonFinite', problem([[0], [1]], [0.5], [Number.NaN, 1])],
  ])('refuses %s', (_title, tag, given) => {
    expect(badPoints(given)?.tag).toBe(tag)
  })
})
