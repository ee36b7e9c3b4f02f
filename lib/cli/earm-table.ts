/**
 * `exptilt earm TASK table N`: tables of the paper. 1 and 2 run translation with and without its tricks, 3 and 5 both networks
 * of the task, 4 a grid of λ and start epochs, each cell in its own folder; 6 has the paper's sizes, 7 to 10 and 12 are read from
 * a finished run of translation, 11 times an update of every kind.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { exactJson } from '../codec/exact-json.ts'
import { type Failure, usage } from '../errors.ts'
import { casesDocument, translationCases } from '../report/earm-cases.ts'
import { paperSizes, tableSixDocument } from '../report/earm-sizes.ts'
import { type TableFourCell, costsDocument, tableFourCell, tableFourDocument } from '../report/earm-tables.ts'
import { networkRow, networksDocument } from '../report/earm-networks.ts'
import { trickRows, tricksDocument } from '../report/earm-tricks.ts'
import { textOf } from '../report/document-text.ts'
import { setting } from '../report/document.ts'
import { readResults } from '../report/earm-files.ts'
import { settingText } from '../report/earm-summary.ts'
import {
  type TranslationTable,
  isTranslationTable,
  tableBlocks,
  tableRecord,
} from '../report/earm-translation-tables.ts'
import type { EArmExperiment, TaskName } from '../systems/e-arm/experiment-options.ts'
import type { MeasureCosts } from '../systems/e-arm/experiment-costs.ts'
import type { EArmResults, RunEArm } from '../systems/e-arm/results.ts'
import { eArmExperiments, folderOfRun } from '../systems/e-arm/settings.ts'
import { loadEArm } from './earm.ts'
import { type Cell, runCells } from './earm-cells.ts'
import type { EArmTableFlags } from './earm-grammar.ts'
import { eArmCells, optionsOfTable, tableCells } from './earm-table-cells.ts'
import { trickCells } from './earm-trick-cells.ts'
import { refuse } from './exit.ts'
import { firstTyped } from './finished-run.ts'
import { systemServices } from './folder-command.ts'
import { interruptible } from './interrupt.ts'
import { loaded } from './loaded.ts'
import type { World } from './world.ts'

/** The systems behind the tables. */
export interface EArmTableSystem {
  readonly runEArm: TE.TaskEither<Failure, RunEArm>
  readonly measureCosts: TE.TaskEither<Failure, MeasureCosts>
}

const installed: EArmTableSystem = {
  runEArm: loadEArm,
  measureCosts: loaded(async () => (await import('../systems/e-arm/experiment-costs.ts')).measureCosts),
}

/** What the tables of a task show, by number. */
const tables: Readonly<Record<TaskName, Readonly<Record<number, string>>>> = {
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
  translate: {
    1: 'BLEU with and without tricks',
    2: 'the same of two sizes',
    7: 'BLEU by length',
    8: 'exposure bias',
    9: 'top-K re-sampling',
    10: 'other metrics',
    11: 'what an update costs',
    12: 'cases side by side',
  },
}

const noSuchTable = ({ table, task }: EArmTableFlags): Failure =>
  usage(
    `earm ${task} has no table ${table}`,
    `use ${Object.entries(tables[task])
      .map(([n, what]) => `${n} (${what})`)
      .join(', ')
      .replace(/, (?=[^,]*$)/u, ' or ')}`,
  )

/** A table, as text and as data. */
type Shown = TE.TaskEither<Failure, { readonly text: string; readonly data: unknown }>

/** Table 12. */
const CASES = 12

/** A table of a finished run: nothing is trained. */
const tableOfRun = (table: TranslationTable | typeof CASES, { typed, run }: EArmTableFlags): Shown => {
  const beside = firstTyped(typed)
  if (beside !== undefined)
    return TE.left(usage(`${beside} was given to table ${table} of a finished run`, 'leave it out'))
  if (run === undefined)
    return TE.left(usage(`table ${table} is read from a finished run`, 'give its folder with --run DIR'))
  return pipe(
    readResults('translate')(run),
    TE.map((results) => ({
      text: textOf([
        setting(settingText(results)),
        ...(table === CASES ? casesDocument(results) : tableBlocks(table)(results)),
      ]),
      data: table === CASES ? translationCases(results) : tableRecord(table)(results),
    })),
  )
}

const optionsOf = (flags: EArmTableFlags): E.Either<Failure, EArmExperiment> => {
  switch (flags.task) {
    case 'lm':
      return optionsOfTable(eArmExperiments.lm)(flags)
    case 'image':
      return optionsOfTable(eArmExperiments.image)(flags)
    case 'translate':
      return optionsOfTable(eArmExperiments.translate)(flags)
  }
}

const tableEleven = (world: World, flags: EArmTableFlags, { measureCosts }: EArmTableSystem): Shown => {
  if (flags.run !== undefined)
    return TE.left(
      usage('--run was given to table 11, which is measured anew', 'leave it out, or choose table 7, 8, 9, 10 or 12'),
    )
  return pipe(
    TE.fromEither(optionsOf(flags)),
    TE.chain((options) => async () => {
      const { signal, release } = interruptible(world)
      const { directory: _, ...services } = systemServices(world, signal, '')
      const found = await pipe(
        measureCosts,
        TE.chain((measure) => measure(services)(options)),
      )()
      release()
      return found
    }),
    TE.map((found) => ({ text: textOf(costsDocument(found)), data: found })),
  )
}

const objectiveCell = (results: EArmResults): TableFourCell => {
  const { lambda, startEpoch } = results.options.objective
  return { lambda, startEpoch, results }
}

const print = (world: World, { json }: EArmTableFlags, text: string, data: unknown): number => {
  world.write(json ? exactJson(data) : text)
  return 0
}

/** The cells of a table, each an experiment. */
const cellsOf = (flags: EArmTableFlags): E.Either<Failure, readonly Cell<EArmExperiment>[]> => {
  if (flags.task === 'translate') return trickCells(flags)
  return flags.task === 'image' ? tableCells(eArmExperiments.image)(flags) : tableCells(eArmExperiments.lm)(flags)
}

/** Tables 1 to 5: every cell is an experiment. */
const tableOfCells = async (world: World, flags: EArmTableFlags, { runEArm }: EArmTableSystem): Promise<number> => {
  const ready = await pipe(
    TE.fromEither(cellsOf(flags)),
    TE.bindTo('cells'),
    TE.bind('system', () => runEArm),
  )()
  if (E.isLeft(ready)) return refuse(world, ready.left)
  const { cells, system } = ready.right
  const [first] = cells
  const out = flags.typed['--out']
  const folder = first === undefined ? 'runs/earm' : folderOfRun(first.options)
  const directory = typeof out === 'string' ? out : `${folder}-table-${flags.table}`
  const done = await runCells(world, eArmCells(world, flags.task, system))(directory, cells)
  if (E.isLeft(done)) return done.left
  if (flags.table === 1 || flags.table === 2)
    return print(world, flags, textOf(tricksDocument(flags.table)(done.right)), done.right.flatMap(trickRows))
  if (flags.table !== 4)
    return print(world, flags, textOf(networksDocument(flags.table)(done.right)), done.right.map(networkRow))
  const grid = done.right.map(objectiveCell)
  return print(world, flags, textOf(tableFourDocument(grid)), grid.map(tableFourCell))
}

/** Runs `exptilt earm TASK table N`; the exit code. */
export const eArmTableCommand =
  (world: World, system: EArmTableSystem = installed) =>
  async (flags: EArmTableFlags): Promise<number> => {
    const { table, task } = flags
    if (tables[task][table] === undefined) return refuse(world, noSuchTable(flags))
    if (table <= 5) return tableOfCells(world, flags, system)
    if (table === 6) return print(world, flags, textOf(tableSixDocument()), paperSizes())
    const shown = await (table === CASES || isTranslationTable(table)
      ? tableOfRun(table, flags)
      : tableEleven(world, flags, system))()
    if (E.isRight(shown)) return print(world, flags, shown.right.text, shown.right.data)
    world.progress.stop()
    return refuse(world, shown.left)
  }
