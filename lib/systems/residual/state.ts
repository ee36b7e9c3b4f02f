/**
 * What a residual-model run has done so far: the record that a checkpoint holds, so that a run killed at any moment goes on
 * to the same bits. Random numbers need no state: every draw is a function of the seed, its purpose and a counter.
 */
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import * as t from 'io-ts'
import { optional, record } from '../../codec/record.ts'
import { exactNumber } from '../../codec/scalars.ts'
import type { Failure } from '../../errors.ts'
import { partOf } from '../../experiment/settings.ts'
import { type Fits, fitsStore } from '../../train/fits-store.ts'
import type { EnergyName, FurtherEnergy, ResidualOptions } from './options.ts'
import { residualSettings } from './settings.ts'
import { analysisCodec, evaluationCodec, generationCodec, snapshotsCodec } from './results-codec.ts'
import type { AnalysisRecord, EnergySnapshot, EvaluationRecord, GenerationRecord } from './results.ts'

/** The energies that may start from a masked model. */
export type BidirectionalName = Exclude<EnergyName, 'unit'>

/** The masked models: of BiT, and of each further energy. */
type MaskedName = 'masked' | `masked-${FurtherEnergy}`

/** The masked model of an energy. */
export const maskedName = (name: BidirectionalName): MaskedName => (name === 'bit' ? 'masked' : `masked-${name}`)

/** The trainings by name. */
export type FitName = 'base' | 'noise' | MaskedName | 'ralm' | 'balm' | 'policy' | EnergyName | 'discriminator'

/** The state of a run: `done` lists finished phases. A finished training keeps its best parameters and its curve only. */
export interface ResidualState {
  readonly done: readonly string[]
  readonly seconds: Readonly<Record<string, number>>
  readonly fits: Fits
  readonly snapshots: Readonly<Record<string, readonly EnergySnapshot[]>>
  readonly evaluation?: EvaluationRecord
  readonly generation?: GenerationRecord
  readonly analysis?: AnalysisRecord
}

/** The state before anything was done. */
export const emptyState: ResidualState = { done: [], seconds: {}, fits: {}, snapshots: {} }

const recordCodec = record<Omit<ResidualState, 'fits'> & { readonly tokenizer: string }>({
  done: t.readonlyArray(t.string),
  seconds: t.record(t.string, exactNumber),
  snapshots: t.record(t.string, snapshotsCodec),
  tokenizer: t.string,
  evaluation: optional(evaluationCodec),
  generation: optional(generationCodec),
  analysis: optional(analysisCodec),
})

/** A loaded run: its state, and the `tokenizer.json` that it was trained with, if it was saved. */
export interface LoadedRun {
  readonly state: ResidualState
  readonly tokenizer: string | undefined
}

/** Where a run's checkpoints are. */
interface ResidualStore {
  readonly load: TE.TaskEither<Failure, LoadedRun>
  readonly save: (state: ResidualState, tokenizer: string) => TE.TaskEither<Failure, void>
}

/** A store that keeps nothing. */
export const noStore: ResidualStore = {
  load: TE.right({ state: emptyState, tokenizer: undefined }),
  save: () => TE.right(undefined),
}

/** What a run's trained numbers depend on: where it is written, what computes it and what is measured later are not. */
export const trainedSettings: (options: ResidualOptions) => unknown = partOf(residualSettings, 'trains')

/** The checkpoints in a folder; those of other settings are a `Checkpoint` failure. `say` hears of damaged files. */
export const residualStore = (
  directory: string,
  options: ResidualOptions,
  adapter: string,
  say: (line: string) => void,
): TE.TaskEither<Failure, ResidualStore> =>
  pipe(
    fitsStore({ directory, name: 'residual', settings: trainedSettings(options), codec: recordCodec, adapter, say }),
    TE.map(
      ({ load, save }): ResidualStore => ({
        load: pipe(
          load,
          TE.map((saved): LoadedRun => {
            if (saved === undefined) return { state: emptyState, tokenizer: undefined }
            const { tokenizer, ...record } = saved.record
            return { state: { ...record, fits: saved.fits }, tokenizer }
          }),
        ),
        save: ({ fits, ...record }, tokenizer) => save({ record: { ...record, tokenizer }, fits }),
      }),
    ),
  )
