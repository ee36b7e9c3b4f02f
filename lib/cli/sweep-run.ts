/** The cells of `exptilt gam sweep`, computed here or by a queue: of those that train the same r, the first trains it. */
import * as E from 'fp-ts/lib/Either.js'
import { describeFailure } from '../errors.ts'
import { gamReport } from '../report/gam-document.ts'
import { type Sweep, type SweepRow, sweepRow } from '../report/sweep-rows.ts'
import { type GamOptions, sameBase } from '../systems/gam/options.ts'
import type { GamResults, RunGam, RunServices } from '../systems/gam/results.ts'
import { gamOptionsCodec } from '../systems/gam/settings.ts'
import { type CellsKind, cellsHere, type EndedCell, type PlacedCell, type WantedCell } from './cells.ts'
import { cellsOnQueue } from './cells-on-queue.ts'
import { runInFolder } from './gam.ts'
import type { Cell } from './grid.ts'
import { checkpointFolder } from './run-folder.ts'
import { cellFolder, finishedCell, goesOn, readCell, saveSweep, type SweepOutcome } from './sweep-cells.ts'
import type { World } from './world.ts'

const sweepOf = (cells: readonly EndedCell<SweepRow>[]): Sweep => ({
  rows: cells.flatMap(({ ended }) => (E.isRight(ended) ? [ended.right] : [])),
  failures: cells.flatMap(({ name, ended }) =>
    E.isLeft(ended) ? [{ cell: name, reason: describeFailure(ended.left) }] : [],
  ),
})

const kindIn = (directory: string): CellsKind<GamOptions, GamResults, SweepRow> => ({
  codec: gamOptionsCodec,
  finished: (folder, options) => finishedCell(folder, options)(),
  row: sweepRow,
  save: (cells) => saveSweep(directory, sweepOf(cells)),
})

/** Where an earlier cell of the sweep keeps the r that a cell would train again. */
const earlierBase = (
  cells: readonly PlacedCell<GamOptions>[],
  { place, options }: WantedCell<GamOptions>,
): Pick<RunServices, 'baseFrom'> => {
  const found = cells.slice(0, place).find((earlier) => sameBase(earlier.options, options))
  return found === undefined ? {} : { baseFrom: { directory: checkpointFolder(found.folder), options: found.options } }
}

/** Computes the cells of a sweep; those that are finished are kept. */
export const runSweepCells = async (
  world: World,
  runGam: RunGam,
  signal: AbortSignal,
  directory: string,
  cells: readonly Cell[],
): Promise<SweepOutcome> => {
  const all = cells.map((cell) => {
    const folder = cellFolder(directory, cell)
    return { name: cell.name, folder, options: { ...cell.options, out: folder } }
  })
  const kind = kindIn(directory)
  const on = cells[0]?.options.on
  const { cells: ended, stopped } = await (on === undefined
    ? cellsHere(
        world,
        {
          ...kind,
          read: readCell,
          alike: goesOn,
          run: (cell) => runInFolder(world, runGam, { signal, ...earlierBase(all, cell) })(cell.folder, cell.options),
        },
        all,
      )
    : cellsOnQueue(
        world,
        { ...kind, system: 'gam', report: gamReport, formats: ['svg'], beginAlike: sameBase },
        { on, signal },
        all,
      ))
  return { sweep: sweepOf(ended), stopped }
}
