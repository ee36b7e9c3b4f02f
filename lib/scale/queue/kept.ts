/**
 * Large arrays by their SHA-256: a giver puts each into Redis once, a worker fetches it once, and both hold a bounded number of
 * bytes, those used last.
 */
import { createHash } from 'node:crypto'
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

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

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
  /** Believes no longer that anything is there. */
  readonly forget: () => void
  /** Removes all of it. */
  readonly clear: () => void
}

/** Keeps arrays under keys. */
export const keeperOf = (client: Redis, keyOf: (hash: string) => string, failed: (thrown: unknown) => void): Keeper => {
  const there = new Map<string, { readonly bytes: number; readonly holds: number }>()
  let total = 0
  const counted = (hash: string, bytes: number, more: number): void => {
    const holds = (there.get(hash)?.holds ?? 0) + more
    if (!there.delete(hash)) total += bytes
    there.set(hash, { bytes, holds })
  }
  const evict = (): void => {
    for (const [hash, { bytes, holds }] of there) {
      if (total <= GIVER_BYTES) return
      if (holds > 0) continue
      there.delete(hash)
      total -= bytes
      client.unlink(keyOf(hash)).catch(failed)
    }
  }
  return {
    hold: () => {
      const held: (readonly [hash: string, bytes: number])[] = []
      return {
        keep: (bytes) => {
          if (bytes.length > MOST_BYTES) return tooLarge(bytes.length)
          if (bytes.length < LARGE) return undefined
          const hash = hashOf(bytes)
          if (!there.has(hash))
            client
              .set(keyOf(hash), Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), 'EX', KEPT_SECONDS)
              .catch(failed)
          counted(hash, bytes.length, 1)
          held.push([hash, bytes.length])
          return hash
        },
        release: () => {
          for (const [hash, bytes] of held.splice(0)) if (there.has(hash)) counted(hash, bytes, -1)
          evict()
        },
      }
    },
    forget: () => {
      there.clear()
      total = 0
    },
    clear: () => {
      for (const hash of there.keys()) client.unlink(keyOf(hash)).catch(failed)
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
      if (found === null || hashOf(found) !== hash) return fail(gone(hash))
      const own = new SharedArrayBuffer(found.length)
      new Uint8Array(own).set(found)
      total += own.byteLength
      return own
    })
  return (keyOf) => (hash) =>
    effect(async (run) => {
      const own = here.get(hash) ?? (await run(fetched(keyOf(hash), hash)))
      here.delete(hash)
      here.set(hash, own)
      for (const [old, { byteLength }] of here) {
        if (total <= WORKER_BYTES || old === hash) break
        here.delete(old)
        total -= byteLength
      }
      return own
    })
}
