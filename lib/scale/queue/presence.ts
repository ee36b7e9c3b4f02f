/** Which workers there are: each says so again and again, and is forgotten when it does not. */
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { Redis } from 'ioredis'
import { decodeJson } from '../../codec/json.ts'
import type { Failure } from '../../errors.ts'
import { keysOf, type Present, presenceCodec } from './protocol.ts'
import { promptly, redisFailure } from './redis.ts'
import { WEEK } from './tidy.ts'
import type { QueueUrl } from './url.ts'

/** Seconds after which a worker that says nothing is forgotten. */
const FORGOTTEN = 30

/** Says that a worker is there, and what it does. */
export const sayPresent = async (client: Redis, { prefix }: QueueUrl, { name, ...said }: Present): Promise<void> => {
  const keys = keysOf(prefix)
  await client
    .multi()
    .hset(keys.workers, name, JSON.stringify(said))
    .expire(keys.workers, WEEK)
    .set(keys.alive(name), 1, 'EX', FORGOTTEN)
    .exec()
}

/** Says that a worker has left. */
export const sayAbsent = async (client: Redis, { prefix }: QueueUrl, name: string): Promise<void> => {
  const keys = keysOf(prefix)
  await client.multi().hdel(keys.workers, name).del(keys.alive(name)).exec()
}

/** The workers that are there, by name; those that are not heard of any more are forgotten. */
export const presentWorkers = (client: Redis, on: QueueUrl): TaskEither<Failure, readonly Present[]> =>
  TE.tryCatch(() => promptly(present(client, on)), redisFailure(on))

const present = async (client: Redis, { prefix }: QueueUrl): Promise<readonly Present[]> => {
  const keys = keysOf(prefix)
  const found = Object.entries(await client.hgetall(keys.workers)).toSorted(([a], [b]) => (a < b ? -1 : 1))
  const alive = found.length === 0 ? [] : await client.mget(found.map(([name]) => keys.alive(name)))
  const lost = found.filter((_, i) => alive[i] === null).map(([name]) => name)
  if (lost.length > 0) await client.hdel(keys.workers, ...lost)
  return found.flatMap(([name, text], i): readonly Present[] => {
    const said = decodeJson(presenceCodec, 'worker')(text)
    return alive[i] === null || E.isLeft(said) ? [] : [{ name, ...said.right }]
  })
}
