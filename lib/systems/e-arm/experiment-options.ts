/**
 * The options of E-ARM experiments, one record for each task: the same network trained with and without the energy objective
 * from the same start, on text, on images, or from one language to another. They are plain JSON: a run folder keeps them as
 * `options.json`, and results carry them. `settings.ts` says everything else of each option.
 */
import type { Computing } from '../../experiment/device.ts'
import type { EArmOptions } from './options.ts'
import type { Variant } from './variants.ts'

/** What is modelled. */
export type TaskName = 'lm' | 'image' | 'translate'

/** The named sets of sizes. */
export type EArmPreset = 'tiny' | 'small' | 'paper'

/** Those of translation: `paper` is Tr-Base on IWSLT14, `paper-base` and `paper-large` are those of WMT16. */
export type TranslationPreset = EArmPreset | 'paper-base' | 'paper-large'

/** The networks of text. */
export type LanguageNetworkName = 'transformer' | 'transformer-xl'
/** The networks of images. */
export type ImageNetworkName = 'pixelcnn' | 'gated-pixelcnn'

/** Where layer norms stand: before each block (GPT-2), or after it (Vaswani et al. 2017). */
export type NormPlace = 'pre' | 'post'

/** What feed-forward layers apply. */
export type ActivationName = 'gelu' | 'relu'

/** Sizes of a transformer; of an encoder–decoder `layers` are on each side. */
export interface TransformerNetwork {
  readonly width: number
  readonly layers: number
  readonly heads: number
  readonly dropout: number
  /** Width of the feed-forward layers; absent: four times the width. */
  readonly feedForward?: number
  /** Absent: before each block. */
  readonly norm?: NormPlace
  /** Absent: gelu. */
  readonly activation?: ActivationName
}

/** The network of a language model. */
interface LanguageNetwork extends TransformerNetwork {
  readonly kind: LanguageNetworkName
}

/** The network of images: `width` feature maps. */
interface ImageNetwork {
  readonly kind: ImageNetworkName
  readonly width: number
  readonly layers: number
  readonly dropout: number
}

/** How the learning rate goes on after its warm-up: down a cosine to a tenth, with 1/√step, or as it is. */
export type ScheduleName = 'cosine' | 'inverse-sqrt' | 'constant'

/** How Adam is run; what is absent is as in `trainings.ts`. */
export interface OptimiserOptions {
  readonly schedule?: ScheduleName
  /** Updates over which the rate rises to `learningRate`. */
  readonly warmUp?: number
  /** Decoupled: every update takes off this share of a parameter, times the rate. */
  readonly weightDecay?: number
  /** How much of the mean of squared gradients an update keeps (β₂). */
  readonly beta2?: number
  /** The largest norm of the gradient; 0: any. */
  readonly clip?: number
}

/** How long an experiment trains, and how fast. */
export interface Duration extends OptimiserOptions {
  readonly epochs: number
  /** Updates of an epoch. */
  readonly updates: number
  readonly learningRate: number
  /** Epochs without a better validation after which a training ends; absent: none ends early. */
  readonly patience?: number
}

/** What the experiments of all tasks have. */
interface ExperimentOptions<P extends string> extends Duration, Computing {
  readonly preset: P
  /** Rows of an update. */
  readonly batch: number
  /** Tokens of an update, in place of `batch`: as many rows of about one length as that holds. */
  readonly batchTokens?: number
  readonly objective: EArmOptions
  /** What is trained from the shared start. */
  readonly variants: readonly Variant[]
  /** How many seeds, from `seed` on. */
  readonly seeds: number
  readonly seed: number
  /** Rows of validation and of test whose cross-entropy is measured. */
  readonly measured: number
  /** Whether test rows are measured after every epoch too (Figure 2); nothing depends on them. */
  readonly testCurve?: boolean
  /** Rows that are sampled, or translations that are shown, in the report. */
  readonly samples: number
  readonly out?: string
}

/** Everything that determines an experiment on text. */
export interface LanguageExperiment extends ExperimentOptions<EArmPreset> {
  readonly task: 'lm'
  /** A corpus of `exptilt data list`, a text file, or a folder with the three parts of a text. */
  readonly data: string
  /** What tokens are: bytes (where absent), the words of the training part, or so many symbols of a byte-pair encoding. */
  readonly tokenizer?: 'words' | number
  /** Tokens of a row. */
  readonly time: number
  readonly network: LanguageNetwork
}

/** Everything that determines an experiment on images, which have their own length. */
export interface ImageExperiment extends ExperimentOptions<EArmPreset> {
  readonly task: 'image'
  /** A set of images, an IDX file, or a folder with the files of MNIST or CIFAR-10. */
  readonly data: string
  /** Levels of a pixel; absent: as in the data. */
  readonly levels?: number
  readonly network: ImageNetwork
}

/** Everything that determines an experiment on text or on images. */
export type TokensExperiment = LanguageExperiment | ImageExperiment

/** Everything that determines an experiment on translation. */
export interface TranslationExperiment extends ExperimentOptions<TranslationPreset> {
  readonly task: 'translate'
  /** A parallel corpus, such as `de-en`; with `target` the file of sources. */
  readonly data: string
  /** The file of translations, line by line. */
  readonly target?: string
  /** Source and target of a folder of parallel texts, such as `de-en`. */
  readonly languages?: string
  /** Symbols of the shared byte-pair encoding. */
  readonly symbols: number
  /** The most tokens of either side, the end counted. */
  readonly time: number
  readonly network: TransformerNetwork
  /** Targets that are sampled for one source (1). */
  readonly perSource?: number
  /** Width of beam search, and its length penalty α. */
  readonly beam: number
  readonly lengthPenalty: number
  /** Sentences of the test part that are translated. */
  readonly translated: number
  /** Table 7: lengths of references in words at which intervals begin. */
  readonly lengths: readonly number[]
  /** Table 9: candidates K of energy re-sampling; 0 takes the best of the beam. */
  readonly candidates: readonly number[]
}

/** Everything that determines an experiment. */
export type EArmExperiment = TokensExperiment | TranslationExperiment

/** The presets of text and images, in the order shown in help texts. */
export const eArmPresetNames: readonly [EArmPreset, EArmPreset, EArmPreset] = ['tiny', 'small', 'paper']
/** The presets of translation, in the order shown in help texts. */
export const translationPresetNames: readonly [EArmPreset, ...TranslationPreset[]] = [
  ...eArmPresetNames,
  'paper-base',
  'paper-large',
]
/** Schedules, in the order shown in help texts. */
export const scheduleNames: readonly [ScheduleName, ...ScheduleName[]] = ['cosine', 'inverse-sqrt', 'constant']
/** The networks of text, in the order shown in help texts. */
export const languageNetworks: readonly [LanguageNetworkName, LanguageNetworkName] = ['transformer', 'transformer-xl']
/** The networks of images, in the order shown in help texts. */
export const imageNetworks: readonly [ImageNetworkName, ImageNetworkName] = ['pixelcnn', 'gated-pixelcnn']
