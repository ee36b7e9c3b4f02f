/** Strings of p_λ by sequential Monte Carlo, on a base of which everything can be enumerated. */
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { at } from '../../../lib/at.ts'
import { effect } from '../../../lib/effect.ts'
import { key } from '../../../lib/key.ts'
import { chiSquareDesign } from '../../../lib/laws/statistics.ts'
import { distil } from '../../../lib/systems/gam/distillation.ts'
import { gamFeatures } from '../../../lib/systems/gam/features.ts'
import { drawTwisted, softFeatures, twistedPopulation } from '../../../lib/systems/gam/twisted.ts'
import { textMean } from '../../../lib/tilt/index.ts'
import { left, right, run } from '../../either.ts'
import { countTexts, exactTiltOf, handMade, runTiny, tiny, tinyData } from './tiny.ts'

/** A tilt under which `aa` is nearly certain and a `b` in front all but ruled out. */
const LAMBDA = [-6, 3]
const contract = { alpha: 1e-9, minDiscrepancy: 0.04, power: 1 - 1e-6 }

describe('a population twisted by the features', () => {
  it(
    'has p_λ of every text that is to be seen 20 times and Z within 5 standard errors of 64 islands, and is worth nearly all of its strings',
    { timeout: 120_000 },
    () =>
      run(
        effect(async (go) => {
          const made = handMade(go, { options: { bank: 4096 } })
          const exact = await exactTiltOf(made, made.base, LAMBDA)
          const found = await twistedPopulation(made.gam, made.base, LAMBDA, key(3), 65_536)
          const { value, standardError, islands } = found.logPartition
          expect(islands).toHaveLength(64)
          expect(standardError).toBeLessThan(0.01)
          expect(Math.abs(Math.exp(value - exact.logPartition) - 1)).toBeLessThan(5 * standardError)
          const likely = made.texts.flatMap((text, i) =>
            at(exact.probabilities, i) * 65_536 > 20 ? [[text, at(exact.probabilities, i)] as const] : [],
          )
          expect(likely.length).toBeGreaterThan(20)
          for (const [text, wanted] of likely) {
            const share = textMean((x) => (x === text ? 1 : 0))(found)
            expect(share.standardError).toBeLessThan(0.003)
            expect([text, Math.abs(share.value - wanted) <= 5 * share.standardError]).toEqual([text, true])
          }
          expect(found.effectiveSampleSize / found.texts.length).toBeGreaterThan(0.8)
        }),
      ),
  )
})

describe('strings drawn from it', () => {
  it(
    'follow p_λ (χ² on 31 texts), through `distil` with --sampler smc, and say what they are worth',
    { timeout: 60_000 },
    () =>
      run(
        effect(async (go) => {
          const { n, check } = chiSquareDesign(contract, 31)
          const made = handMade(go, { options: { distilled: n, sampler: 'smc', bank: 4096 } })
          const { samples, trials } = await distil(made.gam, made.base, LAMBDA)
          expect(samples).toHaveLength(n)
          expect(trials).toBe(0)
          const exact = await exactTiltOf(made, made.base, LAMBDA)
          expect(check(countTexts(made.texts, samples), exact.probabilities)).toMatchObject({ passed: true })
          const untilted = await exactTiltOf(made, made.base, [0, 0])
          expect(check(countTexts(made.texts, samples), untilted.probabilities).passed).toBe(false)
          const { population } = made.gam.state()
          expect(population).toMatchObject({ distinct: new Set(samples).size, doubts: [] })
          expect(population?.particles).toBeGreaterThanOrEqual(n)
          expect(population?.logZ).toBeCloseTo(exact.logPartition, 1)
        }),
      ),
  )

  it('the same key gives the same strings', () =>
    run(
      effect(async (go) => {
        const made = handMade(go)
        const draw = (seed: number) => drawTwisted(made.gam, made.base, LAMBDA, key(seed), 32)
        expect(await draw(5)).toEqual(await draw(5))
        expect((await draw(6)).samples).not.toEqual((await draw(5)).samples)
      }),
    ))

  it('a whole run reports the population instead of an acceptance rate', { timeout: 60_000 }, async () => {
    const results = right(await runTiny({ ...tiny, sampler: 'smc' }))
    expect(results.acceptanceRate).toBeUndefined()
    expect(results.population?.particles).toBe(40)
  })
})

describe('features that are no automata', () => {
  it('are refused before anything is trained, with the remedy', async () => {
    const data = { ...tinyData, features: ['(?=(?=a)b)a', '^b'] }
    const features = right(gamFeatures(data, '11'))
    expect(left(softFeatures(features, { symbols: ['a', 'b'] }, [0, 0]))).toMatchObject({
      tag: 'Usage',
      what: expect.stringContaining('--sampler smc needs every feature as an automaton'),
      remedy: 'use --sampler rejection',
    })
    const phases: string[] = []
    const found = await runTiny({ ...tiny, data, sampler: 'smc' }, { onCall: (phase) => phases.push(phase) })
    expect(E.isLeft(found) && found.left.tag).toBe('Usage')
    expect(phases).toEqual([])
  })
})
