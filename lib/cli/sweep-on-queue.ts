/**
 * The cells of `exptilt gam sweep --on`: each a job of the queue that a worker computes to its end. Cells that train the same r come
 * after the first of them, whose r they take over where it is done.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at } from '../at.ts'
import { decodeJson } from '../codec/json.ts'
import { effect, fail } from '../effect.ts'
import { describeFailure, type Failure } from '../errors.ts'
import { writeFiles } from '../report/files.ts'
import { gamReport } from '../report/gam-document.ts'
import { writeReport } from '../report/report-files.ts'
import { type Sweep, type SweepFailure, type SweepRow, sweepRow } from '../report/sweep-rows.ts'
import type { WorkerKind } from '../scale/protocol.ts'
import { type Delivered, giveTasks } from '../scale/queue/task-giver.ts'
import { queueUrl } from '../scale/queue/url.ts'
import { type GamOptions, sameBase } from '../systems/gam/options.ts'
import { type GamResults, gamResultsCodec } from '../systems/gam/results.ts'
import { gamOptionsCodec } from '../systems/gam/settings.ts'
import { stopsSweep } from './exit.ts'
import type { Cell } from './grid.ts'
import { checkpointFolder, keepFolder, openFolderWith } from './run-folder.ts'
import { cellFolder, finishedCell, saveSweep, type SweepOutcome } from './sweep-cells.ts'
import { taskText } from './task-systems.ts'
import { kindOf } from './worker-kind.ts'
import type { World } from './world.ts'

/** A cell that is to be computed: its place among all, its folder and options. */
interface Wanted {
  readonly place: number
  readonly name: string
  readonly folder: string
  readonly options: GamOptions & { readonly out: string }
}

/** Those that train an r first come before those that train the same. */
const leadersFirst = (all: readonly Wanted[]): readonly Wanted[] => {
  const leads = (cell: Wanted): boolean => all.find((other) => sameBase(other.options, cell.options)) === cell
  return [...all.filter(leads), ...all.filter((cell) => !leads(cell))]
}

/** Writes what a worker gave into the folder of its cell, as if it had been computed here. */
const written =
  ({ folder, options }: Wanted) =>
  ({ results, files, worker }: Delivered): TE.TaskEither<Failure, GamResults> =>
    effect(async (run) => {
      const found = await run(TE.fromEither(decodeJson(gamResultsCodec, 'results of a worker')(results)))
      const own = { ...found, options, adapter: `${found.adapter} at ${worker}` }
      const opened = await run(openFolderWith(folder, gamOptionsCodec.encode(options)))
      try {
        await run(writeFiles(checkpointFolder(folder))(files))
        await run(writeReport(gamReport)(folder, ['svg'])(own))
      } finally {
        await keepFolder(opened)
      }
      return own
    })

/** What is known of the cells of a sweep, in whatever order they end. */
const ledger = () => {
  const rows = new Map<number, SweepRow>()
  const failures = new Map<number, SweepFailure>()
  const inOrder = <A>(found: ReadonlyMap<number, A>): readonly A[] =>
    [...found].toSorted(([a], [b]) => a - b).map(([, each]) => each)
  return {
    row: (place: number, row: SweepRow): void => void rows.set(place, row),
    failed: (place: number, found: SweepFailure): void => void failures.set(place, found),
    sweep: (): Sweep => ({ rows: inOrder(rows), failures: inOrder(failures) }),
    size: () => rows.size + failures.size,
  }
}

type Ledger = ReturnType<typeof ledger>

/** Cells that are not finished; rows of the others. */
const missingOf = async (
  world: World,
  directory: string,
  cells: readonly Cell[],
  found: Ledger,
): Promise<readonly Wanted[]> => {
  const missing: Wanted[] = []
  for (const [place, cell] of cells.entries()) {
    const folder = cellFolder(directory, cell)
    const options = { ...cell.options, out: folder }
    const kept = await finishedCell(folder, options)()
    if (kept === undefined) missing.push({ place, name: cell.name, folder, options })
    else {
      found.row(place, sweepRow(cell.name)(kept))
      world.progress.note(`[${place + 1}/${cells.length}] ${cell.name}: already there`)
    }
  }
  return missing
}

/** Takes what came of a cell. Left: what every other cell would meet too. */
const taken =
  ({ progress }: World, directory: string, count: number, found: Ledger) =>
  (cell: Wanted, ended: E.Either<Failure, Delivered>): TE.TaskEither<Failure, void> =>
    effect(async (run) => {
      const done = await pipe(TE.fromEither(ended), TE.chain(written(cell)))()
      if (E.isLeft(done) && stopsSweep(done.left) && done.left.tag !== 'WorkerLost') return fail(done.left)
      const reason = E.isLeft(done) ? describeFailure(done.left) : ''
      if (E.isRight(done)) found.row(cell.place, sweepRow(cell.name)(done.right))
      else found.failed(cell.place, { cell: cell.name, reason })
      const how = E.isRight(ended) && E.isRight(done) ? ` (${ended.right.worker})` : ` did not finish: ${reason}`
      progress.note(`[${found.size()}/${count}] ${cell.name}${how}`)
      progress.advance(1, {})
      await run(saveSweep(directory, found.sweep()))
    })

const tasksOf = (kind: WorkerKind, wanted: readonly Wanted[]) =>
  pipe(
    wanted,
    E.traverseArray(({ options }) => taskText(gamOptionsCodec, kind, options)),
    E.map((texts) => texts.map((options) => ({ system: 'gam', options }))),
  )

/** Computes cells on a queue; those that are finished are kept. */
export const runCellsOnQueue = async (
  world: World,
  on: string,
  signal: AbortSignal,
  directory: string,
  cells: readonly Cell[],
): Promise<SweepOutcome> => {
  const { progress } = world
  const found = ledger()
  const wanted = leadersFirst(await missingOf(world, directory, cells, found))
  const [first] = wanted
  if (first === undefined) return { sweep: found.sweep(), stopped: undefined }
  const take = taken(world, directory, cells.length, found)
  progress.start('cells', cells.length, found.size())
  const done = await pipe(
    TE.fromEither(queueUrl(on)),
    TE.bindTo('url'),
    TE.bind('kind', () => kindOf(first.options.device)),
    TE.bind('tasks', ({ kind }) => TE.fromEither(tasksOf(kind, wanted))),
    TE.chain(({ url, kind, tasks }) =>
      giveTasks({ on: url, kind, note: progress.note, signal }, tasks, (index, ended) =>
        take(at(wanted, index), ended),
      ),
    ),
  )()
  if (E.isRight(done)) progress.end()
  else progress.stop()
  return { sweep: found.sweep(), stopped: E.isLeft(done) ? done.left : undefined }
}
