/**
 * Files of the cache: read, written so that a partial file is never taken for a whole one, and checked by SHA-256.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { type Failure, fileFailure } from '../errors.ts'

const failed = fileFailure(
  {
    ENOENT: 'check the path',
    EISDIR: 'give a file, not a folder',
    EACCES: 'give this user the right to it, or another folder (EXPTILT_CACHE names that of the cache)',
    EPERM: 'give this user the right to it, or another folder (EXPTILT_CACHE names that of the cache)',
    ENOSPC: 'free some space, or give a folder on another disk (EXPTILT_CACHE names that of the cache)',
    EROFS: 'give a folder that can be written (EXPTILT_CACHE names that of the cache)',
  },
  'check the path and the disk',
)

/** A file operation whose failure is a `File` that names the path. */
export const fileEffect = <A>(action: string, path: string, call: () => Promise<A>): TE.TaskEither<Failure, A> =>
  TE.tryCatch(call, failed(action, path))

/** The bytes of a file. */
export const readBytes = (path: string): TE.TaskEither<Failure, Uint8Array> =>
  fileEffect('read', path, () => readFile(path))

/** Whether something is at the path. */
export const present = (path: string): TE.TaskEither<Failure, boolean> =>
  TE.fromTask(() =>
    stat(path).then(
      () => true,
      () => false,
    ),
  )

const folderAt = (path: string): Promise<boolean | undefined> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => undefined,
  )

/** Whether a folder is at the path, or a file; undefined where nothing is. */
export const isFolder = (path: string): TE.TaskEither<Failure, boolean | undefined> => TE.fromTask(() => folderAt(path))

/** Nothing, where another process was faster; else rejects as it was. */
const sameFolderAppeared = async (target: string, thrown: unknown): Promise<void> =>
  (await folderAt(target)) === true
    ? undefined
    : Promise.reject(thrown instanceof Error ? thrown : new Error(String(thrown)))

/**
 * Makes a folder and its parents one by one, and names the first that was made, if any. (Node's recursive `mkdir` never returns
 * where the file system answers ENOENT for a folder that cannot be made, as below /proc.) Rejects as `mkdir` does.
 */
export const makeFolders = async (path: string): Promise<string | undefined> => {
  if ((await folderAt(path)) === true) return undefined
  const parent = dirname(path)
  const first = parent === path || (await folderAt(parent)) !== undefined ? undefined : await makeFolders(parent)
  await mkdir(path).catch((thrown: unknown) => sameFolderAppeared(path, thrown))
  return first ?? path
}

/** A folder and its parents. */
export const makeFolder = (path: string): TE.TaskEither<Failure, void> =>
  pipe(
    fileEffect('create the folder', path, () => makeFolders(path)),
    TE.map(() => undefined),
  )

/** Writes a file under a name of its own and renames it, so that readers see the old one or the whole new one. */
export const writeWhole = (path: string, bytes: Uint8Array | string): TE.TaskEither<Failure, void> => {
  const partial = `${path}.${randomUUID()}.partial`
  return pipe(
    makeFolder(dirname(path)),
    TE.chain(() => fileEffect('write', partial, () => writeFile(partial, bytes))),
    TE.chain(() => fileEffect('write', path, () => rename(partial, path))),
    TE.orElseFirst(() => fileEffect('remove', partial, () => rm(partial, { force: true }))),
  )
}

/**
 * Makes the folder `target` by filling another one first: `fill` gets a fresh folder beside it, which takes the name
 * `target` when everything is in it. When another process was faster, its folder is kept.
 */
export const fillFolder = (
  target: string,
  fill: (folder: string) => TE.TaskEither<Failure, void>,
): TE.TaskEither<Failure, void> => {
  const partial = join(dirname(target), `${randomUUID()}.partial`)
  const remove = fileEffect('remove', partial, () => rm(partial, { recursive: true, force: true }))
  return pipe(
    makeFolder(partial),
    TE.chain(() => fill(partial)),
    TE.chain(() =>
      fileEffect('create the folder', target, () =>
        rename(partial, target).catch((thrown: unknown) => sameFolderAppeared(target, thrown)),
      ),
    ),
    TE.chainFirst(() => remove),
    TE.orElseFirst(() => remove),
  )
}
