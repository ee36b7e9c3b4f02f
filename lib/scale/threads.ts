/**
 * Worker threads of this process as lanes: in each an executor of one thread. Workers run the package's build, or its sources
 * through tsx, whichever this module is.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { Worker } from 'node:worker_threads'
import { at } from '../at.ts'
import { EXECUTOR_RELEASED } from '../checked.ts'
import { decodeAs } from '../codec/json.ts'
import { effect } from '../effect.ts'
import { type Failure, failure } from '../errors.ts'
import type { Executor, Lanes } from '../executor.ts'
import { type Greeting, greetingCodec, type Port, type WorkerKind } from './protocol.ts'
import { type Remote, remoteExecutor } from './remote.ts'

/** Worker threads as lanes. */
export interface Threads {
  readonly lanes: Lanes
  /** What each of them computes with. */
  readonly description: string
  /** Ends the workers, after the calls made so far. */
  readonly release: () => void
}

/** A worker, and whether it is still there. */
interface Running {
  readonly executor: Executor
  readonly isLost: () => boolean
}

const lostFor = (reason: string): Failure =>
  failure(
    'WorkerLost',
    `a worker ended before its work (${reason})`,
    'start the command again with the same --out; with fewer --workers where memory ran out',
    { reason },
  )

const ENTRY = new URL('../../bin/thread.js', import.meta.url)

/** Starts a worker thread of a kind. */
type Spawn = (kind: WorkerKind) => Worker

/** A worker of this package. */
export const spawnWorker: Spawn = (kind) =>
  new Worker(ENTRY, { workerData: { kind, source: import.meta.url.endsWith('.ts') }, execArgv: [] })

const portOf = (worker: Worker): Port => ({
  postMessage: (message, transfer) => {
    worker.postMessage(message, transfer)
  },
  on: (event, hear) => worker.on(event, hear),
  close: () => void worker.terminate(),
})

/** A greeting that says of what executor it is. */
const welcome = (greeting: Greeting): E.Either<Failure, Greeting> =>
  greeting.failure === undefined ? E.right(greeting) : E.left(greeting.failure)

/** Starts a worker; left where it has no executor, or ends before it says so. */
const started =
  (spawn: Spawn, kind: WorkerKind): TaskEither<Failure, Running> =>
  () =>
    new Promise((resolve) => {
      const worker = spawn(kind)
      let [remote, reason, lost]: [Remote | undefined, string | undefined, boolean] = [undefined, undefined, false]
      worker.once('message', (message) => {
        const greeting = E.chain(welcome)(decodeAs(greetingCodec, 'greeting of a worker')(message))
        if (E.isLeft(greeting)) {
          resolve(greeting)
          return
        }
        remote = remoteExecutor(portOf(worker), { name: kind, description: greeting.right.description })
        resolve(E.right({ executor: remote.executor, isLost: () => lost }))
      })
      worker.on('error', (error) => {
        reason = error.message
      })
      worker.on('exit', (code) => {
        const found = lostFor(reason ?? `exit code ${code}`)
        lost = true
        remote?.lost(found)
        resolve(E.left(found))
      })
    })

/** A lane of its own worker, which is started anew when it was lost. */
const threadLane = (
  spawn: Spawn,
  kind: WorkerKind,
): { readonly lane: TaskEither<Failure, Executor>; readonly release: () => void } => {
  let current: Promise<E.Either<Failure, Running>> | undefined
  let open = true
  const running = async (): Promise<E.Either<Failure, Running>> => {
    const found = await (current ??= started(spawn, kind)())
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
 * Starts workers, each with an executor of one thread. Left `NoAdapter` where that cannot be opened, `WorkerLost` where a worker
 * does not start.
 *
 * @example
 * import { chain } from 'fp-ts/lib/TaskEither.js'
 * import { pipe } from 'fp-ts/lib/function.js'
 * const described = pipe(openThreads('onnx', 2), chain(({ lanes, release }) => (release(), lanes[0])))
 */
export const openThreads: (kind: WorkerKind, workers: number) => TaskEither<Failure, Threads> = (kind, workers) =>
  openThreadsFrom(spawnWorker)(kind, workers)

/** `openThreads` with workers that somebody else starts. */
export const openThreadsFrom =
  (spawn: Spawn) =>
  (kind: WorkerKind, workers: number): TaskEither<Failure, Threads> =>
    effect(async (run) => {
      const [first, ...others] = [
        threadLane(spawn, kind),
        ...Array.from({ length: workers - 1 }, () => threadLane(spawn, kind)),
      ]
      const lanes: Lanes = [first.lane, ...others.map(({ lane }) => lane)]
      const release = (): void => {
        for (const each of [first, ...others]) each.release()
      }
      const opened = await Promise.all(lanes.map((lane) => lane()))
      if (opened.some(E.isLeft)) release()
      const { description } = at(await run(async () => E.sequenceArray(opened)), 0)
      return { lanes, description: `${workers} ${workers === 1 ? 'worker' : 'workers'}: ${description}`, release }
    })
