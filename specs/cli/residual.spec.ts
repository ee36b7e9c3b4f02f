/** `exptilt residual`: wrong input is refused in one sentence with exit code 2; the rest goes to the system and the report. */
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { main } from '../../lib/cli/main.ts'
import { parseArguments } from '../../lib/cli/parse.ts'
import { residualCommand, type ResidualSystem } from '../../lib/cli/residual.ts'
import { failure } from '../../lib/errors.ts'
import { readRecord } from '../../lib/report/report-files.ts'
import { residualResultsCodec } from '../../lib/systems/residual/results-codec.ts'
import type { PromptRequest, Stage } from '../../lib/systems/residual/results.ts'
import type { ResidualOptions } from '../../lib/systems/residual/options.ts'
import { residualExample } from '../report/residual-example.ts'
import { inWorld } from './fake-world.ts'
import { filesIn, withFolder } from '../folder.ts'

interface Call {
  readonly options: ResidualOptions
  readonly stage: Stage | PromptRequest
}

const system = (calls: Call[]): ResidualSystem => ({
  runResidual: (services) => (options, stage) => {
    calls.push({ options, stage })
    if (services.directory !== undefined) writeFileSync(join(services.directory, 'residual.000001.safetensors'), '')
    return TE.right({ ...residualExample, options })
  },
  promptResidual: () => (options, request) => {
    calls.push({ options, stage: request })
    const { prompt, method } = request
    return TE.right({ prompt, method, base: ['x'], joint: ['y'], diagnostics: {} })
  },
  trainedToEnd: () => TE.right(undefined),
})

const flagsOf = async (argv: readonly string[]) => {
  const request = await parseArguments(['residual', ...argv], 100)
  if (request.kind !== 'flags' || request.flags.kind !== 'residual') throw new Error(JSON.stringify(request))
  return request.flags
}

const command = (calls: Call[], ...argv: readonly string[]) =>
  inWorld(async (world) => residualCommand(world, async () => system(calls))(await flagsOf(argv)))()

describe('wrong input', () => {
  const wrong: readonly (readonly [string, readonly string[], string])[] = [
    ['no proposal', ['--proposals', '0'], '--proposals 0'],
    ['a k of zero', ['generate', '--run', 'x', '--top-k', '0'], '--top-k: 0 is not a whole number'],
    ['no continuation', ['--count', '0'], '--count 0'],
    ['no sample', ['--samples', '0'], '--samples 0'],
    ['heads that do not divide', ['--width', '30', '--heads', '4'], 'not a multiple'],
    ['an empty corpus name', ['--data', ''], '--data'],
    ['a tokenizer too small', ['--tokenizer', '12'], 'symbols above 257'],
    ['a k that is no number', ['generate', '--run', 'x', '--top-k', 'few'], 'few'],
    ['no round of noise', ['--objective', 'dynamic-nce', '--rounds', '0'], '--rounds 0'],
    ['more rounds than rows', ['--objective', 'dynamic-nce', '--rounds', '9', '--pool', '8'], 'rows of --pool'],
    ['a weight above one', ['--interpolation', '1.5'], '--interpolation 1.5'],
    ['a likelihood that one row of noise is to normalise', ['--objective', 'importance'], '--ratio'],
    ['a log-normaliser nobody sees', ['--log-normaliser', '--objective', 'importance'], '--log-normaliser'],
    ['a ratio of zero', ['--ratio', '0'], '--ratio 0'],
    ['energies of no layer', ['--energy-layers', '0'], '--energy-layers 0'],
    ['energies deeper than the base', ['--layers', '2', '--energy-layers', '3'], 'more than the 2 of the base'],
    ['too few rows to judge', ['--analysis-rows', '3'], '--analysis-rows 3'],
    ['an unknown preset', ['--preset', 'huge'], 'huge'],
    ['a method without a prompt', ['generate', '--run', 'x', '--method', 'quasi'], '--prompt'],
    ['a prompt elsewhere', ['train', '--prompt', 'a'], '--prompt is no option'],
    ['no run to generate by', ['generate'], 'exptilt residual generate --help'],
    ['a run that is none', ['generate', '--run', '/nowhere/at/all'], 'give the folder of a trained run to --run'],
    ['no run to resume', ['--resume', '/nowhere/at/all'], 'holds no run'],
    ['other options on resuming', ['--resume', 'x', '--layers', '3'], '--layers'],
  ]
  for (const [name, argv, part] of wrong)
    it(`${name}: one sentence, exit code 2`, async () => {
      const seen = await inWorld((world) => main(['residual', ...argv], world))()
      expect(seen.code).toBe(2)
      expect(seen.stderr).toContain(part)
      expect(seen.stderr.trim().split('\n')).toHaveLength(1)
      expect(seen.stdout).toBe('')
    })
})

describe('a run', { timeout: 30_000 }, () => {
  it('gives the typed options to the system and writes the report', () =>
    withFolder(async (folder) => {
      const calls: Call[] = []
      const seen = await command(calls, 'train', '--preset', 'tiny', '--ratio', '3', '--top-k', '5', '--out', folder)
      expect(seen.code).toBe(0)
      expect(calls[0]?.stage).toBe('train')
      expect(calls[0]?.options).toMatchObject({
        preset: 'tiny',
        energy: { ratio: 3 },
        generation: { topK: 5 },
        out: folder,
      })
      const files = filesIn(folder)
      for (const name of [
        'report.html',
        'results.json',
        'options.json',
        'samples.jsonl',
        'sheets/pairs.txt',
        'sheets/pairs.html',
        'sheets/key.json',
      ])
        expect(files).toContain(name)
      expect(files).toContain('figures/perplexity.svg')
      expect(files).toContain('figures/perplexity.png')
      expect(seen.stdout).toContain('Joint BiT')
      const back = await readRecord(residualResultsCodec)(folder)()
      expect(E.isRight(back) && back.right.evaluation).toEqual(residualExample.evaluation)
    }))

  it('resumes with its own options, and other measures if typed', () =>
    withFolder(async (folder) => {
      const calls: Call[] = []
      await command(calls, '--preset', 'tiny', '--seed', '5', '--out', folder)
      const seen = await command(
        calls,
        'generate',
        '--run',
        folder,
        '--count',
        '7',
        '--analysis-rows',
        '50',
        '--analysis-proposals',
        '5',
        '--step-positions',
        '3',
        '--json',
      )
      expect(seen.code).toBe(0)
      expect(calls.map(({ stage }) => stage)).toEqual(['all', 'generate'])
      expect(calls[1]?.options).toMatchObject({
        seed: 5,
        preset: 'tiny',
        generation: { count: 7 },
        analysis: { rows: 50, proposals: 5 },
        evaluation: { stepPositions: 3 },
      })
      expect(JSON.parse(seen.stdout)).toMatchObject({ adapter: 'an executor', evaluation: { chunks: 4 } })
    }))

  it('takes the objective, its parts and a base from a file; k of all is exact samples', () =>
    withFolder(async (folder) => {
      const calls: Call[] = []
      const typed = ['--objective', 'dynamic-nce', '--rounds', '3', '--interpolation', '0.5', '--log-normaliser']
      const deep = ['--layers', '3', '--energy-layers', '1', '--energy-warm-up', '7', '--energy-evaluate-every', '9']
      const often = ['--warm-up', '8', '--evaluate-every', '6']
      await command(
        calls,
        'train',
        ...typed,
        ...deep,
        ...often,
        '--base',
        'b.safetensors',
        '--top-k',
        'all',
        '--out',
        folder,
      )
      expect(calls[0]?.options).toMatchObject({
        network: { layers: 3 },
        base: { warmUp: 8, evaluateEvery: 6 },
        energy: {
          warmUp: 7,
          evaluateEvery: 9,
          layers: 1,
          objective: 'dynamic-nce',
          rounds: 3,
          interpolation: 0.5,
          logNormaliser: true,
        },
        generation: { topK: 0 },
        baseFile: 'b.safetensors',
      })
    }))

  it('resumes a run whose options were written before there were log-normalisers and rounds', () =>
    withFolder(async (folder) => {
      const calls: Call[] = []
      await command(calls, '--preset', 'tiny', '--out', folder)
      const path = join(folder, 'options.json')
      const { energy, ...rest } = JSON.parse(readFileSync(path, 'utf8'))
      const { logNormaliser: _c, rounds: _r, interpolation: _i, ...earlier } = energy
      writeFileSync(path, JSON.stringify({ ...rest, energy: earlier }))
      const seen = await command(calls, 'evaluate', '--run', folder)
      expect([seen.code, seen.stderr]).toEqual([0, ''])
      expect(calls[1]?.options).toEqual({ ...calls[0]?.options, energy })
    }))

  it('continues a text', () =>
    withFolder(async (folder) => {
      const calls: Call[] = []
      await command(calls, 'train', '--preset', 'tiny', '--out', folder)
      const seen = await command(calls, 'generate', '--prompt', 'In the', '--method', 'metropolis', '--run', folder)
      expect(seen.code).toBe(0)
      expect(calls[1]?.stage).toMatchObject({ prompt: 'In the', method: 'metropolis' })
      expect(seen.stdout).toContain('by metropolis')
    }))

  it('a failure of the system is one sentence, and what was saved can be continued', () =>
    withFolder(async (folder) => {
      const broken: ResidualSystem = {
        ...system([]),
        runResidual:
          ({ directory = '' }) =>
          () => {
            mkdirSync(directory, { recursive: true })
            writeFileSync(join(directory, 'residual.000001.safetensors'), '')
            return TE.left(
              failure('NonFinite', 'training of the base model diverged at step 7', 'lower the learning rate'),
            )
          },
      }
      const seen = await inWorld(async (world) =>
        residualCommand(world, async () => broken)(await flagsOf(['--out', folder])),
      )()
      expect(seen.code).toBe(1)
      expect(seen.stderr).toContain('diverged at step 7')
      expect(seen.stderr).toContain(`--resume ${folder}`)
    }))
})
