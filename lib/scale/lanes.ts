/**
 * Executors elsewhere as lanes: whatever starts a far end (a thread, a process, a machine) that says what its executor is and then
 * serves it. A far end that is lost is replaced when its lane is next asked for.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { at } from '../at.ts'
import { EXECUTOR_RELEASED } from '../checked.ts'
import { decodeAs } from '../codec/json.ts'
import { effect, fail, need } from '../effect.ts'
import { type Failure, failure, usage } from '../errors.ts'
import type { Executor, Lanes } from '../executor.ts'
import { namedBy } from '../names.ts'
import { type Greeting, greetingCodec, type Port, type WorkerKind, workerKinds } from './protocol.ts'
import { type Remote, remoteExecutor } from './remote.ts'
import { begunAgain } from './shards.ts'

/** Workers as lanes. */
export interface Threads {
  readonly lanes: Lanes
  /** What each of them computes with. */
  readonly description: string
  /** Names of those who have computed so far, where they are processes of their own. */
  readonly helpers?: () => readonly string[]
  /** Ends the workers, after the calls made so far. */
  readonly release: () => void
}

/** A worker, and whether it is still there. */
interface Running {
  readonly executor: Executor
  readonly isLost: () => boolean
}

/** The other end of a connection, as it is started: its first message is a greeting. */
export interface FarEnd {
  readonly postMessage: Port['postMessage']
  /** Begins to listen: to what it says, and to why it ended. */
  readonly hear: (said: (message: unknown) => void, ended: (why: Failure) => void) => void
  readonly close: () => void
}

/** Starts a far end with an executor of a kind. */
type Begin = (kind: WorkerKind) => FarEnd

/** A worker that is no more, and why. */
export const lostFor = (reason: string): Failure =>
  failure(
    'WorkerLost',
    `a worker ended before its work (${reason})`,
    'start the command again with the same --out; with fewer --workers where memory ran out',
    { reason },
  )

/** A greeting that says of what executor it is. */
const welcome = (greeting: Greeting): E.Either<Failure, Greeting> =>
  greeting.failure === undefined ? E.right(greeting) : E.left(greeting.failure)

/** Starts a worker; left where it has no executor, or ends before it says so. */
const started =
  (begin: Begin, kind: WorkerKind): TaskEither<Failure, Running> =>
  () =>
    new Promise((resolve) => {
      const { hear, postMessage, close } = begin(kind)
      const listeners: ((message: unknown) => void)[] = []
      let [remote, lost]: [Remote | undefined, boolean] = [undefined, false]
      const greeted = (message: unknown): void => {
        const greeting = E.chain(welcome)(decodeAs(greetingCodec, 'greeting of a worker')(message))
        if (E.isLeft(greeting)) {
          resolve(greeting)
          return
        }
        const { description } = greeting.right
        const on: Port['on'] = (_, listener) => listeners.push(listener)
        remote = remoteExecutor({ postMessage, on, close }, { name: kind, description })
        resolve(E.right({ executor: remote.executor, isLost: () => lost }))
      }
      hear(
        (message) => {
          if (remote === undefined) greeted(message)
          else for (const listener of listeners) listener(message)
        },
        (why) => {
          lost = true
          remote?.lost(why)
          resolve(E.left(why))
        },
      )
    })

/** A lane of its own worker, which is started anew when it was lost. */
const laneFrom = (
  begin: Begin,
  kind: WorkerKind,
): { readonly lane: TaskEither<Failure, Executor>; readonly release: () => void } => {
  let current: Promise<E.Either<Failure, Running>> | undefined
  let open = true
  const running = async (): Promise<E.Either<Failure, Running>> => {
    const found = await (current ??= started(begin, kind)())
    if (E.isRight(found) && !found.right.isLost()) return found
    current = undefined
    return E.isLeft(found) ? found : running()
  }
  return {
    lane: async () => (open ? E.map(({ executor }: Running) => executor)(await running()) : E.left(EXECUTOR_RELEASED)),
    release: () => {
      open = false
      void current?.then(
        E.map(({ executor }) => {
          executor.release()
        }),
      )
    },
  }
}

/**
 * So many lanes, each with a far end of its own. Left: what a far end greets with that has no executor, `WorkerLost` where one does
 * not start.
 */
export const openLanes =
  (begin: Begin) =>
  (kind: WorkerKind, workers: number): TaskEither<Failure, Threads> =>
    effect(async (run) => {
      need(namedBy({ 'kind of worker': [kind, workerKinds] }))
      if (!Number.isInteger(workers) || workers < 1)
        fail(usage(`${workers} workers`, 'give a whole number from 1', { workers }))
      const [first, ...others] = [
        laneFrom(begin, kind),
        ...Array.from({ length: workers - 1 }, () => laneFrom(begin, kind)),
      ]
      const lanes: Lanes = [first.lane, ...others.map(({ lane }) => lane)]
      const release = (): void => {
        for (const each of [first, ...others]) each.release()
      }
      const opened = await Promise.all(lanes.map((lane) => begunAgain(lane)()))
      if (opened.some(E.isLeft)) release()
      const { description } = at(await run(async () => E.sequenceArray(opened)), 0)
      return { lanes, description: `${workers} ${workers === 1 ? 'worker' : 'workers'}: ${description}`, release }
    })
