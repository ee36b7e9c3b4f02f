/**
 * Checkpoints of a run in its folder, under the settings for which they are valid: a record of plain data beside arrays.
 */
import { pipe } from 'fp-ts/lib/function.js'
import * as O from 'fp-ts/lib/Option.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type * as t from 'io-ts'
import { type Failure, failure } from '../errors.ts'
import { loadLatest, openStore, saveCheckpoint } from './checkpoint.ts'
import type { Checkpoint } from './checkpoint-format.ts'
import { nodeFileSystem } from './file-system-node.ts'
import { hashOf } from './provenance.ts'

/** Where checkpoints are, what they are called, and the settings under which they are valid. */
export interface RunStoreOptions<S> {
  readonly directory: string
  readonly name: string
  readonly settings: unknown
  readonly codec: t.Type<S, unknown>
  readonly adapter: string
  /** Hears of damaged files. */
  readonly say: (line: string) => void
}

/** What is saved of a run. */
type SavedState<S> = Pick<Checkpoint<S>, 'state' | 'tensors'>

/** The checkpoints of a run: none yet is `undefined`. */
interface RunStore<S> {
  readonly load: TE.TaskEither<Failure, SavedState<S> | undefined>
  readonly save: (saved: SavedState<S>) => TE.TaskEither<Failure, void>
}

/** One sentence about a checkpoint whose record has another form, in place of the tree of all that differs. */
const otherVersion =
  (directory: string) =>
  (found: Failure): Failure =>
    found.facts['tree'] === undefined
      ? found
      : failure(
          'Checkpoint',
          `the checkpoint in ${directory} was saved by another version of this program, or by another command`,
          'go on with the one that saved it, or start the run again in another folder',
          found.facts,
        )

/** Opens the checkpoints in a folder, of which the last two are kept; those of other settings are a `Checkpoint` failure. */
export const runStore = <S>(options: RunStoreOptions<S>): TE.TaskEither<Failure, RunStore<S>> =>
  pipe(
    TE.fromEither(hashOf(options.settings)),
    TE.map((configHash): RunStore<S> => {
      const { directory, name, codec, adapter, say } = options
      const store = { fileSystem: nodeFileSystem, directory, name, codec, keep: 2 }
      const provenance = { configHash, codeVersion: '1', backend: 'exptilt', adapter }
      let step = 0
      return {
        load: pipe(
          openStore(store),
          TE.chain(() => loadLatest(store, { configHash })),
          TE.mapLeft(otherVersion(directory)),
          TE.map(
            O.match(
              () => undefined,
              ({ checkpoint, warnings, skipped }) => {
                for (const line of [...warnings, ...skipped.map((f) => `${f.what}: ${f.remedy}`)]) say(line)
                step = checkpoint.step
                return checkpoint
              },
            ),
          ),
        ),
        save: (saved) => {
          step += 1
          return pipe(
            saveCheckpoint(store)({ step, provenance, ...saved }),
            TE.map(() => undefined),
          )
        },
      }
    }),
  )
