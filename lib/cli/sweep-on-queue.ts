/** The cells of `exptilt gam sweep --on`, as jobs of the queue: those that train the same r come after the first of them. */
import * as E from 'fp-ts/lib/Either.js'
import { describeFailure } from '../errors.ts'
import { gamReport } from '../report/gam-document.ts'
import { type Sweep, type SweepRow, sweepRow } from '../report/sweep-rows.ts'
import { type GamOptions, sameBase } from '../systems/gam/options.ts'
import type { GamResults } from '../systems/gam/results.ts'
import { gamOptionsCodec } from '../systems/gam/settings.ts'
import { cellsOnQueue, type EndedCell, type QueuedKind } from './cells-on-queue.ts'
import type { Cell } from './grid.ts'
import { cellFolder, finishedCell, saveSweep, type SweepOutcome } from './sweep-cells.ts'
import type { World } from './world.ts'

const sweepOf = (cells: readonly EndedCell<SweepRow>[]): Sweep => ({
  rows: cells.flatMap(({ ended }) => (E.isRight(ended) ? [ended.right] : [])),
  failures: cells.flatMap(({ name, ended }) =>
    E.isLeft(ended) ? [{ cell: name, reason: describeFailure(ended.left) }] : [],
  ),
})

const kindIn = (directory: string): QueuedKind<GamOptions, GamResults, SweepRow> => ({
  system: 'gam',
  codec: gamOptionsCodec,
  report: gamReport,
  formats: ['svg'],
  finished: (folder, options) => finishedCell(folder, options)(),
  alike: sameBase,
  row: sweepRow,
  save: (cells) => saveSweep(directory, sweepOf(cells)),
})

/** Computes cells on a queue; those that are finished are kept. */
export const runCellsOnQueue = async (
  world: World,
  on: string,
  signal: AbortSignal,
  directory: string,
  cells: readonly Cell[],
): Promise<SweepOutcome> => {
  const all = cells.map((cell) => {
    const folder = cellFolder(directory, cell)
    return { name: cell.name, folder, options: { ...cell.options, out: folder } }
  })
  const { cells: ended, stopped } = await cellsOnQueue(world, kindIn(directory), { on, signal }, all)
  return { sweep: sweepOf(ended), stopped }
}
