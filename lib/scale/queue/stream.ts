/**
 * One way between two machines: messages in a stream of Redis, each under its number. A message that is sent again after a lost
 * connection is there once, one that is missing is noticed, and what was read is removed.
 */
import * as t from 'io-ts'
import * as E from 'fp-ts/lib/Either.js'
import type { Redis } from 'ioredis'
import { type Failure, failure, raise, reasonOf } from '../../errors.ts'
import { AGAIN } from './redis.ts'

/** Seconds that keys of a session stay in Redis where nobody removes them. */
export const KEPT_SECONDS = 3600

/** Seconds that the last words of a session stay. */
export const LAST_SECONDS = 60

/** Messages that are read at once. */
const AT_ONCE = 8

/** Milliseconds for which a reader waits at Redis. */
const WAIT = 5000

/** Puts messages into a stream, in their order; `failed` hears that one cannot be put, or that the stream is gone. */
export const sender = (
  client: Redis,
  key: string,
  failed: (thrown: unknown) => void,
): ((message: Uint8Array) => void) => {
  let last = 0
  const put = async (id: string, first: boolean, message: Buffer): Promise<void> => {
    const there = await (first ? client.xadd(key, id, 'm', message) : client.xadd(key, 'NOMKSTREAM', id, 'm', message))
    if (first) await client.expire(key, KEPT_SECONDS)
    if (there === null) raise(lacks(key, 'is gone'))
  }
  return (message) => {
    last += 1
    const bytes = Buffer.from(message.buffer, message.byteOffset, message.length)
    put(`${last}-0`, last === 1, bytes).catch((thrown: unknown) => {
      // Sent twice over two connections: it is there.
      if (!reasonOf(thrown).includes('equal or smaller')) failed(thrown)
    })
  }
}

const lacks = (key: string, what: string): Failure =>
  failure(
    'Queue',
    `the stream ${key} ${what}`,
    `see that Redis keeps what it is given (maxmemory-policy noeviction), then ${AGAIN}`,
  )

const bytes = new t.Type<Uint8Array>(
  'bytes',
  (u): u is Uint8Array => u instanceof Uint8Array,
  (u, context) => (u instanceof Uint8Array ? t.success(u) : t.failure(u, context)),
  t.identity,
)

const entries = t.union([
  t.null,
  t.tuple([t.tuple([t.unknown, t.array(t.tuple([bytes, t.tuple([t.unknown, bytes])]))])]),
])

/** A reader that goes on until it is closed. */
export interface Reader {
  readonly close: () => void
}

/** Whoever reads a stream. */
interface Listener {
  /** Does what a message asks for; the next one waits. */
  readonly take: (message: Uint8Array) => Promise<void>
  /** Hears why nothing more will come. */
  readonly lost: (thrown: unknown) => void
}

/** Reads a stream from its beginning, on a connection of its own. */
export const reader = (client: Redis, key: string, { take, lost }: Listener): Reader => {
  const own = client.duplicate()
  own.on('error', () => undefined)
  let [open, next] = [true, 1]
  const batch = async (): Promise<void> => {
    const found = await own.callBuffer('XREAD', 'COUNT', AT_ONCE, 'BLOCK', WAIT, 'STREAMS', key, `${next - 1}-0`)
    const read = entries.decode(found)
    if (E.isLeft(read)) return raise(lacks(key, 'is no stream of messages'))
    if (read.right === null) return
    const [[, list]] = read.right
    for (const [id, [, message]] of list) {
      if (!open) return
      if (Buffer.from(id).toString() !== `${next}-0`) raise(lacks(key, `has lost message ${next}`))
      next += 1
      await take(message)
    }
    await client.xtrim(key, 'MINID', `${next}-0`)
  }
  const along = async (): Promise<void> => {
    while (open) await batch()
  }
  along().catch((thrown: unknown) => {
    if (open) lost(thrown)
  })
  return {
    close: () => {
      open = false
      own.disconnect()
    },
  }
}
