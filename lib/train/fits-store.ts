/**
 * Checkpoints of a run that trains several models by steps: a record of plain data beside the trainings by name.
 */
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import * as t from 'io-ts'
import type { Failure } from '../errors.ts'
import { type RunStoreOptions, runStore } from './run-store.ts'
import { type StepsState, fitArrays, fitTensors, stepsProgressCodec } from './steps-state.ts'

/** The trainings of a run by name. */
export type Fits = Readonly<Record<string, StepsState>>

/** A run as it is saved. */
interface SavedRun<S> {
  readonly record: S
  readonly fits: Fits
}

/** The checkpoints of a run: none yet is `undefined`. */
interface FitsStore<S> {
  readonly load: TE.TaskEither<Failure, SavedRun<S> | undefined>
  readonly save: (run: SavedRun<S>) => TE.TaskEither<Failure, void>
}

/** Opens the checkpoints in a folder, where `codec` is that of the record. Failures as in `runStore`. */
export const fitsStore = <S>(options: RunStoreOptions<S>): TE.TaskEither<Failure, FitsStore<S>> =>
  pipe(
    runStore({
      ...options,
      codec: t.type({ record: options.codec, progress: t.record(t.string, stepsProgressCodec) }),
    }),
    TE.map(
      (store): FitsStore<S> => ({
        load: pipe(
          store.load,
          TE.map((saved) => {
            if (saved === undefined) return undefined
            const { record, progress } = saved.state
            const fits = Object.entries(progress).map(
              ([fit, own]) => [fit, { ...own, ...fitArrays(fit, saved.tensors) }] as const,
            )
            return { record, fits: Object.fromEntries(fits) }
          }),
        ),
        save: ({ record, fits }) => {
          const progress = Object.fromEntries(
            Object.entries(fits).map(([fit, { state: _state, best: _best, ...rest }]) => [fit, rest]),
          )
          return store.save({ state: { record, progress }, tensors: fitTensors(fits) })
        },
      }),
    ),
  )
