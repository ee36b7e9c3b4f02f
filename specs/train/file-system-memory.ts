/**
 * The file operations on a disk in memory that keeps a log of what was asked of it: for tests that lose, at any moment,
 * whatever a real disk may lose.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { type Failure, failure } from '../../lib/errors.ts'
import type { FileSystem, Handle } from '../../lib/train/file-system.ts'

/** One logged operation. Paths are as given; a handle is the number that its `open` logged. */
export type Operation =
  | { readonly kind: 'open'; readonly path: string; readonly handle: Handle }
  | { readonly kind: 'write'; readonly handle: Handle; readonly bytes: Uint8Array }
  | { readonly kind: 'fsync'; readonly handle: Handle }
  | { readonly kind: 'close'; readonly handle: Handle }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'fsyncDirectory'; readonly directory: string }
  | { readonly kind: 'remove'; readonly path: string }

/** The files of a disk: path → bytes. */
export type Disk = ReadonlyMap<string, Uint8Array>

/** A disk in memory: its operations, the log so far, and what a reader would see now. */
export interface MemoryFileSystem {
  readonly fileSystem: FileSystem
  readonly log: () => readonly Operation[]
  readonly disk: () => Disk
}

const append = (a: Uint8Array, b: Uint8Array): Uint8Array => {
  const joined = new Uint8Array(a.length + b.length)
  joined.set(a)
  joined.set(b, a.length)
  return joined
}

const absent = (action: string, path: string): TE.TaskEither<Failure, never> =>
  TE.left(failure('File', `cannot ${action} ${path} (ENOENT)`, 'check the path', { action, path, code: 'ENOENT' }))

const namesIn = (files: Iterable<string>, directory: string): readonly string[] =>
  [...files]
    .filter((path) => path.startsWith(`${directory}/`))
    .map((path) => path.slice(directory.length + 1))
    .filter((name) => !name.includes('/'))
    .sort()

/** A fresh disk in memory holding `initial`. Operations act when the effect runs; directories need not be made. */
export const memoryFileSystem = (initial: Disk = new Map()): MemoryFileSystem => {
  const files = new Map(initial)
  const open = new Map<Handle, string>()
  const log: Operation[] = []
  const logged =
    <A>(operation: Operation, value: () => A): TE.TaskEither<Failure, A> =>
    async () => {
      log.push(operation)
      return { _tag: 'Right', right: value() }
    }
  const later =
    <A>(program: () => TE.TaskEither<Failure, A>): TE.TaskEither<Failure, A> =>
    () =>
      program()()
  const openFile = (path: string): TE.TaskEither<Failure, Handle> =>
    later(() => {
      const handle = log.length
      return logged({ kind: 'open', path, handle }, () => {
        files.set(path, new Uint8Array(0))
        open.set(handle, path)
        return handle
      })
    })
  const rename = (from: string, to: string): TE.TaskEither<Failure, void> =>
    later(() => {
      const bytes = files.get(from)
      if (bytes === undefined) return absent('rename', from)
      return logged({ kind: 'rename', from, to }, () => {
        files.delete(from)
        files.set(to, bytes)
      })
    })
  const write = (handle: Handle, bytes: Uint8Array): TE.TaskEither<Failure, void> =>
    later(() => {
      const path = open.get(handle)
      if (path === undefined) return absent('write', `the closed file ${handle}`)
      return logged({ kind: 'write', handle, bytes: bytes.slice() }, () => {
        files.set(path, append(files.get(path) ?? new Uint8Array(0), bytes))
      })
    })
  return {
    fileSystem: {
      makeDirectory: () => TE.right(undefined),
      open: openFile,
      write,
      fsync: (handle) => logged({ kind: 'fsync', handle }, () => undefined),
      close: (handle) => logged({ kind: 'close', handle }, () => void open.delete(handle)),
      rename,
      fsyncDirectory: (directory) => logged({ kind: 'fsyncDirectory', directory }, () => undefined),
      list: (directory) => TE.fromIO(() => namesIn(files.keys(), directory)),
      remove: (path) => logged({ kind: 'remove', path }, () => void files.delete(path)),
      read: (path) =>
        later(() => {
          const bytes = files.get(path)
          return bytes === undefined ? absent('read', path) : TE.right(bytes.slice())
        }),
    },
    log: () => [...log],
    disk: () => new Map(files),
  }
}
