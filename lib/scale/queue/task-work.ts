/**
 * The worker's side of whole runs: takes one, has it computed by whoever knows the system, keeps what it gave. What is done
 * twice is kept once; what nobody wants any more is stopped; what dies is begun again by the queue, and parked in the end.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Job } from 'bullmq'
import { pipe } from 'fp-ts/lib/function.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import type { Redis } from 'ioredis'
import { orElse } from '../../at.ts'
import { describeFailure, type Failure, failure, usage } from '../../errors.ts'
import type { WorkerKind } from '../protocol.ts'
import { keysOf } from './protocol.ts'
import { regularly } from './signs.ts'
import { LAST_SECONDS } from './stream.ts'
import { fetchFiles, hashed, storedAs, storeFiles, type TaskFile } from './task-files.ts'
import {
  deathsOf,
  OUTCOME_SECONDS,
  type Outcome,
  type Shared,
  sharedOf,
  type Task,
  TASK_RETRIES,
  taskOf,
  type TaskProgress,
} from './tasks.ts'

/** What a run gave. */
interface Computed {
  /** Its results as JSON. */
  readonly results: string
  readonly files: readonly TaskFile[]
}

/** What another run left, of which this one may begin. */
interface Begun {
  readonly options: string
  readonly files: readonly TaskFile[]
}

/** How a run is computed, and told of. */
export interface TaskServices {
  readonly id: string
  /** Aborted where it is to stop: left `Interrupted` then. */
  readonly signal: AbortSignal
  readonly tell: (progress: TaskProgress) => void
  readonly begun: Begun | undefined
  /** Files that it computes on. */
  readonly given: readonly TaskFile[]
}

/** Who knows systems. */
export interface TaskRunner {
  /** The name under which runs share their beginning, if they do. Left: what is wrong with a task. */
  readonly check: (task: Task) => E.Either<Failure, string | undefined>
  /** Left `WorkerLost` where it died, else as the system fails. */
  readonly run: (task: Task, services: TaskServices) => TaskEither<Failure, Computed>
}

/** What a worker has for runs. */
export interface TaskBench {
  readonly client: Redis
  readonly prefix: string
  readonly name: string
  readonly version: string
  readonly kind: WorkerKind
  readonly runner: TaskRunner
  readonly signal: AbortSignal
  /** Milliseconds between two looks at whether it is wanted. */
  readonly beat: number
  readonly note: (line: string) => void
}

/** How a job of a run ends: `again` gives it back, `died` counts as a death, `failed` ends it. */
export type Verdict =
  | { readonly kind: 'done' }
  | { readonly kind: 'again' }
  | { readonly kind: 'died'; readonly why: string }
  | { readonly kind: 'failed'; readonly why: string }

const failedFor = (found: Failure): Verdict => ({ kind: 'failed', why: describeFailure(found) })

/** A task that this worker may compute, and the name of what it shares. */
const accepted = (
  { version, kind, runner }: TaskBench,
  job: Job,
): E.Either<Failure, readonly [Task, string | undefined]> =>
  pipe(
    taskOf(job.id, job.data),
    E.filterOrElse(
      (task) => task.version === version && task.kind === kind,
      (task) =>
        usage(
          `the job is of exptilt ${task.version} (${task.kind}), and this worker is ${version} (${kind})`,
          'install the same version on all machines',
        ),
    ),
    E.chain((task) =>
      pipe(
        runner.check(task),
        E.map((share): readonly [Task, string | undefined] => [task, share]),
      ),
    ),
  )

/** What another run has left under a name; nothing where it is not whole. */
const begunFrom = async (bench: TaskBench, share: string | undefined): Promise<Begun | undefined> => {
  if (share === undefined) return undefined
  const { client, prefix } = bench
  const text = await client.get(keysOf(prefix).shared(share))
  const found = text === null ? undefined : sharedOf(text)
  if (found === undefined || E.isLeft(found)) return undefined
  const files = await fetchFiles(bench, found.right.files)
  return files === undefined ? undefined : { options: found.right.options, files }
}

/** Keeps what a run gave, once: of two that computed the same the first. */
const keep = async (
  bench: TaskBench,
  id: string,
  outcome: Outcome,
  shared?: readonly [string, Shared],
): Promise<void> => {
  const keys = keysOf(bench.prefix)
  const writing = bench.client.multi()
  writing.set(keys.outcome(id), JSON.stringify(outcome), 'EX', OUTCOME_SECONDS, 'NX')
  if (shared !== undefined) writing.set(keys.shared(shared[0]), JSON.stringify(shared[1]), 'EX', OUTCOME_SECONDS, 'NX')
  // What a transaction refuses is not thrown.
  const [wrong] = ((await writing.exec()) ?? []).flatMap(([error]) => (error === null ? [] : [error]))
  if (wrong !== undefined) await Promise.reject(wrong)
}

/** Tells the queue how far a run is, at most so often. */
const PROGRESS_EVERY = 2000

/** Computes a run until it ends, nobody wants it, or the worker is to stop. */
const computed = async (
  bench: TaskBench,
  job: Job,
  task: Task,
  { begun, given }: Pick<TaskServices, 'begun' | 'given'>,
): Promise<E.Either<Failure, Computed>> => {
  const { client, prefix, runner, signal, beat } = bench
  const id = String(job.id)
  const stop = new AbortController()
  const stopped = (): void => {
    stop.abort()
  }
  signal.addEventListener('abort', stopped)
  if (signal.aborted) stop.abort()
  let told = Number.NEGATIVE_INFINITY
  const tell = (progress: TaskProgress): void => {
    if (performance.now() - told < PROGRESS_EVERY) return
    told = performance.now()
    job.updateProgress(progress).catch(() => undefined)
  }
  const looking = regularly(
    beat,
    async () => {
      if ((await client.exists(keysOf(prefix).wanted(id))) === 0) stop.abort()
    },
    () => undefined,
  )
  try {
    return await runner.run(task, { id, signal: stop.signal, tell, begun, given })()
  } finally {
    looking()
    signal.removeEventListener('abort', stopped)
  }
}

/** Gives signs of life of a run while something is done for it. */
const living = async <A>({ client, prefix, beat }: TaskBench, id: string, work: () => Promise<A>): Promise<A> => {
  const key = keysOf(prefix).beat(id)
  const stop = regularly(
    beat,
    async () => {
      await client.multi().incr(key).expire(key, LAST_SECONDS).exec()
    },
    () => undefined,
  )
  try {
    return await work()
  } finally {
    stop()
  }
}

const FILES_GONE = failure(
  'Queue',
  'the files that the run computes on are no longer in Redis',
  'give the same command again, which puts them there',
)

const outOfLives = (deaths: number): Verdict => ({
  kind: 'failed',
  why: `it died ${deaths} times with its worker, or its worker with it; what it was asked for is kept: see that there is enough memory, then put it back with exptilt jobs retry`,
})

/** Keeps the results of a run. Left `Limit` where its files are too large: then they stay where they were computed. */
const keepResults = async (
  bench: TaskBench,
  id: string,
  { results, files }: Computed,
  task: Task,
  share: string | undefined,
): Promise<void> => {
  const own = hashed(files)
  await storeFiles(bench, own)
  const stored = own.map(storedAs)
  const outcome: Outcome = { worker: bench.name, failure: undefined, results, files: stored }
  await keep(
    bench,
    id,
    outcome,
    share === undefined || stored.length === 0 ? undefined : [share, { options: task.options, files: stored }],
  )
}

/** Does the job of a run. Rejects with what Redis says. */
export const workTask = async (bench: TaskBench, job: Job): Promise<Verdict> => {
  const { client, prefix, name, signal } = bench
  const [keys, id] = [keysOf(prefix), String(job.id)]
  const found = accepted(bench, job)
  if (E.isLeft(found)) return failedFor(found.left)
  const [task, share] = found.right
  const [outcome, wanted] = await client.mget(keys.outcome(id), keys.wanted(id))
  if (outcome !== null || wanted === null) return { kind: 'done' }
  const deaths = deathsOf(job)
  if (deaths > TASK_RETRIES) return outOfLives(deaths)
  const done = await living(bench, id, async () => {
    const given = await fetchFiles(bench, orElse(task.files, []))
    if (given === undefined) return E.left(FILES_GONE)
    const ended = await computed(bench, job, task, { begun: await begunFrom(bench, share), given })
    if (E.isRight(ended)) await keepResults(bench, id, ended.right, task, share)
    return ended
  })
  if (E.isRight(done)) return { kind: 'done' }
  const why = describeFailure(done.left)
  if (done.left.tag === 'Interrupted') return { kind: signal.aborted ? 'again' : 'done' }
  if (done.left === FILES_GONE) return { kind: 'failed', why }
  if (done.left.tag === 'WorkerLost') return deaths === TASK_RETRIES ? outOfLives(deaths + 1) : { kind: 'died', why }
  await keep(bench, id, { worker: name, failure: done.left, results: undefined, files: [] })
  return { kind: 'failed', why }
}

/** A run that ended without an answer. */
export const diedFor = (reason: string): Failure =>
  failure(
    'WorkerLost',
    `the process of the run ended before its results (${reason})`,
    'see that there is enough memory',
    {
      reason,
    },
  )
