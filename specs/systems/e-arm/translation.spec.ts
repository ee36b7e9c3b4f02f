/** Translation with the energy objective, on strings to be reversed: bits, sampled targets, what is learnt, the record. */
import { exactJson } from '../../../lib/codec/exact-json.ts'
import { decodeJson } from '../../../lib/codec/json.ts'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { at } from '../../../lib/at.ts'
import type { Feeds } from '../../../lib/executor.ts'
import type { Value } from '../../../lib/expr.ts'
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
import { fedNames, only } from '../../../lib/systems/e-arm/feeds.ts'
import type { WeightSource } from '../../../lib/systems/e-arm/options.ts'
import type { Sharing } from '../../../lib/systems/e-arm/weights.ts'
import { eArmStep } from '../../../lib/systems/e-arm/programs.ts'
import { eArmTrainer, stepSettings, type TrainerSettings } from '../../../lib/systems/e-arm/trainer.ts'
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

/** What a step with the energy objective reports on these rows; `group` rows share their Ẑ where w is that of a source. */
const reported = async (own: TrainerSettings, given: Feeds, weights: WeightSource, group = own.rowsPerSource ?? 1) => {
  const steps = stepSettings({ ...own, dropout: 0, options: { ...own.options, weights } })
  const sharing: Sharing = weights === 'source' ? { kind: 'group', rows: group } : { kind: 'batch' }
  const program = eArmStep(pairedRows(network, end), { ...steps, loss: { ...steps.loss, sharing } }, 'e-arm')
  const prepared = await run(reference.prepare(program))
  await run(prepared.writeState(start))
  const out = await run(
    prepared.run(only(fedNames(program), given), ['loss', 'crossEntropy', 'positive', 'negative', 'ess']),
  )
  prepared.release()
  return Object.fromEntries(Object.entries(out).map(([name, value]) => [name, value?.data[0] ?? Number.NaN]))
}

const flat = (list: readonly (readonly number[])[]): Int32Array => Int32Array.from(list.flat())
/** Two sources, and for each two targets, of which one is longer than its source allows. */
const two = {
  source: [
    [0, 1, 3],
    [2, 3, 3],
  ],
  lengths: [3, 2],
  tokens: [
    [1, 0, 3],
    [2, 3, 3],
  ],
}
const drawn = [
  [0, 0, 3],
  [1, 3, 3],
  [2, 2, 3],
  [1, 3, 3],
]
const twice = <A>(list: readonly A[]): readonly A[] => list.flatMap((one) => [one, one])
const settingsOfTwo: TrainerSettings = {
  ...settings(0.3),
  options: { ...settings(0.3).options, negativeTokens: 100, labelSmoothing: 0 },
}

describe('several targets of a source', () => {
  const fed = {
    source: flat(two.source),
    lengths: Int32Array.from(two.lengths),
    tokens: flat(two.tokens),
    negatives: flat(drawn),
    normalisers: flat(drawn.toReversed()),
  }
  const spread = {
    ...fed,
    source: flat(twice(two.source)),
    lengths: Int32Array.from(twice(two.lengths)),
    tokens: flat(twice(two.tokens)),
  }

  it.each(['batch', 'source'] as const)(
    'are read over its memory: as a batch that has every pair as often, with w over %s',
    async (weights) => {
      const few = await reported({ ...settingsOfTwo, batch: 2, rowsPerSource: 2 }, fed, weights)
      const many = await reported({ ...settingsOfTwo, batch: 4 }, spread, weights, 2)
      for (const name of Object.keys(few)) expect([name, few[name]]).toEqual([name, expect.closeTo(many[name] ?? 0, 9)])
    },
  )

  it('have other weights pooled, for each source, and from independent rows', async () => {
    const of = async (weights: WeightSource) =>
      (await reported({ ...settingsOfTwo, batch: 2, rowsPerSource: 2 }, fed, weights))['negative'] ?? 0
    const [pooled, own, other] = [await of('batch'), await of('source'), await of('independent')]
    expect(pooled).not.toBeCloseTo(own, 6)
    expect(other).not.toBeCloseTo(own, 6)
  })

  it('an experiment samples as many as it says, with w normalised for each source', async () => {
    const trainer = await run(
      eArmTrainer(reference, pairedRows(network, end), {
        ...settings(0.1),
        options: { ...settings(0.1).options, weights: 'source', negativeTokens: 100 },
        rowsPerSource: 3,
      }),
    )
    expect(trainer.shape.negatives).toBe(18)
    const prepared = await run(trainer.prepared('e-arm'))
    await run(prepared.writeState(start))
    const out = await run(prepared.run(feeds(0), ['ess']))
    expect(out['ess']?.data[0]).toBeLessThanOrEqual(18)
    expect(await run(trainer.sample(feeds(0)))).toHaveLength(18 * time)
    trainer.release()
  })
})

describe('batches of several shapes', () => {
  it('train one network: each update is that of a trainer of its shape alone, on the state that the other left', async () => {
    const kind = pairedRows(network, end)
    const shapes = [
      { batch: 6, time },
      { batch: 3, time: 2 },
    ]
    const short = (step: number): Feeds => ({
      source: Int32Array.of(step % 3, 3, 1, 3, 2, 3),
      lengths: Int32Array.of(2, 2, 2),
      tokens: Int32Array.of(1, 3, step % 3, 3, 0, 3),
      key: Uint32Array.of(step, 5),
    })
    const own = { ...settings(0.3), dropout: 0 }
    const state = async (update: (which: number, given: Feeds) => Promise<unknown>, read: () => Promise<unknown>) => {
      await update(1, short(1))
      await update(0, feeds(1))
      await update(1, short(2))
      return read()
    }
    const several = await run(eArmTrainer(reference, kind, { ...own, shapes }))
    const prepared = await run(several.prepared('e-arm'))
    await run(prepared.writeState(start))
    const together = await state(
      (which, given) => run(prepared.run({ ...given, shape: Int32Array.of(which) }, ['loss'])),
      () => run(prepared.readState()),
    )
    several.release()
    let held: Readonly<Record<string, Value>> | undefined
    const apart = await state(
      async (which, given) => {
        const one = await run(eArmTrainer(reference, kind, { ...own, ...at(shapes, which) }))
        const step = await run(one.prepared('e-arm'))
        await run(step.writeState(start))
        if (held !== undefined)
          await run(step.writeState(Object.fromEntries(Object.entries(held).map(([n, v]) => [n, v.data]))))
        await run(step.run(given, ['loss']))
        held = await run(step.readState())
        one.release()
      },
      () => Promise.resolve(held),
    )
    expect(together).toEqual(apart)
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
