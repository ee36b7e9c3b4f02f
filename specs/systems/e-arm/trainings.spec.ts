/** What trainings share: the optimiser of their options, patience, how much of a row scheduled sampling replaces. */
import { describe, expect, it } from 'vitest'
import { program } from '../../../lib/program.ts'
import { reference } from '../../../lib/reference.ts'
import { constant } from '../../../lib/ops/pointwise.ts'
import { paperSettings } from '../../../lib/models/table-6.ts'
import type { Duration } from '../../../lib/systems/e-arm/experiment-options.ts'
import { paperTraining } from '../../../lib/systems/e-arm/paper-training.ts'
import { mixingOf, optimiserFor, rowsOfUpdate, withPatience } from '../../../lib/systems/e-arm/trainings.ts'
import { startSteps } from '../../../lib/train/steps-state.ts'
import { run } from '../../either.ts'
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

/** The update of a parameter of 2 with gradient 100 (or another) at some step: less the rate, where moments are fresh and nothing decays. */
const updateAt = async (options: Duration, step: number, gradient = 100): Promise<number> => {
  const optimiser = optimiserFor(options)
  const x = constant(2)
  const state = Object.fromEntries(
    Object.keys(optimiser.state({ x: { axes: [], dtype: 'f32' } })).map((name) => [
      name,
      // Adam's own count stays at its first step; that of the schedule is the last one.
      constant(/(^|\.)step$/.test(name) && !name.includes('a.step') ? step : 0),
    ]),
  )
  const { updates } = optimiser.update({ gradients: { x: constant(gradient) }, parameters: { x }, state })
  const prepared = await run(reference.prepare(program({}, {}, { x: updates['x'] ?? constant(0) })))
  const found = await run(prepared.run({}))
  return found['x']?.data[0] ?? Number.NaN
}

describe('the optimiser', () => {
  const options: Duration = { epochs: 10, updates: 20, learningRate: 0.1 }

  it('rises over 50 updates and falls as a cosine to a tenth, unless options say otherwise', async () => {
    expect(await updateAt(options, 0)).toBeCloseTo((-0.1 / 50) * 1, 6)
    expect(await updateAt(options, 100)).toBeCloseTo(-0.055, 6)
    expect(await updateAt(options, 200)).toBeCloseTo(-0.01, 6)
    expect(await updateAt({ ...options, warmUp: 200 }, 99)).toBeCloseTo(
      -0.5 * (0.055 + 0.045 * Math.cos((Math.PI * 99) / 200)),
      6,
    )
  })

  it('inverse-sqrt: up to the rate at the last warm-up update, then with 1/√step, past the last epoch too', async () => {
    const own: Duration = { ...options, schedule: 'inverse-sqrt', warmUp: 4 }
    for (const [step, expected] of [
      [0, 0.025],
      [3, 0.1],
      [15, 0.05],
      [399, 0.01],
    ] as const)
      expect(await updateAt(own, step)).toBeCloseTo(-expected, 6)
  })

  it('constant: the rate after the warm-up, and none without', async () => {
    const own: Duration = { ...options, schedule: 'constant', warmUp: 0 }
    expect(await updateAt(own, 0)).toBeCloseTo(-0.1, 6)
    expect(await updateAt(own, 1000)).toBeCloseTo(-0.1, 6)
  })

  it('decays weights beside the moments: rate · decay · parameter', async () => {
    const own: Duration = { ...options, schedule: 'constant', warmUp: 0, weightDecay: 0.25 }
    expect(await updateAt(own, 0)).toBeCloseTo(-0.1 * (1 + 0.25 * 2), 6)
  })

  it('clips the gradient, or not; β₂ is that of the options', async () => {
    // Adam forgets how long a gradient is, but for ε = 1e-8: a bound of that shows.
    const tiny: Duration = { ...options, schedule: 'constant', warmUp: 0 }
    expect(await updateAt({ ...tiny, clip: 1e-8 }, 0)).toBeCloseTo(-0.05, 6)
    expect(await updateAt({ ...tiny, clip: 0 }, 0)).toBeCloseTo(-0.1, 6)
    const state = optimiserFor({ ...tiny, clip: 0, beta2: 0.5 }).update({
      gradients: { x: constant(4) },
      parameters: { x: constant(0) },
      state: { 'a.step': constant(0), 'a.x.m': constant(0), 'a.x.v': constant(0), 'b.step': constant(0) },
    }).state
    const prepared = await run(reference.prepare(program({}, {}, { v: state['a.x.v'] ?? constant(0) })))
    expect((await run(prepared.run({})))['v']?.data[0]).toBeCloseTo(8, 6)
  })

  it('is that of Table 6 in the settings of the paper', () => {
    expect(paperTraining(paperSettings.iwsltBase)).toEqual({
      ...{ learningRate: 5e-4, schedule: 'inverse-sqrt', warmUp: 4000, weightDecay: 1e-4 },
      ...{ beta2: 0.98, clip: 0, batchTokens: 4096, patience: 20 },
    })
    expect(paperTraining(paperSettings.wikitextXl)).toMatchObject({
      ...{ learningRate: 2.5e-4, schedule: 'cosine', warmUp: 10_000, weightDecay: 0 },
    })
  })
})

describe('patience', () => {
  it('begins anew where a training leaves the shared one, and is none without the option', () => {
    const state = startSteps({})
    const stopped = { ...state, stopping: { ...state.stopping, epochs: 7, bestEpoch: 2, stop: true } }
    expect(withPatience(stopped, 3).stopping).toEqual({ ...stopped.stopping, patience: 3, stop: false })
    expect(withPatience(stopped, undefined)).toBe(stopped)
  })
})

describe('rows of an update', () => {
  it('are the batch, or as many as the tokens hold: one at least', () => {
    expect(rowsOfUpdate({ batch: 7 }, 50)).toBe(7)
    expect(rowsOfUpdate({ batch: 7, batchTokens: 4096 }, 150)).toBe(27)
    expect(rowsOfUpdate({ batch: 7, batchTokens: 10 }, 50)).toBe(1)
  })
})
