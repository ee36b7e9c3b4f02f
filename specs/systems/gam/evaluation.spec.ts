/**
 * The paper's measures against exact enumeration: cross-entropies per symbol with EOS counted, log Z and moments from a
 * bank, frequencies of samples.
 */
import { describe, expect, it } from 'vitest'
import { effect } from '../../../lib/effect.ts'
import { drawBank } from '../../../lib/energy/index.ts'
import { key } from '../../../lib/key.ts'
import { at } from '../../../lib/at.ts'
import {
  crossEntropyOf,
  crossEntropyOfTilt,
  FREQUENCY_SAMPLES,
  sampleReport,
  weightReport,
} from '../../../lib/systems/gam/evaluation.ts'
import { scoreStrings, stringBase } from '../../../lib/systems/gam/language.ts'
import { run } from '../../either.ts'
import { exactTiltOf, handMade } from './tiny.ts'

const LAMBDA = [-1.5, 0.8]

describe('cross-entropies', () => {
  it('are −Σ log p / Σ(|x| + 1), of r and of p_λ', () =>
    run(
      effect(async (go) => {
        const made = handMade(go)
        const test = ['aa', 'b', '', 'abab']
        const logs = await go(scoreStrings(made.base, test))
        const base = await crossEntropyOf(made.gam, made.base.parameters, test)
        expect(Math.abs(base.value + logs.reduce((a, b) => a + b, 0) / 11)).toBeLessThan(1e-14)
        const { logPartition } = await exactTiltOf(made, made.base, LAMBDA)
        const logZ = { jackknife: logPartition, standardError: 0.3 }
        const tilt = await crossEntropyOfTilt(made.gam, made.base.parameters, LAMBDA, logZ, test)
        const exact = { ...logZ, standardError: 0 }
        const still = await crossEntropyOfTilt(made.gam, made.base.parameters, LAMBDA, exact, test)
        // Four strings of eleven symbols share the error .3 of log Z: 4/11 · .3, beside that of the strings.
        expect(tilt.standardError).toBeCloseTo(Math.hypot(still.standardError, (4 / 11) * 0.3), 14)
        const scores = logs.map(
          (l, i) => l + ([0, -1.5, -1.5, -1.5][i] ?? 0) + ([0.8, 0, 0.8, 0.8][i] ?? 0) - logPartition,
        )
        expect(Math.abs(tilt.value + scores.reduce((a, b) => a + b, 0) / 11)).toBeLessThan(1e-14)
      }),
    ))

  it(
    'G17: on samples of the model itself the gap to the exact H/E|x| is within six standard errors, of either sign',
    { timeout: 60_000 },
    () =>
      run(
        effect(async (go) => {
          const made = handMade(go)
          const { probabilities: p } = await exactTiltOf(made, made.base, [0, 0])
          const entropy = -p.reduce((sum, x) => sum + x * Math.log(x), 0)
          const length = p.reduce((sum, x, i) => sum + x * ((made.texts[i] ?? '').length + 1), 0)
          const gaps: number[] = []
          for (let seed = 0; seed < 12; seed++) {
            const test = await go(stringBase(made.base).sample(key(100 + seed), 2000))
            const found = await crossEntropyOf(made.gam, made.base.parameters, test)
            gaps.push((found.value - entropy / length) / found.standardError)
          }
          expect(gaps.filter((gap) => Math.abs(gap) > 6)).toEqual([])
          // The error is not inflated either: the root mean square of 12 standard normals is in (.25, 2.4) but for 1e-7.
          const spread = Math.sqrt(gaps.reduce((sum, gap) => sum + gap * gap, 0) / gaps.length)
          expect(spread).toBeGreaterThan(0.25)
          expect(spread).toBeLessThan(2.4)
          expect(gaps.some((gap) => gap < 0)).toBe(true)
        }),
      ),
  )
})

describe('weights and samples', () => {
  it('log Z, its error and the moments from a bank are those of enumeration (6 standard errors)', () =>
    run(
      effect(async (go) => {
        const made = handMade(go)
        const samples = await go(stringBase(made.base).sample(key(8), 20_000))
        const bank = drawBank(made.gam.features.features)(samples)
        const { logPartition, moments, histogram } = weightReport(bank, LAMBDA)
        const exact = await exactTiltOf(made, made.base, LAMBDA)
        expect(Math.abs(logPartition.jackknife - exact.logPartition)).toBeLessThan(6 * logPartition.standardError)
        const error = 6 / Math.sqrt(logPartition.effectiveSampleSize)
        for (const [j, m] of exact.moments.entries()) expect(Math.abs(at(moments, j) - m)).toBeLessThan(error / 2)
        expect(logPartition.reliable).toBe(true)
        expect(histogram.counts.reduce((a, b) => a + b, 0)).toBe(20_000)
        expect(histogram.width).toBeGreaterThan(0)
      }),
    ))

  it('at λ = 0 every weight is 1: log Z = 0 and all draws count', () =>
    run(
      effect(async (go) => {
        const made = handMade(go)
        const samples = await go(stringBase(made.base).sample(key(8), 1000))
        const { logPartition } = weightReport(drawBank(made.gam.features.features)(samples), [0, 0])
        expect(Math.abs(logPartition.jackknife)).toBeLessThan(1e-12)
        expect(Math.abs(logPartition.effectiveSampleSize - 1000)).toBeLessThan(1e-8)
      }),
    ))

  it('frequencies and means are those of the samples: 2 000 of them, six standard errors from the exact ones', () =>
    run(
      effect(async (go) => {
        const made = handMade(go)
        const report = await sampleReport(made.gam, made.base.parameters, 0)
        const { moments } = await exactTiltOf(made, made.base, [0, 0])
        const error = 6 * Math.sqrt(0.25 / FREQUENCY_SAMPLES)
        for (const [j, m] of moments.entries()) expect(Math.abs(at(report.moments, j) - m)).toBeLessThan(error)
        expect(Math.abs(report.frequency - (1 - at(report.moments, 0)))).toBeLessThan(1e-12)
        expect(report.examples).toHaveLength(8)
        expect((await sampleReport(made.gam, made.base.parameters, 1)).examples).not.toEqual(report.examples)
      }),
    ))
})
