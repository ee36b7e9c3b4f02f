/**
 * `exptilt gam sweep`: every cell of a grid in its own folder; finished cells are kept, an interrupted one is resumed.
 */
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { exactJson } from '../codec/exact-json.ts'
import { describeFailure, type Failure } from '../errors.ts'
import { textOf } from '../report/document-text.ts'
import { discardEmpty, writeFiles } from '../report/files.ts'
import { documentFiles } from '../report/report-files.ts'
import { sweepDocument } from '../report/sweep-document.ts'
import { type Sweep, sweepCodec, sweepRow } from '../report/sweep-rows.ts'
import { type GamOptions, sameBase } from '../systems/gam/options.ts'
import type { GamResults, RunGam, RunServices } from '../systems/gam/results.ts'
import { gamOptionsCodec } from '../systems/gam/settings.ts'
import { cellsStopped, settled } from './conclude.ts'
import { refuse, stopsSweep } from './exit.ts'
import { loadSystem, runInFolder } from './gam.ts'
import type { SweepFlags } from './gam-grammar.ts'
import { type Cell, cellsFrom } from './grid.ts'
import { interruptible } from './interrupt.ts'
import { checkpointFolder, keepFolder, openFolderWith, readOptionsAs, reopenFolder, takeFolder } from './run-folder.ts'
import { cellFolder, finishedCell, sameOptions, saveSweep, type SweepOutcome } from './sweep-cells.ts'
import { runCellsOnQueue } from './sweep-on-queue.ts'
import type { World } from './world.ts'

const readOptions = readOptionsAs(gamOptionsCodec, E.right)

const runCell =
  (
    world: World,
    runGam: RunGam,
    given: Pick<RunServices, 'signal' | 'baseFrom'>,
    folder: string,
    options: GamOptions,
  ) =>
  async (): Promise<E.Either<Failure, GamResults>> => {
    const earlier = await readOptions(folder)()
    const resumable = E.isRight(earlier) && sameOptions(earlier.right, options)
    const opened = await (resumable ? reopenFolder(folder) : openFolderWith(folder, gamOptionsCodec.encode(options)))()
    if (E.isLeft(opened)) return opened
    const result = await runInFolder(world, runGam, given)(folder, options)()
    await (E.isLeft(result) ? settled(opened.right, result.left) : keepFolder(opened.right))
    return result
  }

/** Writes `sweep.json`, the figures as SVG and PNG, and `sweep.html`. */
export const writeSweep = (directory: string, sweep: Sweep): TE.TaskEither<Failure, readonly string[]> =>
  pipe(
    documentFiles('sweep.html', ['svg', 'png'])(sweepDocument(sweep)),
    TE.chain(writeFiles(directory)),
    TE.chain(() => saveSweep(directory, sweep)),
  )

/** Where an earlier cell of the sweep keeps the r that these options would train again. */
const earlierBase = (
  directory: string,
  earlier: readonly Cell[],
  options: GamOptions,
): Pick<RunServices, 'baseFrom'> => {
  const cell = earlier.find((c) => sameBase(c.options, options))
  if (cell === undefined) return {}
  const folder = cellFolder(directory, cell)
  return { baseFrom: { directory: checkpointFolder(folder), options: { ...cell.options, out: folder } } }
}

const runCells = async (
  world: World,
  runGam: RunGam,
  signal: AbortSignal,
  directory: string,
  cells: readonly Cell[],
): Promise<SweepOutcome> => {
  let sweep: Sweep = { rows: [], failures: [] }
  for (const [position, cell] of cells.entries()) {
    const folder = cellFolder(directory, cell)
    const options = { ...cell.options, out: folder }
    const kept = await finishedCell(folder, options)()
    world.progress.note(`[${position + 1}/${cells.length}] ${cell.name}${kept === undefined ? '' : ': already there'}`)
    const given = { signal, ...earlierBase(directory, cells.slice(0, position), options) }
    const result = kept === undefined ? await runCell(world, runGam, given, folder, options)() : E.right(kept)
    if (E.isRight(result)) {
      sweep = { ...sweep, rows: [...sweep.rows, sweepRow(cell.name)(result.right)] }
    } else {
      world.progress.stop()
      if (stopsSweep(result.left)) return { sweep, stopped: result.left }
      const reason = describeFailure(result.left)
      world.progress.note(`${cell.name} did not finish: ${reason}`)
      sweep = { ...sweep, failures: [...sweep.failures, { cell: cell.name, reason }] }
    }
    const saved = await saveSweep(directory, sweep)()
    if (E.isLeft(saved)) return { sweep, stopped: saved.left }
  }
  return { sweep, stopped: undefined }
}

const conclude = async (
  world: World,
  flags: SweepFlags,
  directory: string,
  { sweep, stopped }: SweepOutcome,
): Promise<number> => {
  if (sweep.rows.length > 0) {
    const written = await writeSweep(directory, sweep)()
    if (E.isLeft(written)) return refuse(world, written.left)
    world.write(
      flags.json
        ? exactJson(sweepCodec.encode(sweep))
        : `${textOf(sweepDocument(sweep))}Report: ${directory}/sweep.html\n`,
    )
  }
  if (stopped === undefined) return sweep.failures.length > 0 ? 1 : 0
  return cellsStopped(world, stopped, directory)
}

const folderOf = ({ grid = 'figure-2', typed }: SweepFlags): string => {
  const { '--out': out, '--preset': preset = 'small' } = typed
  return typeof out === 'string' ? out : join('runs', ['sweep', grid, preset].join('-'))
}

/** Runs `exptilt gam sweep`; the exit code. */
export const sweepCommand =
  (world: World) =>
  async (flags: SweepFlags): Promise<number> => {
    const directory = folderOf(flags)
    const ready = await pipe(
      TE.fromEither(cellsFrom(flags)),
      TE.bindTo('cells'),
      TE.bind('runGam', () => loadSystem(world)),
      TE.bind('taken', () => takeFolder(directory)),
    )()
    if (E.isLeft(ready)) return refuse(world, ready.left)
    const { cells, taken, runGam } = ready.right
    const { signal, release } = interruptible(world)
    const on = cells[0]?.options.on
    const outcome =
      on === undefined
        ? await runCells(world, runGam, signal, directory, cells)
        : await runCellsOnQueue(world, on, signal, directory, cells)
    const code = await conclude(world, flags, directory, outcome)
    release()
    taken.lock.release()
    await discardEmpty({ ...taken.prepared, path: join(directory, 'cells') })()
    return code
  }
