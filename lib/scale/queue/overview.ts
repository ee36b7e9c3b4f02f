/** What a queue does: who works, what runs, what waits, what failed and why. Read with bounded work, however much waits. */
import * as E from 'fp-ts/lib/Either.js'
import type { Job, Queue } from 'bullmq'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import type { Redis } from 'ioredis'
import { orElse } from '../../at.ts'
import { effect, need } from '../../effect.ts'
import type { Failure } from '../../errors.ts'
import { mean } from '../../math.ts'
import { type WorkerKind, workerKinds } from '../protocol.ts'
import { packageVersion } from '../version.ts'
import { loadBullMq } from './packages.ts'
import { presentWorkers } from './presence.ts'
import { laneJobCodec, type Present, queueName } from './protocol.ts'
import { leave, openRedis, redisFailure } from './redis.ts'
import { deathsOf, TASK, type Task, taskOf, type TaskProgress, taskProgressCodec } from './tasks.ts'
import type { QueueUrl } from './url.ts'

/** Jobs that are listed of each state. */
export const LISTED = 50

/** What state a job is in. */
type JobState = 'active' | 'waiting' | 'failed'

/** A job as it is seen. */
export interface JobSeen {
  readonly id: string
  readonly state: JobState
  /** A whole run, or a session in which a worker computes for a giver; `unknown` what is none. */
  readonly what: 'run' | 'session' | 'unknown'
  /** Of a run: what is asked for. */
  readonly task?: Task
  /** Of a session: who gives the work. */
  readonly giver?: string
  readonly worker?: string
  /** Milliseconds, by the clocks of workers: when it was given; when it was taken or, where it failed, when that was. */
  readonly given: number
  readonly since?: number
  /** How often it died. */
  readonly deaths: number
  readonly progress?: TaskProgress
  readonly reason?: string
}

/** A queue: that of the workers of a kind and version. */
export interface QueueSeen {
  readonly kind: WorkerKind
  readonly version: string
  /** How many jobs there are in each state; `done` counts runs of the last week that are remembered. */
  readonly counts: Readonly<Record<JobState | 'done', number>>
  /** Active ones, then those that wait, then failed ones: at most `LISTED` of each. */
  readonly jobs: readonly JobSeen[]
  /** Seconds that the last runs took on average, where there were some. */
  readonly secondsEach?: number
  /** Seconds until those that run and wait are done, where it is known. */
  readonly secondsLeft?: number
}

/** All that is to be seen. */
export interface Overview {
  readonly workers: readonly Present[]
  readonly queues: readonly QueueSeen[]
}

/** Runs whose durations are averaged. */
const AVERAGED = 20

const contentOf = (job: Job): Pick<JobSeen, 'what' | 'task' | 'giver'> => {
  const task = job.name === TASK ? taskOf(job.id, job.data) : undefined
  if (task !== undefined && E.isRight(task)) return { what: 'run', task: task.right }
  const session = laneJobCodec.decode(job.data)
  return E.isRight(session) ? { what: 'session', giver: session.right.giver } : { what: 'unknown' }
}

const seenAs =
  (state: JobState) =>
  (job: Job): JobSeen => {
    const progress = taskProgressCodec.decode(job.progress)
    const since = state === 'failed' ? job.finishedOn : state === 'active' ? job.processedOn : undefined
    return {
      id: String(job.id),
      state,
      ...contentOf(job),
      ...(job.processedBy === undefined || state === 'waiting' ? {} : { worker: job.processedBy }),
      given: job.timestamp,
      ...(since === undefined ? {} : { since }),
      deaths: deathsOf(job),
      ...(state === 'active' && E.isRight(progress) ? { progress: progress.right } : {}),
      ...(state === 'failed' ? { reason: job.failedReason } : {}),
    }
  }

/** Whether a job is still there: of one that was removed meanwhile there is nothing. */
export const isThere = (job: unknown): boolean => job !== undefined && job !== null

const durationsOf = (jobs: readonly Job[]): readonly number[] =>
  jobs.flatMap(({ name, processedOn, finishedOn }) =>
    name === TASK && processedOn !== undefined && finishedOn !== undefined ? [(finishedOn - processedOn) / 1000] : [],
  )

/** Seconds until runs are done that take so long on average, on so many workers. */
const leftOf = (each: number, runs: readonly JobSeen[], waiting: number, workers: number, now: number): number => {
  const under = runs.map(({ since }) => Math.max(0, each - (now - (since ?? now)) / 1000))
  return (under.reduce((sum, x) => sum + x, 0) + waiting * each) / Math.max(1, workers)
}

const seenOf = async (
  queue: Queue,
  { kind, version }: Pick<QueueSeen, 'kind' | 'version'>,
  workers: readonly Present[],
  now: number,
): Promise<QueueSeen> => {
  const last = LISTED - 1
  const [counts, active, waiting, failed, done] = await Promise.all([
    queue.getJobCounts('active', 'wait', 'delayed', 'failed', 'completed'),
    queue.getJobs(['active'], 0, last),
    queue.getJobs(['wait', 'delayed'], 0, last, true),
    queue.getJobs(['failed'], 0, last),
    queue.getJobs(['completed'], 0, AVERAGED - 1),
  ])
  const count = (name: string): number => orElse(counts[name], 0)
  const all = { active: count('active'), waiting: count('wait') + count('delayed'), failed: count('failed') }
  const running = active.filter(isThere).map(seenAs('active'))
  const queued = waiting.filter(isThere).map(seenAs('waiting'))
  const durations = durationsOf(done.filter(isThere))
  const runs = running.filter(({ what }) => what === 'run')
  const each = durations.length === 0 ? undefined : mean(durations)
  const own = workers.filter((worker) => worker.kind === kind && worker.version === version).length
  const isKnown = each !== undefined && own > 0 && runs.length + queued.filter(({ what }) => what === 'run').length > 0
  return {
    kind,
    version,
    counts: { ...all, done: count('completed') },
    jobs: [...running, ...queued, ...failed.filter(isThere).map(seenAs('failed'))],
    ...(each === undefined ? {} : { secondsEach: each }),
    ...(isKnown ? { secondsLeft: leftOf(each, runs, all.waiting, own, now) } : {}),
  }
}

/** The queues that there may be: of this version, and of those of the workers that are there. */
export const queuesOf = (workers: readonly Present[]): readonly Pick<QueueSeen, 'kind' | 'version'>[] =>
  [...new Set([packageVersion(), ...workers.map(({ version }) => version)])].flatMap((version) =>
    workerKinds.map((kind) => ({ kind, version })),
  )

/** What is used of a Redis that is open. */
interface OpenQueues {
  readonly client: Redis
  readonly workers: readonly Present[]
  readonly queue: (of: Pick<QueueSeen, 'kind' | 'version'>) => Queue
}

/** Does something with the queues of a Redis, which is left afterwards. Left as `openRedis`. */
export const withQueues = <A>(on: QueueUrl, use: (queues: OpenQueues) => Promise<A>): TaskEither<Failure, A> =>
  effect(async (run) => {
    const { Queue } = await run(loadBullMq)
    const client = await run(openRedis(on))
    const queue: OpenQueues['queue'] = ({ kind, version }) => {
      const made = new Queue(queueName(kind, version), { connection: client, prefix: on.prefix, skipMetasUpdate: true })
      made.on('error', () => undefined)
      return made
    }
    const done = await pipe(
      presentWorkers(client, on),
      TE.chain((workers) => TE.tryCatch(() => use({ client, workers, queue }), redisFailure(on))),
    )()
    await leave(client, Promise.resolve())
    return need(done)
  })

/** What a queue does. Left as `openRedis`. */
export const overviewOf = (on: QueueUrl): TaskEither<Failure, Overview> =>
  withQueues(on, async ({ workers, queue }) => {
    const now = Date.now()
    const queues = await Promise.all(queuesOf(workers).map((each) => seenOf(queue(each), each, workers, now)))
    return { workers, queues: queues.filter(({ counts }) => Object.values(counts).some((n) => n > 0)) }
  })
