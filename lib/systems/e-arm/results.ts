/**
 * The results of an E-ARM experiment as one record for every task, with its io-ts codec: what `results.json` holds and the
 * report draws.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import * as t from 'io-ts'
import { optional, record } from '../../codec/record.ts'
import { at } from '../../at.ts'
import { nameCodec } from '../../codec/names.ts'
import { exactNumber as real } from '../../codec/scalars.ts'
import type { ImageShape } from '../../data/images-shape.ts'
import type { DataServices } from '../../data/services.ts'
import type { Failure } from '../../errors.ts'
import type { Exposure } from '../../metrics/exposure.ts'
import type { Rouge } from '../../metrics/rouge.ts'
import type { Progress } from '../../progress.ts'
import type { OwnExecutor } from '../executor.ts'
import type { EArmExperiment } from './experiment-options.ts'
import { type Spread, spreadOf } from '../../math.ts'
import { inMeasure, type Measure, type TestMeasure } from './measures.ts'
import { experimentCodec } from './settings.ts'
import { type Variant, variants } from './variants.ts'

/** One epoch: cross-entropies in nats per token, the mean logsumexp of the data's steps, and the ESS of w where it is used. */
export interface EpochRecord {
  readonly epoch: number
  readonly training: number
  readonly validation: number
  /** Of the test rows, where they were measured after every epoch. */
  readonly test?: number
  readonly logSumExp: number
  readonly energy?: number
  /** Mean over steps of the effective sample size of w. */
  readonly effectiveSampleSize?: number
}

/** BLEU (per cent) of the sentences whose reference has from `from` to below `to` words (Table 7). */
interface LengthScore {
  readonly from: number
  readonly to: number
  readonly lines: number
  readonly bleu: number
}

/** BLEU (per cent) with K candidates of energy re-sampling (Table 9). */
export interface CandidateScore {
  readonly candidates: number
  readonly bleu: number
}

/** What the translations of a training are like. */
export interface TranslationMeasures {
  /** Corpus BLEU of beam search, per cent. */
  readonly bleu: number
  /** ROUGE-1, -2 and -L, per cent (Table 10). */
  readonly rouge: Rouge
  /** METEOR without synonyms, per cent (Table 10). */
  readonly meteor: number
  readonly byLength: readonly LengthScore[]
  readonly byCandidates: readonly CandidateScore[]
  /** Against plain training, where that was trained too (Table 8). */
  readonly exposure?: Exposure
}

/**
 * One training: its epochs, the best validation and, with those parameters, the test cross-entropy in nats per token (of
 * translation per target token, without smoothing) with its standard error over test rows.
 */
export interface TrainingRecord extends TestMeasure {
  readonly variant: Variant
  readonly epochs: readonly EpochRecord[]
  readonly best: number
  /** Effective negatives of an update: sampled rows. */
  readonly negatives: number
  readonly seconds: number
  readonly translation?: TranslationMeasures
}

/** All trainings from one start. */
export interface SeedRecord {
  readonly seed: number
  readonly variants: readonly TrainingRecord[]
}

/** A translation and log q of it in nats, under the model itself, the end counted where it has one. */
export interface TranslatedSentence {
  readonly text: string
  readonly logProbability: number
}

/** A sentence that was translated, and what a person made of it where the data says so. */
interface ShownSentence {
  readonly source: string
  readonly reference?: string
}

/** What models make, by variant: rows of tokens with what they say or the shape of the images, or translations. */
export type Shown =
  | {
      readonly kind: 'texts'
      readonly samples: Readonly<Record<string, readonly (readonly number[])[]>>
      readonly texts: Readonly<Record<string, readonly string[]>>
    }
  | {
      readonly kind: 'images'
      readonly samples: Readonly<Record<string, readonly (readonly number[])[]>>
      readonly image: ImageShape
    }
  | {
      readonly kind: 'translations'
      readonly sentences: readonly ShownSentence[]
      readonly translations: Readonly<Record<string, readonly TranslatedSentence[]>>
    }

/** Everything that an experiment found; `shown` is what the last seed's models make. */
export interface EArmResults {
  readonly options: EArmExperiment
  readonly adapter: string
  readonly title: string
  readonly licence: string
  readonly measure: Measure
  readonly parameters: number
  /** Rows of each part that there are. */
  readonly rows: Readonly<Record<'training' | 'validation' | 'test', number>>
  readonly seeds: readonly SeedRecord[]
  readonly shown: Shown
  readonly seconds: number
}

const epochCodec: t.Type<EpochRecord, unknown> = record({
  epoch: real,
  training: real,
  validation: real,
  logSumExp: real,
  test: optional(real),
  energy: optional(real),
  effectiveSampleSize: optional(real),
})

const translationCodec: t.Type<TranslationMeasures, unknown> = record({
  bleu: real,
  rouge: record({ rouge1: real, rouge2: real, rougeL: real }),
  meteor: real,
  byLength: t.readonlyArray(record<LengthScore>({ from: real, to: real, lines: t.number, bleu: real })),
  byCandidates: t.readonlyArray(record<CandidateScore>({ candidates: t.number, bleu: real })),
  exposure: optional(record({ greater: t.number, total: t.number })),
})

const trainingCodec: t.Type<TrainingRecord, unknown> = record({
  variant: nameCodec(variants),
  epochs: t.readonlyArray(epochCodec),
  best: real,
  test: real,
  standardError: real,
  negatives: real,
  seconds: real,
  translation: optional(translationCodec),
})

const tokensCodec = t.record(t.string, t.readonlyArray(t.readonlyArray(t.number)))

const sentenceCodec = record<ShownSentence>({ source: t.string, reference: optional(t.string) })

const shownCodec: t.Type<Shown, unknown> = t.union([
  t.type({
    kind: t.literal('texts'),
    samples: tokensCodec,
    texts: t.record(t.string, t.readonlyArray(t.string)),
  }),
  t.type({
    kind: t.literal('images'),
    samples: tokensCodec,
    image: t.type({ height: t.number, width: t.number, channels: t.number, levels: t.number }),
  }),
  t.type({
    kind: t.literal('translations'),
    sentences: t.readonlyArray(sentenceCodec),
    translations: t.record(
      t.string,
      t.readonlyArray(record<TranslatedSentence>({ text: t.string, logProbability: real })),
    ),
  }),
])

/** Codec of the record. */
export const eArmResultsCodec: t.Type<EArmResults, unknown> = record({
  options: experimentCodec,
  adapter: t.string,
  title: t.string,
  licence: t.string,
  measure: nameCodec<Measure>(['perplexity', 'bits per dimension']),
  parameters: t.number,
  rows: record({ training: t.number, validation: t.number, test: t.number }),
  seeds: t.readonlyArray(record<SeedRecord>({ seed: t.number, variants: t.readonlyArray(trainingCodec) })),
  shown: shownCodec,
  seconds: real,
})

/** Trainings that were measured, seed by seed: what there is to compare, of a run or of a run that is measured again. */
export interface Compared<R extends TestMeasure & { readonly variant: Variant }> {
  readonly measure: Measure
  readonly seeds: readonly { readonly seed: number; readonly variants: readonly R[] }[]
}

/** What of a training is compared. */
export type ComparedTraining = TestMeasure & Pick<TrainingRecord, 'variant' | 'translation'>

/** The records of a variant, seed by seed. */
export const recordsOf = <R extends { readonly variant: Variant }>(
  { seeds }: { readonly seeds: readonly { readonly variants: readonly R[] }[] },
  variant: Variant,
): readonly R[] => seeds.flatMap((seed) => seed.variants.filter((record) => record.variant === variant))

/** The variants that were trained, in the order in which they are shown. */
export const variantsOf = ({
  seeds,
}: {
  readonly seeds: readonly { readonly variants: readonly { readonly variant: Variant }[] }[]
}): readonly Variant[] =>
  variants.filter((variant) => seeds.some((seed) => seed.variants.some((record) => record.variant === variant)))

/** The paired differences of a number between two variants, second − first, over seeds; none where one was not trained. */
export const pairedSpread = <R extends { readonly variant: Variant }>(
  results: { readonly seeds: readonly { readonly variants: readonly R[] }[] },
  [first, second]: readonly [Variant, Variant],
  value: (record: R) => number,
): Spread | undefined => {
  const [a, b] = [recordsOf(results, first).map(value), recordsOf(results, second).map(value)]
  return a.length === 0 || b.length === 0 ? undefined : spreadOf(b.map((x, i) => x - at(a, i)))
}

/** Plain training and E-ARM over all seeds, and their paired difference, in the measure; NaN where one was not trained. */
export const comparison = (
  results: Compared<ComparedTraining>,
): { readonly plain: Spread; readonly eArm: Spread; readonly difference: Spread } => {
  const value = ({ test }: ComparedTraining): number => inMeasure(results.measure)(test)
  const of = (variant: Variant): Spread => spreadOf(recordsOf(results, variant).map(value))
  const none = { mean: Number.NaN, deviation: Number.NaN }
  return {
    plain: of('plain'),
    eArm: of('e-arm'),
    difference: pairedSpread(results, ['plain', 'e-arm'], value) ?? none,
  }
}

/** A variant over all seeds: the measure, its paired difference from plain training where there is one, and BLEU. */
export interface VariantSummary {
  readonly variant: Variant
  readonly value: Spread
  readonly difference?: Spread
  readonly bleu?: Spread
}

/** Every variant over all seeds. */
export const summaryOf = (results: Compared<ComparedTraining>): readonly VariantSummary[] =>
  variantsOf(results).map((variant) => {
    const records = recordsOf(results, variant)
    const value = ({ test }: ComparedTraining): number => inMeasure(results.measure)(test)
    const difference = variant === 'plain' ? undefined : pairedSpread(results, ['plain', variant], value)
    const bleu = records.flatMap(({ translation }) => (translation === undefined ? [] : [translation.bleu]))
    return {
      variant,
      value: spreadOf(records.map(value)),
      ...(difference === undefined ? {} : { difference }),
      ...(bleu.length === 0 ? {} : { bleu: spreadOf(bleu) }),
    }
  })

/** What an experiment is given beside its options. */
export interface EArmServices extends OwnExecutor {
  readonly progress: Progress
  readonly signal: AbortSignal
  readonly data: DataServices
  /** An existing folder for checkpoints; a checkpoint of the same options found there is resumed. */
  readonly directory?: string
}

/** The system: options to results. */
export type RunEArm = (services: EArmServices) => (options: EArmExperiment) => TaskEither<Failure, EArmResults>
