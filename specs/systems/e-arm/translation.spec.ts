/** Translation with the energy objective, on strings to be reversed: bits, sampled targets, what is learnt, the record. */
import { exactJson } from '../../../lib/codec/exact-json.ts'
import { decodeJson } from '../../../lib/codec/json.ts'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import type { Hypothesis } from '../../../lib/models/beam.ts'
import { isParameter } from '../../../lib/optimise/index.ts'
import { openOnnx } from '../../../lib/onnx.ts'
import { silentProgress } from '../../../lib/progress.ts'
import { reference } from '../../../lib/reference.ts'
import { experimentOn } from '../../../lib/systems/e-arm/experiment.ts'
import { pairsTaskOf } from '../../../lib/systems/e-arm/pairs-task.ts'
import { type EArmServices, eArmResultsCodec, summaryOf } from '../../../lib/systems/e-arm/results.ts'
import { perToken, translationRuntime } from '../../../lib/systems/e-arm/translation-runtime.ts'
import { pairedRows } from '../../../lib/systems/e-arm/row-kinds.ts'
import { eArmTrainer } from '../../../lib/systems/e-arm/trainer.ts'
import type { Variant } from '../../../lib/systems/e-arm/variants.ts'
import { run } from '../../either.ts'
import { end, feeds, network, options, rows, settings, start, task, time } from './reversal.ts'

const services: EArmServices = {
  progress: silentProgress,
  signal: new AbortController().signal,
  data: { cache: '', run: () => () => Promise.reject(new Error('no program is run')), progress: silentProgress },
}

const trained = async (lambda: number, variant: Variant, steps: number) => {
  const trainer = await run(eArmTrainer(reference, pairedRows(network, end), settings(lambda)))
  const prepared = await run(trainer.prepared(variant))
  await run(prepared.writeState(start))
  for (let step = 0; step < steps; step++) await run(prepared.run(feeds(step), ['loss']))
  const state = await run(prepared.readState())
  const drawn = await run(trainer.sample(feeds(steps)))
  trainer.release()
  const parameters = Object.entries(state).filter(([name]) => isParameter(name) && !name.includes('memory'))
  return { parameters: parameters.map(([name, { data }]) => [name, Array.from(data)]), drawn }
}

describe('the trainer', () => {
  it('E4: with λ = 0 training with the energy objective is plain training, to the bit', async () => {
    const [plain, zero, energy] = [
      await trained(0.1, 'plain', 3),
      await trained(0, 'e-arm', 3),
      await trained(0.1, 'e-arm', 3),
    ]
    expect(zero.parameters).toEqual(plain.parameters)
    expect(energy.parameters).not.toEqual(plain.parameters)
    expect((await trained(0.1, 'e-arm', 3)).parameters).toEqual(energy.parameters)
  }, 120_000)

  it('both is scheduled sampling with the energy objective; with λ = 0 it is scheduled sampling, to the bit', async () => {
    const scheduled = await trained(0.1, 'scheduled', 2)
    expect((await trained(0, 'both', 2)).parameters).toEqual(scheduled.parameters)
    const both = await trained(0.1, 'both', 2)
    expect(both.parameters).not.toEqual(scheduled.parameters)
    expect(both.parameters).not.toEqual((await trained(0.1, 'e-arm', 2)).parameters)
  }, 120_000)

  it('samples targets that stay at their end, a function of the key', async () => {
    const { drawn } = await trained(0.1, 'e-arm', 1)
    expect(drawn).toHaveLength(4 * time)
    for (let r = 0; r < 4; r++) {
      const row = Array.from(drawn.subarray(r * time, (r + 1) * time))
      const stop = row.indexOf(end)
      expect(row.slice(stop < 0 ? time : stop).every((symbol) => symbol === end)).toBe(true)
    }
    expect((await trained(0.1, 'e-arm', 1)).drawn).toEqual(drawn)
  }, 120_000)
})

describe('the runtime', () => {
  it('gives every hypothesis of a beam the score that a whole pass gives it', async () => {
    const runtime = translationRuntime(reference, network, { batch: 5, time, end })
    const beams = await run(runtime.translate(start, rows, { width: 3, lengthPenalty: 0 }))
    const target = new Int32Array(rows.count * time).fill(end)
    beams.forEach((beam, i) => {
      target.set(beam[0]?.tokens ?? [], i * time)
    })
    const { scores, counts } = await run(runtime.score(start, { ...rows, target }))
    beams.forEach((beam, i) => {
      expect(beam).toHaveLength(3)
      expect(beam[0]?.logProbability).toBeCloseTo(scores[i] ?? Number.NaN, 9)
      expect(counts[i]).toBe(beam[0]?.tokens.length)
    })
    runtime.release()
  }, 120_000)

  it('searches several sources at once, each as if it were alone', async () => {
    const search = { width: 2, lengthPenalty: 0.6 }
    const beams: (readonly (readonly Hypothesis[])[])[] = []
    // Groups of one, and of four: the last of them has one source and three copies.
    for (const batch of [2, 8]) {
      const runtime = translationRuntime(reference, network, { batch, time, end })
      const heard: number[] = []
      beams.push(
        await run(runtime.translate(start, rows, { ...search, onSentences: (count) => void heard.push(count) })),
      )
      expect(heard).toEqual(batch === 2 ? new Array(9).fill(1) : [4, 4, 1])
      runtime.release()
    }
    const [alone = [], together = []] = beams
    expect(together).toHaveLength(9)
    together.forEach((beam, i) => {
      expect(beam.map(({ tokens }) => Array.from(tokens))).toEqual(alone[i]?.map(({ tokens }) => Array.from(tokens)))
      for (const [j, { score }] of beam.entries()) expect(score).toBeCloseTo(alone[i]?.[j]?.score ?? Number.NaN, 9)
    })
  }, 120_000)

  it('gives the words of a target in its own context what their pair scores', async () => {
    const runtime = translationRuntime(reference, network, { batch: 5, time, end })
    const words = await run(runtime.words(start, rows, rows.target))
    const { scores } = await run(runtime.score(start, rows))
    scores.forEach((score, i) => {
      expect(words.slice(i * time, (i + 1) * time).reduce((a, b) => a + b, 0)).toBeCloseTo(score, 9)
    })
    runtime.release()
  }, 120_000)

  it('divides the cross-entropy by target tokens', () => {
    const energies = new Float64Array(2)
    const { value, standardError } = perToken({
      scores: Float64Array.of(-2, -4),
      counts: Float64Array.of(1, 3),
      energies,
    })
    expect(value).toBe(1.5)
    expect(standardError).toBeCloseTo((Math.SQRT2 * Math.hypot(0.5, 0.5)) / 4, 12)
  })
})

describe('an experiment', () => {
  it('learns to reverse strings both ways, and its record survives JSON', async () => {
    const onnx = await run(openOnnx({ threads: 1 }))
    const results = await run(experimentOn(onnx, services, pairsTaskOf(options, task)))
    onnx.release()
    const [plain, eArm] = results.seeds[0]?.variants ?? []
    for (const found of [plain, eArm]) {
      const losses = found?.epochs.map(({ validation }) => validation) ?? []
      expect(losses).toHaveLength(4)
      expect(losses.at(-1)).toBeLessThan(0.3 * (losses[0] ?? 0))
    }
    expect(eArm?.epochs.slice(0, 2)).toEqual(plain?.epochs.slice(0, 2))
    expect(eArm?.epochs.at(-1)?.effectiveSampleSize).toBeGreaterThan(1)
    const { shown } = results
    if (shown.kind !== 'translations') return expect.fail()
    expect(shown.sentences).toHaveLength(9)
    for (const variant of ['plain', 'e-arm'])
      expect(shown.translations[variant]?.map(({ text }) => text)).toEqual(
        shown.sentences.map(({ reference: wanted }) => wanted),
      )
    const { bleu, rouge, byLength, meteor, byCandidates, exposure } = eArm?.translation ?? expect.fail()
    expect([plain?.translation?.exposure, exposure?.total]).toEqual([undefined, 18])
    expect([rouge.rouge1, bleu]).toEqual([100, byLength[1]?.bleu])
    expect(meteor).toBeGreaterThan(90)
    expect(byCandidates.map(({ candidates }) => candidates)).toEqual([0, 2])
    expect(summaryOf(results).map(({ variant }) => variant)).toEqual(['plain', 'e-arm'])
    const text = exactJson(eArmResultsCodec.encode(results))
    expect(decodeJson(eArmResultsCodec, 'results')(text)).toEqual(E.right(results))
  }, 300_000)
})
