/** Populations as draws of f-DPG: what they say of a policy is right on average. */
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { energyOf } from '../../lib/energy/energy.ts'
import { type FDivergence, policyCoefficients, policyDivergence } from '../../lib/energy/policy.ts'
import { meanEstimate } from '../../lib/energy/estimate.ts'
import { fold, key } from '../../lib/key.ts'
import { logSumExp, sum } from '../../lib/math.ts'
import { ngramModel } from '../../lib/tilt/adapters.ts'
import { policyDraws } from '../../lib/tilt/policy.ts'
import { smc } from '../../lib/tilt/samplers.ts'
import { left, right, run } from '../either.ts'
import { bigram, everyString } from './small.ts'

const letters = bigram(['a', 'b'], 3)
const LIMIT = 3
const strings = everyString(letters, LIMIT)
/** log P = log q − E of every text, E a cost of each a. */
const costOf = (text: string): number => 0.8 * (text.split('a').length - 1)
const potentials = new Map(strings.map(({ text, ended }) => [text, Math.log(ended) - costOf(text)]))
const potentialOf = (text: string): number => potentials.get(text) ?? Number.NaN
const logZ = logSumExp([...potentials.values()])
/** A policy over the same texts, not so far from p that draws of p could not tell of it. */
const policies = new Map(strings.map(({ text }, i) => [text, potentialOf(text) + 0.7 * Math.sin(3 * i)]))
const logPolicies = logSumExp([...policies.values()])
const policyOf = (text: string): number => (policies.get(text) ?? Number.NaN) - logPolicies

describe('a population as draws', () => {
  it.each<FDivergence>(['forward KL', 'reverse KL', 'JS', 'TV', 'χ²'])(
    'gives %s and its gradient, from particles that were resampled',
    { timeout: 60_000 },
    async (name) => {
      const all = strings.map(({ text }) => text)
      const exact = {
        logPotential: all.map(potentialOf),
        logModel: all.map(policyOf),
        logProposal: all.map(() => -Math.log(all.length)),
        logPartition: logZ,
      }
      const found: (readonly number[])[] = []
      for (let i = 0; i < 30; i++) {
        const options = { particles: 300, islands: 1, twist: 'none', threshold: 1, energyAt: 'prefixes' } as const
        const population = await run(
          smc(fold(key(5), i), options)({ model: ngramModel(letters), limit: LIMIT, energy: energyOf(costOf) }),
        )
        const { places, ...draws } = right(policyDraws(population.texts.map(potentialOf))(population))
        const texts = places.map((place) => at(population.texts, place))
        const inputs = { ...draws, logModel: texts.map(policyOf), logPartition: logZ }
        const coefficients = right(policyCoefficients(name)(inputs))
        found.push([
          right(policyDivergence(name)(inputs)).value,
          ...all.map((text) => sum(coefficients.filter((_, d) => texts[d] === text))),
        ])
      }
      const wanted = [right(policyDivergence(name)(exact)).value, ...right(policyCoefficients(name)(exact))]
      wanted.forEach((truth, k) => {
        // Of texts that hardly any population has no error is known.
        if (k > 0 && at(exact.logPotential, k - 1) - logZ < Math.log(0.01)) return
        const { value, standardError } = meanEstimate(found.map((each) => at(each, k)))
        expect(Math.abs(value - truth)).toBeLessThan(5 * standardError)
      })
      expect(at(wanted, 0)).toBeGreaterThan(0)
    },
  )

  it('leaves the dead out, and wants one number a text', async () => {
    const target = {
      model: ngramModel(letters),
      limit: LIMIT,
      energy: energyOf((text: string) => (text.includes('a') ? Number.POSITIVE_INFINITY : 0)),
    }
    const found = await run(smc(key(1), { particles: 40, islands: 4 })(target))
    const { places, logProposal } = right(policyDraws(found.texts.map(potentialOf))(found))
    expect(places.map((i) => at(found.texts, i)).filter((text) => text.includes('a'))).toEqual([])
    expect(places.length).toBe(found.weights.filter((w) => w > 0).length)
    expect(Array.from(logProposal).every(Number.isFinite)).toBe(true)
    expect(left(policyDraws([0])(found)).tag).toBe('Shape')
  })
})
