/**
 * The cells of the tables of `exptilt earm lm|image table N`: λ × start epochs (4), networks (3), data × networks (5).
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { orElse } from '../at.ts'
import { canonicalJson } from '../codec/canonical-json.ts'
import { exactJson } from '../codec/exact-json.ts'
import { type Failure, failure } from '../errors.ts'
import { readRecord } from '../report/report-files.ts'
import {
  type EArmExperiment,
  type NetworkName,
  experimentCodec,
  validateExperiment,
} from '../systems/e-arm/experiment-options.ts'
import { type EArmResults, eArmResultsCodec, type RunEArm } from '../systems/e-arm/experiment-results.ts'
import { experimentInFolder, readExperiment } from './earm.ts'
import type { Cell, CellKind } from './earm-cells.ts'
import type { EArmTableFlags } from './earm-flags.ts'
import { experimentFrom } from './earm-settings.ts'
import { systemServices } from './folder-command.ts'
import type { World } from './world.ts'

type Cells = E.Either<Failure, readonly Cell<EArmExperiment>[]>

const usage = (what: string, remedy: string): Failure => failure('Usage', what, remedy)

/** The paper's start epochs, 5, 15 and 25 of 40, in proportion: the last epoch at most. */
const usualStarts = ({ epochs }: EArmExperiment): readonly number[] => [
  ...new Set([1 / 8, 3 / 8, 5 / 8].map((share) => Math.min(epochs - 1, Math.round(share * epochs)))),
]

/** Table 4: every λ with every start epoch. */
export const objectiveCells =
  (flags: EArmTableFlags) =>
  (options: EArmExperiment): Cells => {
    const { lambdas = [0.01, 0.05, 0.5], starts = usualStarts(options), lambda, startEpoch } = flags
    if (lambda !== undefined) return E.left(usage('--lambda was given to table 4', 'list the values with --lambdas'))
    if (startEpoch !== undefined)
      return E.left(usage('--start-epoch was given to table 4', 'list the epochs with --starts'))
    return pipe(
      lambdas.flatMap((l) => starts.map((s) => ({ lambda: l, startEpoch: s }))),
      E.traverseArray((own) =>
        pipe(
          validateExperiment({ ...options, objective: { ...options.objective, ...own } }),
          E.map((checked) => ({ name: `lambda${own.lambda}-start${own.startEpoch}`, options: checked })),
        ),
      ),
    )
  }

const both: Readonly<Record<EArmTableFlags['task'], readonly NetworkName[]>> = {
  lm: ['transformer', 'transformer-xl'],
  image: ['pixelcnn', 'gated-pixelcnn'],
}

const baseName = (data: string): string => orElse(data.split(/[\\/]/).at(-1), 'data')

/** Tables 3 and 5: both networks of a task, on every set that `--data` names between commas. */
export const networkCells = (flags: EArmTableFlags): Cells => {
  const { task, network, data, table } = flags
  if (network !== undefined)
    return E.left(usage(`--network was given to table ${table}, which has both`, 'leave it out'))
  const sets = data?.split(',').filter((name) => name !== '') ?? [undefined]
  if (sets.length === 0) return E.left(usage('--data names no data', 'give a name, or several between commas'))
  if (new Set(sets.map((own) => baseName(own ?? ''))).size < sets.length)
    return E.left(usage(`--data ${data ?? ''} names the same data twice`, 'name each once'))
  return pipe(
    sets.flatMap((own) => both[task].map((kind) => [own, kind] as const)),
    E.traverseArray(([own, kind]) =>
      pipe(
        experimentFrom({ ...flags, data: own, network: kind }),
        E.map((options) => ({ name: `${baseName(options.data)}-${kind}`, options })),
      ),
    ),
  )
}

const identity = ({ out: _, device: __, ...options }: EArmExperiment): string =>
  E.getOrElse(() => '')(canonicalJson(JSON.parse(exactJson(experimentCodec.encode({ ...options, device: 'auto' })))))

/** Cells that are experiments on text or images. */
export const eArmCells = (world: World, runEArm: RunEArm): CellKind<EArmExperiment, EArmResults> => ({
  encode: experimentCodec.encode,
  identity,
  read: readExperiment,
  results: readRecord(eArmResultsCodec),
  optionsOf: ({ options }) => options,
  run: (signal, folder) => (options) =>
    experimentInFolder(runEArm, systemServices(world, signal, folder), folder)({ ...options, out: folder }),
})
