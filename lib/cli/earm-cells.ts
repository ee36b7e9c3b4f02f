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
import { cellsStopped, settled } from './conclude.ts'
import { refuse } from './exit.ts'
import { interruptible } from './interrupt.ts'
import { keepFolder, openFolderWith, reopenFolder, takeFolder } from './run-folder.ts'
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
  /** Runs an experiment and writes its files into the folder. */
  readonly run: (signal: AbortSignal, folder: string) => (options: O) => TE.TaskEither<Failure, R>
}

const finished = async <O, R extends CellResults<O>>(
  kind: CellKind<O, R>,
  folder: string,
  options: O,
): Promise<R | undefined> => {
  const found = await kind.results(folder)()
  return E.isRight(found) && kind.identity(found.right.options) === kind.identity(options) ? found.right : undefined
}

const runCell = async <O, R>(
  kind: CellKind<O, R>,
  signal: AbortSignal,
  folder: string,
  options: O,
): Promise<E.Either<Failure, R>> => {
  const earlier = await kind.read(folder)()
  const resumable = E.isRight(earlier) && kind.identity(earlier.right) === kind.identity(options)
  const opened = await (resumable ? reopenFolder(folder) : openFolderWith(folder, kind.codec.encode(options)))()
  if (E.isLeft(opened)) return opened
  const result = await kind.run(signal, folder)(options)()
  await (E.isLeft(result) ? settled(opened.right, result.left) : keepFolder(opened.right))
  return result
}

/** A cell and its folder. */
interface Placed<O> extends Cell<O> {
  readonly folder: string
}

/** The results of all cells, computed here one after the other; left: what stopped the first that did not end. */
const oneByOne = async <O, R extends CellResults<O>>(
  { progress }: World,
  kind: CellKind<O, R>,
  signal: AbortSignal,
  cells: readonly Placed<O>[],
): Promise<E.Either<Failure, readonly R[]>> => {
  const done: R[] = []
  for (const [position, { name, folder, options }] of cells.entries()) {
    const kept = await finished(kind, folder, options)
    progress.note(`[${position + 1}/${cells.length}] ${name}${kept === undefined ? '' : ': already there'}`)
    const result = kept === undefined ? await runCell(kind, signal, folder, options) : E.right<Failure, R>(kept)
    if (E.isLeft(result)) return result
    done.push(result.right)
  }
  return E.right(done)
}

/** The same of a queue's workers, all of them at once; left: what stopped the first of the cells that did not end. */
const byWorkers = async <O extends CellOptions, R extends CellResults<O>>(
  world: World,
  kind: CellKind<O, R>,
  asked: { readonly on: string; readonly signal: AbortSignal },
  cells: readonly Placed<O>[],
): Promise<E.Either<Failure, readonly R[]>> => {
  const queued: QueuedKind<O, R, R> = {
    ...kind,
    finished: (folder, options) => finished(kind, folder, options),
    alike: () => false,
    row: () => identity,
    save: TE.right,
  }
  const own = cells.map((cell) => ({ ...cell, options: { ...cell.options, out: cell.folder } }))
  const found = await cellsOnQueue(world, queued, asked, own)
  return pipe(
    found.stopped === undefined ? E.right(found.cells) : E.left(found.stopped),
    E.chain(E.traverseArray(({ ended }) => ended)),
  )
}

/** The results of all cells in their order, each in `DIRECTORY/cells/NAME`; left: the exit code, said why. */
export const runCells =
  <O extends CellOptions, R extends CellResults<O>>(world: World, kind: CellKind<O, R>) =>
  async (directory: string, cells: readonly Cell<O>[]): Promise<E.Either<number, readonly R[]>> => {
    const taken = await takeFolder(directory)()
    if (E.isLeft(taken)) return E.left(refuse(world, taken.left))
    const { signal, release } = interruptible(world)
    const placed = cells.map((cell) => ({ ...cell, folder: join(directory, 'cells', cell.name) }))
    const on = cells[0]?.options.on
    try {
      const done = await (on === undefined
        ? oneByOne(world, kind, signal, placed)
        : byWorkers(world, kind, { on, signal }, placed))
      return E.mapLeft((found: Failure) => cellsStopped(world, found, directory))(done)
    } finally {
      release()
      taken.right.lock.release()
      await discardEmpty({ ...taken.right.prepared, path: join(directory, 'cells') })()
    }
  }
