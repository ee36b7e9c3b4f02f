/**
 * A queue on Redis as lanes: sessions in which workers of other processes and machines serve executors to this one. Signs of life
 * are counted, not timed: whoever is not heard of while Redis answers is lost, and a Redis that is slow or restarted loses nobody.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { orElse } from '../../at.ts'
import { EXECUTOR_RELEASED } from '../../checked.ts'
import { effect, fail, interrupted, need } from '../../effect.ts'
import { type Failure, usage } from '../../errors.ts'
import { namedBy } from '../../names.ts'
import { type FarEnd, lostFor, openLanes, type Threads } from '../lanes.ts'
import { type WorkerKind, workerKinds } from '../protocol.ts'
import { packageVersion } from '../version.ts'
import { keeperOf } from './kept.ts'
import { ownName } from './names.ts'
import { presentWorkers } from './presence.ts'
import { BEAT, keysOf, type Present, queueName } from './protocol.ts'
import { loadBullMq } from './packages.ts'
import { leave, openRedis, promptly, queueFailure, redisFailure } from './redis.ts'
import { askSession, type Common, type Hears, type Opened, type Session } from './sessions.ts'
import { regularly, SILENCE, watch } from './signs.ts'
import { KEPT_SECONDS } from './stream.ts'
import { keepQueue } from './tidy.ts'
import { listed, type QueueUrl } from './url.ts'

/** Milliseconds that a lane waits for a worker of its own before it shares one. */
const PATIENCE = 2000

/** What a giver asks of a queue. */
export interface QueueRequest {
  readonly on: QueueUrl
  /** What the workers compute with. */
  readonly kind: WorkerKind
  /** Lanes; unless given, as many as there are workers. */
  readonly workers?: number | undefined
  readonly note: (line: string) => void
  /** Nothing is waited for any more once it was aborted. */
  readonly signal?: AbortSignal | undefined
  /** Milliseconds between two signs of life. */
  readonly beat?: number
}

/** The command that starts a worker of a kind. */
export const startOf = ({ on, kind }: Pick<QueueRequest, 'on' | 'kind'>): string =>
  `npx exptilt worker --on ${on.shown}${kind === 'reference' ? ' --device reference' : ''}`

/** Workers of one version and kind. */
const like =
  (version: string, kind: WorkerKind) =>
  (each: Present): boolean =>
    each.version === version && each.kind === kind

/** Why none of the workers that are there can be had, if so. */
export const strangers = (
  { on, kind }: QueueRequest,
  version: string,
  present: readonly Present[],
): Failure | undefined => {
  const [other] = present
  if (other === undefined || present.some(like(version, kind))) return undefined
  const others = present.find((each) => each.version === version) ?? other
  return others.version === version
    ? usage(
        `the workers at ${on.shown} compute with ${others.kind}, and this run with ${kind}`,
        `start some with ${startOf({ on, kind })}, or give --device ${others.kind}`,
      )
    : usage(
        `the workers at ${on.shown} are exptilt ${others.version}, and this is ${version}`,
        'install the same version on all machines',
      )
}

/** The sessions of a giver: as many as there are lanes, until the Redis fails or they are released. */
interface Pool {
  readonly sessions: () => readonly Session[]
  /** Those that have a worker. */
  readonly served: () => readonly Session[]
  /** Why there are none any more. */
  readonly dead: () => Failure | undefined
  /** Names of the workers that took any, as they came. */
  readonly helpers: () => readonly string[]
  readonly end: (why: Failure) => Promise<unknown>
  readonly broken: (thrown: unknown) => void
  /** Waits until something changed, or a little. */
  readonly change: () => Promise<void>
}

const openPool = (common: Omit<Common, 'prefix' | 'broken' | 'taken' | 'over'>, on: QueueUrl, lanes: number): Pool => {
  const sessions = new Map<string, Session>()
  const waiting: (() => void)[] = []
  const helpers = new Set<string>()
  let [made, dead]: [number, Failure | undefined] = [0, undefined]
  const wake = (): void => {
    for (const go of waiting.splice(0)) go()
  }
  const end = (why: Failure): Promise<unknown> => {
    const reason = (dead ??= why)
    const ended = [...sessions.values()].map(({ lose }) => lose(reason))
    wake()
    return Promise.all(ended)
  }
  const broken = (thrown: unknown): void => {
    if (dead === undefined) void end(redisFailure(on)(thrown))
  }
  const over = (session: Session): void => {
    sessions.delete(session.id)
    if (dead === undefined) ask()
  }
  const taken = (worker: string): void => {
    helpers.add(worker)
    wake()
  }
  const ask = (): void => {
    made += 1
    const id = `${common.job.giver}-${made}`
    sessions.set(id, askSession({ ...common, prefix: on.prefix, broken, taken, over }, id))
  }
  for (let i = 0; i < lanes; i++) ask()
  return {
    sessions: () => [...sessions.values()],
    served: () => [...sessions.values()].filter(({ worker }) => worker() !== undefined),
    dead: () => dead,
    helpers: () => [...helpers],
    end,
    broken,
    change: () =>
      new Promise((go) => {
        waiting.push(go)
        setTimeout(go, 250)
      }),
  }
}

/** Turns between two that keep what is in Redis from running out. */
const TURNS = 60

/** A sign of life of the giver, and a look at those of its workers. */
const pulseOf = (
  { client, queue, keeper, job }: Pick<Common, 'client' | 'queue' | 'keeper' | 'job'>,
  on: QueueUrl,
  pool: Pool,
) => {
  const keys = keysOf(on.prefix)
  const lives = watch()
  let [own, turns] = [0, 0]
  return async (): Promise<void> => {
    const count = await client.incr(keys.beat(job.giver))
    if (count <= own) void pool.end(queueFailure(on.shown, 'was restarted without what it held'))
    own = count
    if (turns++ % TURNS === 0) {
      await client.expire(keys.beat(job.giver), KEPT_SECONDS)
      await keepQueue(client, queue)
      await keeper.last()
      for (const { last } of pool.sessions()) await last()
    }
    const taken = pool.served()
    const counts = taken.length === 0 ? [] : await client.mget(taken.map(({ id }) => keys.beat(id)))
    taken.forEach((session, i) => {
      if (!lives(session.id, orElse(counts[i], null)))
        void session.lose(lostFor(`${session.worker() ?? 'it'} is not heard of`))
    })
    if (taken.some(({ load }) => load() === 0)) taken.find((session) => session.load() > 1 && session.moveOne())
  }
}

/** Opens an executor with a worker that has none yet; after a while, with the one that has fewest. */
const placed = async (
  pool: Pool,
  { signal, note, ...asked }: QueueRequest,
  hears: Hears,
): Promise<Opened | Failure> => {
  const since = performance.now()
  for (let turn = 0; signal?.aborted !== true; turn++) {
    const dead = pool.dead()
    if (dead !== undefined) return dead
    const [least] = pool.served().toSorted((a, b) => a.load() - b.load())
    if (least !== undefined && (least.load() === 0 || performance.now() - since > PATIENCE)) return least.open(hears)
    if (least === undefined && turn % 240 === 12) note(`no worker is there: start one with ${startOf(asked)}`)
    await pool.change()
  }
  return interrupted
}

/** An executor of the pool as the far end of a lane. */
const farEndIn = (pool: Pool, asked: QueueRequest): FarEnd => {
  let [opened, closed]: [Opened | undefined, boolean] = [undefined, false]
  return {
    postMessage: (message) => opened?.post(message),
    hear: (said, ended) => {
      void placed(pool, asked, { said, ended }).then((found) => {
        if ('tag' in found) ended(found)
        else if (closed) found.close()
        else opened = found
      })
    },
    close: () => {
      closed = true
      opened?.close()
    },
  }
}

/**
 * Opens lanes whose executors are served by the workers of a queue. Waits, and says so, where there is none. Left: `Usage` for
 * packages that are not installed, a wrong password, workers of another version or kind; `Queue` where Redis is not reached.
 *
 * @example
 * import { pipe } from 'fp-ts/lib/function.js'
 * import { chain, fromEither } from 'fp-ts/lib/TaskEither.js'
 * import { openQueue, queueUrl } from 'exptilt/node'
 * const note = (line: string): void => console.error(line)
 * const opened = pipe(
 *   fromEither(queueUrl('redis://127.0.0.1:6379')),
 *   chain((on) => openQueue({ on, kind: 'onnx', note })),
 * )
 */
export const openQueue = (asked: QueueRequest): TaskEither<Failure, Threads> =>
  effect(async (run) => {
    const { on, kind, beat = BEAT } = asked
    need(namedBy({ 'kind of worker': [kind, workerKinds] }))
    const { Queue } = await run(loadBullMq)
    const client = await run(openRedis(on))
    const version = packageVersion()
    const found = await presentWorkers(client, on)()
    const present = E.isLeft(found) ? [] : found.right
    const strange = E.isLeft(found) ? found.left : strangers(asked, version, present)
    if (strange !== undefined) {
      await leave(client, Promise.resolve())
      return fail(strange)
    }
    const giver = ownName()
    const queue = new Queue(queueName(kind, version), { connection: client, prefix: on.prefix })
    queue.on('error', () => undefined)
    const keeper = keeperOf(client, keysOf(on.prefix).array(giver), (thrown) => {
      pool.broken(thrown)
    })
    const common = { client, queue, keeper, job: { version, kind, giver, beat } }
    const lanes = asked.workers ?? Math.max(1, present.filter(like(version, kind)).length)
    const pool = openPool(common, on, lanes)
    const stop = regularly(beat, pulseOf(common, on, pool), pool.broken, () => {
      void pool.end(queueFailure(on.shown, `has not answered for ${SILENCE / 1000} s`))
    })
    // Whoever wants to end waits for what is under way, but not for a Redis that is gone.
    const hurry = (): void => void promptly(client.ping()).catch(pool.broken)
    asked.signal?.addEventListener('abort', hurry)
    const close = async (): Promise<void> => {
      do await pool.change()
      while (pool.sessions().some(({ busy }) => busy()))
      asked.signal?.removeEventListener('abort', hurry)
      stop()
      keeper.clear()
      const last = [pool.end(EXECUTOR_RELEASED), client.del(keysOf(on.prefix).beat(giver))]
      await leave(
        client,
        Promise.all(last).then(() => keepQueue(client, queue)),
      )
    }
    const opened = await openLanes(() => farEndIn(pool, asked))(kind, lanes)()
    if (E.isLeft(opened)) {
      await close()
      return fail(opened.left)
    }
    const description = `${opened.right.description} (${listed(pool.served().flatMap(({ worker }) => worker() ?? []))})`
    const release = (): void => {
      opened.right.release()
      void close()
    }
    return { ...opened.right, description, helpers: pool.helpers, release }
  })
