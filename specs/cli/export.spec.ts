/** `exptilt export`: a run folder becomes files with the numbers of the run's own models, by code that shares nothing. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import { main } from '../../lib/cli/main.ts'
import { encodeStrings } from '../../lib/data/strings.ts'
import { linearEnergy } from '../../lib/energy/index.ts'
import { byteTokenizer } from '../../lib/data/byte-tokenizer.ts'
import type { Feeds, Program } from '../../lib/executor.ts'
import { key, words } from '../../lib/key.ts'
import { at } from '../../lib/at.ts'
import { keepAll } from '../../lib/models/autoregressive.ts'
import {
  fileModel,
  fileParameters,
  fileTokens,
  logitsProgram,
  logProbabilityProgram,
  type RowSizes,
} from '../../lib/models/file-programs.ts'
import { initialiseLstm, lstmInputs, lstmModel, type LstmParameters } from '../../lib/models/lstm.ts'
import { inputOf } from '../../lib/ops/layout.ts'
import { lstmScore } from '../../lib/ops/lstm-language.ts'
import { lstmLogits, packLstm } from '../../lib/ops/lstm-model.ts'
import { reorder } from '../../lib/ops/layout.ts'
import { evaluateOn, outputs } from '../../lib/program.ts'
import { reference } from '../../lib/reference.ts'
import { gamFeatures } from '../../lib/systems/gam/features.ts'
import type { GamOptions } from '../../lib/systems/gam/options.ts'
import { gamOptionsCodec } from '../../lib/systems/gam/settings.ts'
import { emptyState, type GamState, gamStore } from '../../lib/systems/gam/state.ts'
import { networksOf } from '../../lib/systems/residual/networks.ts'
import type { ResidualOptions } from '../../lib/systems/residual/options.ts'
import { residualOptionsCodec } from '../../lib/systems/residual/settings.ts'
import { emptyState as emptyResidual, residualStore } from '../../lib/systems/residual/state.ts'
import { startSteps } from '../../lib/train/steps-state.ts'
import { right, run } from '../either.ts'
import { type ForeignTensor, runAt, tokenTensor } from '../onnx/foreign.ts'
import { tiny } from '../systems/gam/tiny.ts'
import { tinyOptions } from '../systems/residual/tiny.ts'
import { inWorld, type Seen } from './fake-world.ts'
import { withFolder } from '../folder.ts'

const exported = (...argv: readonly string[]): Promise<Seen> => inWorld((world) => main(['export', ...argv], world))()

const size = { symbols: 3, hidden: 3, layers: 2 }
const [base, student] = [initialiseLstm(size)(key(1)), initialiseLstm(size)(key(2))]
const LAMBDA = [-1.25, 0.5]

const fitted: NonNullable<GamState['fitted']> = {
  lambda: LAMBDA,
  momentError: 0,
  epochErrors: [],
  epochLambdas: [],
  boundary: false,
}
const finished: GamState = {
  ...emptyState,
  done: ['base', 'moments', 'student'],
  fitted,
  fits: { base: startSteps(base, 3), student: startSteps(student, 3) },
}

/** The folder of a run with this state. */
const runFolder = async (folder: string, state: GamState, options: GamOptions = tiny): Promise<string> => {
  mkdirSync(join(folder, 'checkpoint'))
  writeFileSync(join(folder, 'options.json'), JSON.stringify(gamOptionsCodec.encode(options)))
  const store = await run(gamStore(join(folder, 'checkpoint'), options, '', () => undefined))
  await run(store.save(state))
  return folder
}

/** All strings over a, b of at most four symbols, as rows with EOS. */
const texts = Array.from({ length: 5 }, (_, n) =>
  Array.from({ length: 2 ** n }, (_v, i) =>
    n === 0 ? '' : i.toString(2).padStart(n, '0').replaceAll('0', 'a').replaceAll('1', 'b'),
  ),
).flat()
const rows = right(encodeStrings({ symbols: ['a', 'b'] }, 6)(texts))
const tokens = { tokens: tokenTensor(rows.tokens, [rows.count, rows.time]) }

const outputOf = (path: string, name: string): ForeignTensor => {
  const found = runAt(path, [tokens]).results[0]?.[name]
  if (found === undefined) throw new Error(`there is no output ${name}`)
  return found
}

const expected = async (parameters: LstmParameters, what: 'logits' | 'logProbability') => {
  const inputs = lstmInputs(size)
  const read = inputOf('i32')('tokens', axis('batch', rows.count), axis('time', rows.time))
  const model = lstmModel(size, inputs)
  const feeds = Object.fromEntries(Object.entries(parameters).map(([name, data]) => [`parameter/${name}`, data]))
  const asked =
    what === 'logits'
      ? reorder(['batch', 'time', 'symbol'])(lstmLogits(model, read))
      : lstmScore(packLstm(model), read, 1).logProbability
  const { found } = await run(evaluateOn(reference)({ found: asked }, { tokens: rows.tokens, ...feeds }))
  return found?.data ?? new Float64Array(0)
}

const near = (have: ForeignTensor, want: ArrayLike<number>): void => {
  expect(have.data.length).toBe(want.length)
  have.data.forEach((x, i) => expect(Math.abs(x - at(want, i))).toBeLessThan(1e-5))
}

/** The folder of a residual run whose networks are as they were drawn. */
const residualFolder = async (folder: string): Promise<ResidualOptions> => {
  const options = tinyOptions('king-james')
  const { base, balm, energies } = networksOf(options, byteTokenizer.symbols, byteTokenizer.end)
  const fits = {
    base: startSteps(base.initialise(key(1))),
    balm: startSteps(balm.initialise(key(2))),
    policy: startSteps(base.initialise(key(4))),
    bit: startSteps({ ...energies.bit.initialise(key(3)), 'log-normaliser': Float32Array.of(1) }),
  }
  mkdirSync(join(folder, 'checkpoint'))
  writeFileSync(join(folder, 'options.json'), JSON.stringify(residualOptionsCodec.encode(options)))
  const store = await run(residualStore(join(folder, 'checkpoint'), options, '', () => undefined))
  await run(store.save({ ...emptyResidual, done: ['base'], fits }, byteTokenizer.json()))
  return options
}

const bytes = (count: number, time: number): Int32Array =>
  Int32Array.from(words(key(9), count * time), (w) => w % byteTokenizer.symbols)

/** Checks a file's outputs for rows of some lengths against a program of the library. */
const gives = async (
  path: string,
  lengths: readonly number[],
  wanted: (sizes: RowSizes) => Program,
  values: Feeds,
): Promise<void> => {
  const { results } = runAt(
    path,
    lengths.map((time) => ({ tokens: tokenTensor(bytes(2, time), [2, time]) })),
  )
  for (const [i, time] of lengths.entries()) {
    const feeds = { tokens: bytes(2, time), ...values }
    const want = await run(evaluateOn(reference)(wanted({ batch: 2, time }).outputs, feeds))
    for (const [name, value] of Object.entries(want))
      near(results[i]?.[name] ?? { type: '', dims: [], data: [] }, value?.data ?? new Float64Array(0))
  }
}

describe('exptilt export', () => {
  it('transformers of a residual run at every length up to the context; energies at their own', () =>
    withFolder(async (folder) => {
      const options = await residualFolder(folder)
      const { base, balm, energies } = networksOf(options, byteTokenizer.symbols, byteTokenizer.end)
      const first = await exported('--run', folder)
      expect([first.code, first.stderr]).toEqual([0, ''])
      expect(first.stdout).toMatch(
        /base-logits\.onnx, \d+ KiB: tokens \[batch, time\] int32, batch of any size, time up to 8\n$/,
      )
      await gives(join(folder, 'base-logits.onnx'), [1, 3, 8], logitsProgram(fileModel(base)), base.initialise(key(1)))
      expect((await exported('--run', folder, '--model', 'balm', '--what', 'log-probability')).code).toBe(0)
      const score = logProbabilityProgram(fileModel(balm))
      await gives(join(folder, 'balm-log-probability.onnx'), [5], score, balm.initialise(key(2)))
      expect((await exported('--run', folder, '--model', 'policy')).code).toBe(0)
      await gives(join(folder, 'policy-logits.onnx'), [4], logitsProgram(fileModel(base)), base.initialise(key(4)))
      const energy = await exported('--run', folder, '--what', 'energy')
      expect([energy.code, energy.stdout.includes('batch of any size, time 8')]).toEqual([0, true])
      const { bit } = energies
      const wanted = (sizes: RowSizes): Program =>
        outputs({ energy: bit.energy(fileParameters(bit), fileTokens(sizes), 5, keepAll) })
      await gives(join(folder, 'bit-energy.onnx'), [8], wanted, bit.initialise(key(3)))
    }))

  it('refuses models that a run does not have', () =>
    withFolder(async (folder) => {
      await residualFolder(folder)
      const said = async (...argv: readonly string[]) => {
        const { code, stderr } = await exported('--run', folder, ...argv)
        return [code, stderr]
      }
      expect(await said('--model', 'student')).toEqual([
        2,
        "a residual run has no model 'student': give base, balm, policy, unit or bit.\n",
      ])
      expect(await said('--model', 'bit')).toEqual([
        2,
        "a residual run's 'bit' has no logits: give base, balm or policy for logits and log-probability, unit or bit for energy.\n",
      ])
      expect(await said('--model', 'unit', '--what', 'energy')).toEqual([
        2,
        "the run has no model 'unit' yet: continue it with `exptilt residual --resume`.\n",
      ])
    }))

  it('logits of the student, log-probabilities of the base, with parameters inside or beside', () =>
    withFolder(async (folder) => {
      await runFolder(folder, finished)
      const first = await exported('--run', folder)
      expect([first.code, first.stderr]).toEqual([0, ''])
      expect(first.stdout).toContain(join(folder, 'student-logits.onnx'))
      near(outputOf(join(folder, 'student-logits.onnx'), 'logits'), await expected(student, 'logits'))
      const path = join(folder, 'elsewhere', 'r.onnx')
      const second = await exported(
        ...['--run', folder, '--model', 'base', '--what', 'log-probability', '--external', '--out', path],
      )
      expect(second.code).toBe(0)
      expect(existsSync(join(folder, 'elsewhere', 'r.bin'))).toBe(true)
      near(outputOf(path, 'logProbability'), await expected(base, 'logProbability'))
    }))

  it.each([
    ['regular expressions', tiny],
    [
      'a motif',
      {
        ...tiny,
        data: { kind: 'motif', motif: '101', length: 6, mixture: 1 },
        features: '1001000',
      } satisfies GamOptions,
    ],
  ])('the energy of every short string, features from %s', (_name, options: GamOptions) =>
    withFolder(async (folder) => {
      await runFolder(folder, finished, options)
      expect((await exported('--run', folder, '--what', 'energy')).code).toBe(0)
      const named =
        options.data.kind === 'motif' ? texts.map((x) => x.replaceAll('a', '0').replaceAll('b', '1')) : texts
      const { features } = right(gamFeatures(options.data, options.features))
      near(outputOf(join(folder, 'energy.onnx'), 'energy'), await run(linearEnergy(features, LAMBDA)(named)))
      near(
        outputOf(join(folder, 'energy.onnx'), 'features'),
        named.flatMap((x) => Array.from(features.of(x))),
      )
    }),
  )

  it('refuses folders without a run or a trained model, in one sentence', () =>
    withFolder(async (folder) => {
      const none = await exported('--run', folder)
      expect([none.code, none.stdout]).toEqual([2, ''])
      expect(none.stderr).toMatch(/holds no run \(no options\.json\): give the folder of a run to --run\.\n$/)
      await runFolder(folder, { ...emptyState, fits: { base: startSteps(base, 3) } })
      const early = await exported('--run', folder)
      expect(early.code).toBe(2)
      expect(early.stderr).toMatch(/^the run has no model 'student' yet: continue it with .*\.\n$/)
      expect((await exported('--run', folder, '--what', 'energy')).stderr).toMatch(/^the run has no fitted λ yet/)
      expect((await exported('--run', folder, '--model', 'base')).code).toBe(0)
      expect((await exported('--run', folder, '--model', 'bit')).stderr).toBe(
        "a gam run has no model 'bit': give base or student.\n",
      )
      writeFileSync(join(folder, 'options.json'), JSON.stringify(gamOptionsCodec.encode({ ...tiny, seed: 77 })))
      expect((await exported('--run', folder)).stderr).toMatch(/belongs to a run with other settings/)
    }))

  it('says that networks of E-ARM are not exported, and what to do with them', () =>
    withFolder(async (folder) => {
      writeFileSync(join(folder, 'options.json'), JSON.stringify({ task: 'image', preset: 'tiny' }))
      const { code, stderr } = await exported('--run', folder)
      expect([code, stderr]).toEqual([
        2,
        `the run in ${folder} is one of exptilt earm image, whose networks are not exported: draw from them by exptilt earm image sample --run ${folder}, or export a run of gam or residual.\n`,
      ])
    }))

  it('refuses wrong flags', async () => {
    for (const [argv, sentence] of [
      [[], /^Missing option --run: see `exptilt export --help`/],
      [['--run', 'x', '--what', 'tokens'], /^--what: tokens is not one of logits, log-probability, energy/],
      [['--run', 'x', '--model', 'teacher'], /^--model: teacher is not one of base, student, balm, policy, unit, bit/],
    ] as const) {
      const seen = await exported(...argv)
      expect([seen.code, sentence.test(seen.stderr)]).toEqual([2, true])
    }
  })
})
