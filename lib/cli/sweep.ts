/**
 * `exptilt gam sweep`: every cell of a grid in its own folder; finished cells are kept, an interrupted one is resumed.
 */
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { exactJson } from '../codec/exact-json.ts'
import type { Failure } from '../errors.ts'
import { textOf } from '../report/document-text.ts'
import { discardEmpty, writeFiles } from '../report/files.ts'
import { documentFiles } from '../report/report-files.ts'
import { sweepDocument } from '../report/sweep-document.ts'
import { type Sweep, sweepCodec } from '../report/sweep-rows.ts'
import { gamSettings } from '../systems/gam/settings.ts'
import { cellsStopped } from './conclude.ts'
import { refuse } from './exit.ts'
import { loadSystem } from './gam.ts'
import type { SweepFlags } from './gam-grammar.ts'
import { cellsFrom } from './grid.ts'
import { interruptible } from './interrupt.ts'
import { otherRun, refuseOthers } from './other-runs.ts'
import { takeFolder } from './run-folder.ts'
import { cellFolder, readCell, saveSweep, type SweepOutcome } from './sweep-cells.ts'
import { runSweepCells } from './sweep-run.ts'
import type { World } from './world.ts'

/** Writes `sweep.json`, the figures as SVG and PNG, and `sweep.html`. */
export const writeSweep = (directory: string, sweep: Sweep): TE.TaskEither<Failure, readonly string[]> =>
  pipe(
    documentFiles('sweep.html', ['svg', 'png'])(sweepDocument(sweep)),
    TE.chain(writeFiles(directory)),
    TE.chain(() => saveSweep(directory, sweep)),
  )

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
      TE.chainFirst(({ cells }) =>
        refuseOthers(
          readCell,
          otherRun(gamSettings),
        )(cells.map((cell) => ({ ...cell, folder: cellFolder(directory, cell) }))),
      ),
      TE.bind('runGam', () => loadSystem(world)),
      TE.bind('taken', () => takeFolder(directory)),
    )()
    if (E.isLeft(ready)) return refuse(world, ready.left)
    const { cells, taken, runGam } = ready.right
    const { signal, release } = interruptible(world)
    const outcome = await runSweepCells(world, runGam, signal, directory, cells)
    const code = await conclude(world, flags, directory, outcome)
    release()
    taken.lock.release()
    await discardEmpty({ ...taken.prepared, path: join(directory, 'cells') })()
    return code
  }
