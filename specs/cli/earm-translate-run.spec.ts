/** `exptilt earm translate evaluate|sample`: what is asked of the systems, what is printed, and wrong input. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'
import { eArmRunCommand } from '../../lib/cli/earm-run.ts'
import type { EvaluateEArm } from '../../lib/systems/e-arm/run-evaluation.ts'
import type { SampleEArm } from '../../lib/systems/e-arm/run-samples.ts'
import { eArmPresets, experimentCodec } from '../../lib/systems/e-arm/settings.ts'
import { withFolder, writeFiles } from '../folder.ts'
import { evaluationFor, samplesFor } from '../report/earm-example.ts'
import { runLine } from './earm-world.ts'

/** Runs a command line with stand-ins; what they were asked comes back. */
const exptilt = (argv: readonly string[]) =>
  runLine<unknown>(['earm', 'translate', ...argv], ({ flags, world, hear }) => {
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

const translationRun = JSON.stringify(experimentCodec.encode({ ...eArmPresets.translate.tiny, seeds: 2 }))

/** Leaves a run in a folder, with its checkpoint unless told otherwise. */
const runIn = (folder: string, options = translationRun, checkpoint = 'there'): void => {
  writeFileSync(join(folder, 'options.json'), options)
  mkdirSync(join(folder, 'checkpoint'), { recursive: true })
  if (checkpoint === 'there') writeFileSync(join(folder, 'checkpoint', 'translation.000001.safetensors'), 'weights')
}

describe('wrong input', () => {
  const refused: readonly (readonly [readonly string[], RegExp])[] = [
    [['evaluate', '--data', 'a.txt'], /^--data was given without --target: add --target FILE/],
    [['evaluate', '--target', 'a.txt'], /^--target was given without --data: add --data FILE/],
    [['evaluate', '--source', 'a.txt'], /^--source is called --data now: write --data\.$/],
    [
      ['evaluate', '--variants', 'plain'],
      /^evaluate and --variants plain cannot be used together: see `exptilt earm tra/,
    ],
    [
      ['sample', '--method', 'greedy'],
      /^--method: greedy is not one of beam, sampling: see `exptilt earm translate sam/,
    ],
    [['sample', '--variants', 'best'], /^--variants: best is not one of plain, scheduled, e-arm, both: see/],
    [['sample', '--count', '0'], /^--count 0 is not a whole number from 1 to 1e9: give for example --count 4\.$/],
    [
      ['sample', '--seed', '1.5', '--method', 'sampling'],
      /^--seed 1\.5 is not a whole number from 0 to 2\^53 − 1: give for example --seed 1\.$/,
    ],
    [['sample', '--text', 'a', '--data', 'b'], /^--text and --data were both given: give one of them\.$/],
    [['sample', '--text', 'a', '--count', '3'], /^--count counts test sentences, but --text was given: leave one/],
    [['sample', '--top-k', '3'], /^--top-k belongs to --method sampling: leave it out, or use --method sampling\.$/],
    [['sample', '--method', 'sampling', '--beam', '3'], /^--beam belongs to --method beam: leave it out, or use/],
    [['sample', '--data', 'no/such/file'], /^cannot read no\/such\/file \(ENOENT\): check the path\.$/],
  ]
  for (const [argv, sentence] of refused)
    it(`exptilt earm translate ${argv.join(' ')} → exit code 2, one sentence`, () =>
      withFolder(async (folder) => {
        runIn(folder)
        const seen = await exptilt([...argv, '--run', folder])
        expect(seen.stderr.trimEnd()).toMatch(sentence)
        expect(seen.stderr.trimEnd().split('\n')).toHaveLength(1)
        expect([seen.code, seen.stdout, seen.asked]).toEqual([2, '', []])
        expect(readdirSync(folder).sort()).toEqual(['checkpoint', 'options.json'])
      }))

  it('a folder that is no run, one of another kind, and one without a checkpoint → exit code 2, one sentence', () =>
    withFolder(async (folder) => {
      const remedy = 'give the folder of a run of exptilt earm translate to --run'
      const said = async () => {
        const seen = await exptilt(['sample', '--run', folder])
        expect([seen.code, seen.stdout, seen.asked]).toEqual([2, '', []])
        return seen.stderr
      }
      expect(await said()).toBe(`${folder} holds no run (no options.json): ${remedy}.\n`)
      runIn(folder, JSON.stringify(experimentCodec.encode(eArmPresets.lm.tiny)), 'absent')
      expect(await said()).toBe(
        `the run in ${folder} is one of exptilt earm lm, not of earm translate: use exptilt earm lm.\n`,
      )
      runIn(folder, translationRun, 'absent')
      expect(await said()).toBe(
        `the run in ${folder} has no checkpoint, so its models are not there: train them again: exptilt earm translate --resume ${folder}.\n`,
      )
    }))

  it('an empty file of sentences → exit code 2, one sentence', () =>
    withFolder(async (folder) => {
      runIn(folder)
      writeFiles(folder, { 'empty.txt': '' })
      const seen = await exptilt(['sample', '--run', folder, '--data', join(folder, 'empty.txt')])
      expect([seen.code, seen.stderr, seen.asked]).toEqual([
        2,
        `${folder}/empty.txt is empty: give a plain text file in UTF-8.\n`,
        [],
      ])
    }))
})

describe('exptilt earm translate evaluate', () => {
  it('asks for what was typed, and prints every training, means over seeds, and the tables', () =>
    withFolder(async (folder) => {
      runIn(folder)
      const typed = ['--measured', '9', '--translated', '4', '--beam', '2', '--length-penalty', '1']
      const lists = ['--candidates', '0,3', '--lengths', '0,7', '--data', 'a', '--target', 'b']
      const seen = await exptilt(['evaluate', '--run', folder, ...typed, ...lists, '--device', 'reference'])
      const request = { measured: 9, translated: 4, beam: 2, lengthPenalty: 1, candidates: [0, 3], lengths: [0, 7] }
      expect([seen.code, seen.asked]).toEqual([0, [['reference', { ...request, data: 'a', target: 'b' }]]])
      expect(seen.stdout).toMatch(/training +seed +perplexity +± rows +less plain +± rows, +BLEU\n +paired\n/)
      expect(seen.stdout).toMatch(/E-ARM +1 +11\.415 +0\.228 +−0\.585 +0\.125 +12\.50/)
      expect(seen.stdout).toMatch(/E-ARM +mean +\S+ ± \S+ +−0\.640 ± 0\.078 +13\.00 ± 0\.71/)
      for (const table of [7, 9, 10]) expect(seen.stdout).toContain(`Table ${table}:`)
    }))

  it('without settings asks for those of the run; --json has every measure', () =>
    withFolder(async (folder) => {
      runIn(folder)
      const seen = await exptilt(['evaluate', '--run', folder, '--json'])
      expect(seen.asked).toEqual([['auto', {}]])
      expect(JSON.parse(seen.stdout)).toMatchObject({
        options: { data: 'de-en' },
        seeds: [
          {
            seed: 1,
            variants: [
              { standardError: expect.any(Number), translation: { rouge: {} } },
              { difference: {}, translation: { byCandidates: [{}, {}] } },
            ],
          },
          {},
        ],
      })
    }))
})

describe('exptilt earm translate sample', () => {
  it('test sentences with their references, one training under the other', () =>
    withFolder(async (folder) => {
      runIn(folder)
      const seen = await exptilt(['sample', '--run', folder, '--count', '1', '--beam', '3'])
      expect([seen.code, seen.asked]).toEqual([
        0,
        [['auto', { count: 1, method: { kind: 'beam', beam: 3, lengthPenalty: 0.6 }, decoding: {} }]],
      ])
      expect(seen.stdout).toBe(
        'source     Satz & 0\nreference  sentence 0\nplain      plain says <0>\nE-ARM      e-arm says <0>\n\n',
      )
    }))

  it('a sentence, the lines of a file, and draws', () =>
    withFolder(async (folder) => {
      runIn(folder)
      const one = await exptilt(['sample', '--run', folder, '--text', 'Guten Tag', '--variants', 'e-arm'])
      expect(one.asked).toEqual([
        [
          'auto',
          {
            sentences: [{ name: 'the sentence', text: 'Guten Tag' }],
            variants: ['e-arm'],
            method: { kind: 'beam', beam: 5, lengthPenalty: 0.6 },
            decoding: {},
          },
        ],
      ])
      expect(one.stdout).toBe('source  Guten Tag\nE-ARM   e-arm says <0>\n\n')
      writeFiles(folder, { 'source.txt': 'eins\n zwei\n' })
      const source = join(folder, 'source.txt')
      const draws = ['--method', 'sampling', '--seed', '7', '--temperature', '0.5', '--top-k', '3', '--top-p', '0.9']
      const file = await exptilt(['sample', '--run', folder, '--data', source, ...draws, '--json'])
      expect(file.asked).toEqual([
        [
          'auto',
          {
            sentences: [
              { name: `line 1 of ${source}`, text: 'eins' },
              { name: `line 2 of ${source}`, text: 'zwei' },
            ],
            method: { kind: 'sampling' },
            seed: 7,
            decoding: { temperature: 0.5, topK: 3, topP: 0.9 },
          },
        ],
      ])
      expect(JSON.parse(file.stdout)).toMatchObject({ method: 'sampling', translations: { plain: [{}, {}] } })
    }))
})
