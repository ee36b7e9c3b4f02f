/**
 * Training-2 on a base of which everything can be enumerated: accepted strings follow p_λ exactly, also from another
 * proposal, and a student's cross-entropy is the entropy plus a divergence.
 */
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { effect } from '../../../lib/effect.ts'
import { logEnvelope, rejection, withProposal } from '../../../lib/energy/index.ts'
import { key } from '../../../lib/key.ts'
import { at } from '../../../lib/at.ts'
import { type Progress, silentProgress } from '../../../lib/progress.ts'
import { modelOf } from '../../../lib/systems/gam/context.ts'
import {
  acceptUntil,
  distil,
  distilCyclically,
  envelopeFrom,
  featureMeans,
  quasiUntil,
  tiltOf,
} from '../../../lib/systems/gam/distillation.ts'
import { scoreStrings, stringBase, type StringModel } from '../../../lib/systems/gam/language.ts'
import { chiSquareDesign } from '../../../lib/laws/statistics.ts'
import { left, run } from '../../either.ts'
import { wideParameters } from '../../models/enumerate.ts'
import { countTexts, exactTiltOf, handMade } from './tiny.ts'

const LAMBDA = [-1.5, 0.8]
const contract = { alpha: 1e-9, minDiscrepancy: 0.04, power: 1 - 1e-6 }

describe('strings from p_λ', () => {
  it(
    'follow p_λ (χ² on 31 texts, α = 1e-9, TV .04 seen with 1 − 1e-6), and Z is the share accepted',
    { timeout: 60_000 },
    () =>
      run(
        effect(async (go) => {
          const { n, check } = chiSquareDesign(contract, 31)
          const made = handMade(go, { options: { distilled: n, budgets: { trials: 1e6 } } })
          const stream = await distil(made.gam, made.base, LAMBDA)
          const exact = await exactTiltOf(made, made.base, LAMBDA)
          expect(stream.samples).toHaveLength(n)
          expect(check(countTexts(made.texts, stream.samples), exact.probabilities)).toMatchObject({ passed: true })
          const untilted = await exactTiltOf(made, made.base, [0, 0])
          expect(check(countTexts(made.texts, stream.samples), untilted.probabilities).passed).toBe(false)
          // Acceptance Z/β with β = e^{Σ max(0, λ)}: 6 standard errors, α = 2e-9.
          const rate = Math.exp(exact.logPartition - logEnvelope(made.gam.features.features, LAMBDA))
          const error = Math.sqrt((rate * (1 - rate)) / stream.trials)
          expect(Math.abs(n / stream.trials - rate)).toBeLessThan(6 * error)
          expect(made.gam.state().stream).toEqual(stream)
        }),
      ),
  )

  it('G18: from the next proposal they follow its own tilt, not that of r', { timeout: 60_000 }, () =>
    run(
      effect(async (go) => {
        const { n, check } = chiSquareDesign(contract, 31)
        const made = handMade(go, { options: { budgets: { trials: 1e6 } } })
        const next = modelOf(made.gam, wideParameters(made.gam.trainer.size, 9))
        const { samples } = await acceptUntil(made.gam, next, LAMBDA, key(4), n)
        const counts = countTexts(made.texts, samples)
        expect(check(counts, (await exactTiltOf(made, next, LAMBDA)).probabilities)).toMatchObject({ passed: true })
        expect(check(counts, (await exactTiltOf(made, made.base, LAMBDA)).probabilities).passed).toBe(false)
      }),
    ),
  )

  it('G18: the same P from another proposal breaks the old envelope, and the sampler says so', () =>
    run(
      effect(async (go) => {
        const { gam, base } = handMade(go)
        const next = modelOf(gam, wideParameters(gam.trainer.size, 9))
        const seen = withProposal(stringBase(next))(tiltOf(gam, base, LAMBDA))
        const settings = {
          target: 5000,
          budget: 1e6,
          batch: 2048,
          logEnvelope: logEnvelope(gam.features.features, LAMBDA),
        }
        expect(left(await rejection(key(5), settings)(seen)()).tag).toBe('BadEnvelope')
      }),
    ))

  it(
    'kept: the P_λ of r, proposed by another model with no bound known, is followed within the 1 % that is estimated',
    {
      timeout: 60_000,
    },
    () =>
      run(
        effect(async (go) => {
          const n = 5000
          const made = handMade(go, { options: { budgets: { trials: 1e6 }, bank: 4096 } })
          const proposal = modelOf(made.gam, wideParameters(made.gam.trainer.size, 9))
          const found = await quasiUntil(made.gam, { base: made.base, proposal, lambda: LAMBDA }, key(4), n)
          expect(found.samples).toHaveLength(n)
          expect(found.trials).toBeGreaterThan(n)
          const shares = countTexts(made.texts, found.samples).map((count) => count / n)
          const distance = async (base: StringModel): Promise<number> =>
            (await exactTiltOf(made, base, LAMBDA)).probabilities.reduce(
              (sum, p, i) => sum + Math.abs(p - at(shares, i)) / 2,
              0,
            )
          // 1 %, and the .03 that 5 000 draws of 31 texts are off by at most on average.
          expect(await distance(made.base)).toBeLessThan(0.05)
          expect(await distance(proposal)).toBeGreaterThan(0.1)
          expect(made.gam.state().variation).toBeLessThanOrEqual(0.01)
          expect(made.gam.state().variation).toBeGreaterThan(0)
        }),
      ),
  )

  it('the envelope is the least log-weight that leaves 1 %, the largest where every one of them counts', () => {
    expect(envelopeFrom(Float64Array.of(-1, -1, -1))).toEqual({ logEnvelope: -1, variation: 0 })
    expect(envelopeFrom(Float64Array.of(0, Number.NEGATIVE_INFINITY, 3, 1)).logEnvelope).toBe(3)
    const rare = Float64Array.from({ length: 1000 }, (_, i) =>
      i === 7 ? Math.log(3) : i % 2 === 0 ? 0 : Math.log(0.9),
    )
    expect(envelopeFrom(rare).logEnvelope).toBe(0)
  })

  it('kept, and no string accepted within the trials: a RejectionBudget that says how far it came', async () => {
    const outcome = await effect(async (go) => {
      const { gam, base } = handMade(go, { options: { budgets: { trials: 2048 } } })
      await quasiUntil(gam, { base, proposal: base, lambda: LAMBDA }, key(4), 10_000)
    })()
    expect(E.isLeft(outcome) && outcome.left).toMatchObject({
      tag: 'RejectionBudget',
      facts: { trials: 2048, budget: 2048 },
    })
  })

  it('time that has run out is a RejectionBudget that says how far it came', async () => {
    const outcome = await effect(async (go) => {
      const { gam, base } = handMade(go, { options: { distilled: 1e6, budgets: { trials: 1e9, seconds: 1e-6 } } })
      await distil(gam, base, LAMBDA)
    })()
    expect(E.isLeft(outcome) && outcome.left).toMatchObject({
      tag: 'RejectionBudget',
      remedy: expect.stringContaining('--seconds'),
    })
  })
})

describe('the cyclical regime', () => {
  it('accepts 500 strings in a cycle and in the last what is left', { timeout: 60_000 }, () =>
    run(
      effect(async (go) => {
        const { gam, base } = handMade(go, {
          options: { regime: 'cyclical', cycle: 'refitted', distilled: 600, maxEpochs: 1 },
        })
        const wanted: number[] = []
        const start: Progress['start'] = (phase, total) => {
          if (phase.startsWith('distilling')) wanted.push(total)
        }
        const services = { ...gam.services, progress: { ...silentProgress, start } }
        const target = Float64Array.of(0.2, 0.5)
        expect((await distilCyclically({ ...gam, services }, base, target)).samples).toHaveLength(600)
        expect(wanted).toEqual([500, 100])
      }),
    ),
  )
})

describe('the student', () => {
  it('G17: CE(p, π) = H(p) + KL(p‖π) ≥ H(p), with equality for π = p only', () =>
    run(
      effect(async (go) => {
        const made = handMade(go)
        const { probabilities: p } = await exactTiltOf(made, made.base, LAMBDA)
        const entropy = -p.reduce((sum, x) => sum + x * Math.log(x), 0)
        for (const seed of [1, 2, 3, 4, 5]) {
          const student = modelOf(made.gam, wideParameters(made.gam.trainer.size, seed))
          const logs = await go(scoreStrings(student, made.texts))
          const crossEntropy = -p.reduce((sum, x, i) => sum + x * at(logs, i), 0)
          const divergence = p.reduce((sum, x, i) => sum + x * (Math.log(x) - at(logs, i)), 0)
          expect(Math.abs(crossEntropy - entropy - divergence)).toBeLessThan(1e-12)
          expect(divergence).toBeGreaterThan(0)
        }
        const itself = (await exactTiltOf(made, made.base, [0, 0])).probabilities
        const logs = await go(scoreStrings(made.base, made.texts))
        const same = itself.reduce((sum, x, i) => sum + x * (Math.log(x) - at(logs, i)), 0)
        expect(Math.abs(same)).toBeLessThan(1e-13)
      }),
    ))

  it('feature means are the means of the columns', () =>
    run(
      effect(async (go) => {
        const { gam } = handMade(go)
        expect(Array.from(featureMeans(gam, ['aa', 'b', 'ba', 'baa']))).toEqual([0.5, 0.25])
      }),
    ))
})
