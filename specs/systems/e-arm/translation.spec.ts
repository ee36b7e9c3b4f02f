/** Translation with the energy objective, on strings to be reversed: bits, sampled targets, what is learnt, the record. */
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import type { Pair } from '../../../lib/data/pairs.ts'
import type { Feeds } from '../../../lib/executor.ts'
import { fold, key } from '../../../lib/key.ts'
import { prefixed } from '../../../lib/models/parameters.ts'
import { adam } from '../../../lib/optimise/index.ts'
import { silentProgress } from '../../../lib/progress.ts'
import { reference } from '../../../lib/reference.ts'
import type { EArmServices } from '../../../lib/systems/e-arm/experiment-results.ts'
import { translationCodec, validateTranslation } from '../../../lib/systems/e-arm/translation-options.ts'
import { translationPresets } from '../../../lib/systems/e-arm/translation-presets.ts'
import type { TranslationVariant } from '../../../lib/systems/e-arm/translation-programs.ts'
import { translationResultsCodec, translationSummary } from '../../../lib/systems/e-arm/translation-results.ts'
import { drawPairs, pairRows } from '../../../lib/systems/e-arm/translation-rows.ts'
import { perToken, translationRuntime } from '../../../lib/systems/e-arm/translation-runtime.ts'
import { type TranslationTask, translationNetwork } from '../../../lib/systems/e-arm/translation-task.ts'
import { translationTrainer } from '../../../lib/systems/e-arm/translation-trainer.ts'
import { translationOn } from '../../../lib/systems/e-arm/translation.ts'
import { left, run } from '../../energy/support.ts'

const [time, end] = [3, 3]
const options = {
  ...translationPresets.tiny,
  time,
  network: { width: 16, layers: 1, heads: 2, dropout: 0 },
  batch: 12,
  epochs: 4,
  updates: 25,
  learningRate: 0.02,
  objective: { ...translationPresets.tiny.objective, startEpoch: 2, labelSmoothing: 0.02 },
  variants: ['plain', 'e-arm'] as const,
  translated: 9,
  measured: 9,
  samples: 9,
  beam: 2,
  candidates: [0, 2],
  lengths: [0, 2],
}

/** All strings of two of three symbols, to be reversed. */
const strings = [0, 1, 2].flatMap((a) => [0, 1, 2].map((b) => [a, b]))
const text = (symbols: ArrayLike<number>): string => Array.from(symbols, (s) => 'abc'[s] ?? '?').join(' ')
const pairs = strings.map((source) => ({ source, target: source.toReversed() }))
const rows = pairRows(time, end)(pairs)
const network = translationNetwork(options, 4, end)
const task: TranslationTask = {
  title: 'Strings reversed',
  licence: 'none needed',
  network,
  end,
  rows: { training: rows, validation: rows, test: rows },
  sentences: pairs.map(({ source, target }): Pair => [text(source), text(target)]),
  decode: text,
}
const services: EArmServices = {
  progress: silentProgress,
  signal: new AbortController().signal,
  data: { cache: '', run: () => () => Promise.reject(new Error('no program is run')), progress: silentProgress },
}

const start = network.initialise(key(1))
const settings = (lambda: number) => ({
  loss: { ...options.objective, lambda, sharing: { kind: 'batch' } as const },
  shape: { batch: 6, time, negatives: 4, length: time },
  end,
  optimiser: adam(0.01),
  dropout: 0.1,
})
const feeds = (step: number): Feeds => {
  const { source, lengths, target } = drawPairs(rows, key(step), 6)
  const mixing = Float32Array.of(0.5)
  return { source, lengths, tokens: target, key: Uint32Array.from(fold(key(7), step)), mixing }
}

const trained = async (lambda: number, variant: TranslationVariant, steps: number) => {
  const trainer = await run(translationTrainer(reference, network, settings(lambda)))
  const prepared = await run(trainer.prepared(variant))
  await run(prepared.writeState(prefixed('parameter/', start)))
  for (let step = 0; step < steps; step++) await run(prepared.run(feeds(step), ['loss']))
  const state = await run(prepared.readState())
  const drawn = await run(trainer.sample(feeds(steps)))
  trainer.release()
  const parameters = Object.entries(state).filter(([name]) => name.startsWith('parameter/') && !name.includes('memory'))
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

  it('divides the cross-entropy by target tokens', () => {
    const energies = new Float64Array(2)
    const { value, standardError } = perToken({
      scores: Float64Array.of(-2, -4),
      counts: Float64Array.of(1, 3),
      energies,
    })
    expect(value).toBe(1.5)
    expect(standardError).toBeCloseTo(Math.hypot(0.5, 0.5) / 4, 12)
  })
})

describe('an experiment', () => {
  it('learns to reverse strings both ways, and its record survives JSON', async () => {
    const results = await run(translationOn(reference, services, task)(options))
    const [plain, eArm] = results.seeds[0]?.variants ?? []
    for (const found of [plain, eArm]) {
      const losses = found?.epochs.map(({ validation }) => validation) ?? []
      expect(losses).toHaveLength(4)
      expect(losses.at(-1)).toBeLessThan(0.3 * (losses[0] ?? 0))
      expect(found?.translations).toEqual(results.shown.map(({ reference: wanted }) => wanted))
    }
    expect(eArm?.epochs.slice(0, 2)).toEqual(plain?.epochs.slice(0, 2))
    expect(eArm?.epochs.at(-1)?.effectiveSampleSize).toBeGreaterThan(1)
    expect(eArm?.byCandidates.map(({ candidates }) => candidates)).toEqual([0, 2])
    expect(translationSummary(results).map(({ variant }) => variant)).toEqual(['plain', 'e-arm'])
    const text = JSON.stringify(translationResultsCodec.encode(results))
    expect(translationResultsCodec.decode(JSON.parse(text))).toEqual(E.right(results))
  }, 300_000)
})

describe('the options', () => {
  it('survive JSON, and say which flag is wrong', () => {
    const text = JSON.stringify(translationCodec.encode(options))
    expect(translationCodec.decode(JSON.parse(text))).toEqual(E.right(options))
    expect(left(validateTranslation({ ...options, beam: 0 })).what).toContain('--beam 0')
    expect(left(validateTranslation({ ...options, candidates: [-1] })).what).toContain('--candidates -1')
    const objective = { ...options.objective, startEpoch: 9 }
    expect(left(validateTranslation({ ...options, objective })).what).toContain('start epoch 9')
  })
})
