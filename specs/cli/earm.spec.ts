/** `exptilt earm`: flags to options, files, wrong input, Ctrl-C and resuming, with stand-in systems. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { main } from '../../lib/cli/main.ts'
import { expectRefused, exptilt, failing, saving } from './earm-world.ts'
import { inWorld } from './fake-world.ts'
import { filesIn, withFolder } from '../folder.ts'

const wrong: readonly (readonly [readonly string[], RegExp])[] = [
  [['lm', '--seed', '-1.5'], /^--seed -1\.5 is not a whole number from 0 to 2\^53 − 1: give for example --seed 1\.$/],
  [
    ['image', '--layers', '100000'],
    /^--layers 100000 is not a whole number from 1 to 1000: give for example --layers 2/,
  ],
  [['translate', '--dropout', '0.97'], /^--dropout 0\.97 is not a number from 0 to 0\.95/],
  [['translate', '--learning-rate', '5'], /^--learning-rate 5 is not a number above 0 and at most 1/],
  [['lm', '--epochs', '4', '--start-epoch', '5'], /^--start-epoch 5 is past the last of 4 epochs: start earlier/],
  [
    ['lm', '--epochs', '4', '--start-epoch', '4'],
    /^--start-epoch 4 is past the last of 4 epochs: start earlier \(epochs count from 0, so at 3 at the latest\), train longer, or give --lambda 0\.$/,
  ],
  [['image', '--epochs', '1', '--start-epoch', '1'], /^--start-epoch 1 is past the last of 1 epochs: start earlier/],
  [['lm', '--preset', 'paper-base'], /^--preset: paper-base is not one of tiny, small, paper/],
  [
    ['lm', 'train', '--window', '1.5'],
    /^--window 1\.5 is not a whole number from 0 to 1e9: give for example --window 2/,
  ],
  [['lm', '--window', 'none'], /^--window: none is not a number/],
  [['lm', '--network', 'pixelcnn'], /^--network: pixelcnn is not one of transformer, transformer-xl/],
  [['image', '--network', 'transformer'], /^--network: transformer is not one of pixelcnn, gated-pixelcnn/],
  [['image', '--time', '5'], /^--time is no option or command of exptilt: see `exptilt earm image --help`/],
  [
    ['lm', '--width', '10', '--heads', '4'],
    /^--width 10 is not a multiple of --heads 4: give for example --width 128\.$/,
  ],
  [['lm', '--length', '9', '--negative-tokens', '8'], /^--length 9 is more than the 8 sampled tokens of an update/],
  [['lm', '--lamda', '1'], /^--lamda is no option or command of exptilt: see `exptilt earm lm --help`/],
  [['lm', '--samples', '3'], /^--samples is called --count now: write --count\.$/],
  [['lm', '--weights', 'source'], /^--weights: source is not one of batch, independent/],
  [['translate', '--weights', 'own'], /^--weights: own is not one of batch, source, independent/],
  [['speech'], /^speech is no option or command of exptilt: see `exptilt earm --help`/],
]

describe('wrong input', () => {
  for (const [argv, sentence] of wrong)
    it(`exptilt earm ${argv.join(' ')} → exit code 2, one sentence, nothing written`, () =>
      expectRefused(argv, sentence))

  it('unknown data, said by the system → exit code 2, nothing left behind', () =>
    withFolder(async (folder) => {
      for (const [task, data] of [
        ['image', 'cats'],
        ['lm', 'no-such-corpus'],
      ] as const) {
        const argv = ['earm', task, '--data', data, '--device', 'reference', '--out', join(folder, 'run')]
        const seen = await inWorld((world) => main(argv, world))()
        expect(seen.code).toBe(2)
        expect(seen.stderr).toContain(data)
        expect(readdirSync(folder)).toEqual([])
      }
    }))
})

describe('exptilt earm', () => {
  it('flags override the preset, and the files of a run are written', () =>
    withFolder(async (folder) => {
      const sizes = ['--width', '8', '--heads', '2', '--epochs', '4', '--count', '2', '--learning-rate', '0.01']
      const objective = [
        '--lambda',
        '0.1',
        '--window',
        '3',
        '--squared-logsumexp',
        '0.5',
        '--length',
        '9',
        '--weights',
        'independent',
      ]
      const seen = await exptilt(['earm', 'lm', '--preset', 'tiny', ...sizes, ...objective, '--out', folder])
      expect(seen.code).toBe(0)
      expect(seen.asked[0]).toMatchObject({
        preset: 'tiny',
        network: { kind: 'transformer', width: 8, heads: 2, layers: 2 },
        epochs: 4,
        learningRate: 0.01,
        objective: { lambda: 0.1, window: 3, squaredLogSumExp: 0.5, length: 9, startEpoch: 2, weights: 'independent' },
        out: folder,
      })
      const files = filesIn(folder)
      for (const name of ['options.json', 'report.html', 'results.json', 'figures/cross-entropy.png'])
        expect(files).toContain(name)
      expect(seen.stdout).toContain('Test perplexity of every training:')
      expect(seen.stdout).toContain(`Report: ${folder}/report.html`)
    }))

  it('train is what there is without a word; --window all is every token; paper has the sizes of Table 6 by network', () =>
    withFolder(async (folder) => {
      const argv = ['--preset', 'paper', '--window', 'all', '--seeds', '1', '--out', folder]
      const asked = async (...own: readonly string[]) => (await exptilt(['earm', 'lm', ...own], failing)).asked[0]
      const xl = await asked('train', ...argv)
      expect(await asked(...argv)).toEqual(xl)
      expect(xl).toMatchObject({
        network: { kind: 'transformer-xl', width: 410, layers: 16, heads: 10, feedForward: 2100 },
        learningRate: 2.5e-4,
        objective: { lambda: 0.02, startEpoch: 10, window: Number.POSITIVE_INFINITY },
      })
      expect(await asked('--resume', folder)).toEqual(xl)
      const base = await asked(...argv, '--network', 'transformer')
      const blocks = { norm: 'post', activation: 'relu' }
      expect(base?.network).toEqual({ kind: 'transformer', width: 512, layers: 6, heads: 8, dropout: 0.1, ...blocks })
      expect(base).toMatchObject({ schedule: 'inverse-sqrt', warmUp: 4000, weightDecay: 1e-2, patience: 20 })
      expect(xl).toMatchObject({ schedule: 'cosine', warmUp: 10_000, weightDecay: 0, batchTokens: 4096 })
      expect(base?.objective).toMatchObject({ lambda: 0.05, startEpoch: 15 })
      expect((await asked(...argv, '--width', '20'))?.network).toMatchObject({ width: 20, feedForward: 102 })
    }))

  it('a start epoch that is not typed leaves an epoch to the energy; with λ = 0 none is needed', async () => {
    const asked = async (...own: readonly string[]) => (await exptilt(['earm', ...own], failing)).asked[0]
    for (const [preset, epochs, start] of [
      ['small', 1, 0],
      ['small', 2, 1],
      ['tiny', 1, 0],
      ['tiny', 3, 2],
      ['small', 24, 12],
    ] as const) {
      const found = await asked('lm', '--preset', preset, '--epochs', String(epochs))
      expect(found).toMatchObject({ epochs, objective: { startEpoch: start } })
    }
    const off = await asked('lm', '--lambda', '0', '--epochs', '4', '--start-epoch', '4')
    expect(off).toMatchObject({ objective: { lambda: 0, startEpoch: 4 } })
    const cells = await asked('lm', 'table', '4', '--preset', 'tiny', '--epochs', '1')
    expect(cells).toMatchObject({ epochs: 1, objective: { startEpoch: 0 } })
  })

  it('the help says from where epochs count; paper pictures have two levels', async () => {
    const { stdout } = await exptilt(['earm', 'lm', '--help'])
    expect(stdout.replace(/\s+/g, ' ')).toContain('The first epoch with it, counted from 0')
    const pictures = (await exptilt(['earm', 'image', '--preset', 'paper'], failing)).asked[0]
    expect(pictures).toMatchObject({ data: 'mnist-binary', objective: { length: 784 } })
  })

  it('--json prints one object without samples; images of another set are sampled whole unless --length says otherwise', () =>
    withFolder(async (folder) => {
      const seen = await exptilt([
        'earm',
        'image',
        '--data',
        'mnist-binary',
        '--preset',
        'tiny',
        '--count',
        '3',
        '--json',
        '--out',
        folder,
      ])
      const printed: unknown = JSON.parse(seen.stdout)
      expect(printed).toMatchObject({
        measure: 'bits per dimension',
        summary: [{ variant: 'plain' }, { variant: 'e-arm', difference: {} }],
      })
      expect(printed).toHaveProperty('seeds.length', 1)
      expect(printed).not.toHaveProperty('shown')
      expect(seen.asked[0]?.objective.length).toBeUndefined()
    }))

  it('Ctrl-C: exit code 130, the run is saved, and --resume goes on with its own options', () =>
    withFolder(async (folder) => {
      const first = await exptilt(['earm', 'lm', '--preset', 'tiny', '--lambda', '0.3', '--out', folder], saving, true)
      expect(first.code).toBe(130)
      expect(first.stderr).toContain(
        `Interrupted; the run is saved. Continue it with: npx exptilt earm lm --resume ${folder}`,
      )
      expect(existsSync(join(folder, 'results.json'))).toBe(false)
      const other = await exptilt(['earm', 'image', '--resume', folder])
      expect([other.code, other.stderr]).toEqual([
        2,
        `the run in ${folder} is one of exptilt earm lm, not of earm image: use exptilt earm lm.\n`,
      ])
      const beside = await exptilt(['earm', 'lm', '--resume', folder, '--squared-logsumexp', '1'])
      expect([beside.code, beside.stderr]).toEqual([
        2,
        "--resume goes on with a run's own options, but --squared-logsumexp was given too: leave it out.\n",
      ])
      const again = await exptilt(['earm', 'lm', '--resume', folder, '--device', 'reference', '--json'])
      expect(again.code).toBe(0)
      expect(again.asked[0]).toEqual({ ...first.asked[0], device: 'reference' })
      expect(filesIn(folder)).toContain('checkpoint/e-arm.000001.safetensors')
    }))
})
