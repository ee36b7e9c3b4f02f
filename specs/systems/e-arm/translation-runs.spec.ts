/**
 * A finished translation run read back: measured again it gives the run's own numbers, asked to translate without settings
 * the report's translations; files of one's own, other searches, draws; and what cannot be.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodeDataServices } from '../../../lib/data/services.ts'
import { silentProgress } from '../../../lib/progress.ts'
import { runEArm } from '../../../lib/systems/e-arm/experiment.ts'
import type { EArmResults, EArmServices, Shown } from '../../../lib/systems/e-arm/results.ts'
import { evaluateEArm } from '../../../lib/systems/e-arm/run-evaluation.ts'
import { sampleEArm } from '../../../lib/systems/e-arm/run-samples.ts'
import type { TranslationExperiment } from '../../../lib/systems/e-arm/experiment-options.ts'
import { eArmPresets } from '../../../lib/systems/e-arm/settings.ts'
import { left, run } from '../../either.ts'
import { writeFiles } from '../../folder.ts'

const { tiny } = eArmPresets.translate

/** A hundred pairs of letters, and of the same letters turned round. */
const words = Array.from({ length: 100 }, (_, i) => `${'abcdefghij'[i % 10]}${'klmnopqrst'[Math.floor(i / 10)]}`)
const turned = words.map((word) => [...word].reverse().join(''))
const lines = (texts: readonly string[]): string => texts.map((text) => `${text}\n`).join('')

const folder = mkdtempSync(join(tmpdir(), 'exptilt-'))
const at = (name: string): string => join(folder, name)

const options: TranslationExperiment = {
  ...tiny,
  data: at('source.txt'),
  target: at('target.txt'),
  symbols: 258,
  time: 4,
  network: { width: 4, layers: 1, heads: 1, dropout: 0 },
  batch: 2,
  epochs: 2,
  updates: 2,
  objective: { ...tiny.objective, lambda: 0.5, startEpoch: 1 },
  beam: 2,
  translated: 3,
  candidates: [0, 2],
  lengths: [0],
  measured: 4,
  samples: 2,
  device: 'reference',
}

const services: EArmServices = {
  progress: silentProgress,
  signal: new AbortController().signal,
  data: nodeDataServices(),
  directory: at('checkpoint'),
}

/** Translations by variant, with their sentences. */
const translated = ({ shown }: { readonly shown: Shown }) =>
  shown.kind === 'translations' ? shown : expect.fail('these are no translations')

let results: EArmResults
beforeAll(async () => {
  mkdirSync(at('checkpoint'))
  writeFiles(folder, { 'source.txt': lines(words), 'target.txt': lines(turned) })
  results = await run(runEArm(services)(options))
}, 60_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('measured again', { timeout: 60_000 }, () => {
  it('gives the same perplexities, standard errors and scores', async () => {
    const found = await run(evaluateEArm(services)(options))
    const [own, again] = [results.seeds[0]?.variants ?? [], found.seeds[0]?.variants ?? []]
    expect(again.map(({ variant }) => variant)).toEqual(['plain', 'e-arm'])
    for (const [i, { test, standardError, translation }] of own.entries()) {
      const { exposure: _, ...measures } = translation ?? expect.fail()
      expect(again[i]).toMatchObject({ test, standardError })
      expect(again[i]?.translation).toEqual(measures)
    }
    expect(again[0]?.difference).toBeUndefined()
    const [plain, eArm] = own.map(({ test }) => Math.exp(test))
    expect(again[1]?.difference?.value).toBeCloseTo((eArm ?? Number.NaN) - (plain ?? Number.NaN), 12)
    expect([found.leftOut, found.unfinished]).toEqual([0, []])
  })

  it('with another search, other counts and other tables', async () => {
    const asked = { measured: 2, translated: 1, beam: 1, lengthPenalty: 0, candidates: [0], lengths: [0, 9] }
    const found = await run(evaluateEArm(services)(options, asked))
    expect(found.options).toMatchObject(asked)
    expect(found.seeds[0]?.variants[0]?.translation?.byLength.map(({ lines: count }) => count)).toEqual([1, 0])
    expect(found.seeds[0]?.variants[0]?.translation?.byCandidates).toHaveLength(1)
    expect(left(await evaluateEArm(services)(options, { beam: 0 })()).what).toContain('--beam 0')
  })

  it('on two files of test pairs: all that fit, in their order', async () => {
    writeFiles(folder, { 'test.de': lines(['ab', '', 'abcdefgh', 'cd']), 'test.en': lines(['ba', 'x', 'hgf', 'dc']) })
    const files = { data: at('test.de'), target: at('test.en') }
    const found = await run(evaluateEArm(services)(options, files))
    expect([found.rows.test, found.leftOut, found.licence]).toEqual([2, 2, 'your own'])
    expect(found.options).toMatchObject({ ...files, measured: 2, translated: 2 })
    writeFiles(folder, { 'long.de': 'abcdefgh\n', 'long.en': 'hgfedcba\n' })
    const long = { data: at('long.de'), target: at('long.en') }
    expect(left(await evaluateEArm(services)(options, long)())).toMatchObject({ tag: 'Usage' })
    const uneven = { data: at('test.de'), target: at('long.en') }
    expect(left(await evaluateEArm(services)(options, uneven)()).what).toContain('has 4 lines and')
  })
})

describe('asked to translate', { timeout: 60_000 }, () => {
  it('gives the translations of the report; more, and one training alone', async () => {
    const found = await run(sampleEArm(services)(options))
    expect(found.shown).toEqual(results.shown)
    expect(translated(found).sentences).toHaveLength(2)
    const more = await run(sampleEArm(services)(options, { count: 3, variants: ['e-arm'] }))
    expect(Object.keys(translated(more).translations)).toEqual(['e-arm'])
    expect(translated(more).translations['e-arm']?.slice(0, 2)).toEqual(translated(found).translations['e-arm'])
  })

  it('translates sentences of one’s own, each as if it were alone', async () => {
    const byBeam = async (...texts: readonly string[]) =>
      translated(
        await run(
          sampleEArm(services)(options, {
            sentences: texts.map((text) => ({ name: text, text })),
            method: { kind: 'beam', beam: 3, lengthPenalty: 0 },
          }),
        ),
      )
    const [both, second] = [await byBeam('ab', 'cd'), await byBeam('cd')]
    expect(both.sentences).toEqual([{ source: 'ab' }, { source: 'cd' }])
    for (const variant of ['plain', 'e-arm'] as const) {
      const [own, alone] = [both.translations[variant]?.[1], second.translations[variant]?.[0]]
      expect(own?.text).toBe(alone?.text)
      expect(own?.logProbability).toBeCloseTo(alone?.logProbability ?? Number.NaN, 9)
    }
  })

  it('draws: the same from a seed, whatever else is translated; top-k of 1 is the greedy translation', async () => {
    const drawn = async (count: number, how: object) =>
      translated(await run(sampleEArm(services)(options, { count, method: { kind: 'sampling' }, ...how }))).translations
    const [two, one, other] = [await drawn(2, {}), await drawn(1, { seed: 1 }), await drawn(2, { seed: 2 })]
    expect(one['plain']).toEqual(two['plain']?.slice(0, 1))
    expect(other).not.toEqual(two)
    const best = await drawn(2, { decoding: { topK: 1 } })
    const greedy = await run(sampleEArm(services)(options, { method: { kind: 'beam', beam: 1 } }))
    for (const variant of ['plain', 'e-arm'] as const)
      best[variant]?.forEach(({ text, logProbability }, i) => {
        expect(translated(greedy).translations[variant]?.[i]?.text).toBe(text)
        expect(translated(greedy).translations[variant]?.[i]?.logProbability).toBeCloseTo(logProbability, 9)
      })
  })

  it('says which sentence has no tokens or too many, which training there is, and what is wrong with a search', async () => {
    const refused = async (request: Parameters<ReturnType<typeof sampleEArm>>[1]) =>
      left(await sampleEArm(services)(options, request)())
    const naming = (text: string) => ({ sentences: [{ name: 'line 1 of x', text }] })
    expect(await refused(naming(''))).toMatchObject({ tag: 'Usage', what: 'line 1 of x has no tokens' })
    expect((await refused(naming('a b c d'))).what).toBe(
      'line 1 of x has 7 tokens, and a sentence of this run at most 3',
    )
    expect((await refused({ variants: ['both'] })).what).toBe("the run has no training 'both'")
    expect((await refused({ method: { kind: 'beam', beam: 0 } })).what).toContain('--beam 0')
    expect((await refused({ method: { kind: 'sampling' }, decoding: { topP: 2 } })).tag).toBe('Domain')
  })
})

it('a run of other options, or one that was not trained to its end, is refused', async () => {
  expect(left(await evaluateEArm(services)({ ...options, learningRate: 0.5 })()).tag).toBe('Checkpoint')
  const { directory: _, ...nowhere } = services
  expect(left(await sampleEArm(nowhere)({ ...options, out: 'DIR' })())).toMatchObject({
    tag: 'Checkpoint',
    what: 'no seed of the run in DIR is trained to its end',
    remedy: 'go on with it first: exptilt earm translate --resume DIR',
  })
})
