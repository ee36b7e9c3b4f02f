/** `exptilt earm translate`: flags to options, files, wrong input, Ctrl-C and resuming, and the tables, with stand-in systems. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { main } from '../../lib/cli/main.ts'
import { exactJson } from '../../lib/codec/exact-json.ts'
import { eArmResultsCodec } from '../../lib/systems/e-arm/results.ts'
import { languageExample, translationExample } from '../report/earm-example.ts'
import { filesIn, withFolder } from '../folder.ts'
import { exptilt as lineOf, saving } from './earm-world.ts'
import { inWorld } from './fake-world.ts'

/** Runs a command line with stand-ins that save a checkpoint; the options that they were given come back as `asked`. */
const exptilt = (argv: readonly string[], ctrlC = false) => lineOf(argv, saving, ctrlC)

const wrong: readonly (readonly [readonly string[], RegExp])[] = [
  [['--epochs', '4', '--start-epoch', '4'], /^--start-epoch 4 is past the last of 4 epochs: start earlier/],
  [['--preset', 'paper-xl'], /^--preset: paper-xl is not one of tiny, small, paper, paper-base, paper-large/],
  [
    ['--target', 'b.txt'],
    /^--target b\.txt goes with a file of sentences, and de-en is a corpus: give the file as --data/,
  ],
  [['--source', 'a.txt'], /^--source is called --data now: write --data\.$/],
  [['--symbols', '600'], /^--symbols is called --tokenizer now: write --tokenizer\.$/],
  [['--variants', 'plain,warm'], /^--variants: plain,warm is not one of plain, scheduled, e-arm, both/],
  [['--variants', 'plain,plain'], /^--variants plain,plain is not a list that names each once/],
  [['--candidates', '0,-5'], /^--candidates 0,-5 is not a whole number from 0/],
  [['--lengths', '0,25,10'], /^--lengths 0,25,10 is not whole numbers that rise/],
  [['--width', '10', '--heads', '4'], /^--width 10 is not a multiple of --heads 4: give for example --width 128\.$/],
  [['--network', 'transformer'], /^--network is no option or command of exptilt: see `exptilt earm translate --help`/],
  [['table', '6'], /^earm translate has no table 6: use 1 \(.*\), 2 .* 7 \(BLEU by length\), 8 .* or 12 \(.*\)\.$/],
  [['table', '7'], /^table 7 is read from a finished run: give its folder with --run DIR\.$/],
  [['table', '9', '--run', 'x', '--epochs', '3'], /^--epochs was given to table 9 of a finished run: leave it out\.$/],
  [['table', '11', '--run', 'x'], /^--run was given to table 11, which is measured anew: leave it out/],
  [
    ['table', '8', '--run', 'no/such/run'],
    /^no\/such\/run\/results\.json cannot be read: give the folder of a finished/,
  ],
]

describe('wrong input', () => {
  for (const [argv, sentence] of wrong)
    it(`exptilt earm translate ${argv.join(' ')} → exit code 2, one sentence, nothing written`, () =>
      withFolder(async (folder) => {
        const out = argv.includes('table') ? [] : ['--out', join(folder, 'run')]
        const seen = await exptilt(['earm', 'translate', ...argv, ...out])
        expect(seen.stderr.trimEnd()).toMatch(sentence)
        expect(seen.stderr.trimEnd().split('\n')).toHaveLength(1)
        expect([seen.code, seen.stdout, seen.asked]).toEqual([2, '', []])
        expect(readdirSync(folder)).toEqual([])
      }))

  it('a table of a folder that holds another kind of run → exit code 2', () =>
    withFolder(async (folder) => {
      writeFileSync(join(folder, 'results.json'), JSON.stringify(eArmResultsCodec.encode(languageExample)))
      const seen = await exptilt(['earm', 'translate', 'table', '7', '--run', folder])
      expect([seen.code, seen.stderr]).toEqual([
        2,
        `${folder}/results.json is not of a run of earm translate by this version: give the folder of a finished run of exptilt earm translate.\n`,
      ])
    }))

  it('data that cannot be translated, said by the system → exit code 2, nothing left behind', () =>
    withFolder(async (folder) => {
      const file = (name: string, lines: number): string => {
        writeFileSync(join(folder, name), 'a line\n'.repeat(lines))
        return join(folder, name)
      }
      const [three, four, empty] = [file('three.txt', 3), file('four.txt', 4), file('empty.txt', 0)]
      const cases = [
        [['--data', 'de-fr'], "there is no parallel corpus 'de-fr': use one of de-en,"],
        [['--data', three, '--target', four], `${three} has 3 lines and ${four} 4: give files in which each line is`],
        [['--data', empty, '--target', four], `${empty} is empty: give a plain text file in UTF-8.`],
        [['--data', three, '--target', 'none.txt'], 'none.txt'],
      ] as const
      for (const [data, sentence] of cases) {
        const argv = ['earm', 'translate', ...data, '--device', 'reference', '--out', join(folder, 'run')]
        const seen = await inWorld((world) => main(argv, world))()
        expect([seen.code, seen.stdout]).toEqual([2, ''])
        expect(seen.stderr).toContain(sentence)
        expect(existsSync(join(folder, 'run'))).toBe(false)
      }
    }))
})

describe('exptilt earm translate', () => {
  it('flags override the preset, train is what there is without a word, and the files of a run are written', () =>
    withFolder(async (folder) => {
      const sizes = ['--width', '8', '--heads', '2', '--epochs', '4', '--tokenizer', '300', '--count', '2']
      const how = [
        '--variants',
        'plain,both',
        '--beam',
        '3',
        '--candidates',
        '0,7',
        '--lengths',
        '0,25',
        '--lambda',
        '0.1',
      ]
      const files = ['--data', 'a.txt', '--target', 'b.txt']
      const argv = ['earm', 'translate', 'train', '--preset', 'tiny', ...sizes, ...how, ...files, '--out', folder]
      const seen = await exptilt(argv)
      expect(seen.code).toBe(0)
      expect(seen.asked[0]).toMatchObject({
        preset: 'tiny',
        data: 'a.txt',
        target: 'b.txt',
        symbols: 300,
        network: { width: 8, heads: 2, layers: 1 },
        epochs: 4,
        objective: { lambda: 0.1, startEpoch: 2, labelSmoothing: 0.1 },
        variants: ['plain', 'both'],
        beam: 3,
        candidates: [0, 7],
        lengths: [0, 25],
        out: folder,
      })
      for (const name of ['options.json', 'report.html', 'results.json', 'figures/length.png'])
        expect(filesIn(folder)).toContain(name)
      expect(seen.stdout).toContain('Table 9: BLEU (per cent) with top-K energy re-sampling')
      expect(seen.stdout).toContain(`Report: ${folder}/report.html`)
    }))

  it('the presets of the paper are those of Table 6; a width brings its own feed-forward layers unless they are typed', async () => {
    const asked = async (...own: readonly string[]) =>
      (await exptilt(['earm', 'translate', 'table', '11', ...own])).asked[0]?.network
    expect(await asked('--preset', 'paper')).toMatchObject({ width: 512, heads: 4, feedForward: 1024, dropout: 0.3 })
    expect(await asked('--preset', 'paper-large')).toMatchObject({ width: 1024, heads: 16, feedForward: 4096 })
    expect(await asked('--preset', 'paper-base', '--width', '64')).toEqual({
      ...{ width: 64, layers: 6, heads: 8, dropout: 0.3, feedForward: 256, norm: 'post', activation: 'relu' },
    })
    expect(await asked('--preset', 'paper', '--width', '64', '--feed-forward', '100')).toMatchObject({
      width: 64,
      feedForward: 100,
    })
    expect(await asked('--preset', 'tiny')).not.toHaveProperty('feedForward')
  })

  it('rows that are typed stand in place of the tokens of a preset, and tokens in place of rows', async () => {
    const asked = async (...own: readonly string[]) =>
      (await exptilt(['earm', 'translate', 'table', '11', ...own])).asked[0]
    expect(await asked('--preset', 'paper')).toMatchObject({ batchTokens: 4096 })
    expect(await asked('--preset', 'paper', '--batch', '8')).not.toHaveProperty('batchTokens')
    expect(await asked('--preset', 'tiny', '--batch-tokens', '512')).toMatchObject({ batchTokens: 512 })
  })

  it('a source of one sampled target has no normaliser of its own', async () => {
    const { code, stderr } = await exptilt(['earm', 'translate', 'table', '11', '--weights', 'source'])
    expect([code, stderr]).toEqual([
      2,
      '--weights source was given to 1 sampled target for a source, whose weight is then always 1: give --per-source 4, say, or --weights batch.\n',
    ])
    const found = await exptilt(['earm', 'translate', 'table', '11', '--weights', 'source', '--per-source', '4'])
    expect(found.asked[0]).toMatchObject({ perSource: 4, objective: { weights: 'source' } })
  })

  it('Ctrl-C: exit code 130, the run is saved, and --resume goes on with its own options', () =>
    withFolder(async (folder) => {
      const first = await exptilt(['earm', 'translate', '--preset', 'tiny', '--data', 'es-en', '--out', folder], true)
      expect(first.code).toBe(130)
      expect(first.stderr).toContain(
        `Interrupted; the run is saved. Continue it with: npx exptilt earm translate --resume ${folder}`,
      )
      const other = await exptilt(['earm', 'lm', '--resume', folder])
      expect(other.code).toBe(2)
      const beside = await exptilt(['earm', 'translate', '--resume', folder, '--learning-rate', '1'])
      expect([beside.code, beside.stderr]).toEqual([
        2,
        "--resume goes on with a run's own options, but --learning-rate was given too: leave it out.\n",
      ])
      const again = await exptilt(['earm', 'translate', '--resume', folder, '--translated', '9', '--json'])
      expect(again.asked).toEqual([{ ...first.asked[0], translated: 9 }])
      expect(JSON.parse(again.stdout)).toMatchObject({ summary: [{ variant: 'plain' }, { variant: 'e-arm' }] })
    }))

  it('tables 7 to 10 are read from a finished run, table 11 is measured', () =>
    withFolder(async (folder) => {
      writeFileSync(join(folder, 'results.json'), exactJson(eArmResultsCodec.encode(translationExample)))
      for (const [table, part] of [
        ['7', '38.37'],
        ['8', '60.50 %'],
        ['9', 'K = 10'],
        ['10', 'METEOR'],
      ] as const) {
        const seen = await exptilt(['earm', 'translate', 'table', table, '--run', folder])
        expect([seen.code, seen.asked]).toEqual([0, []])
        expect(seen.stdout).toContain(part)
      }
      const json = await exptilt(['earm', 'translate', 'table', '8', '--run', folder, '--json'])
      expect(JSON.parse(json.stdout)).toHaveProperty('rows.length', 8)
      const eleven = await exptilt(['earm', 'translate', 'table', '11', '--preset', 'tiny'])
      expect(eleven.stdout).toMatch(/encoder–decoder 1 \+ 1 × 64[\s\S]*both +4\.00 +2\.00× +5\.5×/)
      expect(eleven.asked[0]).toMatchObject({ preset: 'tiny' })
    }))
})
