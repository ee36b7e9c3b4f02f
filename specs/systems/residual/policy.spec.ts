/** The policy gradient: what its samples weigh, and that a whole run moves π from the base towards the joint model. */
import { afterAll, describe, expect, it } from 'vitest'
import { groupWeights } from '../../../lib/systems/residual/policy.ts'
import { right } from '../../either.ts'
import { runTiny, textFolder, tinyOptions } from './tiny.ts'

const folder = textFolder()
afterAll(folder.remove)

describe('the samples of a step', () => {
  it('R23: weigh e^{−E} over their mean after each prefix, whatever Z is', () => {
    const [a, b] = [Math.exp(-1), Math.exp(-3)]
    const found = groupWeights(Float64Array.of(1, 3, 701, 703, Number.POSITIVE_INFINITY, 5), 2)
    const wanted = [(2 * a) / (a + b), (2 * b) / (a + b)]
    Array.from(found).forEach((w, i) => expect(w).toBeCloseTo([...wanted, ...wanted, 0, 2][i] ?? Number.NaN, 5))
  })
})

describe('a run', { timeout: 60_000 }, () => {
  it('R23: KL(P_joint‖π) falls, π leaves the base by what is reported, and predicts text better than it', async () => {
    const tiny = tinyOptions(folder.file)
    // A base that knows nothing yet: its samples are told from text at once, and e^{−E} is far from flat.
    const energy = { ...tiny.energy, steps: 60, batch: 8, learningRate: 3e-2, pool: 160, evaluateEvery: 20 }
    const base = { ...tiny.base, steps: 8, batch: 8, learningRate: 3e-2, evaluateEvery: 4 }
    const evaluation = { ...tiny.evaluation, chunks: 30 }
    const options = { ...tiny, base, energy, baselines: false, policySteps: 40, policySamples: 16, evaluation }
    const { fits, evaluation: found } = right(await runTiny(options, 'evaluate'))
    const scores = fits['policy']?.curve.map(({ score }) => score) ?? []
    expect(scores).toHaveLength(10)
    expect(scores.at(-1)).toBeLessThan(0.8 * (scores[0] ?? 0))
    const [plain, policy] = found?.table ?? []
    expect([plain?.model, policy?.model]).toEqual(['base', 'policy'])
    expect(policy?.gain?.value).toBeGreaterThan(2 * (policy?.gain?.standardError ?? Number.POSITIVE_INFINITY))
    expect(policy?.fromBase?.value).toBeGreaterThan(2 * (policy?.fromBase?.standardError ?? Number.POSITIVE_INFINITY))
    expect(plain?.fromBase).toBeUndefined()
  })
})
