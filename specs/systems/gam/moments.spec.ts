/**
 * Training-1 on a base of which everything can be enumerated: each estimator finds the λ whose exact moments are the
 * data's, and pure-motif data end at a capped λ that is said to be on the boundary.
 */
import { describe, expect, it } from 'vitest'
import { effect } from '../../../lib/effect.ts'
import { drawBank, moments as momentsOf } from '../../../lib/energy/index.ts'
import { key } from '../../../lib/key.ts'
import { silentProgress } from '../../../lib/progress.ts'
import { stringBase } from '../../../lib/systems/gam/language.ts'
import { fitLambda, type MomentTask } from '../../../lib/systems/gam/moments.ts'
import type { MomentStep, Moments } from '../../../lib/systems/gam/options.ts'
import { run } from '../../either.ts'
import { exactTiltOf, type HandMade, handMade } from './tiny.ts'

const BANK = 20_000

/** |D| so large that the prior on λ says nothing. */
const PLENTY = 1e12

const task = async (made: HandMade, target: readonly number[], data = PLENTY): Promise<MomentTask> => {
  const { gam, base } = made
  const samples = await gam.run(stringBase(base).sample(key(1), BANK))
  return {
    base,
    features: gam.features.features,
    bank: drawBank(gam.features.features)(samples),
    data,
    target: Float64Array.from(target),
    key: key(2),
    patience: 5,
    progress: silentProgress,
  }
}

describe('λ by every estimator', () => {
  /** The moments of a λ that is known, so that there is an exact answer. */
  const known = [-2, 1.5]

  // Newton on the bank: six standard errors of 20 000 draws (α = 4e-9) leave .02 for features in [0, 1]. The descents
  // stop where ten noisy steps no longer help (patience 5): .06, against a distance of .3 at λ = 0.
  it.each([
    ['newton', 0.02],
    ['snis', 0.06],
    ['rs', 0.06],
  ] as const)(
    '%s: the exact moments at λ are those asked for, within %f',
    { timeout: 60_000 },
    (moments: Moments, within) =>
      run(
        effect(async (go) => {
          const made = handMade(go, { batch: 256 })
          const wanted = (await exactTiltOf(made, made.base, known)).moments
          const fitted = await go(fitLambda({ moments, batch: 500, bank: BANK }, await task(made, wanted)))
          const distance = async (lambda: readonly number[]): Promise<number> =>
            (await exactTiltOf(made, made.base, lambda)).moments.reduce(
              (sum, m, j) => sum + Math.abs(m - (wanted[j] ?? 0)),
              0,
            )
          expect(await distance([0, 0])).toBeGreaterThan(0.3)
          expect(await distance(fitted.lambda)).toBeLessThan(within)
          expect(fitted.boundary).toBe(false)
          expect(fitted.epochErrors).toHaveLength(fitted.epochLambdas.length)
          expect(Math.min(...fitted.epochErrors)).toBe(fitted.momentError)
        }),
      ),
  )

  it('plain steps of Eq. 5 are longer than clipped ones, which are the default, where a gap is above 0.25', () =>
    run(
      effect(async (go) => {
        const made = handMade(go, { batch: 256 })
        const problem = await task(made, [0.05, 0.95])
        const first = async (step: { readonly step?: MomentStep }) => {
          const { epochLambdas } = await go(fitLambda({ moments: 'snis', ...step, batch: 64, bank: 256 }, problem))
          return epochLambdas[0]
        }
        const [plain, clipped] = [await first({ step: 'plain' }), await first({ step: 'clipped' })]
        expect(Math.abs(plain?.[0] ?? 0)).toBeGreaterThan(Math.abs(clipped?.[0] ?? 0))
        expect(await first({})).toEqual(clipped)
      }),
    ))

  it('G6: pure data (a feature of mean 0) have no finite λ: Newton answers a finite one and says boundary', () =>
    run(
      effect(async (go) => {
        const made = handMade(go, { batch: 256 })
        const target = [0, (await exactTiltOf(made, made.base, [0, 0])).moments[1] ?? 0]
        const fitted = await go(fitLambda({ moments: 'newton', batch: 500, bank: BANK }, await task(made, target)))
        expect(fitted.boundary).toBe(true)
        expect(fitted.lambda.every(Number.isFinite)).toBe(true)
        expect(fitted.lambda[0]).toBeLessThan(-3)
        const { moments } = await exactTiltOf(made, made.base, fitted.lambda)
        expect(moments[0]).toBeLessThan(0.02)
      }),
    ))

  it('newton with 40 strings: the prior of unit variance shortens λ, φ̄ − Ê φ = λ/40 on the bank, on the boundary too', () =>
    run(
      effect(async (go) => {
        const made = handMade(go, { batch: 256 })
        const [, second = 0] = (await exactTiltOf(made, made.base, [0, 0])).moments
        for (const wanted of [(await exactTiltOf(made, made.base, known)).moments, [0, second]]) {
          const problem = await task(made, wanted, 40)
          const { lambda } = await go(fitLambda({ moments: 'newton', batch: 500, bank: BANK }, problem))
          const found = momentsOf(problem.bank)(Float64Array.from(lambda)).moments
          for (const [j, l] of lambda.entries())
            expect(Math.abs((wanted[j] ?? 0) - (found[j] ?? 0) - l / 40)).toBeLessThan(1e-8)
        }
      }),
    ))
})
