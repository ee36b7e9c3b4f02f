/**
 * What an experiment is about, as data: rows in three parts, a network, its trainings, and what is measured and shown of them.
 * Text, images and translation are the same from here on.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import type { Failure } from '../../errors.ts'
import type { Executor } from '../../executor.ts'
import type { Key } from '../../key.ts'
import type { Parameters } from '../../models/autoregressive.ts'
import type { Decoding } from '../../models/decoding.ts'
import type { TokenModel } from '../../tilt/model.ts'
import type { EArmExperiment } from './experiment-options.ts'
import type { Measure, Scores, TestMeasure } from './measures.ts'
import type { EArmResults, EArmServices, Shown, TranslationMeasures } from './results.ts'
import type { Stepping } from './trainings.ts'
import type { TimedKinds } from './update-kinds.ts'
import type { Variant } from './variants.ts'

/** A network that was trained one way. */
export interface Trained {
  readonly variant: Variant
  readonly parameters: Parameters
}

/** Trainings of a task's network on an executor. */
export interface TaskTrainer {
  /** Rows that are sampled for an update. */
  readonly negatives: number
  /** The steps of a variant under a seed. */
  readonly stepping: (variant: Variant, seed: number) => TaskEither<Failure, Pick<Stepping, 'prepared' | 'batches'>>
  readonly release: () => void
}

/** What is wanted of a seed's networks beside their cross-entropies. */
export interface Wanted {
  /** Table 8, which decodes training pairs. */
  readonly exposure: boolean
  /** What the report shows of them. */
  readonly shown: boolean
}

/** Of each network what its translations are like (of translation alone), and what they make where that is wanted. */
interface Review {
  readonly translations: readonly TranslationMeasures[]
  readonly shown: Shown | undefined
}

/** A sentence to translate, and what it is called in messages. */
interface NamedSentence {
  readonly name: string
  readonly text: string
}

/** How translations are found; absent: the width and the length penalty of the run. */
export type Method =
  | { readonly kind: 'beam'; readonly beam?: number; readonly lengthPenalty?: number }
  | { readonly kind: 'sampling' }

/** What to draw; absent: as the run's report. */
export interface SampleRequest {
  /** Rows of each variant, or test sentences. */
  readonly count?: number
  /** Seed of the random numbers, the same for all variants; the models are those of the run's last seed. */
  readonly seed?: number
  readonly variants?: readonly Variant[]
  readonly decoding?: Decoding
  /** How every row of text begins. */
  readonly prompt?: string
  /** Sentences of one's own to translate. */
  readonly sentences?: readonly NamedSentence[]
  readonly method?: Method
}

/** What a network goes on from as a model to tilt: a text, and of translation the sentence that it translates. */
interface TiltRequest {
  readonly prompt: string
  readonly source?: string | undefined
}

/** Trained networks of a task on an executor. */
export interface TaskRuntime {
  readonly score: (parameters: Parameters, part: 'validation' | 'test') => TaskEither<Failure, Scores>
  readonly measured: (scores: Scores) => TestMeasure
  readonly review: (trained: readonly Trained[], seed: number, wanted: Wanted) => TaskEither<Failure, Review>
  readonly draw: (trained: readonly Trained[], seed: number, request: SampleRequest) => TaskEither<Failure, Shown>
  /** A network as a model to tilt. `Usage` for what it does not take. */
  readonly tokenModel: (parameters: Parameters, request: TiltRequest) => TaskEither<Failure, TokenModel>
  readonly release: () => void
}

/** The kinds of updates that Table 11 compares, and how many tokens are in them. */
interface TaskUpdates extends TimedKinds {
  readonly dataTokens: number
  readonly sampledTokens: number
}

/** A task, ready to train. */
export interface Task extends Pick<EArmResults, 'title' | 'licence' | 'parameters' | 'rows'> {
  /** The options that it was made of. */
  readonly options: EArmExperiment
  readonly notes: readonly string[]
  readonly measure: Measure
  /** Tokens of a row. */
  readonly time: number
  readonly initialise: (key: Key) => Parameters
  readonly trainer: (executor: Executor) => TaskEither<Failure, TaskTrainer>
  readonly runtime: (executor: Executor, services: EArmServices) => TaskRuntime
  readonly updates: (executor: Executor, start: Key) => TaskEither<Failure, TaskUpdates>
}

/** What to measure otherwise than in the run: other data (of translation two files of test pairs), more rows, another search. */
export interface EvaluationRequest {
  readonly data?: string | undefined
  readonly target?: string | undefined
  readonly measured?: number | undefined
  readonly translated?: number | undefined
  readonly beam?: number | undefined
  readonly lengthPenalty?: number | undefined
  readonly candidates?: readonly number[] | undefined
  readonly lengths?: readonly number[] | undefined
}

/** The network of a run on rows that may be others. */
export interface MeasuredTask extends Task {
  /** Pairs that do not fit into the run's rows. */
  readonly leftOut: number
}
