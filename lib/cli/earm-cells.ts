/**
 * Tables whose cells are experiments: each cell in its own folder, where a finished one is kept and an interrupted one is
 * resumed, so that the same command goes on where it was stopped.
 */
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { identity, pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { Failure } from '../errors.ts'
import { discardEmpty } from '../report/files.ts'
import { type CellOptions, type CellResults, cellsOnQueue, type QueuedKind } from './cells-on-queue.ts'
import { allOf, cellsHere, type PlacedCell } from './cells.ts'
import { cellsStopped } from './conclude.ts'
import { refuse } from './exit.ts'
import { interruptible } from './interrupt.ts'
import { type OtherRun, refuseOthers } from './other-runs.ts'
import { takeFolder } from './run-folder.ts'
import type { World } from './world.ts'

/** A cell: its name, which is that of its folder, and the options of its experiment. */
export interface Cell<O> {
  readonly name: string
  readonly options: O
}

/** A kind of experiment that cells are made of. */
export interface CellKind<O, R> extends Pick<QueuedKind<O, R, R>, 'system' | 'codec' | 'report' | 'formats'> {
  /** What options have in common that give the same results: where and on what they run is no part of it. */
  readonly identity: (options: O) => string
  /** The options in a folder, and the results of a finished experiment there. */
  readonly read: (folder: string) => TE.TaskEither<Failure, O>
  readonly results: (folder: string) => TE.TaskEither<Failure, R>
  /** What a run in a folder has otherwise. */
  readonly otherwise: OtherRun<O>
  /** Runs an experiment and writes its files into the folder. */
  readonly run: (signal: AbortSignal, folder: string) => (options: O) => TE.TaskEither<Failure, R>
}

/** The same for a queue: its row is its results, and none begins as another. */
export const queuedKind = <O, R extends CellResults<O>>(
  kind: Omit<CellKind<O, R>, 'run' | 'read'>,
): QueuedKind<O, R, R> => ({
  ...kind,
  finished: async (folder, options) => {
    const found = await kind.results(folder)()
    const same = E.isRight(found) && kind.identity(found.right.options) === kind.identity(options)
    return same ? found.right : undefined
  },
  beginAlike: () => false,
  row: () => identity,
  save: TE.right,
})

/** The results of all cells in their order, each in `DIRECTORY/cells/NAME`; left: the exit code, said why. */
export const runCells =
  <O extends CellOptions, R extends CellResults<O>>(world: World, kind: CellKind<O, R>) =>
  async (directory: string, cells: readonly Cell<O>[]): Promise<E.Either<number, readonly R[]>> => {
    const placed = cells.map((cell) => {
      const folder = join(directory, 'cells', cell.name)
      return { ...cell, folder, options: { ...cell.options, out: folder } }
    })
    const taken = await pipe(
      refuseOthers(kind.read, kind.otherwise)(placed),
      TE.chain(() => takeFolder(directory)),
    )()
    if (E.isLeft(taken)) return E.left(refuse(world, taken.left))
    const { signal, release } = interruptible(world)
    const on = cells[0]?.options.on
    try {
      const queued = queuedKind(kind)
      const alike = (a: O, b: O): boolean => kind.identity(a) === kind.identity(b)
      const run = ({ folder, options }: PlacedCell<O>): TE.TaskEither<Failure, R> => kind.run(signal, folder)(options)
      const done = await (on === undefined
        ? cellsHere(world, { ...queued, read: kind.read, alike, run }, placed)
        : cellsOnQueue(world, queued, { on, signal }, placed))
      return E.mapLeft((found: Failure) => cellsStopped(world, found, directory))(allOf(done))
    } finally {
      release()
      taken.right.lock.release()
      await discardEmpty({ ...taken.right.prepared, path: join(directory, 'cells') })()
    }
  }
