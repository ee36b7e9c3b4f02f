/**
 * Experiments in folders, each a job of a queue that a worker computes to its end: what a worker gave is written into the folder of
 * its cell, as if it had been computed here. Cells that begin alike come after the first of them, whose beginning they take over
 * where it is done.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at } from '../at.ts'
import { decodeJson } from '../codec/json.ts'
import { effect } from '../effect.ts'
import type { Failure } from '../errors.ts'
import type { Computing } from '../experiment/device.ts'
import type { PictureFormat } from '../report/draw.ts'
import { writeFiles } from '../report/files.ts'
import { type Report, writeReport } from '../report/report-files.ts'
import type { WorkerKind } from '../scale/protocol.ts'
import { type Delivered, giveTasks } from '../scale/queue/task-giver.ts'
import { queueUrl } from '../scale/queue/url.ts'
import { type CellsKind, type CellsOutcome, cellsUnderWay, type PlacedCell, type WantedCell } from './cells.ts'
import { stopsSweep } from './exit.ts'
import { checkpointFolder, keepFolder, openFolderWith } from './run-folder.ts'
import { taskText } from './task-system.ts'
import { systemOf } from './task-systems.ts'
import { kindOf } from './worker-kind.ts'
import type { World } from './world.ts'

/** Options of an experiment that has a folder. */
export type CellOptions = Computing & { readonly out?: string }

/** Results that say of what they are, and who computed them. */
export interface CellResults<O> {
  readonly options: O
  readonly adapter: string
}

/** A kind of experiment whose cells a queue computes. */
export interface QueuedKind<O, R, A> extends CellsKind<O, R, A> {
  /** Its name among the systems of a queue. */
  readonly system: string
  readonly report: Report<R>
  readonly formats: readonly PictureFormat[]
  /** Whether what one of them has trained first is the beginning of the other. */
  readonly beginAlike: (a: O, b: O) => boolean
}

/** Those that others can begin with come first. */
const leadersFirst = <O>(all: readonly WantedCell<O>[], alike: (a: O, b: O) => boolean): readonly WantedCell<O>[] => {
  const leads = (cell: WantedCell<O>): boolean => all.find((other) => alike(other.options, cell.options)) === cell
  return [...all.filter(leads), ...all.filter((cell) => !leads(cell))]
}

/** Writes what a worker gave into the folder of its cell. */
const written =
  <O, R extends CellResults<O>, A>(
    { codec, report, formats }: QueuedKind<O, R, A>,
    { folder, options }: WantedCell<O>,
  ) =>
  ({ results, files, worker }: Delivered): TE.TaskEither<Failure, R> =>
    effect(async (run) => {
      const found = await run(TE.fromEither(decodeJson(report.codec, 'results of a worker')(results)))
      const own = { ...found, options, adapter: `${found.adapter} at ${worker}` }
      const opened = await run(openFolderWith(folder, codec.encode(options)))
      try {
        await run(writeFiles(checkpointFolder(folder))(files))
        await run(writeReport(report)(folder, formats)(own))
      } finally {
        await keepFolder(opened)
      }
      return own
    })

/** What is asked of a queue; left what its workers would refuse. */
const tasksOf = <O extends CellOptions, R, A>(
  { system, codec }: QueuedKind<O, R, A>,
  device: WorkerKind,
  wanted: readonly WantedCell<O>[],
) =>
  pipe(
    systemOf(system),
    E.chain(({ check }) =>
      pipe(
        wanted,
        E.traverseArray(({ options }) => pipe(taskText(codec, device, options), E.chainFirst(check))),
      ),
    ),
    E.map((texts) => texts.map((options) => ({ system, options }))),
  )

/** Computes cells on a queue; those that are finished are kept. */
export const cellsOnQueue = async <O extends CellOptions, R extends CellResults<O>, A>(
  world: Pick<World, 'progress'>,
  kind: QueuedKind<O, R, A>,
  { on, signal }: { readonly on: string; readonly signal: AbortSignal | undefined },
  cells: readonly PlacedCell<O>[],
): Promise<CellsOutcome<A>> => {
  const { progress } = world
  const stops = (found: Failure): boolean => stopsSweep(found) && found.tag !== 'WorkerLost'
  const { missing, known, take } = await cellsUnderWay(world, kind, cells, stops)
  const wanted = leadersFirst(missing, kind.beginAlike)
  const [first] = wanted
  if (first === undefined) return { cells: known(), stopped: undefined }
  const taken = (cell: WantedCell<O>, ended: E.Either<Failure, Delivered>): TE.TaskEither<Failure, void> =>
    pipe(
      TE.fromTask(pipe(TE.fromEither(ended), TE.chain(written(kind, cell)))),
      TE.chain((done) => take(cell, done, E.isRight(ended) ? `(${ended.right.worker})` : undefined)),
      TE.tapIO(() => () => progress.advance(1, {})),
    )
  const done = await pipe(
    TE.fromEither(queueUrl(on)),
    TE.bindTo('url'),
    TE.bind('device', () => kindOf(first.options.device)),
    TE.bind('tasks', ({ device }) => TE.fromEither(tasksOf(kind, device, wanted))),
    TE.chainFirstIOK(() => () => progress.start('cells', cells.length, known().length)),
    TE.chain(({ url, device, tasks }) =>
      giveTasks({ on: url, kind: device, note: progress.note, signal }, tasks, (index, ended) =>
        taken(at(wanted, index), ended),
      ),
    ),
  )()
  if (E.isRight(done)) progress.end()
  else progress.stop()
  return { cells: known(), stopped: E.isLeft(done) ? done.left : undefined }
}
