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

/** A file with its hash. */
export interface HashedFile extends StoredFile {
  readonly content: Uint8Array
}

/** Files with their hashes; those that are too large for Redis are left out. */
export const hashed = (files: readonly TaskFile[]): readonly HashedFile[] =>
  files
    .filter(({ content }) => content.length <= MOST_FILE_BYTES)
    .map((file) => ({ ...file, hash: sha256(file.content), bytes: file.content.length }))

/** What a file is called elsewhere. */
export const storedAs = ({ name, hash, bytes }: HashedFile): StoredFile => ({ name, hash, bytes })

/** Keeps files, each once. */
export const storeFiles = async ({ client, prefix }: Store, files: readonly HashedFile[]): Promise<void> => {
  for (const { hash, content } of files) {
    const key = keysOf(prefix).file(hash)
    const bytes = Buffer.from(content.buffer, content.byteOffset, content.length)
    if ((await client.expire(key, OUTCOME_SECONDS)) === 0) await client.set(key, bytes, 'EX', OUTCOME_SECONDS)
  }
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
