/**
 * What a residual-model run has done so far: the record that a checkpoint holds, so that a run killed at any moment goes on
 * to the same bits. Random numbers need no state: every draw is a function of the seed, its purpose and a counter.
 */
import { pipe } from 'fp-ts/lib/function.js'
import * as O from 'fp-ts/lib/Option.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import * as t from 'io-ts'
import type { NamedArrays } from '../../codec/array.ts'
import { exactNumber } from '../../codec/scalars.ts'
import type { Failure } from '../../errors.ts'
import { type CheckpointStore, loadLatest, openStore, saveCheckpoint } from '../../train/checkpoint.ts'
import type { Provenance } from '../../train/checkpoint-format.ts'
import { nodeFileSystem } from '../../train/file-system-node.ts'
import { hashOf } from '../../train/provenance.ts'
import { type StepsState, stepsFrom, stepsProgressCodec, stepsTensors } from '../../train/steps-state.ts'
import type { ResidualOptions } from './options.ts'
import {
  type AnalysisRecord,
  analysisCodec,
  type EnergySnapshot,
  type EvaluationRecord,
  evaluationCodec,
  type GenerationRecord,
  generationCodec,
  snapshotsCodec,
} from './results.ts'

/** The trainings by name. */
export type FitName = 'base' | 'ralm' | 'balm' | 'unit' | 'bit' | 'discriminator'

/** The state of a run: `done` lists finished phases. A finished training keeps its best parameters and its curve only. */
export interface ResidualState {
  readonly done: readonly string[]
  readonly seconds: Readonly<Record<string, number>>
  readonly fits: Readonly<Record<string, StepsState>>
  readonly snapshots: Readonly<Record<string, readonly EnergySnapshot[]>>
  readonly evaluation?: EvaluationRecord
  readonly generation?: GenerationRecord
  readonly analysis?: AnalysisRecord
}

/** The state before anything was done. */
export const emptyState: ResidualState = { done: [], seconds: {}, fits: {}, snapshots: {} }

const savedCodec = t.intersection([
  t.exact(
    t.type({
      done: t.readonlyArray(t.string),
      seconds: t.record(t.string, exactNumber),
      progress: t.record(t.string, stepsProgressCodec),
      snapshots: t.record(t.string, snapshotsCodec),
      tokenizer: t.string,
    }),
  ),
  t.exact(t.partial({ evaluation: evaluationCodec, generation: generationCodec, analysis: analysisCodec })),
])

type Saved = t.TypeOf<typeof savedCodec>

const savedOf = ({ fits, ...rest }: ResidualState, tokenizer: string): Saved => ({
  ...rest,
  tokenizer,
  progress: Object.fromEntries(
    Object.entries(fits).map(([name, { state: _state, best: _best, ...progress }]) => [name, progress]),
  ),
})

const stateOf = ({ progress, tokenizer: _, ...rest }: Saved, tensors: NamedArrays): ResidualState => ({
  ...rest,
  fits: Object.fromEntries(Object.entries(progress).map(([name, own]) => [name, stepsFrom(name, own, tensors)])),
})

/** A loaded run: its state, and the `tokenizer.json` that it was trained with, if it was saved. */
export interface LoadedRun {
  readonly state: ResidualState
  readonly tokenizer: string | undefined
}

/** Where a run's checkpoints are. */
export interface ResidualStore {
  readonly load: TE.TaskEither<Failure, LoadedRun>
  readonly save: (state: ResidualState, tokenizer: string) => TE.TaskEither<Failure, void>
}

/** A store that keeps nothing. */
export const noStore: ResidualStore = {
  load: TE.right({ state: emptyState, tokenizer: undefined }),
  save: () => TE.right(undefined),
}

/** Options that change a run's trained numbers: where it is written, what computes it and what is measured later do not. */
export const trainedSettings = (options: ResidualOptions): unknown => {
  const { out: _out, device: _device, evaluation: _evaluation, generation: _generation, analysis: _, ...rest } = options
  return rest
}

/** The checkpoints in a folder; those of other settings are a `Checkpoint` failure. `say` hears of damaged files. */
export const residualStore = (
  directory: string,
  options: ResidualOptions,
  adapter: string,
  say: (line: string) => void,
): TE.TaskEither<Failure, ResidualStore> =>
  pipe(
    TE.fromEither(hashOf(trainedSettings(options))),
    TE.map((configHash): ResidualStore => {
      const codec: t.Type<Saved, unknown> = savedCodec
      const store: CheckpointStore<Saved> = { fileSystem: nodeFileSystem, directory, name: 'residual', codec, keep: 2 }
      const provenance: Provenance = { configHash, codeVersion: '1', backend: 'exptilt', adapter }
      let step = 0
      return {
        load: pipe(
          openStore(store),
          TE.chain(() => loadLatest(store, { configHash })),
          TE.map(
            O.match(
              (): LoadedRun => ({ state: emptyState, tokenizer: undefined }),
              ({ checkpoint, warnings, skipped }): LoadedRun => {
                for (const line of [...warnings, ...skipped.map((f) => `${f.what}: ${f.remedy}`)]) say(line)
                step = checkpoint.step
                return { state: stateOf(checkpoint.state, checkpoint.tensors), tokenizer: checkpoint.state.tokenizer }
              },
            ),
          ),
        ),
        save: (state, tokenizer) => {
          step += 1
          return pipe(
            saveCheckpoint(store)({
              step,
              provenance,
              state: savedOf(state, tokenizer),
              tensors: stepsTensors(state.fits),
            }),
            TE.map(() => undefined),
          )
        },
      }
    }),
  )
