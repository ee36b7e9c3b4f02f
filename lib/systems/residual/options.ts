/**
 * The options of a residual-model experiment (Deng et al. 2020; Bakhtin et al. 2021) as one record. It is plain JSON: a run
 * folder keeps it as `options.json`, and results carry it. `settings.ts` says everything else of each option.
 */
import type { TokenizerChoice } from '../../data/token-corpus.ts'
import type { EnergyHead } from '../../models/energy-network.ts'
import type { Computing } from '../../experiment/device.ts'

/** The named sets of sizes. */
export type ResidualPreset = 'tiny' | 'small' | 'paper'

/** What the energies are trained by. */
export type ObjectiveName = 'nce' | 'dynamic-nce' | 'importance'

/** Where the energies' bodies start; `masked`: BiT from a masked language model trained on from the base, UniT from the base. */
export type EnergyStart = 'base' | 'masked' | 'random'

/** BiT of other sizes than the run's, and (star) from a masked model of other text. */
export type FurtherEnergy = 'bit-base' | 'bit-large' | 'bit-base-star' | 'bit-star' | 'bit-large-star'

/** The energies of every run: causal, and bidirectional (BiT-Med of the slides). */
export type MainEnergy = 'unit' | 'bit'

/** The energies by name. */
export type EnergyName = MainEnergy | FurtherEnergy

/** How Z of a prefix is estimated from samples: see `strata.ts`. */
export type PartitionEstimator = 'plain' | 'stratified' | 'control'

/** How P_joint is sampled. */
export type SamplerName = 'resampling' | 'rejection' | 'quasi' | 'metropolis'

/** The samplers, in the order shown in help texts. */
export const samplerNames: readonly [SamplerName, SamplerName, SamplerName, SamplerName] = [
  'resampling',
  'rejection',
  'quasi',
  'metropolis',
]

/** Rows are cut from running text: the model is of `modelled` tokens given the `prefix` before them (120 and 40 in the paper). */
export interface ChunkOptions {
  readonly prefix: number
  readonly modelled: number
}

/** The transformer of the base model; energies have the same sizes, but for their own number of layers. */
export interface NetworkOptions {
  readonly model: number
  readonly heads: number
  readonly layers: number
  readonly feedForward: number
  readonly dropout: number
}

/** A training by steps. */
export interface TrainingOptions {
  readonly steps: number
  readonly batch: number
  readonly learningRate: number
  readonly warmUp: number
  readonly evaluateEvery: number
}

/** The training of an energy: data rows of a batch are `batch`, each with `ratio` noise rows. */
export interface EnergyOptions extends TrainingOptions {
  readonly objective: ObjectiveName
  /** ν, noise rows per datum. */
  readonly ratio: number
  /** Rate of the l2 on energies. */
  readonly penalty: number
  readonly head: EnergyHead
  /** Layers of the energies; those of the base unless given. */
  readonly layers?: number
  readonly start: EnergyStart
  /** Data rows with their noise that are drawn before training and used in turn. */
  readonly pool: number
  /** Evaluations without improvement on validation rows after which training stops. */
  readonly patience: number
  /** Whether a log-normaliser c is learned beside the energy: the logit is −E − c, and c estimates log Z. */
  readonly logNormaliser: boolean
  /** A corpus by name or file: the text of the masked models that starred energies start from. */
  readonly starData?: string
  /** Dynamic NCE: how often noise is drawn anew from the noise model, which is trained on in between. */
  readonly rounds: number
  /** Dynamic NCE: the weight α of data on the data side; 1 − α is fresh noise. */
  readonly interpolation: number
}

/** How much is measured. */
export interface EvaluationOptions {
  /** Test rows. */
  readonly chunks: number
  /** Samples of the base for log Z of each prefix; `auto`: as many as each takes. */
  readonly samples: number | 'auto'
  /** How log Z is estimated from them; plain unless given. */
  readonly partition?: PartitionEstimator
  /** Rows, positions and samples of the per-step perplexity. */
  readonly stepChunks: number
  readonly stepPositions: number
  readonly stepSamples: number
  /** Energies that are trained and measured beside UniT and BiT. */
  readonly energies?: readonly FurtherEnergy[]
}

/** What is generated, by Algorithm 1. */
export interface GenerationOptions {
  /** Prefixes continued. */
  readonly count: number
  /** n, proposals for each. */
  readonly proposals: number
  /** k of top-k proposals; 0 proposes exact samples. */
  readonly topK: number
}

/** The fresh discriminator of the analyses: rows of each kind to train on, proposals for a joint row, and its steps. */
export interface AnalysisOptions {
  readonly rows: number
  readonly proposals: number
  readonly steps: number
}

/** Everything that determines a run. */
export interface ResidualOptions extends Computing {
  /** The name of a corpus, or a text file. */
  readonly corpus: string
  readonly tokenizer: TokenizerChoice
  /** The share of the training text on which the base learns, where energies learn on the rest; all learn on all unless given. */
  readonly split?: number
  readonly chunk: ChunkOptions
  readonly network: NetworkOptions
  readonly base: TrainingOptions
  readonly energy: EnergyOptions
  /** Parts of a batch whose gradients are computed by themselves, side by side where there are workers; 1 unless given. */
  readonly microBatches?: number
  readonly evaluation: EvaluationOptions
  readonly generation: GenerationOptions
  readonly analysis: AnalysisOptions
  /** Steps of the policy gradient that moves a copy of the base to the joint model of BiT; none unless given. */
  readonly policySteps?: number
  /** Its samples for each prefix, 8 unless given. */
  readonly policySamples?: number
  /** Whether the baselines RALM and BALM are trained too. */
  readonly baselines: boolean
  readonly seed: number
  readonly preset: ResidualPreset
  /** A checkpoint in GPT-2's names and layout (safetensors) that is the base, instead of one trained here. */
  readonly baseFile?: string
  /** The run folder. */
  readonly out?: string
}

/** The presets, in the order shown in help texts. */
export const presetNames: readonly [ResidualPreset, ResidualPreset, ResidualPreset] = ['tiny', 'small', 'paper']
/** The objectives, in the order shown in help texts. */
export const objectiveNames: readonly [ObjectiveName, ObjectiveName, ObjectiveName] = [
  'nce',
  'dynamic-nce',
  'importance',
]
/** The heads of an energy network, in the order shown in help texts. */
export const headNames: readonly [EnergyHead, EnergyHead, EnergyHead, EnergyHead] = [
  'mean-linear',
  'position-sum',
  'target-logit',
  'logsumexp',
]
/** Where energies may start, in the order shown in help texts. */
export const startNames: readonly [EnergyStart, EnergyStart, EnergyStart] = ['base', 'masked', 'random']

/** The estimators of log Z, in the order shown in help texts. */
export const partitionNames: readonly [PartitionEstimator, PartitionEstimator, PartitionEstimator] = [
  'plain',
  'stratified',
  'control',
]

/** The further energies, in the order shown in help texts. */
export const furtherNames: readonly [FurtherEnergy, ...FurtherEnergy[]] = [
  'bit-base',
  'bit-large',
  'bit-base-star',
  'bit-star',
  'bit-large-star',
]

/** Whether an energy starts from a masked model of other text. */
export const isStarred = (name: EnergyName): boolean => name.endsWith('-star')

/** The energies of a run, in the order in which proposals are weighed. */
export const energiesOf = ({
  evaluation: { energies = [] },
}: Pick<ResidualOptions, 'evaluation'>): readonly EnergyName[] => [
  'unit',
  'bit',
  ...furtherNames.filter((name) => energies.includes(name)),
]

/** Tokens of a row. */
export const rowLength = ({ chunk }: Pick<ResidualOptions, 'chunk'>): number => chunk.prefix + chunk.modelled
