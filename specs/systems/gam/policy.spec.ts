/**
 * The distributional policy gradient on a base of which everything can be enumerated: KL(p_λ‖π) falls far below
 * KL(p_λ‖r), for both proposals, and the divergence that it reports is the exact one within its error.
 */
import { describe, expect, it } from 'vitest'
import { effect } from '../../../lib/effect.ts'
import { at } from '../../../lib/at.ts'
import { modelOf } from '../../../lib/systems/gam/context.ts'
import { scoreStrings, type StringModel } from '../../../lib/systems/gam/language.ts'
import { trainPolicy } from '../../../lib/systems/gam/policy.ts'
import { encodeStrings } from '../../../lib/data/strings.ts'
import { type FDivergence, policyDivergence } from '../../../lib/energy/policy.ts'
import { lstmInputs, lstmPolicyLoss } from '../../../lib/models/lstm.ts'
import { prefixed } from '../../../lib/models/parameters.ts'
import { evaluateOne } from '../../../lib/program.ts'
import { reference } from '../../../lib/reference.ts'
import { right, run } from '../../either.ts'
import { exactTiltOf, type HandMade, handMade } from './tiny.ts'

const LAMBDA = [-2.5, 0.5]

const divergenceTo = async (made: HandMade, policy: StringModel): Promise<number> => {
  const { probabilities } = await exactTiltOf(made, made.base, LAMBDA)
  const logs = await made.gam.run(scoreStrings(policy, made.texts))
  return probabilities.reduce((sum, p, i) => sum + p * (Math.log(p) - at(logs, i)), 0)
}

/** The exact divergence between p_λ and a policy: all texts as draws of the uniform law. */
const exactly = async (made: HandMade, policy: StringModel, name: FDivergence): Promise<number> => {
  const { probabilities } = await exactTiltOf(made, made.base, LAMBDA)
  return right(
    policyDivergence(name)({
      logPotential: probabilities.map(Math.log),
      logModel: await made.gam.run(scoreStrings(policy, made.texts)),
      logProposal: made.texts.map(() => -Math.log(made.texts.length)),
      logPartition: 0,
    }),
  ).value
}

/** Long enough steps that a few epochs bring π most of the way. */
const quick = { batch: 128, trainBatch: 128, learningRate: 3e-2 }
const few = { maxEpochs: 6, patience: 6, bank: 2048 }

describe('other divergences', () => {
  // The slope of a total variation is as large near its minimum as far from it: it takes short steps, and more of them.
  const slow = { quick: { ...quick, learningRate: 1e-2 }, few: { ...few, maxEpochs: 15, patience: 15 } }
  it.each([
    ['reverse-kl', 'reverse KL', { quick, few }],
    ['js', 'JS', { quick, few }],
    ['tv', 'TV', slow],
    ['chi2', 'χ²', { quick, few }],
  ] as const)(
    'G20 %s: training lowers the exact %s, and its estimate is right',
    { timeout: 120_000 },
    (divergence, name, settings) =>
      run(
        effect(async (go) => {
          const made = handMade(go, {
            ...settings.quick,
            options: { regime: 'kl-dpg', divergence, ...settings.few },
          })
          const { best, curve } = await trainPolicy(made.gam, made.base, LAMBDA)
          const before = await exactly(made, made.base, name)
          const after = await exactly(made, modelOf(made.gam, best), name)
          expect(before).toBeGreaterThan(0.02)
          expect(after).toBeLessThan(before / 2)
          const score = Math.min(...curve.map((point) => point.score))
          expect(Math.abs(score - after)).toBeLessThan(before / 2)
        }),
      ),
  )

  it('G20 of an LSTM over all its rows the loss is the divergence', () =>
    run(
      effect(async (go) => {
        const made = handMade(go)
        const { texts, gam } = made
        const { logPartition } = await exactTiltOf(made, made.base, LAMBDA)
        const rows = right(encodeStrings({ symbols: ['a', 'b'] }, gam.limit)(texts))
        const size = { symbols: 3, hidden: 3, layers: 1 }
        const logs = await go(scoreStrings(made.base, texts))
        const tilts = texts.map((x) =>
          Array.from(gam.features.features.of(x)).reduce((l, f, j) => l + f * at(LAMBDA, j), 0),
        )
        for (const name of ['forward KL', 'reverse KL', 'JS', 'TV', 'χ²'] as const) {
          const { loss } = lstmPolicyLoss(name, size, lstmInputs(size), { batch: texts.length, time: gam.limit })
          const value = await go(
            evaluateOne(reference)(loss, {
              ...prefixed('parameter/', made.base.parameters),
              tokens: rows.tokens,
              logTarget: logs.map((l, i) => l + at(tilts, i) - logPartition),
              logProposal: logs.map(() => -Math.log(texts.length)),
            }),
          )
          expect(at(value.data, 0)).toBeCloseTo(await exactly(made, made.base, name), 5)
        }
      }),
    ))
})

describe.each(['dpg', 'kl-dpg'] as const)('%s', (regime) => {
  it('brings π from r to p_λ, and its estimate of KL(p‖π) is right', { timeout: 180_000 }, () =>
    run(
      effect(async (go) => {
        const made = handMade(go, { ...quick, options: { regime, ...few } })
        const { best, curve } = await trainPolicy(made.gam, made.base, LAMBDA)
        const [training, validation] = [curve.map(({ watched }) => watched['loss']), curve.map(({ score }) => score)]
        const [before, after] = [await divergenceTo(made, made.base), await divergenceTo(made, modelOf(made.gam, best))]
        expect(before).toBeGreaterThan(0.1)
        expect(after).toBeLessThan(before / 2)
        expect(after).toBeGreaterThan(0)
        // 2 048 weighted draws: the estimate of a divergence near .1 has a standard error of some .012.
        expect(Math.abs(Math.min(...validation) - after)).toBeLessThan(0.08)
        expect([training.length, validation.length]).toEqual([6, 6])
        expect([...training, ...validation].every(Number.isFinite)).toBe(true)
      }),
    ),
  )

  it('keeps its progress in the state of the run, and goes on from there', { timeout: 180_000 }, () =>
    run(
      effect(async (go) => {
        const more = { batch: 64, options: { regime, bank: 128, patience: 9 } }
        const whole = handMade(go, { ...more, options: { ...more.options, maxEpochs: 4 } })
        const expected = await trainPolicy(whole.gam, whole.base, LAMBDA)
        const first = handMade(go, { ...more, options: { ...more.options, maxEpochs: 2 } })
        await trainPolicy(first.gam, first.base, LAMBDA)
        const second = handMade(go, { ...more, options: { ...more.options, maxEpochs: 4 } })
        second.gam.update(() => first.gam.state())
        expect(await trainPolicy(second.gam, second.base, LAMBDA)).toStrictEqual(expected)
      }),
    ),
  )
})
