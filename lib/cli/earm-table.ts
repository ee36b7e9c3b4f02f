/**
 * `exptilt earm lm|image table N`: tables of the paper. 3 and 5 run both networks of the task, 4 a grid of λ and start
 * epochs, each cell in its own folder; 6 has the paper's sizes, 11 times an update of every kind.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { exactJson } from '../codec/exact-json.ts'
import { type Failure, failure, fromThrown } from '../errors.ts'
import { paperSizes, tableSixText } from '../report/earm-sizes.ts'
import { type TableFourCell, costsText, tableFourCell, tableFourText } from '../report/earm-tables.ts'
import { networkRow, networksText } from '../report/earm-networks.ts'
import type { EArmTaskName } from '../systems/e-arm/experiment-options.ts'
import type { MeasureCosts } from '../systems/e-arm/experiment-costs.ts'
import type { EArmResults, RunEArm } from '../systems/e-arm/experiment-results.ts'
import { loadEArm } from './earm.ts'
import { runCells } from './earm-cells.ts'
import type { EArmTableFlags } from './earm-flags.ts'
import { eArmFolder, experimentFrom } from './earm-settings.ts'
import { eArmCells, networkCells, objectiveCells } from './earm-table-cells.ts'
import { refuse } from './exit.ts'
import { systemServices } from './folder-command.ts'
import { interruptible } from './interrupt.ts'
import type { World } from './world.ts'

/** The systems behind the tables. */
export interface EArmTableSystem {
  readonly runEArm: TE.TaskEither<Failure, RunEArm>
  readonly measureCosts: TE.TaskEither<Failure, MeasureCosts>
}

const installed: EArmTableSystem = {
  runEArm: loadEArm,
  measureCosts: TE.tryCatch(
    async () => (await import('../systems/e-arm/experiment-costs.ts')).measureCosts,
    fromThrown('Runtime', 'install the package again with npm ci'),
  ),
}

const usage = (what: string, remedy: string): Failure => failure('Usage', what, remedy)

/** What the tables of a task show, by number. */
const tables: Readonly<Record<EArmTaskName, Readonly<Record<number, string>>>> = {
  lm: {
    3: 'perplexity of both networks',
    4: 'the test measure over λ and start epoch',
    6: 'the sizes of the paper',
    11: 'what an update costs',
  },
  image: {
    4: 'the test measure over λ and start epoch',
    5: 'bits per dimension of both networks',
    11: 'what an update costs',
  },
}

/** Whether all of it is as it should be: a table that the task has, and flags that the table has. */
const problem = ({ table, task, lambdas, starts }: EArmTableFlags): Failure | undefined => {
  const own = tables[task]
  if (own[table] === undefined)
    return usage(
      `earm ${task} has no table ${table}`,
      `use ${Object.entries(own)
        .map(([n, what]) => `${n} (${what})`)
        .join(', ')
        .replace(/, (?=[^,]*$)/u, ' or ')}`,
    )
  return table !== 4 && (lambdas !== undefined || starts !== undefined)
    ? usage('--lambdas and --starts belong to table 4', 'leave them out')
    : undefined
}

const print = (world: World, { json }: EArmTableFlags, text: string, data: unknown): number => {
  world.write(json ? exactJson(data) : text)
  return 0
}

const objectiveCell = (results: EArmResults): TableFourCell => {
  const { lambda, startEpoch } = results.options.objective
  return { lambda, startEpoch, results }
}

/** Tables 3, 4 and 5: every cell is an experiment. */
const tableOfCells = async (world: World, flags: EArmTableFlags, { runEArm }: EArmTableSystem): Promise<number> => {
  const ready = await pipe(
    TE.fromEither(
      flags.table === 4 ? pipe(experimentFrom(flags), E.chain(objectiveCells(flags))) : networkCells(flags),
    ),
    TE.bindTo('cells'),
    TE.bind('system', () => runEArm),
  )()
  if (E.isLeft(ready)) return refuse(world, ready.left)
  const { cells, system } = ready.right
  const [first] = cells
  const directory = flags.out ?? `${first === undefined ? 'runs/earm' : eArmFolder(first.options)}-table-${flags.table}`
  const done = await runCells(world, eArmCells(world, system))(directory, cells)
  if (E.isLeft(done)) return done.left
  if (flags.table !== 4) return print(world, flags, networksText(flags.table)(done.right), done.right.map(networkRow))
  const grid = done.right.map(objectiveCell)
  return print(world, flags, tableFourText(grid), grid.map(tableFourCell))
}

const tableEleven = async (world: World, flags: EArmTableFlags, { measureCosts }: EArmTableSystem): Promise<number> => {
  const { signal, release } = interruptible(world)
  const { directory: _, ...services } = systemServices(world, signal, '')
  const found = await pipe(
    TE.fromEither(experimentFrom(flags)),
    TE.bindTo('options'),
    TE.bind('measure', () => measureCosts),
    TE.chain(({ options, measure }) => measure(services)(options)),
  )()
  release()
  if (E.isRight(found)) return print(world, flags, costsText(found.right), found.right)
  world.progress.stop()
  return refuse(world, found.left)
}

/** Runs `exptilt earm lm|image table N`; the exit code. */
export const eArmTableCommand =
  (world: World, system: EArmTableSystem = installed) =>
  async (flags: EArmTableFlags): Promise<number> => {
    const wrong = problem(flags)
    if (wrong !== undefined) return refuse(world, wrong)
    if (flags.table === 6) return print(world, flags, tableSixText(), paperSizes())
    return flags.table === 11 ? tableEleven(world, flags, system) : tableOfCells(world, flags, system)
  }
