import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { main } from '../../lib/cli/main.ts'
import { inWorld, withoutAdapter } from './fake-world.ts'
import { filesIn, withFolder } from '../folder.ts'

const run = (...argv: readonly string[]) => inWorld((world) => main(argv, world))

/** Wrong command lines (DIR is an empty folder that must stay empty) and the sentence that each must get. */
const wrong: readonly (readonly [readonly string[], RegExp])[] = [
  [[], /^no command is given: see `exptilt --help`/],
  [['train'], /^train is no option or command of exptilt: see `exptilt --help`/],
  [['gam', '--trian', '5'], /^--trian is no option or command of exptilt: see `exptilt gam --help`/],
  [['gam', 'sweep', '--moment', 'rs'], /^--moment is no option .*`exptilt gam sweep --help`/],
  [['gam', '--train'], /^--train requires N/],
  [['gam', '--train', 'many'], /^--train: many is not a number \(write for example 500\)/],
  [['gam', '--train', '0'], /^--train 0 is not a whole number from 1 .*: give for example --train 500\.$/],
  [['gam', '--train', '2.5'], /^--train 2\.5 is not a whole number/],
  [['gam', '--train', '1', '--train', '2'], /^--train cannot be used multiple times/],
  [['gam', '--motif', '10201'], /^--motif 10201 is not a motif in the digits 0 and 1: give for example --motif/],
  [['gam', '--motif', ''], /^--motif '' is not a motif/],
  [
    ['gam', '--motif', '101', '--length', '2'],
    /^--motif 101 has 3 symbols, more than the strings' 2: give a shorter motif or --length 3/,
  ],
  [['gam', '--length', '513'], /^--length 513 is more than the 512 symbols .*: give at most --length 512\.$/],
  [['gam', '--length', '0'], /^--length 0 is not a whole number/],
  [['gam', '--mixture', '1.5'], /^--mixture 1\.5 is not a number above 0 and at most 1: give/],
  [
    ['gam', '--features', '10011'],
    /^--features 10011 is not a vector of 7 digits 0 or 1: give one digit per feature in the order m, m\+0/,
  ],
  [['gam', '--features', '0000000'], /^--features 0000000 switches every feature off/],
  [['gam', '--moments', 'exact'], /^--moments: exact is not one of snis, rs, newton/],
  [
    ['gam', '--regime', 'dpg', '--divergence', 'js'],
    /^--divergence js is lowered on draws of π, and --regime dpg draws from r/,
  ],
  [['gam', '--regime', 'three-stage'], /^--regime: three-stage is not one of two-stage, cyclical, dpg, kl-dpg/],
  [['gam', '--device', 'tpu'], /^--device: tpu is not one of auto, gpu, cpu, onnx, reference/],
  [['gam', '--hidden', '64'], /^--hidden is called --width now: write --width\.$/],
  [['gam', '--preset', 'demo'], /^--preset demo is called --preset tiny now/],
  [['residual', '--corpus', 'x'], /^--corpus is called --data now: write --data\.$/],
  [['gam', '--preset', 'huge'], /^--preset: huge is not one of tiny, small, paper/],
  [['gam', '--width', '0'], /^--width 0 /],
  [['gam', '--layers', '0'], /^--layers 0 /],
  [['gam', '--dropout', '1'], /^--dropout 1 is not a number from 0 to 0\.95/],
  [['gam', '--batch', '-1'], /^--batch -1 /],
  [['gam', '--seed', '-3'], /^--seed -3 /],
  [['gam', '--trials', '0'], /^--trials 0 is not a whole number from 1/],
  [['gam', '--seconds', '0'], /^--seconds 0 is not a number above 0/],
  [['gam', '--feature', 'AH'], /^--feature goes with --data, which was not given: add --data FILE/],
  [['gam', '--data', 'DIR/strings.txt'], /^--data has no feature to tilt by/],
  [['gam', '--data', 'DIR/strings.txt', '--feature', '(a'], /^--feature \(a is not a regular expression/],
  [
    ['gam', '--data', 'DIR/strings.txt', '--feature', 'a'],
    /^--data .*strings\.txt cannot be read: give a text file with one string per line\.$/,
  ],
  [['gam', '--data', 'DIR/strings.txt', '--feature', 'a', '--motif', '1'], /were both given: give one of them\.$/],
  [['gam', '--resume', 'DIR'], /holds no run \(no options\.json\): give the folder of an interrupted run/],
  [
    ['gam', '--resume', 'DIR', '--train', '5'],
    /^--resume goes on with a run's own options, but --train was given too: leave it out\.$/,
  ],
  [['gam', 'sweep', '--train', '500,none'], /^--train: none is not a number/],
  [['gam', 'sweep', '--motif', '101,1x'], /^--motif 1x is not a motif/],
  [
    ['gam', 'sweep', '--grid', 'table-9'],
    /^--grid: table-9 is not one of figure-2, figure-2a, .*, table-1, table-3, table-4/,
  ],
  [['pfsa'], /^no automaton is given: give --motif/],
  [['pfsa', '--motif', '12'], /^--motif 12 is not a motif/],
  [['pfsa', '--motif', '111', '--length', '2'], /^--motif 111 has 3 symbols/],
  [['pfsa', '--file', 'DIR/none.json'], /^--file .*none\.json cannot be read: give an automaton as a JSON file\.$/],
  [['pfsa', '--file', 'DIR/none.json', '--motif', '1'], /were both given/],
]

describe('wrong input', () => {
  for (const [argv, sentence] of wrong) {
    it(`exptilt ${argv.join(' ')} → exit code 2, one sentence, nothing written`, () =>
      withFolder(async (folder) => {
        const there = argv.map((word) => word.replace('DIR', folder))
        const commands = argv[1] === 'sweep' ? 2 : 1
        const placed =
          argv[0] === 'gam' && !argv.includes('--resume')
            ? [...there.slice(0, commands), '--out', join(folder, 'run'), ...there.slice(commands)]
            : there
        const seen = await run(...placed)()
        expect(seen.code).toBe(2)
        expect(seen.stderr.trimEnd()).toMatch(sentence)
        expect(seen.stderr.trimEnd().split('\n')).toHaveLength(1)
        expect(seen.stdout).toBe('')
        expect(seen.runs).toEqual([])
        expect(readdirSync(folder)).toEqual([])
      }))
  }

  it('--out below a file → exit code 2, nothing written', () =>
    withFolder(async (folder) => {
      writeFileSync(join(folder, 'file'), 'kept')
      for (const command of [['gam'], ['gam', 'sweep']]) {
        const seen = await run(...command, '--out', join(folder, 'file', 'run'))()
        expect(seen.code).toBe(2)
        expect(seen.stderr).toMatch(
          /cannot be written \((?:ENOTDIR|EEXIST)\): give a folder that you may write to with --out DIR\.\n$/,
        )
        expect(seen.runs).toEqual([])
      }
      expect(filesIn(folder)).toEqual(['file'])
    }))

  it('--device gpu without an adapter → exit code 2, nothing left behind', () =>
    withFolder(async (folder) => {
      for (const command of [['gam'], ['gam', 'sweep']]) {
        const seen = await run(
          ...command,
          '--device',
          'gpu',
          '--out',
          join(folder, 'a', 'run'),
        )({ answer: withoutAdapter })
        expect(seen.code).toBe(2)
        expect(seen.stderr).toMatch(/--device gpu found no hardware adapter: use --device cpu\.\n$/)
        expect(seen.runs).toHaveLength(1)
        expect(readdirSync(folder)).toEqual([])
      }
    }))

  it('a malformed automaton file → exit code 2, naming the file', () =>
    withFolder(async (folder) => {
      const file = join(folder, 'automaton.json')
      for (const text of ['{', '{}', '[1]']) {
        writeFileSync(file, text)
        const seen = await run('pfsa', '--file', file)()
        expect(seen.code).toBe(2)
        expect(seen.stderr).toContain('automaton')
        expect(seen.stdout).toBe('')
      }
    }))
})

describe('help', () => {
  for (const argv of [['--help'], ['gam', '--help'], ['gam', 'sweep', '--help'], ['pfsa', '--help']]) {
    it(`exptilt ${argv.join(' ')} → stdout, exit code 0`, async () => {
      const seen = await run(...argv)()
      expect(seen.code).toBe(0)
      expect(seen.stdout).toContain('Usage: exptilt')
      expect(seen.stderr).toBe('')
    })
  }

  it('names every flag of the run', async () => {
    const { stdout } = await run('gam', '--help')()
    const flags = 'motif train features moments regime width layers seed device out json data feature preset'.split(' ')
    for (const flag of flags) expect(stdout).toContain(`--${flag}`)
  })
})
