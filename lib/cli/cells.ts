/**
 * Experiments in folders, wherever they are computed: those that are finished are kept, one that was begun here is resumed, what is known
 * is saved after each that ended, and one that fails does not keep the others from their end.
 */
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type * as t from 'io-ts'
import { effect, fail } from '../effect.ts'
import { describeFailure, type Failure } from '../errors.ts'
import { settled } from './conclude.ts'
import { stopsSweep } from './exit.ts'
import { keepFolder, openFolderWith, reopenFolder } from './run-folder.ts'
import type { World } from './world.ts'

/** A cell: its name, its folder and its options. */
export interface PlacedCell<O> {
  readonly name: string
  readonly folder: string
  readonly options: O
}

/** What came of a cell: a row of its results, or why it has none. */
export interface EndedCell<A> {
  readonly name: string
  readonly ended: E.Either<Failure, A>
}

/** What came of cells, in their order, and what stopped them before their end, if anything. */
export interface CellsOutcome<A> {
  readonly cells: readonly EndedCell<A>[]
  readonly stopped: Failure | undefined
}

/** A kind of experiment that cells are made of. */
export interface CellsKind<O, R, A> {
  readonly codec: t.Type<O, unknown>
  /** The results in a folder, where they are of these options. */
  readonly finished: (folder: string, options: O) => Promise<R | undefined>
  readonly row: (name: string) => (results: R) => A
  /** Keeps what is known, in the order of the cells, after each that ended. */
  readonly save: (ended: readonly EndedCell<A>[]) => TE.TaskEither<Failure, unknown>
}

/** A cell that is to be computed, and its place among all. */
export interface WantedCell<O> extends PlacedCell<O> {
  readonly place: number
}

/** Cells under way: those that are missing, what is known of all, and what hears of one that ended. */
interface CellsUnderWay<O, R, A> {
  readonly missing: readonly WantedCell<O>[]
  readonly known: () => readonly EndedCell<A>[]
  /** Takes what came of a cell, and what is said of how. Left: what every other cell would meet too. */
  readonly take: (cell: WantedCell<O>, ended: E.Either<Failure, R>, how?: string) => TE.TaskEither<Failure, void>
}

/** Begins with what is there of cells. `stops` says which failures every other cell would meet too. */
export const cellsUnderWay = async <O, R, A>(
  { progress }: Pick<World, 'progress'>,
  kind: CellsKind<O, R, A>,
  cells: readonly PlacedCell<O>[],
  stops: (found: Failure) => boolean = stopsSweep,
): Promise<CellsUnderWay<O, R, A>> => {
  const all = new Map<number, EndedCell<A>>()
  const known = (): readonly EndedCell<A>[] => [...all].toSorted(([a], [b]) => a - b).map(([, each]) => each)
  const missing: WantedCell<O>[] = []
  for (const [place, cell] of cells.entries()) {
    const { name } = cell
    const kept = await kind.finished(cell.folder, cell.options)
    if (kept === undefined) missing.push({ ...cell, place })
    else {
      all.set(place, { name, ended: E.right(kind.row(name)(kept)) })
      progress.note(`[${place + 1}/${cells.length}] ${name}: already there`)
    }
  }
  return {
    missing,
    known,
    take: ({ name, place }, ended, how) =>
      effect(async (run) => {
        if (E.isLeft(ended) && stops(ended.left)) return fail(ended.left)
        all.set(place, { name, ended: E.map(kind.row(name))(ended) })
        const end = E.isLeft(ended) ? `did not finish: ${describeFailure(ended.left)}` : how
        if (end !== undefined) progress.note(`[${all.size}/${cells.length}] ${name} ${end}`)
        await run(kind.save(known()))
      }),
  }
}

/** A kind of experiment that this process computes. */
interface CellsHere<O, R, A> extends CellsKind<O, R, A> {
  /** The options in a folder. */
  readonly read: (folder: string) => TE.TaskEither<Failure, O>
  /** Whether an experiment of the one goes on as that of the other: where, on what and how long they run is no part of it. */
  readonly alike: (a: O, b: O) => boolean
  /** Runs the experiment of a cell and writes its files into the folder. */
  readonly run: (cell: WantedCell<O>) => TE.TaskEither<Failure, R>
}

const runCell = async <O, R, A>(
  { read, alike, codec, run }: CellsHere<O, R, A>,
  cell: WantedCell<O>,
): Promise<E.Either<Failure, R>> => {
  const { folder, options } = cell
  const earlier = await read(folder)()
  const resumable = E.isRight(earlier) && alike(earlier.right, options)
  const opened = await (resumable ? reopenFolder(folder) : openFolderWith(folder, codec.encode(options)))()
  if (E.isLeft(opened)) return opened
  const result = await run(cell)()
  await (E.isLeft(result) ? settled(opened.right, result.left) : keepFolder(opened.right))
  return result
}

/** Computes cells in this process, one after the other; those that are finished are kept. */
export const cellsHere = async <O, R, A>(
  world: Pick<World, 'progress'>,
  kind: CellsHere<O, R, A>,
  cells: readonly PlacedCell<O>[],
): Promise<CellsOutcome<A>> => {
  const { progress } = world
  const { missing, known, take } = await cellsUnderWay(world, kind, cells)
  for (const cell of missing) {
    progress.note(`[${cell.place + 1}/${cells.length}] ${cell.name}`)
    const ended = await runCell(kind, cell)
    if (E.isLeft(ended)) progress.stop()
    const taken = await take(cell, ended)()
    if (E.isLeft(taken)) return { cells: known(), stopped: taken.left }
  }
  return { cells: known(), stopped: undefined }
}

/** The results of all cells in their order; left: what stopped them, or the first that did not end. */
export const allOf = <A>({ cells, stopped }: CellsOutcome<A>): E.Either<Failure, readonly A[]> =>
  stopped === undefined ? E.traverseArray(({ ended }: EndedCell<A>) => ended)(cells) : E.left(stopped)
