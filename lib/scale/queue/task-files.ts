/** Files of runs in Redis, each once under its SHA-256. */
import type { Redis } from 'ioredis'
import { keysOf } from './protocol.ts'
import { sha256 } from '../../codec/sha256.ts'
import { MOST_FILE_BYTES, OUTCOME_SECONDS, type StoredFile } from './tasks.ts'

/** A file: its name, which is no path, and what it holds. */
export interface TaskFile {
  readonly name: string
  readonly content: Uint8Array
}

/** Where files are. */
interface Store {
  readonly client: Redis
  readonly prefix: string
}

/** Keeps files; those that are too large for Redis stay away. */
export const storeFiles = async (
  { client, prefix }: Store,
  files: readonly TaskFile[],
): Promise<readonly StoredFile[]> => {
  const stored: StoredFile[] = []
  for (const { name, content } of files) {
    if (content.length > MOST_FILE_BYTES) continue
    const hash = sha256(content)
    const key = keysOf(prefix).file(hash)
    const bytes = Buffer.from(content.buffer, content.byteOffset, content.length)
    if ((await client.expire(key, OUTCOME_SECONDS)) === 0) await client.set(key, bytes, 'EX', OUTCOME_SECONDS)
    stored.push({ name, hash, bytes: content.length })
  }
  return stored
}

/** The files; undefined where one is gone, or is not what its hash says. */
export const fetchFiles = async (
  { client, prefix }: Store,
  files: readonly StoredFile[],
): Promise<readonly TaskFile[] | undefined> => {
  const found: TaskFile[] = []
  for (const { name, hash, bytes } of files) {
    const content = await client.getBuffer(keysOf(prefix).file(hash))
    if (content === null || content.length !== bytes || sha256(content) !== hash) return undefined
    found.push({ name, content })
  }
  return found
}
