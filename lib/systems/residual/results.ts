/**
 * The results of a residual-model experiment as one record with its io-ts codec: what `results.json` holds and the report
 * draws. Parts that were not asked for are absent. Perplexities have bounds that are asymptotic; see `perplexity.ts`.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import * as t from 'io-ts'
import { exactNumber as real, natural } from '../../codec/scalars.ts'
import type { DataServices } from '../../data/services.ts'
import type { Failure } from '../../errors.ts'
import type { Progress } from '../../progress.ts'
import type { CurvePoint } from '../../train/steps-state.ts'
import type { StepPerplexity } from './marginals.ts'
import type { Histograms, Judgement } from './measures.ts'
import { type GenerationOptions, type ResidualOptions, residualOptionsCodec } from './options.ts'
import type { PartitionSummary, Perplexity } from './perplexity.ts'
import type { SamplerName } from './prompt.ts'

/** The models of the table, in its order. */
export type ModelName = 'base' | 'ralm' | 'balm' | 'unit' | 'bit'

/** A row of the table: a model, its parameters, and its perplexities; what log Z rests on for the joint models. */
export interface TableRow {
  readonly model: ModelName
  readonly parameters: number
  readonly perToken: Perplexity
  readonly perWord: Perplexity
  /** Nats per token below the base, on the same rows; the standard error is of the paired differences. */
  readonly gain?: { readonly value: number; readonly standardError: number }
  readonly partitions?: PartitionSummary
}

/** What training an energy looked like at one evaluation: energies of validation data and noise. */
export interface EnergySnapshot {
  readonly step: number
  readonly histograms: Histograms
}

/** A training: its curve and, of an energy, its histograms. */
export interface FitRecord {
  readonly parameters: number
  readonly best: number
  readonly curve: readonly CurvePoint[]
  readonly snapshots: readonly EnergySnapshot[]
}

/** Next tokens after a prefix, as text, with their probabilities; of P_joint with bounds. */
export interface NextTokenRecord {
  readonly text: string
  readonly base: number
  readonly joint: number
  readonly lower: number
  readonly upper: number
  readonly exact: boolean
}

/** The evaluation: the table, the per-step curve (joint BiT), and listings of next tokens. */
export interface EvaluationRecord {
  readonly table: readonly TableRow[]
  readonly chunks: number
  readonly tokens: number
  readonly words: number
  readonly steps: readonly StepPerplexity[]
  readonly next: readonly { readonly prefix: string; readonly tokens: readonly NextTokenRecord[] }[]
  /** log Ẑ of each prefix (jackknife) under BiT. */
  readonly logPartitions: readonly number[]
}

/** Where generated rows come from. */
export type Source = 'data' | 'base' | 'unit' | 'bit'

/** A prefix and its continuations. */
export interface SampleRecord extends Readonly<Record<Source, string>> {
  readonly prefix: string
}

/** What a set of generations is like. `likelihood`: mean log-probability per token under BALM or, without it, the base. */
export interface SourceMeasures {
  readonly uniqueRatios: readonly number[]
  readonly meanEnergy: number
  readonly logLikelihood: number
}

/** The generation: samples by Algorithm 1 beside the base's and the true text, with their measures and diagnostics. */
export interface GenerationRecord {
  readonly count: number
  readonly proposals: number
  readonly topK: number
  readonly samples: readonly SampleRecord[]
  readonly measures: Readonly<Record<Source, SourceMeasures>>
  readonly energies: Histograms
  /** Median over prefixes of the effective number of proposals, by energy. */
  readonly effectiveProposals: Readonly<Record<'unit' | 'bit', number>>
}

/** The fresh discriminator's judgement of base and joint (BiT) samples. */
export interface AnalysisRecord {
  readonly rows: number
  readonly base: Judgement
  readonly joint: Judgement
  readonly curve: readonly CurvePoint[]
}

/** The corpus that was used. */
export interface CorpusRecord {
  readonly name: string
  readonly title: string
  readonly licence: string
  readonly sha256: string
  readonly symbols: number
  readonly tokens: { readonly training: number; readonly validation: number; readonly test: number }
}

/** Everything that a run reports. */
export interface ResidualResults {
  readonly options: ResidualOptions
  readonly adapter: string
  readonly corpus: CorpusRecord
  readonly seconds: Readonly<Record<string, number>>
  readonly fits: Readonly<Record<string, FitRecord>>
  readonly evaluation?: EvaluationRecord
  readonly generation?: GenerationRecord
  readonly analysis?: AnalysisRecord
}

const reals = t.readonlyArray(real)
const numbers = t.record(t.string, real)

const perplexity: t.Type<Perplexity, unknown> = t.type({
  value: real,
  lower: real,
  upper: real,
  count: real,
  monteCarloError: real,
  testError: real,
})

const partitionSummary: t.Type<PartitionSummary, unknown> = t.type({
  prefixes: natural,
  samples: natural,
  meanLogPartition: real,
  leastEffectiveSampleSize: real,
  medianEffectiveSampleSize: real,
  largestWeight: real,
  largestParetoK: real,
  reliableShare: real,
  reliable: t.boolean,
})

const model: t.Type<ModelName> = t.union([
  t.literal('base'),
  t.literal('ralm'),
  t.literal('balm'),
  t.literal('unit'),
  t.literal('bit'),
])

const tableRow: t.Type<TableRow, unknown> = t.intersection([
  t.exact(t.type({ model, parameters: natural, perToken: perplexity, perWord: perplexity })),
  t.exact(t.partial({ partitions: partitionSummary, gain: t.type({ value: real, standardError: real }) })),
])

const histograms: t.Type<Histograms, unknown> = t.type({
  lowest: real,
  width: real,
  counts: t.record(t.string, reals),
})

/** Codec of energy histograms over training. */
export const snapshotsCodec: t.Type<readonly EnergySnapshot[], unknown> = t.readonlyArray(
  t.type({ step: natural, histograms }),
)

const curve: t.Type<readonly CurvePoint[], unknown> = t.readonlyArray(
  t.type({ step: natural, watched: numbers, score: real, facts: numbers }),
)

const fit: t.Type<FitRecord, unknown> = t.type({ parameters: natural, best: real, curve, snapshots: snapshotsCodec })

const step: t.Type<StepPerplexity, unknown> = t.type({
  position: natural,
  base: real,
  joint: real,
  lower: real,
  upper: real,
  exact: t.boolean,
  reliableShare: real,
})

const nextToken: t.Type<NextTokenRecord, unknown> = t.type({
  text: t.string,
  base: real,
  joint: real,
  lower: real,
  upper: real,
  exact: t.boolean,
})

/** Codec of an evaluation. */
export const evaluationCodec: t.Type<EvaluationRecord, unknown> = t.type({
  table: t.readonlyArray(tableRow),
  chunks: natural,
  tokens: natural,
  words: natural,
  steps: t.readonlyArray(step),
  next: t.readonlyArray(t.type({ prefix: t.string, tokens: t.readonlyArray(nextToken) })),
  logPartitions: reals,
})

const sourceMeasures: t.Type<SourceMeasures, unknown> = t.type({
  uniqueRatios: reals,
  meanEnergy: real,
  logLikelihood: real,
})

const sources = <A>(of: t.Type<A, unknown>) => t.type({ data: of, base: of, unit: of, bit: of })

/** Codec of a generation. */
export const generationCodec: t.Type<GenerationRecord, unknown> = t.type({
  count: natural,
  proposals: natural,
  topK: natural,
  samples: t.readonlyArray(t.type({ prefix: t.string, data: t.string, base: t.string, unit: t.string, bit: t.string })),
  measures: sources(sourceMeasures),
  energies: histograms,
  effectiveProposals: t.type({ unit: real, bit: real }),
})

const judgement: t.Type<Judgement, unknown> = t.type({
  truePositiveRate: real,
  falsePositiveRate: real,
  accuracy: real,
  standardError: real,
})

/** Codec of an analysis. */
export const analysisCodec: t.Type<AnalysisRecord, unknown> = t.type({
  rows: natural,
  base: judgement,
  joint: judgement,
  curve,
})

const corpusRecord: t.Type<CorpusRecord, unknown> = t.type({
  name: t.string,
  title: t.string,
  licence: t.string,
  sha256: t.string,
  symbols: natural,
  tokens: t.type({ training: natural, validation: natural, test: natural }),
})

/** Codec of the results; `encode` gives a value that `JSON.stringify` writes without loss. */
export const residualResultsCodec: t.Type<ResidualResults, unknown> = t.intersection([
  t.exact(
    t.type({
      options: residualOptionsCodec,
      adapter: t.string,
      corpus: corpusRecord,
      seconds: numbers,
      fits: t.record(t.string, fit),
    }),
  ),
  t.exact(t.partial({ evaluation: evaluationCodec, generation: generationCodec, analysis: analysisCodec })),
])

/** How far a run goes: each stage needs those before it, except that generation and analysis need no evaluation. */
export type Stage = 'train' | 'evaluate' | 'generate' | 'analyse' | 'all'

/** What a run is given besides its options. */
export interface ResidualServices {
  readonly progress: Progress
  /** On abort the run saves a checkpoint in `directory` and fails with `Interrupted`. */
  readonly signal: AbortSignal
  /** Where corpora come from. */
  readonly data: DataServices
  /** An existing folder for checkpoints and noise; a checkpoint of the same options found there is resumed. */
  readonly directory?: string
}

/** The system: options to results. */
export type RunResidual = (
  services: ResidualServices,
) => (options: ResidualOptions, stage: Stage) => TaskEither<Failure, ResidualResults>

/** A text to continue: how often, by which sampler, from how many proposals. */
export interface PromptRequest extends GenerationOptions {
  readonly prompt: string
  readonly method: SamplerName
}

/** Continuations of a text by the base and by P_joint (BiT), and what the sampler says. */
export interface PromptResult {
  readonly prompt: string
  readonly method: SamplerName
  readonly base: readonly string[]
  readonly joint: readonly string[]
  readonly diagnostics: Readonly<Record<string, number>>
}

/** Continues a text by a run, training what is missing. */
export type PromptResidual = (
  services: ResidualServices,
) => (options: ResidualOptions, request: PromptRequest) => TaskEither<Failure, PromptResult>
