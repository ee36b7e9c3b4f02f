/** What trainings share: how much of a row scheduled sampling replaces, step by step. */
import { describe, expect, it } from 'vitest'
import { mixingOf } from '../../../lib/systems/e-arm/trainings.ts'
import { eArmPresets } from '../../../lib/systems/e-arm/settings.ts'

describe('the share of predicted tokens', () => {
  const { objective } = eArmPresets.lm.small
  const options = { epochs: 6, updates: 10, objective: { ...objective, startEpoch: 2 } }

  it('is none until the start epoch, then rises evenly to a half at the end', () => {
    const mixing = mixingOf(options)
    expect([0, 19, 20].map((step) => mixing(step)[0])).toEqual([0, 0, 0])
    expect(mixing(40)[0]).toBeCloseTo(0.25, 6)
    expect([60, 99].map((step) => mixing(step)[0])).toEqual([0.5, 0.5])
  })

  it('is none where no step follows the start epoch', () =>
    expect(mixingOf({ ...options, objective: { ...objective, startEpoch: 6 } })(60)[0]).toBe(0))
})
