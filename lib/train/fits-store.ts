/**
 * Checkpoints of a run that trains several models by steps: a record of plain data beside the trainings by name.
 */
import { pipe } from 'fp-ts/lib/function.js'
import * as O from 'fp-ts/lib/Option.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import * as t from 'io-ts'
import { type Failure, failure } from '../errors.ts'
import { loadLatest, openStore, saveCheckpoint } from './checkpoint.ts'
import { nodeFileSystem } from './file-system-node.ts'
import { hashOf } from './provenance.ts'
import { type StepsState, stepsFrom, stepsProgressCodec, stepsTensors } from './steps-state.ts'

/** The trainings of a run by name. */
export type Fits = Readonly<Record<string, StepsState>>

/** Where checkpoints are, what they are called, and the settings under which they are valid. */
export interface FitsStoreOptions<S> {
  readonly directory: string
  readonly name: string
  readonly settings: unknown
  readonly codec: t.Type<S, unknown>
  readonly adapter: string
  /** Hears of damaged files. */
  readonly say: (line: string) => void
}

/** A run as it is saved. */
export interface SavedRun<S> {
  readonly record: S
  readonly fits: Fits
}

/** The checkpoints of a run: none yet is `undefined`. */
export interface FitsStore<S> {
  readonly load: TE.TaskEither<Failure, SavedRun<S> | undefined>
  readonly save: (run: SavedRun<S>) => TE.TaskEither<Failure, void>
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
export const fitsStore = <S>(options: FitsStoreOptions<S>): TE.TaskEither<Failure, FitsStore<S>> =>
  pipe(
    TE.fromEither(hashOf(options.settings)),
    TE.map((configHash): FitsStore<S> => {
      const { directory, name, adapter, say } = options
      const codec = t.type({ record: options.codec, progress: t.record(t.string, stepsProgressCodec) })
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
              ({ checkpoint, warnings, skipped }): SavedRun<S> => {
                for (const line of [...warnings, ...skipped.map((f) => `${f.what}: ${f.remedy}`)]) say(line)
                step = checkpoint.step
                const { record, progress } = checkpoint.state
                const fits = Object.entries(progress).map(
                  ([fit, own]) => [fit, stepsFrom(fit, own, checkpoint.tensors)] as const,
                )
                return { record, fits: Object.fromEntries(fits) }
              },
            ),
          ),
        ),
        save: ({ record, fits }) => {
          step += 1
          const progress = Object.fromEntries(
            Object.entries(fits).map(([fit, { state: _state, best: _best, ...rest }]) => [fit, rest]),
          )
          const state = { record, progress }
          return pipe(
            saveCheckpoint(store)({ step, provenance, state, tensors: stepsTensors(fits) }),
            TE.map(() => undefined),
          )
        },
      }
    }),
  )
