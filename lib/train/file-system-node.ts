/**
 * The file operations on Node: plain system calls, each failure a `File` that names the path.
 */
import * as node from 'node:fs'
import { dirname, resolve } from 'node:path'
import { promisify } from 'node:util'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { makeFolders } from '../data/files.ts'
import { type Failure, fileFailure } from '../errors.ts'
import type { FileSystem, Handle } from './file-system.ts'

const calls = {
  open: promisify(node.open),
  write: promisify(node.writeFile),
  fsync: promisify(node.fsync),
  close: promisify(node.close),
  rename: promisify(node.rename),
  readdir: promisify(node.readdir),
  unlink: promisify(node.unlink),
  read: promisify(node.readFile),
} as const

const failed = fileFailure(
  {
    ENOSPC: 'free some space on the disk',
    EDQUOT: 'free some space within the quota',
    EACCES: 'give this user the right to the file and its directory',
    EPERM: 'give this user the right to the file and its directory',
    ENOENT: 'check the path',
    EROFS: 'choose a directory on a disk that can be written',
    EMFILE: 'close other files, or raise the limit of open files',
  },
  'check the disk and the path',
)

const effect = <A>(action: string, path: string, call: () => Promise<A>): TE.TaskEither<Failure, A> =>
  TE.tryCatch(call, failed(action, path))

/** The effect, with `value` where nothing is at the path. */
const orAbsent = <A>(program: TE.TaskEither<Failure, A>, value: A): TE.TaskEither<Failure, A> =>
  pipe(
    program,
    TE.orElse((f) => (f.facts['code'] === 'ENOENT' ? TE.right(value) : TE.left(f))),
  )

/** Windows cannot open a directory; its file systems journal names without being asked. */
const fsyncDirectory = (directory: string): TE.TaskEither<Failure, void> =>
  process.platform === 'win32'
    ? TE.right(undefined)
    : effect('make durable the directory', directory, async () => {
        const handle = await calls.open(directory, 'r')
        await calls.fsync(handle).finally(() => calls.close(handle))
      })

/** The directories whose list of names changed when `first` and all below it down to `last` were created, the uppermost first. */
export const changedParents = (first: string, last: string): readonly string[] =>
  last.length < first.length ? [] : [...changedParents(first, dirname(last)), dirname(last)]

const makeDirectory = (directory: string): TE.TaskEither<Failure, void> =>
  pipe(
    effect('create the directory', directory, () => makeFolders(directory)),
    TE.chain((first) =>
      TE.traverseSeqArray(fsyncDirectory)(
        first === undefined ? [] : changedParents(resolve(first), resolve(directory)),
      ),
    ),
    TE.map(() => undefined),
  )

/** Messages about an open file name its number only; the caller's next step names the path. */
const named = (handle: Handle): string => `the open file ${handle}`

/** The disk of this machine. */
export const nodeFileSystem: FileSystem = {
  makeDirectory,
  open: (path) => effect('open for writing', path, () => calls.open(path, 'w')),
  write: (handle, bytes) => effect('write', named(handle), () => calls.write(handle, bytes)),
  fsync: (handle) => effect('make durable', named(handle), () => calls.fsync(handle)),
  close: (handle) => effect('close', named(handle), () => calls.close(handle)),
  rename: (from, to) => effect(`rename to ${to}`, from, () => calls.rename(from, to)),
  fsyncDirectory,
  list: (directory) =>
    orAbsent(
      effect<readonly string[]>('list', directory, async () => (await calls.readdir(directory)).sort()),
      [],
    ),
  remove: (path) =>
    orAbsent(
      effect('remove', path, () => calls.unlink(path)),
      undefined,
    ),
  read: (path) => effect('read', path, () => calls.read(path)),
}
