/**
 * A worker of a queue: takes sessions, and serves executors in them from threads of its own. This thread does nothing but carry
 * messages, so that its job's lock is renewed however long a call computes.
 */
import type { Worker as Thread } from 'node:worker_threads'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import type { Redis } from 'ioredis'
import { decodeAs } from '../../codec/json.ts'
import { effect } from '../../effect.ts'
import { describeFailure, ExptiltError, type Failure, usage } from '../../errors.ts'
import type { WorkerKind } from '../protocol.ts'
import { spawnWorker, whenEnded } from '../threads.ts'
import { packageVersion } from '../version.ts'
import { keptIn } from './kept.ts'
import { decodeMessage, encodeMessage, type Kept } from './message.ts'
import { ownName } from './names.ts'
import { sayAbsent, sayPresent } from './presence.ts'
import { BEAT, type Heard, keysOf, type LaneJob, type Present, queueName, type Told, toldCodec } from './protocol.ts'
import { loadBullMq } from './packages.ts'
import { leave, openRedis, redisFailure } from './redis.ts'
import { regularly, watch } from './signs.ts'
import { KEPT_SECONDS, LAST_SECONDS, reader, sender } from './stream.ts'
import { diedFor, type TaskRunner } from './task-work.ts'
import { TASK_RETRIES } from './tasks.ts'
import { keepQueue } from './tidy.ts'
import type { QueueUrl } from './url.ts'
import { type During, processorOf } from './worker-jobs.ts'

/** What a worker is started with. */
interface Serving {
  readonly on: QueueUrl
  readonly kind: WorkerKind
  readonly note: (line: string) => void
  /** Ends it: what it does is given back. */
  readonly signal: AbortSignal
  /** Who computes whole runs; nobody unless given. */
  readonly runner?: TaskRunner
  /** The folder where compiled programs are kept; nowhere unless given. */
  readonly programs?: string | undefined
  /** Milliseconds for which a job is its own, and between two looks at whether a run is wanted. */
  readonly lock?: number
  readonly beat?: number
}

/** What the sessions of a worker have in common. */
interface Common extends Serving {
  readonly client: Redis
  readonly name: string
  readonly kept: (keyOf: (hash: string) => string) => Kept
}

/** Milliseconds for which a job is a worker's own; renewed at half of it. */
const LOCK = 60_000

/** Milliseconds between two looks for jobs that nobody holds any more. */
const CHECK = 5000

/** Milliseconds after which a worker asks again for a job where Redis was gone. */
const AGAIN = 1000

/** Where nobody knows a system: sessions alone. */
const noRunner: TaskRunner = {
  check: ({ system }) => E.left(usage(`this worker does not compute runs of ${system}`, 'start exptilt worker')),
  run: () => TE.left(diedFor('there is none')),
}

/** Threads by the number of their channel. */
const threadsOf = ({ kind, programs }: Pick<Serving, 'kind' | 'programs'>, say: (heard: Heard) => void) => {
  const threads = new Map<number, Thread>()
  return {
    hear: (told: Exclude<Told, { kind: 'end' }>): void => {
      const { channel } = told
      if (told.kind === 'said') threads.get(channel)?.postMessage(told.message)
      else if (told.kind === 'close') void threads.get(channel)?.terminate()
      else {
        const thread = spawnWorker(kind, { cache: programs })
        threads.set(channel, thread)
        thread.on('message', (message) => {
          say({ kind: 'said', channel, message })
        })
        whenEnded(thread, (reason) => {
          threads.delete(channel)
          say({ kind: 'ended', channel, reason })
        })
      }
    },
    end: async (): Promise<void> => {
      await Promise.all([...threads.values()].map((thread) => thread.terminate()))
    },
  }
}

/** Why a session ended. */
type Ending = 'done' | 'giver is gone' | 'told to stop' | 'broken'

/** Turns between two that keep what a session has in Redis from running out. */
const TURNS = 10

/** Gives a sign of life of a session, and looks for that of its giver. Each is a command of its own: one that is cut is sent again. */
const signOfLife = async (
  client: Redis,
  keys: ReturnType<typeof keysOf>,
  { giver, session }: Pick<LaneJob, 'giver' | 'session'>,
  turn: number,
): Promise<string | null> => {
  const [theirs] = await Promise.all([client.get(keys.beat(giver)), client.incr(keys.beat(session))])
  if (turn % TURNS === 0)
    await Promise.all([keys.beat(session), keys.toGiver(session)].map((key) => client.expire(key, KEPT_SECONDS)))
  return theirs
}

/** Says that a giver is dead, for the other sessions that it left. */
const sayGone = ({ client, on, note }: Common, giver: string): void => {
  client.set(keysOf(on.prefix).gone(giver), 1, 'EX', KEPT_SECONDS).catch((thrown: unknown) => {
    note(describeFailure(redisFailure(on)(thrown)))
  })
}

/** Serves one session until its giver ends it or is gone, or this worker is told to stop. */
const serveSession = (common: Common, { giver, session, beat }: LaneJob): Promise<Ending> =>
  new Promise((resolve) => {
    const { client, kept, signal, note, on } = common
    const keys = keysOf(on.prefix)
    const failed = (thrown: unknown): void => {
      if (!open) return
      const why = redisFailure(on)(thrown)
      note(`session ${session}: ${describeFailure(why)}`)
      end('broken', why.what)
    }
    const send = sender(client, keys.toGiver(session), failed)
    const say = (heard: Heard): void => {
      if (open) send(encodeMessage(heard))
    }
    const threads = threadsOf(common, say)
    const lives = watch()
    let open = true
    const end = (why: Ending, reason: string = why): void => {
      if (!open) return
      if (why !== 'done') say({ kind: 'bye', reason })
      if (why === 'giver is gone') sayGone(common, giver)
      open = false
      for (const close of closing) close()
      // A giver that has not heard of it yet may still write.
      const heard = why === 'told to stop' || why === 'broken' ? LAST_SECONDS : 0
      const gone = client
        .multi()
        .expire(keys.toWorker(session), heard)
        .expire(keys.toGiver(session), LAST_SECONDS)
        .exec()
      void Promise.allSettled([threads.end(), gone]).then(() => {
        resolve(why)
      })
    }
    const told = async (data: Uint8Array): Promise<void> => {
      const heard = await pipe(
        decodeMessage(data, kept(keys.array(giver))),
        TE.chainEitherK(decodeAs(toldCodec, 'message of a giver')),
      )()
      if (E.isLeft(heard)) failed(new ExptiltError(heard.left))
      else if (heard.right.kind === 'end') end('done')
      else threads.hear(heard.right)
    }
    let turns = 0
    const pulse = async (): Promise<void> => {
      if (!lives(giver, await signOfLife(client, keys, { giver, session }, turns++))) end('giver is gone')
    }
    const stopped = (): void => {
      end('told to stop')
    }
    signal.addEventListener('abort', stopped)
    const closing = [
      reader(client, keys.toWorker(session), { take: told, lost: failed }).close,
      regularly(beat, pulse, failed),
      () => {
        signal.removeEventListener('abort', stopped)
      },
    ]
    say({ kind: 'hello', worker: common.name })
    if (signal.aborted) stopped()
  })

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((go) => {
    if (signal.aborted) go()
    signal.addEventListener('abort', () => {
      go()
    })
  })

/** What a worker says of itself, again and again. */
const presenceOf = (client: Redis, on: QueueUrl, own: Pick<Present, 'name' | 'version' | 'kind'>) => {
  let [doing, since]: [string | undefined, number] = [undefined, Date.now()]
  const say = (): Promise<void> => sayPresent(client, on, { ...own, doing, since })
  const does = (what: string | undefined): Promise<void> => {
    ;[doing, since] = [what, Date.now()]
    return say()
  }
  return { say, does }
}

/** Does jobs of the queue as they come, one at a time, until the signal. Left as `openRedis`. */
export const serveQueue = (serving: Serving): TaskEither<Failure, void> =>
  effect(async (run) => {
    const { on, kind, note, signal, lock = LOCK, beat = BEAT } = serving
    const bullMq = await run(loadBullMq)
    const client = await run(openRedis(on))
    const [name, version] = [ownName(), packageVersion()]
    const common = { ...serving, client, name, kept: keptIn(client) }
    const { say, does } = presenceOf(client, on, { name, version, kind })
    const during: During = async (what, done, work, how) => {
      const begun = performance.now()
      note(what)
      await does(what)
      try {
        const found = await work()
        note(`${done} for ${((performance.now() - begun) / 1000).toFixed(1)} s: ${how(found)}`)
        return found
      } finally {
        await does(undefined)
      }
    }
    const session = (job: LaneJob): Promise<Ending> => serveSession(common, job)
    const options = { connection: client, prefix: on.prefix }
    const queue = new bullMq.Queue(queueName(kind, version), options)
    const bench = { ...common, prefix: on.prefix, version, beat, runner: serving.runner ?? noRunner }
    const work = processorOf({ bench, errors: bullMq, session, during })
    const stalls = {
      lockDuration: lock,
      stalledInterval: Math.min(CHECK, lock / 2),
      maxStalledCount: TASK_RETRIES,
      runRetryDelay: AGAIN,
    }
    const worker = new bullMq.Worker<unknown>(queueName(kind, version), work, { ...options, ...stalls, name })
    queue.on('error', () => undefined)
    worker.on('error', () => undefined)
    worker.on('failed', (_, { message }) => {
      note(`a job failed: ${message}`)
    })
    let turns = 0
    const stop = regularly(
      5000,
      async () => {
        await say()
        if (turns++ % 120 === 0) await keepQueue(client, queue)
      },
      (thrown) => {
        note(describeFailure(redisFailure(on)(thrown)))
      },
    )
    note(`takes jobs of ${on.shown} as ${name} (${kind})`)
    await aborted(signal)
    stop()
    const idle = worker.close().then(() => keepQueue(client, queue))
    await leave(
      client,
      idle.then(() => sayAbsent(client, on, name)),
    )
  })
