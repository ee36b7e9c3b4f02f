/**
 * The cells of the tables of `exptilt earm lm|image table N`: λ × start epochs (4), networks (3), data × networks (5).
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { type Failure, usage } from '../errors.ts'
import { askedFor, type Experiment } from '../experiment/experiment.ts'
import type { Flag } from '../experiment/setting.ts'
import type { Typed } from '../experiment/settings.ts'
import {
  type EArmExperiment,
  type TaskName,
  type TokensExperiment,
  imageNetworks,
  languageNetworks,
} from '../systems/e-arm/experiment-options.ts'
import type { EArmResults, RunEArm } from '../systems/e-arm/results.ts'
import { experimentCodec, validateExperiment } from '../systems/e-arm/settings.ts'
import { baseName } from '../systems/e-arm/settings-common.ts'
import { experimentInFolder } from './earm.ts'
import { eArmKind } from './earm-kind.ts'
import type { Cell, CellKind } from './earm-cells.ts'
import { type EArmTableFlags, tableAxes } from './earm-grammar.ts'
import { systemServices } from './folder-command.ts'
import { type Block, product } from './grid.ts'
import { readOptionsAs } from './run-folder.ts'
import type { World } from './world.ts'

/** What is asked of a table. */
type TableRequest = Pick<EArmTableFlags, 'table' | 'axes' | 'typed'>

const listOf = (axes: Typed, flag: Flag): readonly unknown[] | undefined => {
  const typed = axes[flag]
  return Array.isArray(typed) ? typed : undefined
}

/** What was typed, with the one value of every axis that a table does not have; `Usage` where there are several. */
const single = ({ table, axes, typed }: TableRequest, own: readonly Flag[]): E.Either<Failure, Typed> => {
  const others = tableAxes.filter((flag) => !own.includes(flag))
  const several = others.find((flag) => (listOf(axes, flag)?.length ?? 0) > 1)
  if (several !== undefined) return E.left(usage(`${several} has several values, and table ${table} one`, 'give one'))
  return E.right({ ...typed, ...Object.fromEntries(others.map((flag) => [flag, listOf(axes, flag)?.[0]])) })
}

/** The options of a table without cells: one value of each flag. */
export const optionsOfTable =
  <O, P extends string>(experiment: Experiment<O, P>) =>
  (request: TableRequest): E.Either<Failure, O> =>
    pipe(single(request, []), E.chain(askedFor(experiment)))

/** The paper's start epochs, 5, 15 and 25 of 40, in proportion: the last epoch at most. */
const usualStarts = ({ epochs }: Pick<EArmExperiment, 'epochs'>): readonly number[] => [
  ...new Set([1 / 8, 3 / 8, 5 / 8].map((share) => Math.min(epochs - 1, Math.round(share * epochs)))),
]

/** The values of each axis of a table, as typed or as in the paper; the last axis is the fastest. */
const blockOf = (request: TableRequest, options: TokensExperiment): Block => {
  const { axes, table } = request
  const usual = (flag: Flag, otherwise: readonly unknown[]) => ({ [flag]: listOf(axes, flag) ?? otherwise })
  return table === 4
    ? { ...usual('--lambda', [0.01, 0.05, 0.5]), ...usual('--start-epoch', usualStarts(options)) }
    : {
        ...usual('--data', [options.data]),
        ...usual('--network', options.task === 'lm' ? languageNetworks : imageNetworks),
      }
}

const nameOf =
  (table: number) =>
  ({ data, network, objective: { lambda, startEpoch } }: TokensExperiment): string =>
    table === 4 ? `lambda${lambda}-start${startEpoch}` : `${baseName(data)}-${network.kind}`

/** The cells of table 3, 4 or 5, checked; `Usage` for two of one name. */
export const tableCells =
  <O extends TokensExperiment, P extends string>(experiment: Experiment<O, P>) =>
  (request: TableRequest): E.Either<Failure, readonly Cell<EArmExperiment>[]> =>
    pipe(
      single(request, request.table === 4 ? ['--lambda', '--start-epoch'] : ['--data', '--network']),
      E.bindTo('typed'),
      E.bind('options', ({ typed }) => askedFor(experiment)(typed)),
      E.chain(({ typed, options }) =>
        pipe(
          product(blockOf(request, options)),
          E.traverseArray((cell) => askedFor(experiment)({ ...typed, ...cell })),
        ),
      ),
      E.map((all) => all.map((options) => ({ name: nameOf(request.table)(options), options }))),
      E.filterOrElse(
        (cells) => new Set(cells.map(({ name }) => name)).size === cells.length,
        () => usage(`table ${request.table} has two cells of one name`, 'give each value, and each name of data, once'),
      ),
    )

/** Cells that are experiments on text, images or translations, in this process. */
export const eArmCells = (world: World, task: TaskName, runEArm: RunEArm): CellKind<EArmExperiment, EArmResults> => ({
  ...eArmKind(task),
  read: readOptionsAs(experimentCodec, validateExperiment),
  run: (signal, folder) => (options) =>
    experimentInFolder(runEArm, systemServices(world, signal, folder), folder)({ ...options, out: folder }),
})
