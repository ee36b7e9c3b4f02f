/**
 * The one gate: no export of lib/energy turns a NaN, an infinite weight or an empty support into a number that is called
 * reliable. The table names every export; a new one without a row fails.
 */
import { describe, expect, it } from 'vitest'
import * as energy from './every.ts'
import { key } from '../../lib/key.ts'
import { right, run } from '../either.ts'
import { estimatorGates } from './gate-estimators.ts'
import { numberGates } from './gate-numbers.ts'
import { policyGates } from './gate-policies.ts'
import { INF, tiltOf } from './gate-rows.ts'
import { samplerGates } from './gate-samplers.ts'

const gates = { ...estimatorGates, ...numberGates, ...policyGates, ...samplerGates }

/** Exports that make no estimate and draw nothing by weights, by what they are. */
const others: Readonly<Record<string, readonly string[]>> = {
  'exact oracles on finite supports': [
    ...['exactTilt', 'exactMoments', 'exactCovariance', 'exactDivergence', 'exactTotalVariation', 'exactEntropy'],
    ...['resamplingLaw', 'independentKernel', 'nceLoss', 'exactNceLoss', 'exactNceGradient', 'expectation'],
    ...['forEachComposition', 'logMultinomial', 'enumerable'],
  ],
  'parts of estimators, of weights that are checked': [
    ...['effectiveSampleSize', 'maxWeight', 'generalisedJackknife', 'paretoShape', 'tailLength', 'POWERS', 'powerSums'],
    ...['sumOfSquares', 'summarise', 'leaveOneOut', 'logOneMinusRest', 'logOneMinusTop', 'isEvent', 'unitRange'],
    ...['ratioEstimate', 'defaultThresholds', 'noSupport'],
  ],
  'pure numbers': [
    ...['incompleteBeta', 'binomialUpper', 'betaQuantile', 'cumulative', 'invert'],
    ...['learningRate', 'momentStep', 'momentDistance', 'paperSchedule', 'defaultNewton'],
  ],
  'parts of samplers and fits': [
    ...['acceptProposals', 'startChains', 'startKey', 'startRejection', 'startDescent', 'allEdits', 'applyEdit'],
    ...['logEdit', 'logEditRatio', 'bufferBank', 'pushBank'],
    ...['joinBanks', 'bankMonoid', 'iterateUntil'],
  ],
  'makers of energies, features and tilts': [
    ...['energyOf', 'energyOfBatch', 'zeroEnergy', 'energyMonoid', 'scaleEnergy', 'contramapEnergy', 'given', 'tilted'],
    ...['indicators', 'featuresMonoid', 'featureRows', 'linearEnergy', 'logEnvelope'],
  ],
}

describe('M7: the gate of weights', () => {
  it('M7: every export of lib/energy is in the table', () => {
    const known = [...Object.keys(gates), ...Object.values(others).flat()]
    expect(Object.keys(energy).filter((name) => !known.includes(name))).toEqual([])
    expect(known.filter((name) => !(name in energy))).toEqual([])
    expect(new Set(known).size).toBe(known.length)
  })

  for (const [name, refusals] of Object.entries(gates))
    it.each(refusals)(`${name}: $input`, async ({ outcome, says }) => {
      const found = await outcome()
      if (says === undefined) {
        expect('reliable' in found && found.reliable).toBe(false)
        return
      }
      expect('tag' in found ? found.tag : 'a result').toBe(says[0])
      expect('tag' in found ? found.what : '').toContain(says[1])
    })

  it('M7: what is reliable is finite: estimates of good weights have no doubt and no infinite number', () => {
    const weights = right(energy.weigh(Float64Array.from({ length: 400 }, (_, i) => Math.sin(i))))
    const { paretoK = 0, ...partition } = energy.logPartition(weights)
    const mean = energy.snis(weights.logWeights)(weights)
    for (const { reliable, doubts, interval, ...numbers } of [partition, mean]) {
      expect({ reliable, doubts }).toEqual({ reliable: true, doubts: [] })
      for (const x of [...Object.values(numbers), ...interval, paretoK])
        if (typeof x === 'number') expect(Number.isFinite(x)).toBe(true)
    }
  })

  it('a start outside the support is not proposed again: 1 000 chains of a base that hits the support at 2 %', async () => {
    const tilt = tiltOf(Float64Array.from({ length: 100 }, (_, i) => (i < 2 ? i : INF)))
    const found = await run(energy.independentMetropolis<number>(key(3), { chains: 1000, steps: 2 })(tilt))
    expect(found.states.filter((x) => x < 2)).toHaveLength(1000)
  })
})
