/**
 * The checkpoints of a run in a directory: `name.000017.safetensors`, numbered in order of saving. A save is durable when
 * its effect succeeds; a crash at any moment leaves every earlier checkpoint whole. The last few are kept, and loading
 * falls back to an earlier one, and says so, when the newest is damaged.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as O from 'fp-ts/lib/Option.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type * as t from 'io-ts'
import { orElse } from '../at.ts'
import { CHECKPOINT_FILE } from '../codec/checkpoint-name.ts'
import { type NonFinite, nonFinite } from '../codec/non-finite.ts'
import { quoted } from '../codec/quoted.ts'
import { describeFailure, type Failure, failure } from '../errors.ts'
import {
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  type Provenance,
  type Unreadable,
} from './checkpoint-format.ts'
import { type FileSystem, saveDurably, sweep } from './file-system.ts'

/** Where the checkpoints of a run live, how its state is written, and how many are kept (default 3, at least 1). */
export interface CheckpointStore<S> {
  readonly fileSystem: FileSystem
  readonly directory: string
  readonly name: string
  readonly codec: t.Type<S, unknown>
  readonly keep?: number
}

/** A file of a store. */
interface CheckpointFile {
  readonly file: string
  readonly sequence: number
}

/**
 * A loaded checkpoint, and what a person should hear about it: damaged files that were passed over, differences of code
 * or machine (`warnings`), arrays with NaN or infinities (`refuseNonFinite` turns those into a failure).
 */
interface Loaded<S> extends CheckpointFile {
  readonly checkpoint: Checkpoint<S>
  readonly skipped: readonly Failure[]
  readonly warnings: readonly string[]
  readonly nonFinite: readonly NonFinite[]
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/

const fileName = (name: string, sequence: number): string => `${name}.${String(sequence).padStart(6, '0')}.safetensors`

/** The store's files, newest first. */
export const listCheckpoints = <S>({
  fileSystem,
  directory,
  name,
}: CheckpointStore<S>): TE.TaskEither<Failure, readonly CheckpointFile[]> =>
  pipe(
    fileSystem.list(directory),
    TE.map((files) =>
      files
        .flatMap((file) => {
          const match = CHECKPOINT_FILE.exec(file)
          return match?.[1] === name ? [{ file, sequence: Number(match[2]) }] : []
        })
        .sort((a, b) => b.sequence - a.sequence),
    ),
  )

/** Makes the directory and removes what interrupted saves left there; returns the removed names. Run once at start-up. */
export const openStore = <S>({
  fileSystem,
  directory,
  name,
  keep = 3,
}: CheckpointStore<S>): TE.TaskEither<Failure, readonly string[]> =>
  NAME.test(name) && Number.isSafeInteger(keep) && keep >= 1
    ? pipe(
        fileSystem.makeDirectory(directory),
        TE.chain(() => sweep(fileSystem, directory, `${name}.`)),
      )
    : TE.left(
        failure(
          'Usage',
          `checkpoints called ${quoted(name)}, of which ${keep} are kept`,
          'use letters, digits, - and _ in the name, and keep at least one',
          {
            name,
            keep,
          },
        ),
      )

/** Removes all but the newest; called only when the newest is durable. */
const retire = <S>(
  { fileSystem, directory, keep = 3 }: CheckpointStore<S>,
  older: readonly CheckpointFile[],
): TE.TaskEither<Failure, void> =>
  pipe(
    older.slice(Math.max(keep, 1) - 1),
    TE.traverseSeqArray(({ file }) => fileSystem.remove(`${directory}/${file}`)),
    TE.map(() => undefined),
  )

/**
 * Saves a checkpoint durably, as the newest of its store, then removes the oldest past `keep`.
 * Left `Format` when it cannot be written down, `Storage` when the disk refuses; the earlier checkpoints are then intact.
 */
export const saveCheckpoint =
  <S>(store: CheckpointStore<S>) =>
  (checkpoint: Checkpoint<S>): TE.TaskEither<Failure, CheckpointFile & { readonly bytes: number }> =>
    pipe(
      TE.fromEither(encodeCheckpoint(store.codec)(checkpoint)),
      TE.bindTo('bytes'),
      TE.bind('older', () => listCheckpoints(store)),
      TE.chain(({ bytes, older }) => {
        const sequence = orElse(older[0]?.sequence, 0) + 1
        const file = fileName(store.name, sequence)
        return pipe(
          bytes,
          saveDurably(store.fileSystem, store.directory, file),
          TE.chain(() => retire(store, older)),
          TE.map(() => ({ file, sequence, bytes: bytes.length })),
        )
      }),
      TE.mapLeft((f) => (f.tag === 'File' ? { ...f, tag: 'Storage' } : f)),
    )

const sameRun =
  (expected: Partial<Provenance>) =>
  <S>(checkpoint: Checkpoint<S>): E.Either<Unreadable, Checkpoint<S>> =>
    expected.configHash === undefined || expected.configHash === checkpoint.provenance.configHash
      ? E.right(checkpoint)
      : E.left({
          kind: 'foreign',
          failure: failure(
            'Checkpoint',
            `the checkpoint belongs to a run with other settings (hash ${quoted(checkpoint.provenance.configHash)}, not ${quoted(expected.configHash)})`,
            'run with the settings that it was saved under, or choose another directory',
            { found: checkpoint.provenance.configHash, expected: expected.configHash },
          ),
        })

const COMPARED = [
  ['codeVersion', 'code version'],
  ['backend', 'backend'],
  ['adapter', 'adapter'],
] as const

const differences = (found: Provenance, expected: Partial<Provenance>): readonly string[] =>
  COMPARED.flatMap(([field, words]) => {
    const now = expected[field]
    return now === undefined || now === found[field]
      ? []
      : [
          `saved with ${words} ${quoted(found[field])}, resumed with ${quoted(now)}: the run continues within rounding, not bit for bit`,
        ]
  })

const inFile =
  (file: string) =>
  (f: Failure): Failure => ({ ...f, what: `${file}: ${f.what}`, facts: { ...f.facts, file } })

const loadFirst =
  <S>(store: CheckpointStore<S>, expected: Partial<Provenance>, skipped: readonly Failure[]) =>
  ([newest, ...older]: readonly CheckpointFile[]): TE.TaskEither<Failure, O.Option<Loaded<S>>> =>
    newest === undefined
      ? skipped.length === 0
        ? TE.right(O.none)
        : TE.left(allDamaged(store, skipped))
      : pipe(
          store.fileSystem.read(`${store.directory}/${newest.file}`),
          TE.map((bytes) => pipe(decodeCheckpoint(store.codec)(bytes), E.chain(sameRun(expected)))),
          TE.chain(
            E.matchW(
              ({ kind, failure: f }) =>
                kind === 'damaged'
                  ? loadFirst(store, expected, [...skipped, inFile(newest.file)(f)])(older)
                  : TE.left(inFile(newest.file)(f)),
              (checkpoint) =>
                TE.right(
                  O.some({
                    ...newest,
                    checkpoint,
                    skipped,
                    warnings: differences(checkpoint.provenance, expected),
                    nonFinite: nonFinite(checkpoint.tensors),
                  }),
                ),
            ),
          ),
        )

const allDamaged = <S>({ directory, name }: CheckpointStore<S>, skipped: readonly Failure[]): Failure =>
  failure(
    'Checkpoint',
    `none of the ${skipped.length} checkpoints ${name} in ${directory} can be read (${skipped.slice(0, 2).map(describeFailure).join(' ')})`,
    'restore one from a copy, or move them away to start the run again',
    { skipped },
  )

/**
 * The newest checkpoint that is whole, or none if the store is empty. A damaged one is passed over and reported in
 * `skipped`; Left `Checkpoint` when all are damaged, or when one is whole but of another run, program or later format:
 * then falling back would hide a mistake.
 */
export const loadLatest = <S>(
  store: CheckpointStore<S>,
  expected: Partial<Provenance> = {},
): TE.TaskEither<Failure, O.Option<Loaded<S>>> => pipe(listCheckpoints(store), TE.chain(loadFirst(store, expected, [])))
