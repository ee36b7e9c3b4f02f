/**
 * The file operations that a durable save needs, as a record of effects: so that a test can record them, lose what a
 * power failure may lose, and replay. With it the durable save itself, and the sweep of what an interrupted one left.
 */
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { Failure } from '../errors.ts'

/** An open file. */
export type Handle = number

/**
 * File operations; every failure is a `File` naming the path.
 *
 * - `makeDirectory` creates a directory and its parents, durably; no error if it exists.
 * - `open` creates an empty file for writing, or empties an existing one; `write` appends to an open file.
 * - `fsync` makes an open file's bytes durable, `fsyncDirectory` the names in a directory.
 * - `rename` replaces the target atomically. `remove` is no error if nothing is there.
 * - `list` gives the names (not paths) in a directory, sorted; an absent directory is empty.
 */
export interface FileSystem {
  readonly makeDirectory: (directory: string) => TE.TaskEither<Failure, void>
  readonly open: (path: string) => TE.TaskEither<Failure, Handle>
  readonly write: (handle: Handle, bytes: Uint8Array) => TE.TaskEither<Failure, void>
  readonly fsync: (handle: Handle) => TE.TaskEither<Failure, void>
  readonly close: (handle: Handle) => TE.TaskEither<Failure, void>
  readonly rename: (from: string, to: string) => TE.TaskEither<Failure, void>
  readonly fsyncDirectory: (directory: string) => TE.TaskEither<Failure, void>
  readonly list: (directory: string) => TE.TaskEither<Failure, readonly string[]>
  readonly remove: (path: string) => TE.TaskEither<Failure, void>
  readonly read: (path: string) => TE.TaskEither<Failure, Uint8Array>
}

/** The ending of a file that is being written. */
const PARTIAL = '.partial'

const writeDurably = (fs: FileSystem, path: string, bytes: Uint8Array): TE.TaskEither<Failure, void> =>
  TE.bracket(
    fs.open(path),
    (handle) =>
      pipe(
        fs.write(handle, bytes),
        TE.chain(() => fs.fsync(handle)),
      ),
    fs.close,
  )

/** What is left of a failed save is removed, if it can be; the failure is the save's own. */
const discard =
  (fs: FileSystem, path: string) =>
  (f: Failure): TE.TaskEither<Failure, void> =>
    pipe(
      fs.remove(path),
      TE.matchE(
        () => TE.left(f),
        () => TE.left(f),
      ),
    )

/**
 * Writes `directory/name` so that after a crash at any moment the file is either absent (or what it was before) or
 * whole; when the effect has succeeded it is whole for good. Order: write `name.partial`, fsync it, rename it, fsync the
 * directory. One process at a time may write a given name. Left `Storage` when an operation fails, as on a full disk.
 */
export const saveDurably = (
  fs: FileSystem,
  directory: string,
  name: string,
): ((bytes: Uint8Array) => TE.TaskEither<Failure, void>) => {
  const path = `${directory}/${name}`
  const partial = path + PARTIAL
  return (bytes) =>
    pipe(
      writeDurably(fs, partial, bytes),
      TE.chain(() => fs.rename(partial, path)),
      TE.orElse(discard(fs, partial)),
      TE.chain(() => fs.fsyncDirectory(directory)),
      TE.mapLeft((f) => ({
        ...f,
        tag: 'Storage',
        what: `${path} was not saved: ${f.what}`,
        facts: { ...f.facts, saving: path },
      })),
    )
}

/** Removes the partial files that interrupted saves left, of names that begin with `prefix`; returns their names. */
export const sweep = (fs: FileSystem, directory: string, prefix: string): TE.TaskEither<Failure, readonly string[]> =>
  pipe(
    fs.list(directory),
    TE.map((names) => names.filter((name) => name.startsWith(prefix) && name.endsWith(PARTIAL))),
    TE.chainFirst(TE.traverseSeqArray((name) => fs.remove(`${directory}/${name}`))),
  )
