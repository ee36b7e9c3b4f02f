/**
 * The folder of a run: `options.json` from the start, `checkpoint/` while it runs, the report and `results.json` at the end.
 */
import { readdir, readFile, rename, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import type * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type * as t from 'io-ts'
import { decodeJson } from '../codec/json.ts'
import { type Failure, failure } from '../errors.ts'
import { discardEmpty, type Prepared, prepareDirectory, writeAtomically } from '../report/files.ts'

/** The folder for checkpoints inside a run folder. */
export const checkpointFolder = (directory: string): string => join(directory, 'checkpoint')

const optionsPath = (directory: string): string => join(directory, 'options.json')

/**
 * Reads the options of an earlier run of a system; `Checkpoint` when the folder is not one, `Format` when its options are
 * damaged or another system's.
 */
export const readOptionsAs =
  <A extends object>(codec: t.Type<A, unknown>, validate: (options: A) => E.Either<Failure, A>) =>
  (directory: string): TE.TaskEither<Failure, A & { readonly out: string }> =>
    pipe(
      TE.tryCatch(
        () => readFile(optionsPath(directory), 'utf8'),
        () =>
          failure(
            'Checkpoint',
            `${directory} holds no run (no options.json)`,
            'give the folder of an interrupted run to --resume',
            { directory },
          ),
      ),
      TE.chainEitherK(decodeJson(codec, optionsPath(directory))),
      TE.chainEitherK(validate),
      TE.map((options) => ({ ...options, out: directory })),
    )

/** A run folder ready for use: what was made for it, and the options of an earlier run that it held. */
export interface RunFolder {
  readonly prepared: Prepared
  readonly directory: string
  readonly earlierOptions: string | undefined
}

const absent = async <A>(read: Promise<A>): Promise<A | undefined> => {
  try {
    return await read
  } catch {
    return undefined
  }
}

/** Whether a run folder holds a checkpoint. */
export const hasCheckpoint = async (directory: string): Promise<boolean> =>
  ((await absent(readdir(checkpointFolder(directory)))) ?? []).length > 0

const earlierFolder = (directory: string): string => join(directory, 'checkpoint.earlier')

const attempt =
  (directory: string) =>
  <A>(work: () => Promise<A>): TE.TaskEither<Failure, A> =>
    TE.tryCatch(work, (thrown) =>
      failure('File', `${directory} cannot be used (${String(thrown)})`, 'choose another folder with --out DIR', {
        directory,
      }),
    )

const setAside = (directory: string, isRun: boolean): TE.TaskEither<Failure, void> =>
  pipe(
    attempt(directory)(async () => (await absent(readdir(checkpointFolder(directory)))) ?? []),
    TE.filterOrElse(
      (names) => isRun || names.length === 0,
      () =>
        failure(
          'File',
          `${checkpointFolder(directory)} is there, but not from a run`,
          'choose another folder with --out DIR',
          {
            directory,
          },
        ),
    ),
    TE.chain(() =>
      attempt(directory)(async () => {
        await rm(earlierFolder(directory), { recursive: true, force: true })
        await absent(rename(checkpointFolder(directory), earlierFolder(directory)))
      }),
    ),
  )

/**
 * Opens the folder for a new run: makes it, sets the checkpoint of an earlier run aside, writes the options, as their codec
 * encodes them, to `options.json`.
 */
export const openFolderWith = (directory: string, encoded: unknown): TE.TaskEither<Failure, RunFolder> =>
  pipe(
    TE.Do,
    TE.apS('prepared', prepareDirectory(directory)),
    TE.bind('earlierOptions', () => attempt(directory)(() => absent(readFile(optionsPath(directory), 'utf8')))),
    TE.chainFirst(({ earlierOptions }) => setAside(directory, earlierOptions !== undefined)),
    TE.chainFirst(() => writeAtomically(optionsPath(directory))(`${JSON.stringify(encoded, null, 2)}\n`)),
    TE.chainFirst(() => prepareDirectory(checkpointFolder(directory))),
    TE.map((opened) => ({ ...opened, directory })),
  )

/** Opens the folder of an interrupted run as it is. */
export const reopenFolder = (directory: string): TE.TaskEither<Failure, RunFolder> =>
  pipe(
    TE.Do,
    TE.apS('prepared', prepareDirectory(checkpointFolder(directory))),
    TE.bind('earlierOptions', () => attempt(directory)(() => absent(readFile(optionsPath(directory), 'utf8')))),
    TE.map((opened) => ({ ...opened, directory })),
  )

/** Forgets the earlier run whose checkpoint was set aside, now that a new one has taken its place. Never fails. */
export const keepFolder = async ({ directory }: RunFolder): Promise<void> => {
  await absent(rm(earlierFolder(directory), { recursive: true, force: true }))
}

/** Takes back what opening did when the run never began: the earlier run is as it was, new folders are gone. Never fails. */
export const abandonFolder = async ({ prepared, directory, earlierOptions }: RunFolder): Promise<void> => {
  if (await hasCheckpoint(directory)) return keepFolder({ prepared, directory, earlierOptions })
  await absent(rmdir(checkpointFolder(directory)))
  await absent(rename(earlierFolder(directory), checkpointFolder(directory)))
  if (earlierOptions === undefined) await absent(rm(optionsPath(directory), { force: true }))
  else await writeAtomically(optionsPath(directory))(earlierOptions)()
  await discardEmpty(prepared)()
}
