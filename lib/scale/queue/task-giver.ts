/**
 * The giver's side of whole runs: puts those into the queue that nobody has computed yet, and hears of each as it ends. What it
 * waits for is named by its hash: a giver that is started again finds what was computed meanwhile. A run that is gone from the queue
 * without an answer (a Redis that was started again empty) is put there again.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Job } from 'bullmq'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { held, orElse } from '../../at.ts'
import { effect, fail, interrupted, need } from '../../effect.ts'
import { type Failure, failure } from '../../errors.ts'
import { packageVersion } from '../version.ts'
import { type QueueRequest, startOf, strangers } from './giver.ts'
import { loadBullMq } from './packages.ts'
import { presentWorkers } from './presence.ts'
import { BEAT, keysOf, queueName } from './protocol.ts'
import { leave, openRedis, queueFailure, redisFailure } from './redis.ts'
import { type Lives, SILENCE, watch } from './signs.ts'
import { fetchFiles, type HashedFile, storedAs, storeFiles, type TaskFile } from './task-files.ts'
import { putTask, takeBack, type TaskQueue } from './task-jobs.ts'
import { idOf, OUTCOME_SECONDS, outcomeOf, type Task } from './tasks.ts'
import { keepQueue } from './tidy.ts'

/** What a run gave, and who computed it. */
export interface Delivered {
  readonly worker: string
  readonly results: string
  readonly files: readonly TaskFile[]
}

/** What came of a run. */
type Ended = E.Either<Failure, Delivered>

/** Hears of a run that ended, by its place in the list. Left: the giver stops. */
type Take = (index: number, ended: Ended) => TaskEither<Failure, void>

/** The giver of some runs. */
interface Giving extends TaskQueue {
  readonly asked: QueueRequest
  readonly tasks: ReadonlyMap<string, Task>
  /** Files that they compute on, by their hashes. */
  readonly files: readonly HashedFile[]
}

/** A run as it is asked of a giver: files that are alike are kept once. */
export interface GivenTask extends Pick<Task, 'system' | 'options'> {
  readonly files?: readonly HashedFile[]
}

/** How a run stands: it waits or runs, died too often, or has ended. */
type Standing =
  | { readonly kind: 'pending' }
  | { readonly kind: 'parked'; readonly why: Failure }
  | { readonly kind: 'ended'; readonly ended: Ended }

const PENDING: Standing = { kind: 'pending' }

/** Seconds that what was fetched stays, for another giver of the same. */
const FETCHED_SECONDS = 600

const parked = ({ asked: { on } }: Giving, id: string, { failedReason, processedBy }: Job): Standing => ({
  kind: 'parked',
  why: failure(
    'WorkerLost',
    `${id} did not end${processedBy === undefined ? '' : ` with ${processedBy}`} (${failedReason})`,
    `put it back with npx exptilt jobs retry --on ${on.shown} ${id}`,
    { id },
  ),
})

/** What a run gave, where it is there and whole. */
const endOf = async (giving: Giving, id: string): Promise<Standing | undefined> => {
  const text = await giving.client.get(keysOf(giving.prefix).outcome(id))
  const found = text === null ? undefined : outcomeOf(text)
  if (found === undefined || E.isLeft(found)) return undefined
  const { worker, results, files, failure: wrong } = found.right
  if (wrong !== undefined) return { kind: 'ended', ended: E.left(wrong) }
  const fetched = await fetchFiles(giving, files)
  if (fetched === undefined || results === undefined) return undefined
  return { kind: 'ended', ended: E.right({ worker, results, files: fetched }) }
}

/** Asks for a run, anew where it failed. */
const put = async (giving: Giving, id: string): Promise<Standing> => {
  await giving.queue.remove(id)
  await storeFiles(giving, giving.files)
  await putTask(giving, held(giving.tasks, id))
  return PENDING
}

/** How a run stands; one that is gone, or ended without an answer, is asked for again. */
const standingOf = async (giving: Giving, id: string): Promise<Standing> => {
  const ended = await endOf(giving, id)
  if (ended !== undefined) return ended
  const job: Job | undefined = await giving.queue.getJob(id)
  if (job !== undefined && job.finishedOn === undefined) return PENDING
  // It may have ended between the two looks.
  const late = await endOf(giving, id)
  if (late !== undefined) return late
  return job?.failedReason ? parked(giving, id, job) : put(giving, id)
}

/** Asks for a run that has no results: what failed earlier is begun again. */
const offer = async (giving: Giving, id: string): Promise<void> => {
  await giving.client.set(keysOf(giving.prefix).wanted(id), 1, 'EX', OUTCOME_SECONDS)
  const found = await standingOf(giving, id)
  if (found.kind === 'parked' || (found.kind === 'ended' && E.isLeft(found.ended))) await put(giving, id)
}

const nap = (milliseconds: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((go) => {
    const wake = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', wake)
      go()
    }
    const timer = setTimeout(wake, milliseconds)
    signal?.addEventListener('abort', wake)
    if (signal?.aborted === true) wake()
  })

/** What Redis answers, or a failure: what it says, or that it has said nothing for long. */
const answered = async <A>({ asked: { on } }: Giving, work: Promise<A>): Promise<A> => {
  const silent = queueFailure(on.shown, `has not answered for ${SILENCE / 1000} s`)
  const late = new AbortController()
  const alarm = nap(SILENCE, late.signal).then(() => E.left(silent))
  const found = await Promise.race([TE.tryCatch(() => work, redisFailure(on))(), alarm])
  late.abort()
  return need(found)
}

/** Turns between two looks at whether workers are there. */
const TURNS = 60

/** Says it where no worker is there. */
const lookForWorkers = async ({ client, asked }: Giving): Promise<void> => {
  const found = await presentWorkers(client, asked.on)()
  if (E.isRight(found) && !found.right.some(({ kind }) => kind === asked.kind))
    asked.note(`no worker is there: start one with ${startOf(asked)}`)
}

/**
 * Takes the lock of a run from a worker that is not heard of any more, so that the queue's next look finds it held by nobody. A lock has
 * a name of its own: whoever takes the run next is watched anew.
 */
const freeLost = async ({ client, queue, prefix, tasks }: Giving, lives: Lives): Promise<void> => {
  const running = (await queue.getRanges(['active'])).filter((id) => tasks.has(id))
  if (running.length === 0) return
  const locks = running.map((id) => queue.toKey(`${id}:lock`))
  const [holders, counts] = await Promise.all([
    client.mget(locks),
    client.mget(running.map((id) => keysOf(prefix).beat(id))),
  ])
  for (const [i, lock] of locks.entries()) {
    const holder = orElse(holders[i], null)
    if (holder !== null && !lives(`${lock} ${holder}`, orElse(counts[i], null))) await client.del(lock)
  }
}

/** Hears of all runs, as they end; those that are parked at last. */
const hearAll = async (giving: Giving, take: (id: string, ended: Ended) => Promise<void>): Promise<void> => {
  const { asked, tasks } = giving
  const waiting = new Set(tasks.keys())
  const aside = new Map<string, Failure>()
  const lives = watch()
  for (let turn = 0; waiting.size > aside.size; turn++) {
    for (const id of [...waiting]) {
      if (asked.signal?.aborted === true) return fail(interrupted)
      const found = await answered(giving, standingOf(giving, id))
      if (found.kind !== 'parked') aside.delete(id)
      else if (!aside.has(id)) {
        asked.note(`${found.why.what}: ${found.why.remedy}`)
        aside.set(id, found.why)
      }
      if (found.kind !== 'ended') continue
      await take(id, found.ended)
      waiting.delete(id)
      await answered(giving, giving.client.expire(keysOf(giving.prefix).outcome(id), FETCHED_SECONDS))
    }
    await answered(giving, freeLost(giving, lives))
    if (turn % TURNS === 3)
      await answered(
        giving,
        lookForWorkers(giving).then(() => keepQueue(giving.client, giving.queue)),
      )
    if (waiting.size > aside.size) await nap(Math.max(asked.beat ?? BEAT, 5 * waiting.size), asked.signal)
  }
  for (const [id, why] of aside) await take(id, E.left(why))
}

/**
 * Has runs computed by the workers of a queue. Each system's options are given as JSON. Left: what `take` stopped with, `Interrupted`
 * (what waits is then taken back, and what runs is stopped), `Queue`, `Usage` as in `openQueue`.
 */
export const giveTasks = (asked: QueueRequest, given: readonly GivenTask[], take: Take): TaskEither<Failure, void> =>
  effect(async (run) => {
    const { on, kind } = asked
    const { Queue } = await run(loadBullMq)
    const client = await run(openRedis(on))
    const queue = new Queue(queueName(kind, packageVersion()), { connection: client, prefix: on.prefix })
    queue.on('error', () => undefined)
    const list = given.map(
      ({ files = [], ...each }): Task => ({
        ...{ ...each, kind, version: packageVersion() },
        ...(files.length === 0 ? {} : { files: files.map(storedAs) }),
      }),
    )
    const files = [
      ...new Map(given.flatMap((each) => orElse(each.files, [])).map((file) => [file.hash, file])).values(),
    ]
    const tasks = new Map(list.map((task) => [idOf(task), task]))
    const giving: Giving = { client, queue, prefix: on.prefix, asked, tasks, files }
    const waiting = new Set(tasks.keys())
    try {
      const present = await run(presentWorkers(client, on))
      const strange = strangers(asked, packageVersion(), present)
      if (strange !== undefined) return fail(strange)
      for (const id of tasks.keys()) await answered(giving, offer(giving, id))
      await hearAll(giving, async (id, ended) => {
        waiting.delete(id)
        for (const [index, task] of list.entries()) if (idOf(task) === id) await run(take(index, ended))
      })
    } finally {
      await leave(client, Promise.all([...waiting].map((id) => takeBack(giving, id))))
    }
  })
