/**
 * Large arrays by their SHA-256: a giver puts each into Redis once, a worker fetches it once, and both hold a bounded number of
 * bytes, those used last.
 */
import { sha256 } from '../../codec/sha256.ts'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import type { Redis } from 'ioredis'
import { effect, fail } from '../../effect.ts'
import { failure, raise } from '../../errors.ts'
import type { Failure } from '../../errors.ts'
import type { Keep, Kept } from './message.ts'
import { KEPT_SECONDS } from './stream.ts'

/** Bytes from which an array is kept by its hash. */
const LARGE = 2 ** 16

/** The most bytes of one array: half of what a value of Redis may have. */
const MOST_BYTES = 2 ** 28

/** Bytes that a giver keeps in Redis, beside those of calls under way. */
const GIVER_BYTES = 2 ** 28

/** Bytes that a worker holds. */
const WORKER_BYTES = 2 ** 29

const tooLarge = (bytes: number): never =>
  raise(
    failure(
      'Limit',
      `an array of ${Math.ceil(bytes / 2 ** 20)} MiB is more than the ${MOST_BYTES / 2 ** 20} MiB that go through Redis`,
      'use --workers on this machine, or a smaller batch or model',
      { bytes },
    ),
  )

/** What a call holds in Redis until it is answered. */
interface Hold {
  readonly keep: Keep
  readonly release: () => void
}

/** What a giver keeps in Redis. */
export interface Keeper {
  readonly hold: () => Hold
  /** Believes no longer that anything is there: what is needed again is put again. What calls hold stays held. */
  readonly forget: () => void
  /** Lets all of it stay for as long again. */
  readonly last: () => Promise<unknown>
  /** Removes all of it. */
  readonly clear: () => void
}

/** An array of a giver: its bytes, how many calls hold it, and in which belief it was put. */
interface Put {
  readonly bytes: number
  readonly holds: number
  readonly belief: number
}

/** Arrays under their keys in Redis. */
const store = (client: Redis, keyOf: (hash: string) => string, failed: (thrown: unknown) => void) => ({
  write: (hash: string, { buffer, byteOffset, length }: Uint8Array): void => {
    client.set(keyOf(hash), Buffer.from(buffer, byteOffset, length), 'EX', KEPT_SECONDS).catch(failed)
  },
  remove: (hash: string): void => {
    client.unlink(keyOf(hash)).catch(failed)
  },
  last: (hashes: Iterable<string>): Promise<unknown> => {
    const lasting = client.pipeline()
    for (const hash of hashes) lasting.expire(keyOf(hash), KEPT_SECONDS)
    return lasting.exec()
  },
})

/** Keeps arrays under keys, at most so many bytes beside those that calls hold. */
export const keeperOf = (
  client: Redis,
  keyOf: (hash: string) => string,
  failed: (thrown: unknown) => void,
  most: number = GIVER_BYTES,
): Keeper => {
  const { write, remove, last } = store(client, keyOf, failed)
  const there = new Map<string, Put>()
  let [total, belief] = [0, 0]
  const evict = (): void => {
    for (const [hash, { bytes, holds }] of there) {
      if (total <= most) return
      if (holds > 0) continue
      there.delete(hash)
      total -= bytes
      remove(hash)
    }
  }
  const put = (hash: string, bytes: Uint8Array): void => {
    const known = there.get(hash)
    if (known?.belief !== belief) write(hash, bytes)
    if (!there.delete(hash)) total += bytes.length
    there.set(hash, { bytes: bytes.length, holds: (known?.holds ?? 0) + 1, belief })
  }
  const letGo = (hash: string): void => {
    const known = there.get(hash)
    if (known !== undefined) there.set(hash, { ...known, holds: known.holds - 1 })
  }
  return {
    hold: () => {
      const held: string[] = []
      return {
        keep: (bytes) => {
          if (bytes.length > MOST_BYTES) return tooLarge(bytes.length)
          if (bytes.length < LARGE) return undefined
          const hash = sha256(bytes)
          put(hash, bytes)
          held.push(hash)
          return hash
        },
        release: () => {
          for (const hash of held.splice(0)) letGo(hash)
          evict()
        },
      }
    },
    forget: () => {
      belief += 1
    },
    last: () => last(there.keys()),
    clear: () => {
      for (const hash of there.keys()) remove(hash)
    },
  }
}

const gone = (hash: string): Failure =>
  failure('WorkerLost', `Redis no longer holds the array ${hash.slice(0, 12)}…`, 'start the command again', { hash })

/** Fetches arrays, each once as long as there is room for it, into memory that threads share. */
export const keptIn = (client: Redis): ((keyOf: (hash: string) => string) => Kept) => {
  const here = new Map<string, SharedArrayBuffer>()
  let total = 0
  const fetched = (key: string, hash: string): TaskEither<Failure, SharedArrayBuffer> =>
    effect(async () => {
      const found = await client.getBuffer(key)
      if (found === null || sha256(found) !== hash) return fail(gone(hash))
      const own = new SharedArrayBuffer(found.length)
      new Uint8Array(own).set(found)
      return own
    })
  return (keyOf) => (hash) =>
    effect(async (run) => {
      const own = here.get(hash) ?? (await run(fetched(keyOf(hash), hash)))
      // Two sessions may have fetched it at once.
      if (!here.delete(hash)) total += own.byteLength
      here.set(hash, own)
      for (const [old, { byteLength }] of here) {
        if (total <= WORKER_BYTES || old === hash) break
        here.delete(old)
        total -= byteLength
      }
      return own
    })
}
