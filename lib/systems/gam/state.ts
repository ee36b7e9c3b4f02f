/**
 * What a GAM run has done so far: the record that a checkpoint holds, so that a run killed at any moment continues to the
 * same bits. Random numbers need no state: every draw is a function of the seed, the phase and a counter.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import { optional, record } from '../../codec/record.ts'
import { exactNumber, natural } from '../../codec/scalars.ts'
import type { Failure } from '../../errors.ts'
import { partOf } from '../../experiment/settings.ts'
import { type Fits, fitsStore } from '../../train/fits-store.ts'
import type { GamOptions } from './options.ts'
import { type Population, populationCodec } from './population.ts'
import { gamSettings } from './settings.ts'

const numbers = t.readonlyArray(exactNumber)

/** λ as it was fitted, with its history; `boundary`: no finite λ matches the data's moments, and this one is capped. */
export interface Fitted {
  readonly lambda: readonly number[]
  readonly momentError: number
  readonly epochErrors: readonly number[]
  readonly epochLambdas: readonly (readonly number[])[]
  readonly boundary: boolean
}

/** A rejection stream between batches. */
export interface Stream {
  readonly samples: readonly string[]
  readonly trials: number
  readonly batchIndex: number
  readonly skip: number
  readonly maxLogRatio: number
}

const fittedCodec: t.Type<Fitted, unknown> = record({
  lambda: numbers,
  momentError: exactNumber,
  epochErrors: numbers,
  epochLambdas: t.readonlyArray(numbers),
  boundary: t.boolean,
})

const streamCodec: t.Type<Stream, unknown> = record({
  samples: t.readonlyArray(t.string),
  trials: natural,
  batchIndex: natural,
  skip: natural,
  maxLogRatio: exactNumber,
})

const recordCodec = record<Omit<GamState, 'fits'>>({
  seconds: t.record(t.string, exactNumber),
  done: t.readonlyArray(t.string),
  cycle: natural,
  trials: natural,
  fitted: optional(fittedCodec),
  stream: optional(streamCodec),
  population: optional(populationCodec),
  variation: optional(exactNumber),
})

/** The trainings by name. */
export type FitName = 'base' | 'proposal' | 'next' | 'student'

/**
 * The state of a run. `done` lists finished phases; `fits` are the trainings by name: `base` is r, `student` is π, and the
 * cyclical regime keeps the `proposal` that it samples from and the `next` one that it trains.
 */
export interface GamState {
  readonly seconds: Readonly<Record<string, number>>
  readonly done: readonly string[]
  readonly cycle: number
  readonly trials: number
  readonly fitted?: Fitted
  readonly stream?: Stream
  readonly population?: Population
  /** The largest estimate of how far (total variation) strings accepted without a known bound are from p_λ. */
  readonly variation?: number
  readonly fits: Fits
}

/** The state before anything was done. */
export const emptyState: GamState = { seconds: {}, done: [], cycle: 0, trials: 0, fits: {} }

/** Where a run's checkpoints are, and under which settings they are valid. */
export interface GamStore {
  readonly load: TE.TaskEither<Failure, GamState>
  readonly save: (state: GamState) => TE.TaskEither<Failure, void>
}

/**
 * A store that keeps the last state in memory, as long as it is held.
 *
 * @example
 * typeof memoryStore() // => 'object'
 */
export const memoryStore = (): GamStore => {
  let kept = emptyState
  return {
    load: () => Promise.resolve(E.right(kept)),
    save: (state) => () => {
      kept = state
      return Promise.resolve(E.right(undefined))
    },
  }
}

/** A store that keeps nothing. */
export const noStore: GamStore = { load: TE.right(emptyState), save: () => TE.right(undefined) }

/** Options that change a run's numbers: where it is written, what computes it and how long it may take do not. */
const settings: (options: GamOptions) => unknown = partOf(gamSettings, 'trains')

/** The checkpoints in a folder; those of other settings are a `Checkpoint` failure. `say` hears of damaged files. */
export const gamStore = (
  directory: string,
  options: GamOptions,
  adapter: string,
  say: (line: string) => void,
): TE.TaskEither<Failure, GamStore> =>
  pipe(
    fitsStore({ directory, name: 'gam', settings: settings(options), codec: recordCodec, adapter, say }),
    TE.map(
      ({ load, save }): GamStore => ({
        load: pipe(
          load,
          TE.map((saved) => (saved === undefined ? emptyState : { ...saved.record, fits: saved.fits })),
        ),
        save: ({ fits, ...record }) => save({ record, fits }),
      }),
    ),
  )
