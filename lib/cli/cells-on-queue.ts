/**
 * Experiments in folders, each a job of a queue that a worker computes to its end: what a worker gave is written into the folder of
 * its cell, as if it had been computed here. Cells that begin alike come after the first of them, whose beginning they take over
 * where it is done.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type * as t from 'io-ts'
import { at } from '../at.ts'
import { decodeJson } from '../codec/json.ts'
import { effect, fail } from '../effect.ts'
import { describeFailure, type Failure } from '../errors.ts'
import type { Computing } from '../experiment/device.ts'
import type { PictureFormat } from '../report/draw.ts'
import { writeFiles } from '../report/files.ts'
import { type Report, writeReport } from '../report/report-files.ts'
import type { WorkerKind } from '../scale/protocol.ts'
import { type Delivered, giveTasks } from '../scale/queue/task-giver.ts'
import { queueUrl } from '../scale/queue/url.ts'
import { stopsSweep } from './exit.ts'
import { checkpointFolder, keepFolder, openFolderWith } from './run-folder.ts'
import { systemOf, taskText } from './task-systems.ts'
import { kindOf } from './worker-kind.ts'
import type { World } from './world.ts'

/** Options of an experiment that has a folder. */
export type CellOptions = Computing & { readonly out?: string }

/** Results that say of what they are, and who computed them. */
export interface CellResults<O> {
  readonly options: O
  readonly adapter: string
}

/** A cell: its name, its folder and its options. */
interface QueuedCell<O> {
  readonly name: string
  readonly folder: string
  readonly options: O
}

/** What came of a cell: a row of its results, or why it has none. */
export interface EndedCell<A> {
  readonly name: string
  readonly ended: E.Either<Failure, A>
}

/** A kind of experiment whose cells a queue computes. */
export interface QueuedKind<O, R, A> {
  /** Its name among the systems of a queue. */
  readonly system: string
  readonly codec: t.Type<O, unknown>
  readonly report: Report<R>
  readonly formats: readonly PictureFormat[]
  /** The results in a folder, where they are of these options. */
  readonly finished: (folder: string, options: O) => Promise<R | undefined>
  /** Whether what one of them has trained first is the beginning of the other. */
  readonly alike: (a: O, b: O) => boolean
  readonly row: (name: string) => (results: R) => A
  /** Keeps what is known, in the order of the cells, after each that ended. */
  readonly save: (ended: readonly EndedCell<A>[]) => TE.TaskEither<Failure, unknown>
}

/** A cell that is to be computed, and its place among all. */
interface Wanted<O> extends QueuedCell<O> {
  readonly place: number
}

/** Those that others can begin with come first. */
const leadersFirst = <O>(all: readonly Wanted<O>[], alike: (a: O, b: O) => boolean): readonly Wanted<O>[] => {
  const leads = (cell: Wanted<O>): boolean => all.find((other) => alike(other.options, cell.options)) === cell
  return [...all.filter(leads), ...all.filter((cell) => !leads(cell))]
}

/** Writes what a worker gave into the folder of its cell. */
const written =
  <O, R extends CellResults<O>, A>({ codec, report, formats }: QueuedKind<O, R, A>, { folder, options }: Wanted<O>) =>
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

/** What is known of the cells, in whatever order they end. */
const ledger = <A>() => {
  const all = new Map<number, EndedCell<A>>()
  return {
    note: (place: number, cell: EndedCell<A>): void => void all.set(place, cell),
    inOrder: (): readonly EndedCell<A>[] => [...all].toSorted(([a], [b]) => a - b).map(([, each]) => each),
    size: () => all.size,
  }
}

type Ledger<A> = ReturnType<typeof ledger<A>>

/** Cells that are not finished; the others are noted. */
const missingOf = async <O, R, A>(
  { progress }: World,
  kind: QueuedKind<O, R, A>,
  cells: readonly QueuedCell<O>[],
  found: Ledger<A>,
): Promise<readonly Wanted<O>[]> => {
  const missing: Wanted<O>[] = []
  for (const [place, cell] of cells.entries()) {
    const { name } = cell
    const kept = await kind.finished(cell.folder, cell.options)
    if (kept === undefined) missing.push({ ...cell, place })
    else {
      found.note(place, { name, ended: E.right(kind.row(name)(kept)) })
      progress.note(`[${place + 1}/${cells.length}] ${name}: already there`)
    }
  }
  return leadersFirst(missing, kind.alike)
}

/** Takes what came of a cell. Left: what every other cell would meet too. */
const taken =
  <O, R extends CellResults<O>, A>({ progress }: World, kind: QueuedKind<O, R, A>, count: number, found: Ledger<A>) =>
  (cell: Wanted<O>, ended: E.Either<Failure, Delivered>): TE.TaskEither<Failure, void> =>
    effect(async (run) => {
      const { name, place } = cell
      const done = await pipe(TE.fromEither(ended), TE.chain(written(kind, cell)))()
      if (E.isLeft(done) && stopsSweep(done.left) && done.left.tag !== 'WorkerLost') return fail(done.left)
      found.note(place, { name, ended: E.map(kind.row(name))(done) })
      const how = E.isLeft(done)
        ? ` did not finish: ${describeFailure(done.left)}`
        : ` (${E.isRight(ended) ? ended.right.worker : ''})`
      progress.note(`[${found.size()}/${count}] ${name}${how}`)
      progress.advance(1, {})
      await run(kind.save(found.inOrder()))
    })

/** What is asked of a queue; left what its workers would refuse. */
const tasksOf = <O extends CellOptions, R, A>(
  { system, codec }: QueuedKind<O, R, A>,
  device: WorkerKind,
  wanted: readonly Wanted<O>[],
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

/** What came of cells, in their order, and what stopped them before their end, if anything. */
interface CellsOutcome<A> {
  readonly cells: readonly EndedCell<A>[]
  readonly stopped: Failure | undefined
}

/** Computes cells on a queue; those that are finished are kept. A cell that fails does not keep the others from their end. */
export const cellsOnQueue = async <O extends CellOptions, R extends CellResults<O>, A>(
  world: World,
  kind: QueuedKind<O, R, A>,
  { on, signal }: { readonly on: string; readonly signal: AbortSignal },
  cells: readonly QueuedCell<O>[],
): Promise<CellsOutcome<A>> => {
  const { progress } = world
  const found = ledger<A>()
  const wanted = await missingOf(world, kind, cells, found)
  const [first] = wanted
  if (first === undefined) return { cells: found.inOrder(), stopped: undefined }
  const take = taken(world, kind, cells.length, found)
  const done = await pipe(
    TE.fromEither(queueUrl(on)),
    TE.bindTo('url'),
    TE.bind('device', () => kindOf(first.options.device)),
    TE.bind('tasks', ({ device }) => TE.fromEither(tasksOf(kind, device, wanted))),
    TE.chainFirstIOK(() => () => progress.start('cells', cells.length, found.size())),
    TE.chain(({ url, device, tasks }) =>
      giveTasks({ on: url, kind: device, note: progress.note, signal }, tasks, (index, ended) =>
        take(at(wanted, index), ended),
      ),
    ),
  )()
  if (E.isRight(done)) progress.end()
  else progress.stop()
  return { cells: found.inOrder(), stopped: E.isLeft(done) ? done.left : undefined }
}
