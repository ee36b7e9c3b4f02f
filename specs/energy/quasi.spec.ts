/** Quasi-rejection: law, acceptance, log Z_β and the distance to p, against enumeration. */
import { test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { exactTotalVariation, quasiDiagnostics, quasiRejection, weigh } from '../../lib/energy/index.ts'
import { key } from '../../lib/key.ts'
import { at } from '../../lib/at.ts'
import { dot } from '../../lib/math.ts'
import { finiteTilts } from '../../lib/laws/arbitraries/distributions.ts'
import { chiSquareDesign, standard } from '../../lib/laws/statistics.ts'
import { right, run } from '../either.ts'
import { countsOf } from '../../lib/laws/space.ts'
import { asTilt, exactOf } from './support.ts'

const model = { probabilities: Float64Array.of(0.4, 0.3, 0.2, 0.1), energies: Float64Array.of(1.5, 0, -0.7, -2.5) }
const LOG_BETA = 1
const exact = exactOf(model)
const truncated = model.energies.map((e) => Math.min(Math.exp(-e), Math.exp(LOG_BETA)))
const zBeta = dot(model.probabilities, truncated)
const law = truncated.map((t, i) => (at(model.probabilities, i) * t) / zBeta)

describe('quasi-rejection', () => {
  it('samples follow p_β, not p (χ², α = 1e-9, TV .02); diagnostics agree with enumeration', async () => {
    const design = chiSquareDesign({ ...standard, minDiscrepancy: 0.02 }, 4)
    const found = await run(quasiRejection(key(1), { trials: 4 * design.n, logEnvelope: LOG_BETA })(asTilt(model)))
    const counts = countsOf(found.samples, 4)
    expect(design.check(counts, law).complaints).toEqual([])
    expect(design.check(counts, exact.probabilities).passed).toBe(false)
    const within = (value: number, error: number, truth: number) => Math.abs(value - truth) < 6 * error
    expect(within(found.acceptance.value, found.acceptance.standardError, zBeta * Math.exp(-LOG_BETA))).toBe(true)
    expect(Math.abs(found.logPartition - Math.log(zBeta))).toBeLessThan(0.01)
    const bound = found.totalVariationBound
    expect(within(bound.value, bound.standardError, at(exact.probabilities, 3))).toBe(true)
    expect(Math.abs(found.totalVariation.value - exactTotalVariation(law, exact.probabilities))).toBeLessThan(0.01)
    expect(found.trials).toBe(4 * design.n)
  })

  test.prop([finiteTilts(6)], { seed: 71, numRuns: 200 })(
    'TVD(p, p_β) ≤ 1 − p({P/q ≤ β}), and Z_β increases with β',
    (tilt) => {
      const p = exactOf(tilt)
      const at_ = (logBeta: number) => {
        const cut = tilt.energies.map((e) => Math.min(Math.exp(-e), Math.exp(logBeta)))
        const mass = dot(tilt.probabilities, cut)
        const q = cut.map((c, i) => (at(tilt.probabilities, i) * c) / mass)
        const outside = p.probabilities.reduce((acc, x, i) => (-at(tilt.energies, i) > logBeta ? acc + x : acc), 0)
        return { mass, distance: exactTotalVariation(q, p.probabilities), outside }
      }
      const found = [-1, 0, 1, 2].map(at_)
      found.forEach((f, i) => {
        expect(f.distance).toBeLessThanOrEqual(f.outside + 1e-12)
        expect(f.mass).toBeGreaterThanOrEqual(found[i - 1]?.mass ?? 0)
      })
    },
  )

  it('of weights that are beyond f64 the constant is that of their logarithms, and the distance a number', () => {
    for (const far of [-800, -1e5, 800]) {
      const weights = right(weigh([far, far + 1, far + 2]))
      const { logPartition, totalVariation } = quasiDiagnostics(far + 1)(weights)
      expect(logPartition).toBeCloseTo(far + Math.log((1 + 2 * Math.E) / 3), 9)
      expect(totalVariation.value).toBeCloseTo(quasiDiagnostics(1)(right(weigh([0, 1, 2]))).totalVariation.value, 9)
      expect(quasiDiagnostics(0)(right(weigh([-800, -801]))).logPartition).toBeCloseTo(
        -800 + Math.log((1 + Math.exp(-1)) / 2),
        9,
      )
    }
  })

  it('with an envelope above every weight it is rejection: no distance', () => {
    const found = quasiDiagnostics(10)(right(weigh([0, 1, 2, 1.5])))
    expect(found.totalVariationBound.value).toBe(0)
    expect(found.totalVariation.value).toBeLessThan(1e-14)
  })
})
