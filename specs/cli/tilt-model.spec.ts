/** `exptilt tilt` on runs of this library: tiny ones of every command, trained here. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as t from 'io-ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { main } from '../../lib/cli/main.ts'
import { decodeJson } from '../../lib/codec/json.ts'
import { nodeDataServices } from '../../lib/data/services.ts'
import { silentProgress } from '../../lib/progress.ts'
import { runEArm } from '../../lib/systems/e-arm/experiment.ts'
import type { LanguageExperiment, TranslationExperiment } from '../../lib/systems/e-arm/experiment-options.ts'
import { eArmPresets, experimentCodec } from '../../lib/systems/e-arm/settings.ts'
import { gamOptionsCodec } from '../../lib/systems/gam/settings.ts'
import { residualOptionsCodec } from '../../lib/systems/residual/settings.ts'
import { right, run } from '../either.ts'
import { writeFiles } from '../folder.ts'
import { runTiny as runTinyGam, tiny as tinyGam } from '../systems/gam/tiny.ts'
import { generatedText, runTiny as runTinyResidual, tinyOptions } from '../systems/residual/tiny.ts'
import { inWorld } from './fake-world.ts'

const folder = mkdtempSync(join(tmpdir(), 'exptilt-tilt-'))
const at = (...names: readonly string[]): string => join(folder, ...names)

const exptilt = (...argv: readonly string[]) => inWorld((world) => main(['tilt', ...argv], world))()

const answer = decodeJson(
  t.type({ samples: t.readonlyArray(t.string), logPartition: t.type({ value: t.number }), model: t.string }),
  'the answer',
)

/** The folder of a run with its options, and where its checkpoint goes. */
const runFolder = (name: string, options: unknown): string => {
  mkdirSync(at(name, 'checkpoint'), { recursive: true })
  writeFileSync(at(name, 'options.json'), JSON.stringify(options))
  return at(name, 'checkpoint')
}

const words = Array.from({ length: 100 }, (_, i) => `${'abcdefghij'[i % 10]}${'klmnopqrst'[Math.floor(i / 10)]}`)
const lines = (texts: readonly string[]): string => texts.map((text) => `${text}\n`).join('')
const network = { width: 4, layers: 1, heads: 1, dropout: 0 }
const short = { batch: 2, epochs: 2, updates: 2, measured: 4, samples: 2, device: 'reference' } as const

const eArm = async (name: string, options: TranslationExperiment | LanguageExperiment): Promise<void> => {
  const directory = runFolder(name, experimentCodec.encode(options))
  const signal = new AbortController().signal
  await run(runEArm({ progress: silentProgress, signal, data: nodeDataServices(), directory })(options))
}

beforeAll(async () => {
  const { translate, lm } = eArmPresets
  writeFiles(folder, {
    'source.txt': lines(words),
    'target.txt': lines(words.map((word) => [...word].reverse().join(''))),
    'text.txt': generatedText(60),
  })
  await eArm('translate', {
    ...translate.tiny,
    ...short,
    network,
    objective: { ...translate.tiny.objective, startEpoch: 1 },
    data: at('source.txt'),
    target: at('target.txt'),
    symbols: 258,
    time: 5,
    beam: 2,
    translated: 3,
    candidates: [0],
    lengths: [0],
  })
  await eArm('lm', {
    ...lm.tiny,
    ...short,
    network: { ...lm.tiny.network, ...network },
    objective: { ...lm.tiny.objective, startEpoch: 1 },
    data: at('text.txt'),
    time: 16,
  })
  right(await runTinyGam(tinyGam, { directory: runFolder('gam', gamOptionsCodec.encode(tinyGam)) }))
  const residual = tinyOptions(at('text.txt'))
  right(
    await runTinyResidual(residual, 'train', {
      directory: runFolder('residual', residualOptionsCodec.encode(residual)),
    }),
  )
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const small = ['--particles', '16', '--samples', '4', '--json'] as const

describe('exptilt tilt --model RUN', { timeout: 60_000 }, () => {
  it.each([
    ['translate', ['--source', 'ak', '--regex', '[a-z]{1,2}', '--limit', '3'], /^[a-z]{1,2}$/u],
    ['translate', ['--source', 'ak', '--network', 'plain', '--regex', '[a-z]{2}', '--limit', '3'], /^[a-z]{2}$/u],
    ['lm', ['--prompt', 'the ', '--regex', '[a-z ]{3}', '--limit', '8'], /^[a-z ]{3}$/u],
    ['gam', ['--prompt', 'a', '--contain', 'ab', '--limit', '6'], /ab/u],
    ['gam', ['--network', 'base', '--regex', 'b*a', '--limit', '6'], /^b*a$/u],
    ['residual', ['--prompt', 'the', '--regex', ' [a-z]+', '--limit', '4'], /^ [a-z]+$/u],
    ['residual', ['--network', 'base', '--avoid', 'e', '--limit', '4'], /^[^e]*$/u],
  ] as const)('%s: %j', async (name, argv, pattern) => {
    const seen = await exptilt('--model', at(name), ...argv, ...small)
    expect([seen.code, seen.stderr]).toEqual([0, expect.not.stringMatching(/give|:/u)])
    const { samples, model } = right(answer(seen.stdout))
    expect(samples.filter((text) => !pattern.test(text))).toEqual([])
    expect(samples).toHaveLength(4)
    expect(model).toMatch(/^a network of \d+ symbols on /u)
  })

  it('different networks of a run, sources and prompts are different laws', async () => {
    const logZ = async (...argv: readonly string[]): Promise<number> =>
      right(answer((await exptilt(...argv, ...small)).stdout)).logPartition.value
    const translated = ['--model', at('translate'), '--regex', '[a-m]{1,2}', '--limit', '3'] as const
    const own = await logZ(...translated, '--source', 'ak')
    expect(await logZ(...translated, '--source', 'bt')).not.toBe(own)
    expect(await logZ(...translated, '--source', 'ak', '--network', 'plain')).not.toBe(own)
    const strings = ['--model', at('gam'), '--regex', 'b*a', '--limit', '6'] as const
    expect(await logZ(...strings, '--network', 'base')).not.toBe(await logZ(...strings))
    expect(await logZ(...strings, '--prompt', 'b')).not.toBe(await logZ(...strings))
  })

  it.each([
    ['translate', [], /^a run of translation needs a sentence to translate: give --source TEXT\.$/],
    ['translate', ['--source', 'a'.repeat(9)], /^--source has \d tokens, and a sentence of this run at most 4: give/],
    [
      'translate',
      ['--source', 'a', '--network', 'best'],
      /^the run has no training 'best': give --network plain or e-arm/,
    ],
    ['gam', ['--dtype', 'q4'], /^--dtype was given, and \S+ is a run of exptilt: leave it out\.$/],
    ['lm', ['--provider', 'webgpu'], /^--provider was given, and \S+ is a run of exptilt: leave it out\.$/],
    ['gam', ['--source', 'a'], /^--source was given, and a run of exptilt gam translates nothing: leave it out\.$/],
    ['gam', ['--prompt', 'x'], /^the prompt "x" has symbols that the run's strings have not: use a b\.$/],
    ['gam', ['--network', 'best'], /^a gam run has no model 'best': give --network base or student\.$/],
    [
      'residual',
      ['--network', 'unit'],
      /^a residual run has no language model 'unit': give --network base, balm or policy\.$/,
    ],
    ['residual', ['--limit', '60'], /^texts of 60 tokens do not fit the model, which reads 7 of them: give a lower/],
    ['lm', ['--prompt', 'a'.repeat(40)], /^the prompt has 40 tokens, and the model reads 15: give a shorter prompt\.$/],
  ] as const)('%s %j: one sentence, exit code 2', async (name, argv, sentence) => {
    const seen = await exptilt(
      '--model',
      at(name),
      ...(argv.join().includes('--limit') ? [] : ['--limit', '3']),
      ...argv,
    )
    const said = seen.stderr.split('\n').filter((line) => line !== '' && !line.startsWith('start'))
    expect([said.at(-1), seen.code, seen.stdout]).toEqual([expect.stringMatching(sentence), 2, ''])
  })
})
