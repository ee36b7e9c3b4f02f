/** The trainer: plain until the start epoch, then with rows sampled from the current parameters; bits and determinism. */
import { describe, expect, it } from 'vitest'
import type { Feeds, Prepared } from '../../../lib/executor.ts'
import { fold, key } from '../../../lib/key.ts'
import { at } from '../../../lib/at.ts'
import { everyLogProbability, tableModel } from '../../../lib/models/table-model.ts'
import { adam } from '../../../lib/optimise/index.ts'
import { reference } from '../../../lib/reference.ts'
import { secondsPer100Iterations } from '../../../lib/systems/e-arm/cost.ts'
import { type EArmOptions, activeIn, paperOptions } from '../../../lib/systems/e-arm/options.ts'
import { eArmStep } from '../../../lib/systems/e-arm/programs.ts'
import { tokenRows } from '../../../lib/systems/e-arm/row-kinds.ts'
import { eArmTrainer, stepSettings, type TrainerSettings } from '../../../lib/systems/e-arm/trainer.ts'
import { updateKinds } from '../../../lib/systems/e-arm/update-kinds.ts'
import { embeddedTransformer } from '../../../lib/models/transformer-embedded.ts'
import { startSteps } from '../../../lib/train/steps-state.ts'
import { trainSteps } from '../../../lib/train/steps.ts'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { right, run } from '../../either.ts'
import { smallTransformer } from '../../models/small-transformer.ts'
import { chiSquareDesign, standard } from '../../../lib/laws/statistics.ts'

const size = { symbols: 3, length: 3 }
const model = tableModel(size)
const start = model.initialise(key(1))
const options: EArmOptions = { ...paperOptions, lambda: 0.2, startEpoch: 2, length: 3 }
const settings: TrainerSettings = { options, batch: 8, time: 3, optimiser: adam(0.05), dropout: 0 }
const rows = tokenRows(model)
const tokensAt = (step: number): Int32Array => Int32Array.from({ length: 24 }, (_, i) => ((i + step) * (i + 3)) % 3)

const feedsAt = (step: number): Feeds => ({ tokens: tokensAt(step), key: Uint32Array.from(fold(key(4), step)) })

const weightsOf = async (prepared: Prepared) => Array.from((await run(prepared.readState()))['logits']?.data ?? [])

/** The parameters after each of some updates. */
const trained = async (given: TrainerSettings, steps: number): Promise<readonly (readonly number[])[]> => {
  const trainer = await run(eArmTrainer(reference, rows, given))
  const [plain, energy] = [await run(trainer.prepared('plain')), await run(trainer.prepared('e-arm'))]
  await run(plain.writeState(start))
  const all: (readonly number[])[] = []
  for (let i = 0; i < steps; i++) {
    // Two updates an epoch.
    const step = activeIn(given.options, Math.floor(i / 2)) ? energy : plain
    await run(step.run(feedsAt(i), ['loss']))
    all.push(await weightsOf(step))
  }
  trainer.release()
  return all
}

const plainly = async (steps: number): Promise<readonly (readonly number[])[]> => {
  const prepared = await run(reference.prepare(eArmStep(rows, stepSettings(settings), 'plain')))
  await run(prepared.writeState(start))
  const all: (readonly number[])[] = []
  for (let i = 0; i < steps; i++) {
    await run(prepared.run({ tokens: tokensAt(i) }, []))
    all.push(await weightsOf(prepared))
  }
  return all
}

describe('training', () => {
  it('E4, E21: before the start epoch, and with λ = 0, updates are those of plain training to the last bit', async () => {
    const [energy, none, plain] = [
      await trained(settings, 6),
      await trained({ ...settings, options: { ...options, lambda: 0 } }, 6),
      await plainly(6),
    ]
    expect(none).toEqual(plain)
    expect(energy.slice(0, 4)).toEqual(plain.slice(0, 4))
    expect(energy[4]).not.toEqual(plain[4])
  })

  it('is deterministic in its key', async () => {
    expect(await trained(settings, 6)).toEqual(await trained(settings, 6))
  })

  it('samples its negatives from the current parameters (χ², α = 1e-9, TV .05)', { timeout: 30_000 }, async () => {
    const trainer = await run(eArmTrainer(reference, rows, { ...settings, batch: 500 }))
    await run((await run(trainer.prepared('plain'))).writeState(start))
    const law = everyLogProbability(size)(start).map(Math.exp)
    const design = chiSquareDesign({ ...standard, minDiscrepancy: 0.05 }, 27)
    const counts = new Float64Array(27)
    for (let drawn = 0, k = 0; drawn < design.n; k++) {
      const rows = await run(trainer.sample({ key: Uint32Array.from(key(k)) }))
      for (let r = 0; r < 500 && drawn < design.n; r++, drawn++) {
        const id = 9 * at(rows, 3 * r) + 3 * at(rows, 3 * r + 1) + at(rows, 3 * r + 2)
        counts[id] = at(counts, id) + 1
      }
    }
    trainer.release()
    expect(design.check(counts, law).complaints).toEqual([])
  })

  it('takes Ẑ from rows of its own where w is independent: other updates than with the batch’s, the same sampled rows', async () => {
    const independent: TrainerSettings = { ...settings, options: { ...options, weights: 'independent' } }
    const [own, shared] = [await trained(independent, 5), await trained(settings, 5)]
    expect(own.slice(0, 4)).toEqual(shared.slice(0, 4))
    expect(own[4]).not.toEqual(shared[4])
    expect(await trained(independent, 5)).toEqual(own)
    const [one, two] = [
      await run(eArmTrainer(reference, rows, independent)),
      await run(eArmTrainer(reference, rows, settings)),
    ]
    for (const { prepared } of [one, two]) await run((await run(prepared('plain'))).writeState(start))
    expect(await run(one.sample(feedsAt(5)))).toEqual(await run(two.sample(feedsAt(5))))
    const read = async ({ prepared }: typeof one) =>
      at((await run((await run(prepared('e-arm'))).run(feedsAt(0)))).negative?.data ?? [], 0)
    expect(await read(one)).not.toBe(await read(two))
    one.release()
    two.release()
  })

  it('reports the energy, ESS of w per step, and the drift of the logsumexp', async () => {
    const trainer = await run(eArmTrainer(reference, rows, settings))
    const prepared = await run(trainer.prepared('e-arm'))
    await run(prepared.writeState(start))
    const out = await run(prepared.run(feedsAt(0)))
    expect(Object.keys(out).sort()).toEqual(
      [
        'crossEntropy',
        'energy',
        'ess',
        'essByStep',
        'gradientNorm',
        'leastEss',
        'logSumExp',
        'loss',
        'negative',
        'positive',
      ].sort(),
    )
    const sizes = Array.from(out['essByStep']?.data ?? [])
    expect(sizes.every((e) => e >= 1 && e <= 8 + 1e-9)).toBe(true)
    expect(sizes[0]).toBeCloseTo(8, 9)
    expect(at(out['leastEss']?.data ?? [], 0)).toBeCloseTo(Math.min(...sizes), 12)
    expect(at(out['loss']?.data ?? [], 0)).toBeCloseTo(
      at(out['crossEntropy']?.data ?? [], 0) + 0.2 * at(out['energy']?.data ?? [], 0),
      12,
    )
    trainer.release()
  })

  it('runs under `trainSteps`, scheduled sampling and an end symbol included', async () => {
    const trainer = await run(eArmTrainer(reference, tokenRows(model, { end: 2 }), settings))
    const state = await run(
      trainSteps({
        prepared: await run(trainer.prepared('both')),
        watch: ['crossEntropy'],
        batches: (step) => TE.right({ ...feedsAt(step), mixing: Float32Array.of(0.3) }),
        steps: 8,
        evaluateEvery: 4,
        evaluate: () => TE.right({ score: 1 }),
        signal: new AbortController().signal,
      })(startSteps(start)),
    )
    expect(state.step).toBe(8)
    expect(Number.isFinite(state.curve[1]?.watched['crossEntropy'] ?? Number.NaN)).toBe(true)
    trainer.release()
  })
})

describe('seconds per 100 updates (Table 11)', () => {
  it('takes the median over rounds, and ratios to the first kind', async () => {
    let now = 0
    const kind = (name: string, milliseconds: number) => ({
      name,
      update: () => TE.fromIO(() => void (now += milliseconds)),
    })
    const costs = right(
      await secondsPer100Iterations([kind('plain', 30), kind('energy', 75)], {
        rounds: 3,
        updates: 2,
        clock: () => now,
      })(),
    )
    expect(costs).toEqual([
      { name: 'plain', seconds: 3, ratio: 1 },
      { name: 'energy', seconds: 7.5, ratio: 2.5 },
    ])
  })

  it('times the six kinds of the paper’s table on one model', async () => {
    const network = embeddedTransformer({
      ...smallTransformer,
      ...{ symbols: 3, model: 4, heads: 1, layers: 1, feedForward: 4, context: 3, begin: 3, activation: 'relu' },
    })
    const { kinds, release } = await run(
      updateKinds(reference, tokenRows(network), tokenRows(network), {
        ...settings,
        feeds: { tokens: tokensAt(0) },
        parameters: network.initialise(key(2)),
        key: key(3),
        chains: [1, 2],
      }),
    )
    const costs = right(await secondsPer100Iterations(kinds, { warmUp: 0, rounds: 1, updates: 1 })())
    expect(costs.map(({ name }) => name)).toEqual(['plain', 'scheduled sampling', 'E-ARM', 'both', 'SGLD 1', 'SGLD 2'])
    expect(costs.every(({ seconds }) => seconds > 0)).toBe(true)
    release()
  })
})
