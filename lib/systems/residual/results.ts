/**
 * The results of a residual-model experiment as one record: what `results.json` holds (`results-codec.ts`) and the report
 * draws. Parts that were not asked for are absent. Perplexities have bounds that are asymptotic; see `perplexity.ts`.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import type { DataServices } from '../../data/services.ts'
import type { Failure } from '../../errors.ts'
import type { Progress } from '../../progress.ts'
import type { CurvePoint } from '../../train/steps-state.ts'
import type { StepPerplexity } from './marginals.ts'
import type { Difference, Histograms, Judgement } from './measures.ts'
import type { EnergyName, GenerationOptions, MainEnergy, ResidualOptions, SamplerName } from './options.ts'
import type { PartitionSummary, Perplexity } from './perplexity.ts'

/** The models of the table, in its order. */
export type ModelName = 'base' | 'policy' | 'ralm' | 'balm' | EnergyName

/** A row of the table: a model, its parameters, and its perplexities; what log Z rests on for the joint models. */
export interface TableRow {
  readonly model: ModelName
  readonly parameters: number
  readonly perToken: Perplexity
  readonly perWord: Perplexity
  /** Nats per token below the base, on the same rows; the standard error is of the paired differences. */
  readonly gain?: Difference
  /** Of a policy: KL(π‖base) on samples of π, nats a token. */
  readonly fromBase?: Difference
  /** The same below each of the other models. */
  readonly gains?: Readonly<Record<string, Difference>>
  readonly partitions?: PartitionSummary
  /** The learned log-normaliser c of the energy (nats), where there is one: the mean of log Z, if training ended well. */
  readonly logNormaliser?: number
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

/** Something measured under UniT and under BiT. */
type ByEnergy<A> = Readonly<Record<MainEnergy, A>>

/** A probability under P_joint with its bounds; they are equal where it is exact. */
export interface JointProbability {
  readonly value: number
  readonly lower: number
  readonly upper: number
  readonly exact: boolean
}

/** A next token after a prefix, as text, with its probability under the base and under P_joint by each energy. */
export interface NextTokenRecord extends ByEnergy<JointProbability> {
  readonly text: string
  readonly base: number
}

/** The tokens that the base finds most probable after a prefix, in the order of joint BiT. */
export interface NextListing {
  readonly prefix: string
  readonly tokens: readonly NextTokenRecord[]
}

/** The perplexity of a token under joint BiT by so many samples of each prefix, with its bounds. */
export interface SamplesPoint {
  readonly samples: number
  readonly value: number
  readonly lower: number
  readonly upper: number
}

/** The evaluation: the table, the per-step curve by each energy, and listings of next tokens. */
export interface EvaluationRecord {
  readonly table: readonly TableRow[]
  readonly chunks: number
  readonly tokens: number
  readonly words: number
  readonly steps: ByEnergy<readonly StepPerplexity[]>
  readonly next: readonly NextListing[]
  /** log Ẑ of each prefix (jackknife). */
  readonly logPartitions: ByEnergy<readonly number[]>
  /** The perplexity by the number of samples; absent in files of earlier versions, empty where each prefix has its own number. */
  readonly bySamples?: readonly SamplesPoint[]
}

/** Where generated rows come from. */
export type Source = 'data' | 'base' | 'unit' | 'bit'

/** A prefix and its continuations; BALM's where it is trained. */
export interface SampleRecord extends Readonly<Record<Source, string>> {
  readonly prefix: string
  readonly balm?: string
}

/** What a set of generations is like. `likelihood`: mean log-probability per token under BALM or, without it, the base. */
export interface SourceMeasures {
  readonly uniqueRatios: readonly number[]
  readonly meanEnergy: number
  readonly logLikelihood: number
}

/** Samples of a Metropolis–Hastings chain of n − 1 steps for each prefix, which meets the proposals of joint BiT in turn. */
interface ChainMeasures extends SourceMeasures {
  /** Nats by which their energies are above those of Algorithm 1 from the same proposals. */
  readonly energyAbove: Difference
}

/** The generation: samples by Algorithm 1 beside the base's and the true text, with their measures and diagnostics. */
export interface GenerationRecord {
  readonly count: number
  readonly proposals: number
  readonly topK: number
  readonly samples: readonly SampleRecord[]
  readonly measures: Readonly<Record<Source, SourceMeasures>>
  /** Absent in files of earlier versions. */
  readonly metropolis?: ChainMeasures
  readonly energies: Histograms
  /** Median over prefixes of the effective number of proposals, by energy. */
  readonly effectiveProposals: ByEnergy<number>
}

/** The fresh discriminator's judgement of base and joint (BiT) samples, the latter by Algorithm 1 and by Metropolis–Hastings. */
export interface AnalysisRecord {
  readonly rows: number
  readonly base: Judgement
  readonly joint: Judgement
  /** Of the Metropolis–Hastings samples, and by how much more often they are judged human than those of Algorithm 1; absent in files of earlier versions. */
  readonly metropolis?: Judgement & { readonly moreOften: Difference }
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
