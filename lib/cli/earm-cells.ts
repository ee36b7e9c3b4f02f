/**
 * Tables whose cells are experiments: each cell in its own folder, where a finished one is kept and an interrupted one is
 * resumed, so that the same command goes on where it was stopped.
 */
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import type { Failure } from '../errors.ts'
import { discardEmpty } from '../report/files.ts'
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
export interface CellKind<O, R> {
  /** The options as `options.json` holds them. */
  readonly encode: (options: O) => unknown
  /** What options have in common that give the same results: where and on what they run is no part of it. */
  readonly identity: (options: O) => string
  /** The options in a folder, and the results of a finished experiment there. */
  readonly read: (folder: string) => TaskEither<Failure, O>
  readonly results: (folder: string) => TaskEither<Failure, R>
  readonly optionsOf: (results: R) => O
  /** Runs an experiment and writes its files into the folder. */
  readonly run: (signal: AbortSignal, folder: string) => (options: O) => TaskEither<Failure, R>
}

const finished = async <O, R>(kind: CellKind<O, R>, folder: string, options: O): Promise<R | undefined> => {
  const found = await kind.results(folder)()
  return E.isRight(found) && kind.identity(kind.optionsOf(found.right)) === kind.identity(options)
    ? found.right
    : undefined
}

const runCell = async <O, R>(
  kind: CellKind<O, R>,
  signal: AbortSignal,
  folder: string,
  options: O,
): Promise<E.Either<Failure, R>> => {
  const earlier = await kind.read(folder)()
  const resumable = E.isRight(earlier) && kind.identity(earlier.right) === kind.identity(options)
  const opened = await (resumable ? reopenFolder(folder) : openFolderWith(folder, kind.encode(options)))()
  if (E.isLeft(opened)) return opened
  const result = await kind.run(signal, folder)(options)()
  await (E.isLeft(result) ? settled(opened.right, result.left) : keepFolder(opened.right))
  return result
}

/** The results of all cells in their order, each in `DIRECTORY/cells/NAME`; left: the exit code, said why. */
export const runCells =
  <O, R>(world: World, kind: CellKind<O, R>) =>
  async (directory: string, cells: readonly Cell<O>[]): Promise<E.Either<number, readonly R[]>> => {
    const taken = await takeFolder(directory)()
    if (E.isLeft(taken)) return E.left(refuse(world, taken.left))
    const { signal, release } = interruptible(world)
    const done: R[] = []
    try {
      for (const [position, { name, options }] of cells.entries()) {
        const folder = join(directory, 'cells', name)
        const kept = await finished(kind, folder, options)
        world.progress.note(`[${position + 1}/${cells.length}] ${name}${kept === undefined ? '' : ': already there'}`)
        const result = kept === undefined ? await runCell(kind, signal, folder, options) : E.right<Failure, R>(kept)
        if (E.isLeft(result)) return E.left(cellsStopped(world, result.left, directory))
        done.push(result.right)
      }
    } finally {
      release()
      taken.right.lock.release()
      await discardEmpty({ ...taken.right.prepared, path: join(directory, 'cells') })()
    }
    return E.right(done)
  }
