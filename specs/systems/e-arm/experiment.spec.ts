/**
 * A whole experiment at the smallest size: λ = 0 and the epochs before the start are plain to the bit, an interrupted run
 * goes on to the same bits, and the record comes back from JSON.
 */
import { exactJson } from '../../../lib/codec/exact-json.ts'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { decodeJson } from '../../../lib/codec/json.ts'
import { nodeDataServices } from '../../../lib/data/services.ts'
import { type Progress, silentProgress } from '../../../lib/progress.ts'
import type { LanguageExperiment } from '../../../lib/systems/e-arm/experiment-options.ts'
import { eArmPresets } from '../../../lib/systems/e-arm/settings.ts'
import {
  type EArmResults,
  type EArmServices,
  type TrainingRecord,
  eArmResultsCodec,
} from '../../../lib/systems/e-arm/results.ts'
import { runEArm } from '../../../lib/systems/e-arm/experiment.ts'
import { filesIn, withFolder } from '../../folder.ts'
import { left, right, run } from '../../either.ts'

const base = eArmPresets.lm.tiny

/** Text of 26 letters in a folder, and the smallest experiment on it. */
const experimentIn = (folder: string, more: Partial<LanguageExperiment['objective']> = {}): LanguageExperiment => {
  const data = join(folder, 'text.txt')
  const line = (i: number): string => Array.from({ length: 40 }, (_, j) => 'abcdefgh ij'[(i * 7 + j * j) % 11]).join('')
  writeFileSync(data, Array.from({ length: 30 }, (_, i) => `${line(i)}\n`).join(''))
  return {
    ...base,
    data,
    time: 5,
    network: { kind: 'transformer', width: 4, layers: 1, heads: 1, dropout: 0.2 },
    batch: 2,
    epochs: 3,
    updates: 2,
    objective: { ...base.objective, lambda: 0.5, startEpoch: 1, length: 4, ...more },
    seeds: 1,
    measured: 3,
    samples: 2,
    device: 'reference',
  }
}

const servicesIn = (folder: string, more: Partial<EArmServices> = {}): EArmServices => ({
  progress: silentProgress,
  signal: new AbortController().signal,
  data: { ...nodeDataServices(), cache: join(folder, 'cache') },
  ...more,
})

const untimed = ({ seconds: _, ...rest }: TrainingRecord) => rest

/** A seed's trainings by variant. */
const trainings = ({ seeds }: EArmResults) =>
  Object.fromEntries((seeds[0]?.variants ?? []).map((record) => [record.variant, record]))

/** Results without times. */
const bits = ({ seconds: _, seeds, ...rest }: EArmResults) => ({
  ...rest,
  seeds: seeds.map(({ seed, variants }) => ({ seed, variants: variants.map(untimed) })),
})

/** Aborts at the n-th step. */
const stopping = (n: number): { readonly progress: Progress; readonly signal: AbortSignal } => {
  const controller = new AbortController()
  let steps = 0
  return {
    signal: controller.signal,
    progress: {
      ...silentProgress,
      advance: (by) => {
        steps += by
        if (steps >= n) controller.abort()
      },
    },
  }
}

describe('an E-ARM experiment', () => {
  it('E4: with λ = 0 both variants are the same to the bit', () =>
    withFolder(async (folder) => {
      const results = await run(runEArm(servicesIn(folder))(experimentIn(folder, { lambda: 0 })))
      const { plain = expect.fail(), 'e-arm': eArm = expect.fail() } = trainings(results)
      expect(plain.epochs).toHaveLength(3)
      expect(untimed({ ...eArm, variant: 'plain' })).toEqual(untimed(plain))
      const samples = results.shown.kind === 'texts' ? results.shown.samples : {}
      expect(samples['plain']).toHaveLength(2)
      expect(samples['e-arm']).toEqual(samples['plain'])
    }))

  it('E21: before the start epoch both are the same, and from there on they differ; results come back from JSON', () =>
    withFolder(async (folder) => {
      const results = await run(runEArm(servicesIn(folder))(experimentIn(folder)))
      const { plain = expect.fail(), 'e-arm': eArm = expect.fail() } = trainings(results)
      expect(eArm.epochs[0]).toEqual(plain.epochs[0])
      expect(eArm.epochs[0]).not.toHaveProperty('energy')
      for (const i of [1, 2]) {
        expect(eArm.epochs[i]?.validation).not.toBe(plain.epochs[i]?.validation)
        expect(eArm.epochs[i]?.effectiveSampleSize).toBeGreaterThanOrEqual(1)
        expect(eArm.epochs[i]?.effectiveSampleSize).toBeLessThanOrEqual(2 + 1e-6)
      }
      expect(results.shown).toMatchObject({ kind: 'texts', texts: { plain: { length: 2 } } })
      const text = exactJson(eArmResultsCodec.encode(results))
      expect(right(decodeJson(eArmResultsCodec, 'results.json')(text))).toEqual(results)
    }))

  it('measures test rows after every epoch where that is asked for, and nothing else changes', () =>
    withFolder(async (folder) => {
      const of = async (more: Partial<LanguageExperiment>) =>
        trainings(await run(runEArm(servicesIn(folder))({ ...experimentIn(folder), ...more })))
      const [with_, without] = [await of({ testCurve: true }), await of({})]
      for (const variant of ['plain', 'e-arm']) {
        const own = with_[variant]?.epochs ?? []
        expect(own.map(({ test: _, ...rest }) => rest)).toEqual(without[variant]?.epochs)
        const best = own.reduce((a, b) => (b.validation < a.validation ? b : a))
        expect(best.test).toBe(with_[variant]?.test)
      }
    }))

  it('ends a training of its own after as many epochs without a better validation, never the shared one', () =>
    withFolder(async (folder) => {
      const still = { ...experimentIn(folder, { startEpoch: 2 }), epochs: 6, learningRate: 1e-30, patience: 2 }
      const found = trainings(await run(runEArm(servicesIn(folder))(still)))
      // The first epoch is the best of all; by the end of the second, where they part, one has gone by.
      expect(Object.values(found).map(({ epochs }) => epochs.length)).toEqual([3, 3])
      const shared = { ...still, objective: { ...still.objective, startEpoch: 5 } }
      const late = trainings(await run(runEArm(servicesIn(folder))(shared)))
      expect(Object.values(late).map(({ epochs }) => epochs.length)).toEqual([6, 6])
    }))

  it('interrupted anywhere and resumed, it gives the same bits', () =>
    withFolder(async (folder) => {
      const options = experimentIn(folder)
      const whole = await run(runEArm(servicesIn(folder))(options))
      const directory = join(folder, 'checkpoint')
      mkdirSync(directory)
      for (const n of [1, 3, 4, 3])
        expect(left(await runEArm(servicesIn(folder, { directory, ...stopping(n) }))(options)()).tag).toBe(
          'Interrupted',
        )
      expect(filesIn(directory).length).toBeGreaterThan(0)
      const resumed = await run(runEArm(servicesIn(folder, { directory }))(options))
      expect(bits(resumed)).toEqual(bits(whole))
      expect(trainings(resumed)['e-arm']?.seconds).toBeGreaterThan(0)
    }))

  it('any of the four ways can be trained from one start, and each goes its own way', () =>
    withFolder(async (folder) => {
      const all = ['plain', 'scheduled', 'e-arm', 'both'] as const
      const results = await run(runEArm(servicesIn(folder))({ ...experimentIn(folder), variants: all }))
      const found = results.seeds[0]?.variants ?? []
      expect(found.map(({ variant }) => variant)).toEqual(all)
      expect(new Set(found.map(({ epochs }) => epochs[0]?.validation)).size).toBe(1)
      expect(new Set(found.map(({ epochs }) => epochs[2]?.validation)).size).toBe(4)
      const two = await run(runEArm(servicesIn(folder))(experimentIn(folder)))
      expect([found[0], found[2]].map((one) => one && untimed(one))).toEqual(two.seeds[0]?.variants.map(untimed))
      const off = await run(
        runEArm(servicesIn(folder))({ ...experimentIn(folder, { lambda: 0 }), variants: ['scheduled', 'both'] }),
      )
      const [scheduled, both] = off.seeds[0]?.variants ?? []
      expect(both?.epochs).toEqual(scheduled?.epochs)
      expect(scheduled?.epochs).toEqual(found[1]?.epochs)
    }))
})
