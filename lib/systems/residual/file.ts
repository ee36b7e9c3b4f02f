/**
 * What a residual-model run can be exported as: the base, its rival of the joint's size, and the energies, as programs with
 * the values of their parameters, from its saved state.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { Tokenizer } from '../../data/tokenizer.ts'
import { readTokenizer } from '../../data/tokenizer-file.ts'
import { type Failure, failure } from '../../errors.ts'
import type { Program } from '../../executor.ts'
import { keepAll } from '../../models/autoregressive.ts'
import type { EnergyNetwork } from '../../models/energy-network.ts'
import {
  fileModel,
  fileNotes,
  fileParameters,
  fileTokens,
  logitsProgram,
  logProbabilityProgram,
  type RowSizes,
  type RunFile,
} from '../../models/file-programs.ts'
import { outputs } from '../../program.ts'
import { type Networks, networksOf } from './networks.ts'
import { type MainEnergy, type ResidualOptions, rowLength } from './options.ts'
import type { LoadedRun } from './state.ts'

/** The models of a run that have a file: language models, and energies. */
type ResidualModelName = 'base' | 'balm' | 'policy' | MainEnergy

/** What a file computes. */
type ResidualContent = 'logits' | 'log-probability' | 'energy'

type Arrays = Readonly<Record<string, Float32Array>>

const isEnergy = (model: ResidualModelName): model is MainEnergy => model === 'unit' || model === 'bit'

/** Names that go together, or why they do not. */
const checked = (what: ResidualContent, model: ResidualModelName): E.Either<Failure, ResidualModelName> =>
  isEnergy(model) === (what === 'energy')
    ? E.right(model)
    : E.left(
        failure(
          'Usage',
          `a residual run's '${model}' has no ${what}`,
          'give base, balm or policy for logits and log-probability, unit or bit for energy',
          { model, what },
        ),
      )

/** The tokenizer of a run. `Checkpoint` where it has none yet. */
export const tokenizerOf = (saved: string | undefined): E.Either<Failure, Tokenizer> =>
  saved === undefined || saved === ''
    ? E.left(failure('Checkpoint', 'the run has no tokenizer yet', 'continue it with `exptilt residual --resume`'))
    : readTokenizer(saved)

/** The arrays that a model reads: an energy was trained with further ones. */
const only = (parameters: object, values: Arrays): Arrays =>
  Object.fromEntries(Object.entries(values).filter(([name]) => name in parameters))

const energyProgram =
  (network: EnergyNetwork, from: number) =>
  (sizes: RowSizes): Program<never, 'energy'> =>
    outputs({ energy: network.energy(fileParameters(network), fileTokens(sizes), from, keepAll) })

const contentOf = (
  options: ResidualOptions,
  networks: Networks,
  what: ResidualContent,
  model: ResidualModelName,
  values: Arrays,
): Pick<RunFile, 'program' | 'values' | 'notes' | 'rows'> => {
  const length = rowLength(options)
  if (isEnergy(model)) {
    const network = networks.energies[model]
    const { prefix } = options.chunk
    return {
      program: energyProgram(network, prefix),
      values: only(network.parameters, values),
      notes: {
        tokens: `symbols of each row: ${prefix} that are given and ${length - prefix} that are judged`,
        energy: 'energy E(x) of each row, nats; the joint model is proportional to base times exp(−E)',
      },
      rows: { exactly: length },
    }
  }
  const network = fileModel(networks[model])
  const program = what === 'logits' ? logitsProgram(network) : logProbabilityProgram(network)
  return { program, values: only(network.parameters, values), notes: fileNotes, rows: { most: length } }
}

/** The arrays of a model; the base of a run by dynamic NCE is the noise model that it became. */
export const valuesOf = (
  { energy }: ResidualOptions,
  { state }: LoadedRun,
  model: ResidualModelName,
): E.Either<Failure, Arrays> => {
  const moved = model === 'base' && energy.objective === 'dynamic-nce' ? state.fits['noise'] : undefined
  const fit = moved ?? state.fits[model]
  return fit === undefined
    ? E.left(
        failure('Checkpoint', `the run has no model '${model}' yet`, 'continue it with `exptilt residual --resume`', {
          model,
        }),
      )
    : E.right(fit.best)
}

/** The file of a run's model or energy. Left `Checkpoint` when the run has not got so far, `Usage` for a wrong pair. */
export const residualFile = (
  options: ResidualOptions,
  loaded: LoadedRun,
  what: ResidualContent,
  model: ResidualModelName,
): E.Either<Failure, RunFile> =>
  pipe(
    checked(what, model),
    E.bindTo('model'),
    E.bind('values', () => valuesOf(options, loaded, model)),
    E.bind('tokenizer', () => tokenizerOf(loaded.tokenizer)),
    E.map(({ values, tokenizer }): RunFile => {
      const networks = networksOf(options, tokenizer.symbols, tokenizer.end)
      return {
        ...contentOf(options, networks, what, model, values),
        description: `${what} of the ${isEnergy(model) ? 'energy' : 'language model'} '${model}' of a residual run`,
        metadata: {
          'exptilt.what': what,
          'exptilt.model': model,
          'exptilt.tokenizer': tokenizer.json(),
          'exptilt.begin': String(tokenizer.end),
          'exptilt.units': what === 'logits' ? 'nats, up to a constant of each position' : 'nats',
          'exptilt.options': JSON.stringify({ ...options, out: undefined }),
        },
      }
    }),
  )
