/**
 * Writing files so that nothing is ever half-written: a file appears under its name complete or not at all.
 */
import { access, constants, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { orElse } from '../at.ts'
import { makeFolders } from '../data/files.ts'
import { codeOf, type Failure, failure, isFull } from '../errors.ts'

const reasonOf = (thrown: unknown): string =>
  thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown)

const unwritable =
  (path: string) =>
  (thrown: unknown): Failure =>
    failure(
      'File',
      `${path} cannot be written (${reasonOf(thrown)})`,
      'give a folder that you may write to with --out DIR',
      { path },
    )

const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: 'free some space on the disk',
  EDQUOT: 'free some space within the quota',
  ENOENT: 'put the folder back',
}

/** What a disk refuses of a file in a folder that was ready for it. */
const unstored =
  (path: string) =>
  (thrown: unknown): Failure =>
    failure(
      'Storage',
      `${path} cannot be written (${reasonOf(thrown)})`,
      orElse(REMEDIES[reasonOf(thrown)], 'check the disk and the folder'),
      { path },
    )

/** What is said where a folder cannot be made: a full disk is the disk's. */
const refused =
  (path: string) =>
  (thrown: unknown): Failure =>
    (isFull(codeOf(thrown)) ? unstored : unwritable)(path)(thrown)

/** Writes a file through a temporary neighbour and a rename; fails with `Storage` and leaves nothing behind. */
export const writeAtomically =
  (path: string) =>
  (content: string | Uint8Array): TE.TaskEither<Failure, string> => {
    const partial = join(dirname(path), `.${process.pid}.${orElse(path.split(/[\\/]/).at(-1), '')}.partial`)
    return pipe(
      TE.tryCatch(async () => {
        await writeFile(partial, content)
        await rename(partial, path)
        return path
      }, unstored(path)),
      TE.orElseFirstTaskK(() => () => rm(partial, { force: true }).catch(() => undefined)),
    )
  }

/** A folder that exists and can be written to, and the topmost folder that had to be made for it, if any. */
export interface Prepared {
  readonly path: string
  readonly made: string | undefined
}

/** Makes a folder (with its parents) and checks that it can be written to; fails with `File`, naming `--out`. */
export const prepareDirectory = (path: string): TE.TaskEither<Failure, Prepared> =>
  TE.tryCatch(async () => {
    const made = await makeFolders(path)
    await access(path, constants.W_OK | constants.X_OK)
    return { path, made }
  }, refused(path))

/** Removes the folders that `prepareDirectory` made, as far as they are empty. Never fails. */
export const discardEmpty =
  ({ path, made }: Prepared) =>
  async (): Promise<void> => {
    if (made === undefined) return
    let folder = path
    while (folder.length >= made.length) {
      try {
        await rmdir(folder)
      } catch (thrown) {
        if (reasonOf(thrown) !== 'ENOENT') return
      }
      folder = dirname(folder)
    }
  }

/** A file to be written: its path relative to a folder, and what it holds. */
export interface OutputFile {
  readonly name: string
  readonly content: string | Uint8Array
}

/** Writes files into a folder in order, each atomically, making sub-folders as needed; returns their paths. */
export const writeFiles =
  (directory: string) =>
  (files: readonly OutputFile[]): TE.TaskEither<Failure, readonly string[]> =>
    pipe(
      files,
      TE.traverseSeqArray(({ name, content }) => {
        const path = join(directory, name)
        return pipe(
          prepareDirectory(dirname(path)),
          TE.chain(() => writeAtomically(path)(content)),
        )
      }),
    )
