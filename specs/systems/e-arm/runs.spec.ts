/**
 * A finished run read back: measured again it gives the run's own numbers, sampled without settings the report's samples;
 * other data, prompts and decodings; and runs that cannot be read back.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodeDataServices } from '../../../lib/data/services.ts'
import { silentProgress } from '../../../lib/progress.ts'
import type { EArmExperiment, LanguageExperiment } from '../../../lib/systems/e-arm/experiment-options.ts'
import { eArmPresets } from '../../../lib/systems/e-arm/settings.ts'
import type { EArmResults, EArmServices } from '../../../lib/systems/e-arm/results.ts'
import { runEArm } from '../../../lib/systems/e-arm/experiment.ts'
import { pairedDifference, testMeasure } from '../../../lib/systems/e-arm/measures.ts'
import { evaluateEArm } from '../../../lib/systems/e-arm/run-evaluation.ts'
import { sampleEArm } from '../../../lib/systems/e-arm/run-samples.ts'
import { trainedSeeds } from '../../../lib/systems/e-arm/runs.ts'
import { startSteps } from '../../../lib/train/steps-state.ts'
import { withFolder } from '../../folder.ts'
import { left, run } from '../../either.ts'

const base = eArmPresets.lm.tiny

const small = { batch: 2, epochs: 2, updates: 2, seeds: 1, measured: 4, samples: 3, device: 'reference' } as const

/** Forty lines of letters. */
const textFile = (file: string, shift: number): string => {
  const line = (i: number): string =>
    Array.from({ length: 40 }, (_, j) => 'abcdefgh ij'[(i * 7 + j * j + shift) % 11]).join('')
  writeFileSync(file, Array.from({ length: 40 }, (_, i) => `${line(i)}\n`).join(''))
  return file
}

/** Twenty images of random-looking levels, as an IDX file. */
const idxFile = (file: string, height: number, width: number): string => {
  const bytes = new Uint8Array(16 + 20 * height * width)
  const view = new DataView(bytes.buffer)
  ;[2051, 20, height, width].forEach((n, i) => view.setUint32(4 * i, n))
  for (let i = 16; i < bytes.length; i++) bytes[i] = (i * i * 37) % 251
  writeFileSync(file, bytes)
  return file
}

const languageOptions = (folder: string): LanguageExperiment => ({
  ...base,
  ...small,
  data: textFile(join(folder, 'text.txt'), 0),
  time: 6,
  network: { kind: 'transformer', width: 4, layers: 1, heads: 1, dropout: 0 },
  objective: { ...base.objective, lambda: 0.5, startEpoch: 1, length: 4 },
})

/** Rows of tokens by variant. */
const samplesOf = ({ shown }: Pick<EArmResults, 'shown'>) => (shown.kind === 'translations' ? {} : shown.samples)

/** A finished run of the smallest size. */
interface Finished {
  readonly services: EArmServices
  readonly options: EArmExperiment
  readonly results: EArmResults
}

const finishedRun = async (folder: string, optionsIn: (folder: string) => EArmExperiment): Promise<Finished> => {
  const directory = join(folder, 'checkpoint')
  mkdirSync(directory, { recursive: true })
  const services = {
    progress: silentProgress,
    signal: new AbortController().signal,
    data: { ...nodeDataServices(), cache: join(folder, 'cache') },
    directory,
  }
  const options = optionsIn(folder)
  return { services, options, results: await run(runEArm(services)(options)) }
}

describe('a finished run on text', () => {
  let language: Finished
  const folder = mkdtempSync(join(tmpdir(), 'exptilt-'))
  beforeAll(async () => {
    language = await finishedRun(folder, languageOptions)
  }, 60_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('measured again, gives the same test cross-entropies and standard errors', async () => {
    const { services, options, results } = language
    const found = await run(evaluateEArm(services)(options))
    const [own, again] = [results.seeds[0] ?? expect.fail(), found.seeds[0] ?? expect.fail()]
    own.variants.forEach(({ variant, test, standardError }, i) =>
      expect(again.variants[i]).toMatchObject({ variant, test, standardError }),
    )
    const [plain, eArm] = own.variants.map(({ test }) => Math.exp(test))
    expect(again.variants[0]?.difference).toBeUndefined()
    expect(again.variants[1]?.difference?.value).toBeCloseTo((eArm ?? Number.NaN) - (plain ?? Number.NaN), 12)
    expect([found.rows.test, found.time, found.unfinished]).toEqual([4, 6, []])
  })

  it('is measured on other text, and on as many rows as are asked for', async () => {
    const { services, options } = language
    const data = textFile(join(folder, 'other.txt'), 5)
    const found = await run(evaluateEArm(services)(options, { data, measured: 2 }))
    expect([found.rows.test, found.options.data, found.title]).toEqual([2, data, data])
    expect(left(await evaluateEArm(services)(options, { data: 'nowhere' })()).tag).toBe('Usage')
  })

  it('sampled without settings, gives the samples of the report; fewer are the first of them', async () => {
    const { services, options, results } = language
    const found = await run(sampleEArm(services)(options))
    expect(found.shown).toEqual(results.shown)
    const fewer = await run(sampleEArm(services)(options, { count: 1, variants: ['e-arm'] }))
    expect(samplesOf(fewer)).toEqual({ 'e-arm': samplesOf(results)['e-arm']?.slice(0, 1) })
    const other = await run(sampleEArm(services)(options, { seed: 2 }))
    expect(other.shown).not.toEqual(results.shown)
  })

  it('is sampled from a prompt, and greedily where one symbol is kept', async () => {
    const { services, options } = language
    const found = await run(sampleEArm(services)(options, { prompt: 'abc', decoding: { topK: 1 } }))
    const texts = found.shown.kind === 'texts' ? found.shown.texts : {}
    for (const text of Object.values(texts).flat()) expect(text.startsWith('abc')).toBe(true)
    expect(texts['plain']).toHaveLength(3)
    expect(new Set(texts['plain']).size).toBe(1)
    expect(left(await sampleEArm(services)(options, { prompt: 'abcdef' })())).toMatchObject({
      tag: 'Usage',
      what: 'the prompt has 6 tokens, and a row of this run 6',
    })
  })

  it('of other options, or not trained to the end, is refused', async () => {
    const { services, options } = language
    const other = { ...options, learningRate: 0.5 }
    expect(left(await evaluateEArm(services)(other)()).tag).toBe('Checkpoint')
    const { directory: _, ...nowhere } = services
    expect(left(await sampleEArm(nowhere)({ ...options, out: 'DIR' })())).toMatchObject({
      tag: 'Checkpoint',
      what: 'no seed of the run in DIR is trained to its end',
      remedy: 'go on with it first: exptilt earm lm --resume DIR',
    })
  })
})

describe('a finished run on images of the user', () => {
  it(
    'is measured and sampled; a prompt, and images of another size, are refused',
    () =>
      withFolder(async (folder) => {
        const { services, options, results } = await finishedRun(folder, (home) => ({
          ...eArmPresets.image.tiny,
          ...small,
          data: idxFile(join(home, 'own.idx'), 3, 2),
          network: { kind: 'pixelcnn', width: 2, layers: 2, dropout: 0 },
          objective: { ...base.objective, startEpoch: 1, length: undefined },
        }))
        expect(results.shown).toMatchObject({
          kind: 'images',
          image: { height: 3, width: 2, channels: 1, levels: 256 },
        })
        expect((await run(sampleEArm(services)(options))).shown).toEqual(results.shown)
        expect(left(await sampleEArm(services)(options, { prompt: 'a' })()).what).toBe('a prompt was given for images')
        const data = idxFile(join(folder, 'wide.idx'), 3, 3)
        expect(left(await evaluateEArm(services)(options, { data })()).what).toBe(
          `${data} has images of 3 × 3 pixels with 1 channel of 256 levels, and the run's have 3 × 2 pixels with 1 channel of 256 levels`,
        )
        const same = idxFile(join(folder, 'same.idx'), 3, 2)
        const [own, other] = [
          await run(evaluateEArm(services)(options)),
          await run(evaluateEArm(services)(options, { data: same })),
        ]
        expect(other.seeds).toEqual(own.seeds)
      }),
    60_000,
  )
})

describe('what is shared', () => {
  it('a paired difference has the error of the rows’ differences, not of the rows', () => {
    const scores = (...sums: readonly number[]) => ({
      sums: Float64Array.from(sums),
      counts: new Float64Array(sums.length).fill(1),
    })
    const a = scores(1, 2, 3, 4)
    expect(pairedDifference('bits per dimension')(a, scores(0.5, 1.5, 2.5, 3.5))).toEqual({
      value: expect.closeTo(-0.5 / Math.LN2, 12),
      standardError: expect.closeTo(0, 12),
    })
    const { value, standardError } = pairedDifference('perplexity')(a, scores(1, 2, 3, 4.4))
    expect(value).toBeCloseTo(Math.exp(2.6) - Math.exp(2.5), 12)
    const rows = [1, 2, 3, 4].map((x, i) => Math.exp(2.6) * (i === 3 ? 4.4 : x) - Math.exp(2.5) * x)
    expect(standardError).toBeCloseTo(testMeasure(Float64Array.from(rows)).standardError, 12)
  })

  it('of rows with more and fewer terms it is that of a ratio', () => {
    const pairs = (...sums: readonly number[]) => ({ sums: Float64Array.from(sums), counts: Float64Array.of(1, 3) })
    // Every term gets the same share less: nothing is left of what makes a row hard.
    const { value, standardError } = pairedDifference('perplexity')(pairs(1, 3), pairs(0.5, 1.5))
    expect([value, standardError]).toEqual([expect.closeTo(Math.exp(0.5) - Math.E, 12), expect.closeTo(0, 12)])
    // Means 1 and 1.5: contributions e^1.5·(1 − 1.5, 5 − 4.5)/4 of the second, none of the first; two rows, so n/(n − 1) = 2.
    const second = pairedDifference('perplexity')(pairs(1, 3), pairs(1, 5))
    expect(second.standardError).toBeCloseTo((Math.exp(1.5) * Math.SQRT2 * Math.hypot(0.5, 0.5)) / 4, 12)
  })

  it('seeds are complete when both trainings are; the shared one stands for both where no epoch has the energy', () => {
    const options = { ...base, epochs: 2, updates: 3, seed: 5, seeds: 3 }
    const [ready, early] = [6, 3].map((step) => ({ ...startSteps({}), step }))
    if (ready === undefined || early === undefined) return expect.fail()
    const fits = { 'shared-5': early, 'plain-5': ready, 'e-arm-5': ready, 'shared-6': ready, 'plain-7': ready }
    const { complete, missing } = trainedSeeds(options, { ...fits, 'shared-7': early, 'e-arm-7': early })
    expect(complete.map(({ seed }) => seed)).toEqual([5, 6])
    expect(missing).toEqual([7])
  })
})
