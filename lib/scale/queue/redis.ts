/**
 * Connections to a Redis: opened within five seconds or a failure that says why, patient afterwards. What Redis or the network
 * says is told as one sentence, with the place and without its password.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import type { Redis } from 'ioredis'
import { effect, fail } from '../../effect.ts'
import { codeOf, ExptiltError, type Failure, failure, reasonOf, usage } from '../../errors.ts'
import { loadRedis } from './packages.ts'
import type { QueueUrl } from './url.ts'

/** The most seconds that opening a connection takes, and that a first answer does. */
const SECONDS_TO_OPEN = 4.5

/** An answer, where it comes while whoever asks still waits at the door. */
export const promptly = <A>(answer: Promise<A>): Promise<A> => {
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => {
      reject(new Error(`no answer within ${SECONDS_TO_OPEN} s`))
    }, 1000 * SECONDS_TO_OPEN).unref()
  })
  return Promise.race([answer, late])
}

/** What helps once the queue can be used. */
export const AGAIN = 'start the command again; a run with the same --out goes on from its last checkpoint'

/** A failure of the queue itself: the run stops, and can go on. */
export const queueFailure = (shown: string, what: string, remedy: string = AGAIN): Failure =>
  failure('Queue', `the Redis at ${shown} ${what}`, remedy, { on: shown })

const sayings: readonly (readonly [pattern: RegExp, told: (shown: string) => Failure])[] = [
  [
    /WRONGPASS|NOAUTH|invalid password|ERR AUTH|without any password/,
    (shown) =>
      usage(`the Redis at ${shown} refuses the password`, 'give --on redis://USER:PASSWORD@HOST with the right one'),
  ],
  [
    /^OOM|maxmemory/,
    (shown) => queueFailure(shown, 'has no memory left (maxmemory)', `raise maxmemory or clear it, then ${AGAIN}`),
  ],
  [
    /NOPERM/,
    (shown) =>
      usage(`the Redis at ${shown} does not let this user do it`, 'give a user of all commands, on keys of the prefix'),
  ],
  [
    /MISCONF|READONLY/,
    (shown) => queueFailure(shown, 'takes no writes', `give it a disk that can be written, then ${AGAIN}`),
  ],
]

/** What Redis or the network said, as a failure. */
export const redisFailure =
  ({ shown }: Pick<QueueUrl, 'shown'>) =>
  (thrown: unknown): Failure => {
    if (thrown instanceof ExptiltError) return thrown.failure
    const reason = reasonOf(thrown)
    const known = sayings.find(([pattern]) => pattern.test(reason))
    const code = codeOf(thrown)
    return known === undefined
      ? queueFailure(
          shown,
          `cannot be used (${code === 'unknown' ? reason : code})`,
          `see that it runs and is reached, then ${AGAIN}`,
        )
      : known[1](shown)
  }

/** Connections that were left: neither they nor their duplicates, of which BullMQ makes some, are opened again. */
const wereLeft = new WeakSet<Redis>()

/** Opens a connection. Left within five seconds: `Usage` for a wrong password or absent packages, `Queue` where nobody answers. */
export const openRedis = (on: QueueUrl): TaskEither<Failure, Redis> =>
  effect(async (run) => {
    const { Redis: Client } = await run(loadRedis)
    let opened = false
    const said: unknown[] = []
    const client: Redis = new Client(on.url, {
      lazyConnect: true,
      protocol: 2,
      connectTimeout: 1000 * SECONDS_TO_OPEN,
      maxRetriesPerRequest: null,
      retryStrategy: (times) => (opened && !wereLeft.has(client) ? Math.min(1000, 100 * times) : null),
    })
    client.on('error', (error) => {
      if (!opened) said.push(error)
    })
    try {
      await promptly(client.connect().then(() => client.ping()))
      opened = true
    } catch (thrown) {
      client.disconnect()
      return fail(redisFailure(on)(said.length > 0 ? said[0] : thrown))
    }
    return client
  })

/** Milliseconds that whoever leaves waits for Redis. */
const LEAVING = 5000

/** Closes a connection after the last things to do, or a while. */
export const leave = async (client: Redis, last: Promise<unknown>): Promise<void> => {
  const late = new Promise<void>((go) => {
    setTimeout(go, LEAVING).unref()
  })
  await Promise.race([last.catch(() => undefined), late])
  wereLeft.add(client)
  client.disconnect()
}
