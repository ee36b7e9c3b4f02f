/** `exptilt export`: a run folder becomes files with the numbers of the run's own models, by code that shares nothing. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import { main } from '../../lib/cli/main.ts'
import { encodeStrings } from '../../lib/data/strings.ts'
import { linearEnergy } from '../../lib/energy/index.ts'
import { key } from '../../lib/key.ts'
import { at } from '../../lib/math.ts'
import { initialiseLstm, lstmInputs, lstmModel, type LstmParameters } from '../../lib/models/lstm.ts'
import { inputOf } from '../../lib/ops/layout.ts'
import { lstmScore } from '../../lib/ops/lstm-language.ts'
import { lstmLogits, packLstm } from '../../lib/ops/lstm-model.ts'
import { reorder } from '../../lib/ops/layout.ts'
import { evaluateOn } from '../../lib/program.ts'
import { reference } from '../../lib/reference.ts'
import { gamFeatures } from '../../lib/systems/gam/features.ts'
import { type GamOptions, gamOptionsCodec } from '../../lib/systems/gam/options.ts'
import { emptyState, type GamState, gamStore } from '../../lib/systems/gam/state.ts'
import { startFit } from '../../lib/train/loop.ts'
import { right, run } from '../energy/support.ts'
import { type ForeignTensor, runAt, tokenTensor } from '../onnx/foreign.ts'
import { tiny } from '../systems/gam/tiny.ts'
import { inWorld, type Seen, withFolder } from './fake-world.ts'

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
  fits: { base: startFit(base, 3), student: startFit(student, 3) },
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

describe('exptilt export', () => {
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
      await runFolder(folder, { ...emptyState, fits: { base: startFit(base, 3) } })
      const early = await exported('--run', folder)
      expect(early.code).toBe(2)
      expect(early.stderr).toMatch(/^the run has no model 'student' yet: continue it with .*\.\n$/)
      expect((await exported('--run', folder, '--what', 'energy')).stderr).toMatch(/^the run has no fitted λ yet/)
      expect((await exported('--run', folder, '--model', 'base')).code).toBe(0)
      writeFileSync(join(folder, 'options.json'), JSON.stringify(gamOptionsCodec.encode({ ...tiny, seed: 77 })))
      expect((await exported('--run', folder)).stderr).toMatch(/belongs to a run with other settings/)
    }))

  it('refuses wrong flags', async () => {
    for (const [argv, sentence] of [
      [[], /^Missing option --run: see `exptilt export --help`/],
      [['--run', 'x', '--what', 'tokens'], /^--what: tokens is not one of logits, log-probability, energy/],
      [['--run', 'x', '--model', 'teacher'], /^--model: teacher is not one of base, student/],
    ] as const) {
      const seen = await exported(...argv)
      expect([seen.code, sentence.test(seen.stderr)]).toEqual([2, true])
    }
  })
})
