/**
 * The sessions of a giver: each a job of the queue that a worker takes, in which executors are opened by number. As many are wanted as
 * there are lanes; a lane whose session nobody takes opens an executor in that of another, and moves when a worker is free.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { decodeAs } from '../../codec/json.ts'
import type { Failure } from '../../errors.ts'
import { lostFor } from '../lanes.ts'
import type { Keeper } from './kept.ts'
import { decodeMessage, encodeMessage, type Keep } from './message.ts'
import { callCodec, type Heard, heardCodec, keysOf, type LaneJob, type Told } from './protocol.ts'
import { KEPT_SECONDS, LAST_SECONDS, type Reader, reader, sender } from './stream.ts'
import { WEEK } from './tidy.ts'

/** What came of an executor in a session. */
export interface Hears {
  readonly said: (message: unknown) => void
  readonly ended: (why: Failure) => void
}

/** An executor in a session, by its number; calls under way hold what they need. */
interface Channel extends Hears {
  readonly calls: Map<number, () => void>
}

/** A session: waits for a worker, or has one. */
export interface Session {
  readonly id: string
  /** The worker that took it. */
  readonly worker: () => string | undefined
  /** How many executors are open in it. */
  readonly load: () => number
  /** Whether anything asked of them is not answered. */
  readonly busy: () => boolean
  /** Opens an executor; what is returned speaks to it. */
  readonly open: (hears: Hears) => Opened
  /** Ends an executor that nothing is asked of, for its lane to take another; whether there was one. */
  readonly moveOne: () => boolean
  /** Ends it, with all that is asked of it. */
  readonly lose: (why: Failure) => Promise<unknown>
  /** Keeps what it has in Redis from running out. */
  readonly last: () => Promise<unknown>
}

/** An executor that was opened in a session. */
export interface Opened {
  readonly post: (message: unknown) => void
  readonly close: () => void
}

/** What sessions of one giver have in common. */
export interface Common {
  readonly client: Redis
  readonly queue: Queue
  readonly prefix: string
  readonly keeper: Keeper
  readonly job: Omit<LaneJob, 'session'>
  /** The Redis itself fails. */
  readonly broken: (thrown: unknown) => void
  /** A worker has taken a session. */
  readonly taken: (worker: string) => void
  /** A session is no more. */
  readonly over: (session: Session) => void
}

/** Seconds for which a session waits where its giver is gone. */
const WANTED_SECONDS = 86_400

const MOVED = lostFor('it gave its place to one that is free')

const callOf = (message: unknown): number | undefined =>
  pipe(
    callCodec.decode(message),
    E.match(
      () => undefined,
      ({ call }) => call,
    ),
  )

/** The channels of a session. */
const channelsOf = (say: (told: Told, keep?: Keep) => void, keeper: Keeper) => {
  const channels = new Map<number, Channel>()
  let last = 0
  const end = (number: number, why: Failure): void => {
    const channel = channels.get(number)
    if (channel === undefined) return
    channels.delete(number)
    for (const release of channel.calls.values()) release()
    channel.ended(why)
  }
  return {
    size: () => channels.size,
    end,
    endAll: (why: Failure): void => {
      for (const number of [...channels.keys()]) end(number, why)
    },
    said: (number: number, message: unknown): void => {
      const channel = channels.get(number)
      const call = callOf(message)
      if (call !== undefined) {
        channel?.calls.get(call)?.()
        channel?.calls.delete(call)
      }
      channel?.said(message)
    },
    busy: () => [...channels.values()].some(({ calls }) => calls.size > 0),
    moveOne: (): boolean => {
      const idle = [...channels].find(([, { calls }]) => calls.size === 0)
      if (idle === undefined) return false
      say({ kind: 'close', channel: idle[0] })
      end(idle[0], MOVED)
      return true
    },
    open: (hears: Hears): Opened => {
      last += 1
      const channel = last
      const calls: Channel['calls'] = new Map()
      channels.set(channel, { ...hears, calls })
      say({ kind: 'open', channel })
      return {
        post: (message) => {
          const [hold, call] = [keeper.hold(), callOf(message)]
          let held = false
          try {
            say({ kind: 'said', channel, message }, hold.keep)
            if (call !== undefined) calls.set(call, hold.release)
            held = call !== undefined
          } finally {
            if (!held) hold.release()
          }
        },
        close: () => {
          say({ kind: 'close', channel })
        },
      }
    },
  }
}

/** Puts the job of a session into the queue. */
const enqueue = async ({ client, queue, prefix, job }: Common, session: string): Promise<void> => {
  const data: LaneJob = { ...job, session }
  const keys = keysOf(prefix)
  await client.multi().del(keys.gone(job.giver)).set(keys.wanted(session), 1, 'EX', WANTED_SECONDS).exec()
  await queue.add('lane', data, { jobId: session, removeOnComplete: true, removeOnFail: true })
  await client.expire(queue.toKey(session), WEEK)
}

/** Removes what a session has in Redis, but for its last words to the worker, which run out. */
const remove = async ({ client, queue, prefix }: Common, session: string): Promise<void> => {
  const keys = keysOf(prefix)
  await client.del(keys.wanted(session), keys.toGiver(session), keys.beat(session))
  await client.expire(keys.toWorker(session), LAST_SECONDS)
  await queue.remove(session)
}

/** Asks for a session: puts its job into the queue, and hears whoever takes it. */
export const askSession = (common: Common, id: string): Session => {
  const { client, keeper, broken } = common
  const keys = keysOf(common.prefix)
  const send = sender(client, keys.toWorker(id), (thrown) => {
    if (open) broken(thrown)
  })
  const tell = (told: Told, keep?: Keep): void => {
    send(encodeMessage(told, keep))
  }
  const channels = channelsOf(tell, keeper)
  let worker: string | undefined
  let open = true
  const finish = async (why: Failure): Promise<void> => {
    if (!open) return
    open = false
    listening.close()
    channels.endAll(why)
    common.over(session)
    await enqueued.then(() => remove(common, id)).catch(broken)
  }
  const hear = (heard: Heard): void => {
    if (heard.kind === 'hello') {
      worker = heard.worker
      common.taken(worker)
    } else if (heard.kind === 'said') channels.said(heard.channel, heard.message)
    else if (heard.kind === 'ended') channels.end(heard.channel, lostFor(heard.reason))
    else {
      // It may have left because Redis lost an array.
      keeper.forget()
      void finish(lostFor(`${worker ?? 'it'}: ${heard.reason}`))
    }
  }
  const session: Session = {
    id,
    last: () =>
      Promise.all([client.expire(keys.wanted(id), WANTED_SECONDS), client.expire(keys.toWorker(id), KEPT_SECONDS)]),
    worker: () => worker,
    load: channels.size,
    busy: channels.busy,
    open: channels.open,
    moveOne: channels.moveOne,
    lose: (why) => {
      if (open && worker !== undefined) tell({ kind: 'end' })
      return finish(why)
    },
  }
  const listening: Reader = reader(client, keys.toGiver(id), {
    take: async (data) => {
      const heard = await pipe(decodeMessage(data), TE.chainEitherK(decodeAs(heardCodec, 'message of a worker')))()
      if (E.isLeft(heard)) void session.lose(heard.left)
      else hear(heard.right)
    },
    lost: broken,
  })
  const enqueued = enqueue(common, id)
  enqueued.catch(broken)
  return session
}
