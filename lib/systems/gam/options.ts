/**
 * The options of a GAM experiment (Parshakova et al. 2019, section 7) as one record.
 *
 * The record is plain JSON: a run directory keeps it as `options.json`, and results carry it, so that any number can be
 * traced to the settings that produced it. `settings.ts` says everything else of each option.
 */
import * as t from 'io-ts'
import { nameCodec } from '../../codec/names.ts'
import type { Computing } from '../../experiment/device.ts'

/** Strings of a white-noise process conditioned on a motif: `mixture` is the weight of motif strings, 1 for pure data. */
export interface MotifData {
  readonly kind: 'motif'
  readonly motif: string
  /** n, the number of symbols of every string (EOS not counted). */
  readonly length: number
  readonly mixture: number
}

/** A user's own strings, one per line of `file`; `features` are regular expressions, each a feature that counts absence. */
export interface StringsData {
  readonly kind: 'strings'
  readonly file: string
  readonly features: readonly string[]
}

/**
 * The most symbols of a string: a model's time axis is as long as the longest, and its programs grow with it (an ONNX session
 * for 256 symbols takes some ten seconds to prepare).
 */
export const LONGEST_STRING = 512

/** Where the training strings come from. */
export type GamData = MotifData | StringsData

/** How λ is fitted: SGD on SNIS moments, SGD on rejection-sampled moments (both the paper's), or damped Newton. */
export type Moments = 'snis' | 'rs' | 'newton'

/** How strings of P_λ are drawn: rejection from the proposal (the paper's), or SMC twisted by the features' automata. */
export type StringSampler = 'rejection' | 'smc'

/** What a cycle does after its proposal is replaced: P_λ stays what it is (the paper's text), or λ is fitted anew (its authors). */
export type Cycle = 'kept' | 'refitted'

/** The step of Eq. 5: as it is, or with each component of the gradient clipped to ± 0.25 (the authors'). */
export type MomentStep = 'plain' | 'clipped'

/** How π is obtained from P_λ: Training-2, the cyclical variant, or a distributional policy gradient. */
export type Regime = 'two-stage' | 'cyclical' | 'dpg' | 'kl-dpg'

/** The divergence between p and π that a policy gradient lowers: KL(p‖π), KL(π‖p), Jensen–Shannon, total variation, χ². */
export type Divergence = 'kl' | 'reverse-kl' | 'js' | 'tv' | 'chi2'

/** The named sets of sizes. */
export type PresetName = 'tiny' | 'small' | 'paper'

/** Limits on work: `trials` proposals of rejection sampling in all, and `seconds` of wall-clock time of it. */
interface Budgets {
  readonly trials: number
  readonly seconds?: number
}

/** Everything that determines a run. */
export interface GamOptions extends Computing {
  readonly data: GamData
  /** |D|, the number of training strings. */
  readonly train: number
  /** The paper's `ft`: one 0 or 1 per feature, in the order m, m+0, m/2, d0, d1, d2, d3 (or of `data.features`). */
  readonly features: string
  readonly moments: Moments
  readonly regime: Regime
  /** The step of λ by snis or rs. */
  readonly step: MomentStep
  /** λ in the cyclical regime. */
  readonly cycle: Cycle
  /** How strings of p_λ are drawn. */
  readonly sampler: StringSampler
  /** Of the KL-adaptive policy gradient; `kl` unless given. */
  readonly divergence?: Divergence
  /** Units per LSTM layer, of r and of π. */
  readonly hidden: number
  readonly layers: number
  readonly dropout: number
  /** Adam's step size (the paper: 1e-3). */
  readonly learningRate: number
  /** Strings per optimiser step; a smaller |D| is one batch. */
  readonly batch: number
  /** Parts of a batch whose gradients are computed by themselves, side by side where there are workers; 1 unless given. */
  readonly microBatches?: number
  /** Number of strings drawn from p_λ to train π (the paper's DsSize). */
  readonly distilled: number
  readonly maxEpochs: number
  /** Of π alone; `maxEpochs` unless given. */
  readonly distilEpochs?: number
  readonly patience: number
  /** Number of samples of r kept for SNIS moments. */
  readonly bank: number
  readonly seed: number
  readonly budgets: Budgets
  readonly preset: PresetName
  /** The run directory. */
  readonly out?: string
}

/** The moment estimators, in the order shown in help texts. */
export const momentNames: readonly [Moments, Moments, Moments] = ['snis', 'rs', 'newton']
/** The samplers of p_λ, in the order shown in help texts. */
export const samplerNames: readonly [StringSampler, StringSampler] = ['rejection', 'smc']
/** What cycles do with λ, in the order shown in help texts. */
export const cycleNames: readonly [Cycle, Cycle] = ['kept', 'refitted']

/** A regime, and what its cycles do with λ where that is not what the paper's authors did. */
export const regimeWords = ({
  regime,
  cycle,
}: {
  readonly regime: Regime
  readonly cycle?: Cycle
}): readonly string[] => (cycle === 'kept' ? [regime, cycle] : [regime])
/** The steps of λ, in the order shown in help texts. */
export const stepNames: readonly [MomentStep, MomentStep] = ['plain', 'clipped']
/** The regimes, in the order shown in help texts. */
export const regimeNames: readonly [Regime, Regime, Regime, Regime] = ['two-stage', 'cyclical', 'dpg', 'kl-dpg']
/** The divergences, in the order shown in help texts. */
export const divergenceNames: readonly [Divergence, ...Divergence[]] = ['kl', 'reverse-kl', 'js', 'tv', 'chi2']
/** The preset names, in the order shown in help texts. */
export const presetNames: readonly [PresetName, PresetName, PresetName] = ['tiny', 'small', 'paper']

/** Codec of the moment estimators. */
export const momentsCodec: t.Type<Moments> = nameCodec(momentNames)
/** Codec of the regimes. */
export const regimeCodec: t.Type<Regime> = nameCodec(regimeNames)

/** The names of the paper's seven features, in the order of `ft` (section 7). */
export const motifFeatureNames: readonly string[] = ['m', 'm+0', 'm/2', 'd0', 'd1', 'd2', 'd3']

/** The names of all features of a kind of data, before `ft` switches any off. */
export const featureNamesOf = (data: GamData): readonly string[] =>
  data.kind === 'motif' ? motifFeatureNames : data.features.map((pattern) => `/${pattern}/`)

/** The names of the features that `ft` switches on, in order. */
export const activeFeatureNames = (options: Pick<GamOptions, 'data' | 'features'>): readonly string[] =>
  featureNamesOf(options.data).filter((_, position) => options.features[position] === '1')

/** The most epochs of training π, in every regime. */
export const studentEpochs = ({ maxEpochs, distilEpochs = maxEpochs }: GamOptions): number => distilEpochs

/** Options that r depends on: its data, its network and its training. */
const baseSettings = ({ data, train, hidden, layers, dropout, learningRate, batch, ...rest }: GamOptions): unknown => ({
  data,
  sizes: [
    train,
    hidden,
    layers,
    dropout,
    learningRate,
    batch,
    rest.maxEpochs,
    rest.patience,
    rest.seed,
    rest.microBatches ?? 1,
  ],
  limit: rest.preset === 'paper',
})

/** Options that r depends on, as a text. */
export const baseText = (options: GamOptions): string => JSON.stringify(baseSettings(options))

/** Whether two runs train the same r, to the bit on one device. */
export const sameBase = (a: GamOptions, b: GamOptions): boolean => baseText(a) === baseText(b)

/** The models that are drawn from: the trained r, and the π distilled from the tilted r. */
export const drawnModels = ['base', 'student'] as const

/** What is asked for: so many strings of a model; another seed gives others. */
export interface GamDraws {
  readonly model: (typeof drawnModels)[number]
  readonly count: number
  readonly seed: number
}
