/** `exptilt earm lm|image table N`: grids of experiments, kept and resumed, with stand-in systems; the paper's sizes. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { exactJson } from '../../lib/codec/exact-json.ts'
import { tableCells } from '../../lib/cli/earm-table-cells.ts'
import { trickCells } from '../../lib/cli/earm-trick-cells.ts'
import { parseArguments } from '../../lib/cli/parse.ts'
import { failure } from '../../lib/errors.ts'
import type { EArmExperiment } from '../../lib/systems/e-arm/experiment-options.ts'
import { eArmResultsCodec } from '../../lib/systems/e-arm/results.ts'
import { eArmExperiments, experimentCodec } from '../../lib/systems/e-arm/settings.ts'
import type { Typed } from '../../lib/experiment/settings.ts'
import { eArmResultsFor, translationExample } from '../report/earm-example.ts'
import { right } from '../either.ts'
import { type Answer, expectRefused, exptilt, failing, saving } from './earm-world.ts'
import { withFolder } from '../folder.ts'

const wrong: readonly (readonly [readonly string[], RegExp])[] = [
  [['lm', 'table', '7'], /^earm lm has no table 7: use 3 \(.*\), 4 \(.*\), 6 \(.*\) or 11 \(.*\)\.$/],
  [['image', 'table', '3'], /^earm image has no table 3: use 4 \(.*\), 5 \(.*\) or 11 \(.*\)\.$/],
  [['image', 'table', '5', '--data', ','], /^--data '' is not a name\|file: give for example --data digits\.$/],
  [['image', 'table', '5', '--data', 'a/x,b/x'], /^table 5 has two cells of one name: give each value, and each name/],
  [['image', 'table', '5', '--start-epoch', '1,2'], /^--start-epoch has several values, and table 5 one: give one\.$/],
  [['lm', 'table', '4', '--lambdas', '1,2'], /^--lambdas is called --lambda now: write --lambda\.$/],
  [
    ['lm', 'table', '3', '--width', '9', '--heads', '2'],
    /^--width 9 is not a multiple of --heads 2: give for example --width 64\.$/,
  ],
  [['lm', 'table', '4', '--start-epoch', '2,99'], /^--start-epoch 99 is past the last of 12 epochs/],
  [['lm', 'table', '11', '--lambda', '1,2'], /^--lambda has several values, and table 11 one: give one\.$/],
]

/** Puts the results of every cell of a table where its run would have left them; the names of the cells. */
const finishedCells = async (argv: readonly string[]): Promise<readonly string[]> => {
  const request = await parseArguments(argv, 100)
  if (request.kind !== 'flags' || request.flags.kind !== 'earm-table') return expect.fail('no table')
  const { flags } = request
  const cells =
    flags.task === 'translate'
      ? trickCells(flags)
      : flags.task === 'lm'
        ? tableCells(eArmExperiments.lm)(flags)
        : tableCells(eArmExperiments.image)(flags)
  return right(cells).map(({ name, options }) => {
    const folder = join(String(flags.typed['--out']), 'cells', name)
    mkdirSync(folder, { recursive: true })
    const results = eArmResultsCodec.encode(eArmResultsFor(options))
    writeFileSync(join(folder, 'results.json'), exactJson(results))
    writeFileSync(join(folder, 'options.json'), exactJson(experimentCodec.encode({ ...options, out: folder })))
    return name
  })
}

describe('wrong input', () => {
  for (const [argv, sentence] of wrong)
    it(`exptilt earm ${argv.join(' ')} → exit code 2, one sentence, nothing written`, () =>
      expectRefused(argv, sentence))
})

describe('exptilt earm table', () => {
  it('1 trains without label smoothing and with it, and prints BLEU beside the paper’s of the same languages', () =>
    withFolder(async (folder) => {
      const argv = ['earm', 'translate', 'table', '1', '--preset', 'tiny', '--data', 'en-es', '--out', folder]
      expect(await finishedCells(argv)).toEqual(['width64-smoothing0', 'width64-smoothing0.1'])
      const seen = await exptilt(argv)
      expect([seen.code, seen.asked]).toEqual([0, []])
      expect(seen.stdout).toMatch(/Table 1: BLEU \(per cent\) with beams of 5/)
      const rows = seen.stdout.split('\n').filter((line) => /^(1 \+ 1 × 64|[✓–])/u.test(line))
      // Two trainings without smoothing and four with it; then the paper's six.
      expect(rows.map((row) => row.replaceAll(/ +/gu, ' ').trim())).toEqual([
        ...['1 + 1 × 64 – – – 10.00', '1 + 1 × 64 – – ✓ 12.50', '1 + 1 × 64 ✓ – – 10.00', '1 + 1 × 64 ✓ ✓ – 11.00'],
        ...['1 + 1 × 64 ✓ – ✓ 12.50', '1 + 1 × 64 ✓ ✓ ✓ 13.00', '– – – 35.42 36.38', '✓ – – 36.71 37.48'],
        ...['✓ ✓ – 37.21 37.93', '– – ✓ 36.07 36.92', '✓ – ✓ 36.96 37.73', '✓ ✓ ✓ 37.56 38.19'],
      ])
    }))

  it('2 has two sizes: the paper’s two on WMT16, or one and its double', async () => {
    const cellsOf = (typed: Typed) =>
      right(trickCells({ table: 2, typed })).map(({ name, options: { preset, variants } }) => [
        name,
        preset,
        variants.join(),
      ])
    expect(cellsOf({ '--preset': 'tiny' })).toEqual([
      ['width64-smoothing0', 'tiny', 'plain'],
      ['width64-smoothing0.1', 'tiny', 'plain,scheduled,both'],
      ['width128-smoothing0', 'tiny', 'plain'],
      ['width128-smoothing0.1', 'tiny', 'plain,scheduled,both'],
    ])
    expect(cellsOf({ '--preset': 'paper-large' }).map(([name, preset]) => [name, preset])).toEqual([
      ['width512-smoothing0', 'paper-base'],
      ['width512-smoothing0.1', 'paper-base'],
      ['width1024-smoothing0', 'paper-large'],
      ['width1024-smoothing0.1', 'paper-large'],
    ])
    await withFolder(async (folder) => {
      const argv = ['earm', 'translate', 'table', '2', '--preset', 'tiny', '--out', folder]
      await finishedCells(argv)
      expect((await exptilt(argv)).stdout).toMatch(/Large-WMT +✓ +✓ +✓ +29\.44/)
    })
  })

  it('12 has the cases of a finished run side by side', () =>
    withFolder(async (folder) => {
      mkdirSync(folder, { recursive: true })
      const results = eArmResultsCodec.encode(translationExample)
      writeFileSync(join(folder, 'results.json'), exactJson(results))
      const seen = await exptilt(['earm', 'translate', 'table', '12', '--run', folder])
      expect(seen.code).toBe(0)
      expect(seen.stdout).toMatch(/1 +source +Satz & 0\n +reference +sentence 0\n +plain +_plain says <0>_/)
      const json: unknown = JSON.parse(
        (await exptilt(['earm', 'translate', 'table', '12', '--run', folder, '--json'])).stdout,
      )
      expect(json).toContainEqual({
        source: 'Satz & 0',
        reference: 'sentence 0',
        translations: Object.fromEntries(translationExample.options.variants.map((name) => [name, `${name} says <0>`])),
      })
    }))

  it('3 has both networks of text, keeps what is finished, and prints the paper beside', () =>
    withFolder(async (folder) => {
      const argv = ['earm', 'lm', 'table', '3', '--preset', 'tiny', '--out', folder]
      expect(await finishedCells(argv)).toEqual(['king-james-transformer', 'king-james-transformer-xl'])
      const seen = await exptilt(argv)
      expect([seen.code, seen.asked]).toEqual([0, []])
      expect(seen.stdout).toMatch(/Table 3: test perplexity without and with E-ARM/)
      expect(seen.stdout).toMatch(/king-james +transformer-xl +1k +12\.000 +11\.415 +−0\.585/)
      expect(seen.stdout).toMatch(/WikiText-103 +transformer-xl +24\.20 +23\.81 +−0\.39/)
      const again = await exptilt([...argv, '--json'])
      expect(JSON.parse(again.stdout)).toMatchObject([{ network: 'transformer' }, { network: 'transformer-xl' }])
    }))

  it('in a folder with cells of other settings, or of another task, is refused, and nothing is run', () =>
    withFolder(async (folder) => {
      const argv = ['earm', 'lm', 'table', '4', '--preset', 'tiny', '--lambda', '0.05', '--out', folder]
      const [first = ''] = await finishedCells(argv)
      const cell = join(folder, 'cells', first)
      for (const [other, said] of [
        [
          [...argv, '--seeds', '7'],
          `${cell} holds a run with --seeds 1, not 7: choose another folder with --out DIR, or give --seeds 1.\n`,
        ],
        [[...argv, '--width', '8'], `${cell} holds a run with --width 48, not 8: `],
        [
          ['earm', 'image', ...argv.slice(2)],
          `${cell} holds a run of exptilt earm lm: choose another folder with --out DIR.\n`,
        ],
      ] as const) {
        const seen = await exptilt(other, failing)
        expect([seen.code, seen.asked, seen.stderr]).toEqual([2, [], expect.stringContaining(said)])
      }
      expect((await exptilt(argv.with(7, '0.3'), failing)).code).toBe(1)
    }))

  it('5 has both networks of images on every set that is named', () =>
    withFolder(async (folder) => {
      const sizes = ['--preset', 'tiny', '--count', '2', '--seeds', '2', '--out', folder]
      const argv = ['earm', 'image', 'table', '5', ...sizes, '--data', 'digits,mnist-binary']
      expect(await finishedCells(argv)).toEqual([
        'digits-pixelcnn',
        'digits-gated-pixelcnn',
        'mnist-binary-pixelcnn',
        'mnist-binary-gated-pixelcnn',
      ])
      const seen = await exptilt(argv)
      expect([seen.code, seen.asked]).toEqual([0, []])
      expect(seen.stdout).toMatch(/digits +pixelcnn +1k +\S+ ± \S+ +\S+ ± \S+$/m)
      expect(seen.stdout).toMatch(/digits +pixelcnn +−\S+ ± \S+/)
      expect(seen.stdout).toMatch(/CIFAR-10 +pixelcnn +3\.14 +3\.07 +−0\.07 +3\.08 +2\.98/)
    }))

  it('6 has the sizes of the paper, and nothing is run', async () => {
    const seen = await exptilt(['earm', 'lm', 'table', '6'])
    expect([seen.code, seen.asked]).toEqual([0, []])
    expect(seen.stdout).toMatch(
      /attention heads +4 +8 +16 +8\n[^]*schedule +inverse-sqrt[^]*attention heads +10\n[^]*warm-up updates +10000\n/,
    )
  })

  it('11 prints seconds and ratios', async () => {
    const seen = await exptilt(['earm', 'lm', 'table', '11', '--preset', 'tiny'])
    expect([seen.code, seen.asked.length]).toEqual([0, 1])
    expect(seen.stdout).toMatch(/plain +2\.00 +1\.00× +1\.0×/)
  })

  it(
    '4 runs every cell once, keeps finished ones, and goes on where it was interrupted',
    () =>
      withFolder(async (folder) => {
        const argv = ['earm', 'lm', 'table', '4', '--preset', 'tiny', '--lambda', '0.5', '--start-epoch', '1,3']
        const asked: EArmExperiment['objective'][] = []
        const stopAfter =
          (cells: number): Answer =>
          (options, services) => {
            asked.push(options.objective)
            return asked.length > cells
              ? E.left(failure('Interrupted', 'the run was interrupted', 'resume it'))
              : saving(options, services)
          }
        const first = await exptilt([...argv, '--out', folder], stopAfter(1))
        expect(first.code).toBe(130)
        expect(first.stderr).toContain(`Continue by running the same command again (--out ${folder}).`)
        const second = await exptilt([...argv, '--out', folder])
        expect(second.code).toBe(0)
        expect(second.asked.map(({ objective: { lambda, startEpoch } }) => [lambda, startEpoch])).toEqual([[0.5, 3]])
        expect(second.stdout).toMatch(/λ +from 1 +from 3/)
        const cell: unknown = JSON.parse(
          readFileSync(join(folder, 'cells', 'lambda0.5-start3', 'options.json'), 'utf8'),
        )
        expect(cell).toMatchObject({ objective: { lambda: 0.5, startEpoch: 3 } })
      }),
    20_000,
  )
})
