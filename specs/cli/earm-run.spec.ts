/** `exptilt earm lm|image evaluate|sample`: what is asked of the systems, what is printed and written, and wrong input. */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decode } from 'fast-png'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'
import { eArmRunCommand } from '../../lib/cli/earm-run.ts'
import type { EArmExperiment } from '../../lib/systems/e-arm/experiment-options.ts'
import { experimentCodec } from '../../lib/systems/e-arm/settings.ts'
import { eArmPresets } from '../../lib/systems/e-arm/settings.ts'
import type { EvaluateEArm } from '../../lib/systems/e-arm/run-evaluation.ts'
import type { SampleEArm } from '../../lib/systems/e-arm/run-samples.ts'
import { evaluationFor, samplesFor } from '../report/earm-example.ts'
import { runLine } from './earm-world.ts'
import { withFolder } from '../folder.ts'

/** Runs a command line with stand-ins; what they were asked comes back. */
const exptilt = (argv: readonly string[]) =>
  runLine<unknown>(argv, ({ flags, world, hear }) => {
    const evaluateEArm: EvaluateEArm = () => (options, request) => {
      hear([options.device, request])
      return TE.right(evaluationFor(options))
    }
    const sampleEArm: SampleEArm = () => (options, request) => {
      hear([options.device, request])
      return TE.right(samplesFor(options, request))
    }
    return flags.kind === 'earm-evaluate' || flags.kind === 'earm-sample'
      ? eArmRunCommand(world, TE.right({ evaluateEArm, sampleEArm }))(flags)
      : undefined
  })

/** Leaves a run of a task in a folder, with its checkpoint unless told otherwise; the options. */
const runIn = (folder: string, task: 'lm' | 'image', checkpoint = 'there'): EArmExperiment => {
  const options = eArmPresets[task].tiny
  writeFileSync(join(folder, 'options.json'), JSON.stringify(experimentCodec.encode(options)))
  mkdirSync(join(folder, 'checkpoint'))
  if (checkpoint === 'there') writeFileSync(join(folder, 'checkpoint', 'e-arm.000001.safetensors'), 'weights')
  return options
}

describe('wrong input', () => {
  const refused: readonly (readonly [readonly string[], RegExp])[] = [
    [['lm', 'sample', '--count', '0'], /^--count 0 is not a whole number from 1 to 1e9: give for example --count 8\.$/],
    [
      ['lm', 'sample', '--temperature', '0'],
      /^a temperature of 0: give a number above 0 \(top-k of 1 takes the best\)\.$/,
    ],
    [['lm', 'sample', '--top-k', '0'], /^top-k with k = 0: keep a whole number of symbols, 1 or more\.$/],
    [['lm', 'sample', '--top-p', '2'], /^top-p with p = 2: give a probability in \(0, 1\]\.$/],
    [
      ['lm', 'sample', '--seed', '1.5'],
      /^--seed 1\.5 is not a whole number from 0 to 2\^53 − 1: give for example --seed 1\.$/,
    ],
    [['lm', 'sample', '--variants', 'best'], /^--variants: best is not one of plain, scheduled, e-arm, both: see/],
    [['lm', 'sample', '--variant', 'both'], /^--variant is called --variants now: write --variants\.$/],
    [['lm', 'sample', '--out', 'x.png'], /^sample and --out x\.png cannot be used together: see/],
    [
      ['image', 'sample', '--prompt', 'a'],
      /^--prompt is no option or command of exptilt: see `exptilt earm image sample/,
    ],
    [['image', 'sample', '--out', 'x.gif'], /^--out x\.gif is no \.png file: give for example samples\.png\.$/],
    [
      ['lm', 'evaluate', '--measured', '-3'],
      /^--measured -3 is not a whole number from 1 to 1e9: give for example --measured 128\.$/,
    ],
    [['image', 'sample'], /^the run in \S+ is one of exptilt earm lm, not of earm image: use exptilt earm lm\.$/],
  ]
  for (const [argv, sentence] of refused)
    it(`exptilt earm ${argv.join(' ')} → exit code 2, one sentence`, () =>
      withFolder(async (folder) => {
        runIn(folder, 'lm')
        const seen = await exptilt(['earm', ...argv, '--run', folder])
        expect(seen.stderr.trimEnd()).toMatch(sentence)
        expect(seen.stderr.trimEnd().split('\n')).toHaveLength(1)
        expect([seen.code, seen.stdout, seen.asked]).toEqual([2, '', []])
        expect(readdirSync(folder).sort()).toEqual(['checkpoint', 'options.json'])
      }))

  it('a folder that is no run, one of another command, and one without a checkpoint → exit code 2, one sentence', () =>
    withFolder(async (folder) => {
      const evaluate = () => exptilt(['earm', 'lm', 'evaluate', '--run', folder])
      const none = await evaluate()
      expect([none.code, none.stderr]).toEqual([
        2,
        `${folder} holds no run (no options.json): give the folder of a run of exptilt earm lm to --run.\n`,
      ])
      writeFileSync(join(folder, 'options.json'), '{"preset": "demo"}')
      const foreign = await evaluate()
      expect([foreign.code, foreign.stderr]).toEqual([
        2,
        `${folder}/options.json is not of such a run: give the folder of a run of exptilt earm lm to --run.\n`,
      ])
      runIn(folder, 'lm', 'absent')
      const untrained = await evaluate()
      expect([untrained.code, untrained.stderr]).toEqual([
        2,
        `the run in ${folder} has no checkpoint, so its models are not there: train them again: exptilt earm lm --resume ${folder}.\n`,
      ])
    }))
})

describe('exptilt earm evaluate', () => {
  it('asks for the data, the rows and the device that were typed, and prints both variants', () =>
    withFolder(async (folder) => {
      runIn(folder, 'lm')
      const argv = ['earm', 'lm', 'evaluate', '--run', folder]
      const seen = await exptilt([...argv, '--data', 'austen', '--measured', '9', '--device', 'reference'])
      expect([seen.code, seen.asked]).toEqual([0, [['reference', { data: 'austen', measured: 9 }]]])
      expect(seen.stdout).toMatch(/training +seed +perplexity +± rows +less plain +± rows, paired/)
      const bare = await exptilt([...argv, '--json'])
      expect(bare.asked).toEqual([['auto', {}]])
      expect(JSON.parse(bare.stdout)).toMatchObject({
        measure: 'perplexity',
        seeds: [{ seed: 1 }],
        summary: [{}, { difference: {} }],
      })
    }))
})

describe('exptilt earm sample', () => {
  it('texts go to stdout; the decoding, prompt, seed and variant are those that were typed', () =>
    withFolder(async (folder) => {
      runIn(folder, 'lm')
      const decoding = ['--temperature', '0.5', '--top-k', '3', '--top-p', '0.9']
      const draws = ['--count', '2', '--seed', '7', '--variants', 'plain', '--prompt', 'In the']
      const seen = await exptilt(['earm', 'lm', 'sample', '--run', folder, ...decoding, ...draws])
      expect(seen.code).toBe(0)
      expect(seen.asked).toEqual([
        [
          'auto',
          {
            variants: ['plain'],
            decoding: { temperature: 0.5, topK: 3, topP: 0.9 },
            count: 2,
            seed: 7,
            prompt: 'In the',
          },
        ],
      ])
      expect(seen.stdout).toBe('── plain 1 ──\nplain <text> 1\n\n── plain 2 ──\nplain <text> 2\n\n')
      const bare = await exptilt(['earm', 'lm', 'sample', '--run', folder, '--json'])
      expect(bare.asked).toEqual([['auto', { decoding: {} }]])
      expect(JSON.parse(bare.stdout)).toHaveProperty('texts.e-arm')
    }))

  it('images go to one PNG file, the variants one below the other', () =>
    withFolder(async (folder) => {
      runIn(folder, 'image')
      const argv = ['earm', 'image', 'sample', '--run', folder, '--count', '4']
      const usual = await exptilt(argv)
      expect([usual.code, usual.stdout]).toEqual([0, `Images: ${folder}/samples.png\n`])
      const named = await exptilt([...argv, '--json', '--variants', 'plain', '--out', join(folder, 'new', 'one.png')])
      const printed: unknown = JSON.parse(named.stdout)
      expect(printed).toHaveProperty('samples.plain')
      expect(printed).not.toHaveProperty('samples.e-arm')
      const [two, one] = ['samples.png', 'new/one.png'].map((name) => decode(readFileSync(join(folder, name))))
      expect([two?.width, two?.height]).toEqual([one?.width, 2 * (one?.height ?? 0)])
    }))
})
