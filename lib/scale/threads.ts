/**
 * Worker threads of this process as lanes: in each an executor of one thread. Workers run the package's build, or its sources
 * through tsx, whichever this module is.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { Worker } from 'node:worker_threads'
import type { Failure } from '../errors.ts'
import { type FarEnd, lostFor, openLanes, type Threads } from './lanes.ts'
import type { WorkerKind } from './protocol.ts'

const ENTRY = new URL('../../bin/thread.js', import.meta.url)

/** What worker threads are opened with. */
interface ThreadOptions {
  /** The folder where compiled programs are kept for the next process; nowhere unless given. */
  readonly cache?: string | undefined
}

/** Starts a worker thread of a kind. */
type Spawn = (kind: WorkerKind, options?: ThreadOptions) => Worker

/** A worker of this package. */
export const spawnWorker: Spawn = (kind, { cache } = {}) =>
  new Worker(ENTRY, { workerData: { kind, cache, source: import.meta.url.endsWith('.ts') }, execArgv: [] })

/** Hears why a thread ended: what was thrown in it, else its exit code. */
export const whenEnded = (worker: Worker, ended: (reason: string) => void): void => {
  let reason: string | undefined
  worker.on('error', (error) => {
    reason = error.message
  })
  worker.on('exit', (code) => {
    ended(reason ?? `exit code ${code}`)
  })
}

const farEndOf = (worker: Worker): FarEnd => ({
  postMessage: (message, transfer) => {
    worker.postMessage(message, transfer)
  },
  hear: (said, ended) => {
    worker.on('message', said)
    whenEnded(worker, (reason) => {
      ended(lostFor(reason))
    })
  },
  close: () => void worker.terminate(),
})

/**
 * Starts workers, each with an executor of one thread. Left `NoAdapter` where that cannot be opened, `WorkerLost` where a worker
 * does not start.
 *
 * @example
 * import { chain } from 'fp-ts/lib/TaskEither.js'
 * import { pipe } from 'fp-ts/lib/function.js'
 * const described = pipe(openThreads('onnx', 2), chain(({ lanes, release }) => (release(), lanes[0])))
 */
export const openThreads = (
  kind: WorkerKind,
  workers: number,
  options: ThreadOptions = {},
): TaskEither<Failure, Threads> => openThreadsFrom((each) => spawnWorker(each, options))(kind, workers)

/** `openThreads` with workers that somebody else starts. */
export const openThreadsFrom = (spawn: Spawn): ((kind: WorkerKind, workers: number) => TaskEither<Failure, Threads>) =>
  openLanes((kind) => farEndOf(spawn(kind)))
