/**
 * The folder of a run: `options.json` from the start, `checkpoint/` while it runs, the report and `results.json` at the end.
 */
import { readdir, readFile, rename, rm, rmdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import * as t from 'io-ts'
import { at } from '../at.ts'
import { checkpointName } from '../codec/checkpoint-name.ts'
import { exactJson } from '../codec/exact-json.ts'
import { decodeJson } from '../codec/json.ts'
import { decodeText } from '../codec/text.ts'
import { type Failure, failure } from '../errors.ts'
import { discardEmpty, type Prepared, prepareDirectory, writeAtomically } from '../report/files.ts'
import { type Lock, lockFolder } from './lock.ts'

/** The folder for checkpoints inside a run folder. */
export const checkpointFolder = (directory: string): string => join(directory, 'checkpoint')

const optionsPath = (directory: string): string => join(directory, 'options.json')

/** The command whose run it is, by a field that only its options have. */
const ofCommand = (options: unknown): string | undefined => {
  if (t.type({ task: t.string }).is(options)) return `earm ${options.task}`
  if (t.type({ regime: t.string }).is(options)) return 'gam'
  return t.type({ corpus: t.string, generation: t.UnknownRecord }).is(options) ? 'residual' : undefined
}

/** The command whose run a folder holds, as its options say. `Checkpoint` where it holds none, `Usage` for a folder of another kind. */
export const runCommand = (directory: string): TE.TaskEither<Failure, string> =>
  pipe(
    readText(directory, 'give the folder of a run'),
    TE.chainEitherK(decodedAs<unknown>(t.unknown, directory)),
    TE.chain((options) => {
      const command = ofCommand(options)
      return command === undefined
        ? TE.left(
            failure('Format', `${optionsPath(directory)} is not of a run of exptilt`, 'give the folder of a run', {
              directory,
            }),
          )
        : TE.right(command)
    }),
  )

const readText = (directory: string, remedy: string): TE.TaskEither<Failure, string> =>
  pipe(
    TE.tryCatch(
      () => readFile(optionsPath(directory)),
      () => failure('Checkpoint', `${directory} holds no run (no options.json)`, remedy, { directory }),
    ),
    TE.chainEitherK(decodeText(optionsPath(directory))),
  )

const decodedAs =
  <A>(codec: t.Type<A, unknown>, directory: string) =>
  (text: string): E.Either<Failure, A> =>
    decodeJson(codec, optionsPath(directory))(text)

/** What is said where options do not decode: whose they are, where they are another command's. */
const others =
  (own: string, directory: string, text: string) =>
  (found: Failure): Failure => {
    const options = decodedAs<unknown>(t.unknown, directory)(text)
    const other = E.isRight(options) ? ofCommand(options.right) : undefined
    if (other === undefined || other === own) return found
    const shorter = own.startsWith('earm ') && other.startsWith('earm ') ? own : `exptilt ${own}`
    return failure(
      'Usage',
      `the run in ${directory} is one of exptilt ${other}, not of ${shorter}`,
      `use exptilt ${other}`,
      {
        directory,
        command: other,
      },
    )
  }

/**
 * Reads the options of an earlier run of a system; `Checkpoint` when the folder is not one (`remedy` says which to give), `Usage`
 * naming the command when its options are another's, `Format` when they are damaged.
 */
export const readOptionsAs =
  <A extends object>(
    codec: t.Type<A, unknown>,
    validate: (options: A) => E.Either<Failure, A>,
    remedy = 'give the folder of an interrupted run to --resume',
  ) =>
  (directory: string): TE.TaskEither<Failure, A & { readonly out: string }> =>
    pipe(
      readText(directory, remedy),
      TE.chainEitherK((text) =>
        pipe(
          decodedAs(codec, directory)(text),
          E.mapLeft(others(codec.name.replace('options of exptilt ', ''), directory, text)),
        ),
      ),
      TE.chainEitherK(validate),
      TE.map((options) => ({ ...options, out: directory })),
    )

/** A run folder ready for use, and ours: what was made for it, and the options of an earlier run that it held. */
export interface RunFolder {
  readonly lock: Lock
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

const isThere = async (path: string): Promise<boolean> => (await absent(stat(path))) !== undefined

/** Whether the folder of a run is there, with the options that it goes on under. */
export const hasOptions = (directory: string): Promise<boolean> => isThere(optionsPath(directory))

/** Whether a run folder holds a checkpoint. */
export const hasCheckpoint = async (directory: string): Promise<boolean> =>
  ((await absent(readdir(checkpointFolder(directory)))) ?? []).length > 0

/** Whether a run folder holds what would be lost with it: a checkpoint, or results. */
export const hasWork = async (directory: string): Promise<boolean> =>
  (await hasCheckpoint(directory)) || (await isThere(join(directory, 'results.json')))

/** The last checkpoint of each of the trainings of a run: names of files in its folder for checkpoints. */
export const lastCheckpoints = async (directory: string): Promise<readonly string[]> => {
  const names = ((await absent(readdir(checkpointFolder(directory)))) ?? []).filter(checkpointName.is).toSorted()
  const stem = (name: string): string => name.slice(0, name.indexOf('.'))
  return names.filter((name, i) => names[i + 1] === undefined || stem(at(names, i + 1)) !== stem(name))
}

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

/** A folder that was made ready and is ours. */
type Taken = Pick<RunFolder, 'prepared' | 'lock'>

/** Makes a folder and takes it. Left `InUse` when another process works in it, `File` when it cannot be written to. */
export const takeFolder = (
  directory: string,
  made: TE.TaskEither<Failure, Prepared> = prepareDirectory(directory),
): TE.TaskEither<Failure, Taken> =>
  pipe(
    TE.Do,
    TE.apS('prepared', made),
    TE.bind('lock', () => lockFolder(directory)),
  )

/** A folder that is made ready, taken, and prepared further by `rest`. Left `InUse` when another process works in it. */
const locked = (
  directory: string,
  made: TE.TaskEither<Failure, Prepared>,
  rest: (folder: RunFolder) => TE.TaskEither<Failure, unknown>,
): TE.TaskEither<Failure, RunFolder> =>
  pipe(
    takeFolder(directory, made),
    TE.bind('earlierOptions', () => attempt(directory)(() => absent(readFile(optionsPath(directory), 'utf8')))),
    TE.map((opened) => ({ ...opened, directory })),
    TE.chainFirst(rest),
  )

/**
 * Opens the folder for a new run: makes it, sets the checkpoint of an earlier run aside, writes the options, as their codec
 * encodes them, to `options.json`.
 */
export const openFolderWith = (directory: string, encoded: unknown): TE.TaskEither<Failure, RunFolder> =>
  locked(directory, prepareDirectory(directory), (folder) =>
    pipe(
      setAside(directory, folder.earlierOptions !== undefined),
      TE.orElseFirstIOK(() => folder.lock.release),
      TE.chain(() =>
        pipe(
          writeAtomically(optionsPath(directory))(exactJson(encoded)),
          TE.chain(() => prepareDirectory(checkpointFolder(directory))),
          TE.orElseFirstTaskK(() => () => abandonFolder(folder)),
        ),
      ),
    ),
  )

/** Opens the folder of an interrupted run as it is. */
export const reopenFolder = (directory: string): TE.TaskEither<Failure, RunFolder> =>
  locked(directory, prepareDirectory(checkpointFolder(directory)), () => TE.right(undefined))

/** Forgets the earlier run whose checkpoint was set aside, now that a new one has taken its place; lets the folder go. Never fails. */
export const keepFolder = async ({ directory, lock }: RunFolder): Promise<void> => {
  await absent(rm(earlierFolder(directory), { recursive: true, force: true }))
  lock.release()
}

/** Takes back what opening did when the run never began: the earlier run is as it was, new folders are gone. Never fails. */
export const abandonFolder = async (folder: RunFolder): Promise<void> => {
  const { prepared, directory, earlierOptions, lock } = folder
  if (await hasCheckpoint(directory)) return keepFolder(folder)
  await absent(rmdir(checkpointFolder(directory)))
  await absent(rename(earlierFolder(directory), checkpointFolder(directory)))
  if (earlierOptions === undefined) await absent(rm(optionsPath(directory), { force: true }))
  else await writeAtomically(optionsPath(directory))(earlierOptions)()
  lock.release()
  await discardEmpty(prepared)()
}
