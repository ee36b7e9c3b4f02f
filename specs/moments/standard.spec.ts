/** Features that rounding hides: nearly constant, nearly dependent, without mass; what is answered about them is true. */
import { describe, expect, it } from 'vitest'
import { fromRows } from '../../lib/linear.ts'
import { type SolveOptions, solveMoments } from '../../lib/moments/solve.ts'
import type { MomentProblem } from '../../lib/moments/standard.ts'

const OPTIONS: SolveOptions = {
  tolerance: 1e-20,
  iterations: 2000,
  maxStep: 4,
  boundaryLimit: 10,
  precision: 0,
  units: 'range',
}
const solve = solveMoments(OPTIONS)
const problem = (rows: readonly (readonly number[])[], target: readonly number[]): MomentProblem => ({
  rows: fromRows(rows),
  logMasses: new Float64Array(rows.length),
  target: Float64Array.from(target),
})

describe('what rounding hides', () => {
  it('a point of next to no mass is reached, however little it is', () => {
    for (const log of [-700, -1e4, -1e5]) {
      const rare: MomentProblem = { ...problem([[0], [1]], [0.5]), logMasses: Float64Array.of(0, log) }
      expect(solve(rare).lambda[0]).toBeCloseTo(-log, 6)
      const stuck = solveMoments({ ...OPTIONS, start: [0], iterations: 1 })(rare)
      expect(stuck.converged).toBe(false)
    }
  })

  it('the gap close to the end is the divergence that is left', () => {
    for (const target of [0.5, 0.2])
      for (const step of [1e-3, 1e-5, 1e-6]) {
        const start = [Math.log(target / (1 - target)) + step]
        const { gap } = solveMoments({ ...OPTIONS, start, iterations: 0 })(problem([[0], [1]], [target]))
        expect(gap / ((target * (1 - target) * step ** 2) / 2)).toBeCloseTo(1, 2)
      }
  })

  it('features that nearly depend on others, or nearly are constant, certify nothing; rounding does', () => {
    const dithered = (by: number) =>
      solve(
        problem(
          [
            [0, 0],
            [1, 1],
            [2, 2 + by],
            [3, 3],
          ],
          [1.5, 1.5 + 0.2 * by],
        ),
      )
    expect([dithered(1e-9).gap, dithered(1e-9).converged]).toEqual([Number.POSITIVE_INFINITY, false])
    expect(dithered(1e-9).unresolved).toHaveLength(1)
    expect(dithered(1e-9).lambda.every(Number.isFinite)).toBe(true)
    expect([dithered(1e-15).gap < 1e-19, dithered(1e-15).unresolved]).toEqual([true, []])
    const tall = solve(problem([[1e15], [1e15 + 1]], [1e15 + 0.25]))
    expect([tall.gap, tall.converged, tall.unresolved]).toEqual([Number.POSITIVE_INFINITY, false, [0]])
  })

  it('the excess of a constant feature is its distance from the target', () => {
    const found = solve(
      problem(
        [
          [7, 0],
          [7, 1],
        ],
        [7 + 1e-13, 0.5],
      ),
    )
    expect(found.excess[0]).toBe(7 - (7 + 1e-13))
  })
})
