/** `exptilt earm`: flags to options, files, wrong input, Ctrl-C and resuming, and the tables, with stand-in systems. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'
import { eArmCommand } from '../../lib/cli/earm.ts'
import { eArmTableCommand } from '../../lib/cli/earm-table.ts'
import { main } from '../../lib/cli/main.ts'
import { parseArguments } from '../../lib/cli/parse.ts'
import type { World } from '../../lib/cli/world.ts'
import { type Failure, failure } from '../../lib/errors.ts'
import type { EArmExperiment } from '../../lib/systems/e-arm/experiment-options.ts'
import type { ExperimentCosts, MeasureCosts } from '../../lib/systems/e-arm/experiment-costs.ts'
import type { EArmResults, EArmServices, RunEArm } from '../../lib/systems/e-arm/experiment-results.ts'
import { eArmResultsFor } from '../report/earm-example.ts'
import { filesIn, inWorld, withFolder } from './fake-world.ts'

type Answer = (options: EArmExperiment, services: EArmServices) => E.Either<Failure, EArmResults>

const saving: Answer = (options, { directory, signal }) => {
  if (directory !== undefined) writeFileSync(join(directory, 'e-arm.000001.safetensors'), 'weights')
  return signal.aborted
    ? E.left(failure('Interrupted', 'the run was interrupted', 'resume it'))
    : E.right(eArmResultsFor(options))
}

const costsFor = (options: EArmExperiment): ExperimentCosts => ({
  options,
  adapter: 'a made-up adapter',
  title: 'made up',
  parameters: 10,
  dataTokens: 64,
  sampledTokens: 32,
  costs: [{ name: 'plain', seconds: 2, ratio: 1 }],
  absent: [],
})

/** Runs a command line with stand-ins; the options that they were given come back as `asked`. */
const exptilt = async (argv: readonly string[], answer: Answer = saving, ctrlC = false) => {
  const asked: EArmExperiment[] = []
  const command = async (world: World): Promise<number> => {
    const request = parseArguments(argv, 100)
    if (request.kind !== 'flags') return main(argv, world)
    const { flags } = request
    let stop = (): void => undefined
    const own = { ...world, onInterrupt: (f: () => void) => ((stop = f), () => undefined) }
    const runEArm: RunEArm = (services) => (options) => {
      asked.push(options)
      if (ctrlC) stop()
      return TE.fromEither(answer(options, services))
    }
    const measureCosts: MeasureCosts = () => (options) => {
      asked.push(options)
      return TE.right(costsFor(options))
    }
    if (flags.kind === 'earm') return eArmCommand(own, TE.right(runEArm))(flags)
    if (flags.kind === 'earm-table')
      return eArmTableCommand(own, { runEArm: TE.right(runEArm), measureCosts: TE.right(measureCosts) })(flags)
    return main(argv, own)
  }
  return { ...(await inWorld(command)()), asked }
}

const wrong: readonly (readonly [readonly string[], RegExp])[] = [
  [['lm', '--lambda', '-1'], /^λ is -1: give a number, 0 or more\.$/],
  [['lm', '--epochs', '4', '--start-epoch', '5'], /^the start epoch 5 is past the last of 4 epochs: start earlier/],
  [['lm', '--window', '-1'], /^the window is -1 tokens: give a whole number, 0 or more\.$/],
  [['lm', '--network', 'pixelcnn'], /^--network pixelcnn is not one for text: use transformer or transformer-xl\.$/],
  [['image', '--network', 'transformer'], /^--network transformer is not one for images: use pixelcnn or gated-/],
  [['lm', '--network', 'lstm'], /^--network: lstm is not one of transformer, /],
  [['image', '--time', '5'], /^--time is for text; images have their own length: leave it out\.$/],
  [['lm', '--width', '10', '--heads', '4'], /^--width 10 is no multiple of --heads 4: give a multiple\.$/],
  [['lm', '--epochs', '0'], /^--epochs 0 is not a whole number from 1/],
  [['lm', '--label-smoothing', '1'], /^label smoothing of 1: give a number in \[0, 1\)\.$/],
  [['lm', '--length', '9', '--negative-tokens', '8'], /^one sampled row of 9 tokens exceeds the 8 sampled tokens/],
  [['lm', 'table', '7'], /^earm lm has no table 7: use 4 \(.*\) or 11 \(.*\)\.$/],
  [['lm', 'table', '4', '--lambda', '1'], /^--lambda was given to table 4: list the values with --lambdas\.$/],
  [['lm', 'table', '4', '--starts', '2,99'], /^the start epoch 99 is past the last of 12 epochs/],
  [['lm', 'table', '11', '--lambdas', '1'], /^--lambdas and --starts belong to table 4: leave them out\.$/],
  [['lm', '--lamda', '1'], /^--lamda is no option or command of exptilt: see `exptilt earm lm --help`/],
  [['speech'], /^speech is no option or command of exptilt: see `exptilt earm --help`/],
]

describe('wrong input', () => {
  for (const [argv, sentence] of wrong)
    it(`exptilt earm ${argv.join(' ')} → exit code 2, one sentence, nothing written`, () =>
      withFolder(async (folder) => {
        const seen = await exptilt(['earm', ...argv, ...(argv[0] === 'speech' ? [] : ['--out', join(folder, 'run')])])
        expect(seen.stderr.trimEnd()).toMatch(sentence)
        expect(seen.stderr.trimEnd().split('\n')).toHaveLength(1)
        expect([seen.code, seen.stdout, seen.asked]).toEqual([2, '', []])
        expect(readdirSync(folder)).toEqual([])
      }))

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
      const sizes = ['--width', '8', '--heads', '2', '--epochs', '4', '--samples', '2', '--learning-rate', '0.01']
      const objective = ['--lambda', '0.1', '--window', '3', '--squared-logsumexp', '0.5', '--length', '9']
      const seen = await exptilt(['earm', 'lm', '--preset', 'tiny', ...sizes, ...objective, '--out', folder])
      expect(seen.code).toBe(0)
      expect(seen.asked[0]).toMatchObject({
        preset: 'tiny',
        network: { kind: 'transformer', width: 8, heads: 2, layers: 2 },
        epochs: 4,
        learningRate: 0.01,
        objective: { lambda: 0.1, window: 3, squaredLogSumExp: 0.5, length: 9, startEpoch: 2 },
        out: folder,
      })
      const files = filesIn(folder)
      for (const name of ['options.json', 'report.html', 'results.json', 'figures/cross-entropy.png'])
        expect(files).toContain(name)
      expect(seen.stdout).toContain('Test perplexity:')
      expect(seen.stdout).toContain(`Report: ${folder}/report.html`)
    }))

  it('--json prints one object without samples; images of another set are sampled whole unless --length says otherwise', () =>
    withFolder(async (folder) => {
      const seen = await exptilt([
        'earm',
        'image',
        '--data',
        'mnist-binary',
        '--preset',
        'tiny',
        '--samples',
        '3',
        '--json',
        '--out',
        folder,
      ])
      const printed: unknown = JSON.parse(seen.stdout)
      expect(printed).toMatchObject({ measure: 'bits per dimension', samples: {}, comparison: { plain: {}, eArm: {} } })
      expect(printed).toHaveProperty('seeds.length', 1)
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
        `the run in ${folder} is one of exptilt earm lm, not of earm image: use exptilt earm lm --resume.\n`,
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

describe('exptilt earm table', () => {
  it('11 prints seconds and ratios', async () => {
    const seen = await exptilt(['earm', 'lm', 'table', '11', '--preset', 'tiny'])
    expect([seen.code, seen.asked.length]).toEqual([0, 1])
    expect(seen.stdout).toMatch(/plain +2\.00 +1\.00× +1\.0×/)
  })

  it(
    '4 runs every cell once, keeps finished ones, and goes on where it was interrupted',
    () =>
      withFolder(async (folder) => {
        const argv = ['earm', 'lm', 'table', '4', '--preset', 'tiny', '--lambdas', '0.5', '--starts', '1,3']
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
