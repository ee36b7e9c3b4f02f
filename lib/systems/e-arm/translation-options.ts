/**
 * The options of a translation experiment as one record, with its io-ts codec and presets: an encoder–decoder trained with
 * and without the energy objective (and with scheduled sampling) from the same start.
 */
import type { Either } from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { at } from '../../at.ts'
import { nameCodec } from '../../codec/names.ts'
import type { Failure } from '../../errors.ts'
import { type DeviceChoice, deviceCodec } from '../../experiment/device.ts'
import { type EArmPreset, eArmPresetNames, objectiveCodec, startsInTime } from './experiment-options.ts'
import { type Rule, firstOf, usage } from '../rules.ts'
import { dropoutIn, headsDivide, learningRateIn, positive, validated, weightsAmong } from './option-rules.ts'
import type { EArmOptions } from './options.ts'
import { type TranslationVariant, translationVariants } from './translation-programs.ts'

/** The named sets of sizes: `paper` is Tr-Base on IWSLT14, `paper-base` and `paper-large` are those of WMT16. */
export type TranslationPreset = EArmPreset | 'paper-base' | 'paper-large'

/** The presets, in the order shown in help texts. */
export const translationPresetNames: readonly [
  EArmPreset,
  EArmPreset,
  EArmPreset,
  TranslationPreset,
  TranslationPreset,
] = [...eArmPresetNames, 'paper-base', 'paper-large']

/** Sizes of the encoder–decoder: `layers` on each side. */
export interface TranslationNetwork {
  readonly width: number
  readonly layers: number
  readonly heads: number
  readonly dropout: number
  /** Width of the feed-forward layers; absent: four times the width. */
  readonly feedForward?: number
}

/** Everything that determines an experiment. */
export interface TranslationExperiment {
  readonly task: 'translate'
  readonly preset: TranslationPreset
  /** A parallel corpus, such as `de-en`; with `target` the file of sources. */
  readonly data: string
  /** The file of translations, line by line. */
  readonly target?: string
  /** Symbols of the shared byte-pair encoding. */
  readonly symbols: number
  /** The most tokens of either side, the end counted. */
  readonly time: number
  readonly network: TranslationNetwork
  readonly batch: number
  readonly epochs: number
  readonly updates: number
  readonly learningRate: number
  readonly objective: EArmOptions
  /** What is trained from the shared start. */
  readonly variants: readonly TranslationVariant[]
  /** Width of beam search, and its length penalty α. */
  readonly beam: number
  readonly lengthPenalty: number
  /** Sentences of the test part that are translated. */
  readonly translated: number
  /** Table 7: lengths of references in words at which intervals begin. */
  readonly lengths: readonly number[]
  /** Table 9: candidates K of energy re-sampling; 0 takes the best of the beam. */
  readonly candidates: readonly number[]
  readonly seeds: number
  readonly seed: number
  /** Pairs of validation and of test whose cross-entropy is measured. */
  readonly measured: number
  /** Translations that are shown. */
  readonly samples: number
  readonly device: DeviceChoice
  readonly out?: string
}

const numbers = t.readonlyArray(t.number)

const networkCodec: t.Type<TranslationNetwork, unknown> = t.intersection([
  t.type({ width: t.number, layers: t.number, heads: t.number, dropout: t.number }),
  t.partial({ feedForward: t.number }),
])

/** Codec of the record; decoding checks types, `validateTranslation` checks values. */
export const translationCodec: t.Type<TranslationExperiment, unknown> = t.intersection([
  t.type({
    task: t.literal('translate'),
    preset: nameCodec(translationPresetNames),
    data: t.string,
    symbols: t.number,
    time: t.number,
    network: networkCodec,
    batch: t.number,
    epochs: t.number,
    updates: t.number,
    learningRate: t.number,
    objective: objectiveCodec,
  }),
  t.type({
    variants: t.readonlyArray(nameCodec(translationVariants)),
    beam: t.number,
    lengthPenalty: t.number,
    translated: t.number,
    lengths: numbers,
    candidates: numbers,
    seeds: t.number,
    seed: t.number,
    measured: t.number,
    samples: t.number,
    device: deviceCodec,
  }),
  t.exact(t.partial({ target: t.string, out: t.string })),
])

const counts = (o: TranslationExperiment): Readonly<Record<string, number>> => ({
  '--symbols': o.symbols,
  '--time': o.time,
  '--width': o.network.width,
  '--layers': o.network.layers,
  '--heads': o.network.heads,
  '--feed-forward': o.network.feedForward ?? 1,
  '--batch': o.batch,
  '--epochs': o.epochs,
  '--updates': o.updates,
  '--beam': o.beam,
  '--translated': o.translated,
  '--seeds': o.seeds,
  '--measured': o.measured,
  '--samples': o.samples,
})

const rising = (numbers: readonly number[]): boolean =>
  numbers.length > 0 && numbers.every((n, i) => Number.isInteger(n) && n >= 0 && (i === 0 || n > at(numbers, i - 1)))

const translationRules: Rule<TranslationExperiment> = (o) => {
  if (!(o.lengthPenalty >= 0 && Number.isFinite(o.lengthPenalty)))
    return usage(`--length-penalty ${o.lengthPenalty} is not a number from 0`, 'give for example 0.6')
  if (o.variants.length === 0) return usage('nothing to train', 'give for example plain,e-arm as --variants')
  if (new Set(o.variants).size < o.variants.length)
    return usage(`--variants ${o.variants.join(',')} names one twice`, 'name each once')
  if (!rising(o.lengths))
    return usage(`--lengths ${o.lengths.join(',')} are not whole numbers that rise`, 'give for example 0,25,50')
  return o.candidates.every((k) => Number.isInteger(k) && k >= 0)
    ? undefined
    : usage(`--candidates ${o.candidates.join(',')} are not whole numbers from 0`, 'give for example 0,5,10')
}

/** The options, checked; `Usage` names the flag that is wrong. */
export const validateTranslation: (options: TranslationExperiment) => Either<Failure, TranslationExperiment> =
  validated<TranslationExperiment>(
    firstOf<TranslationExperiment>([
      positive(counts),
      ({ time }) => (time < 2 ? usage(`--time ${time} leaves no token before the end`, 'give 2 or more') : undefined),
      learningRateIn,
      dropoutIn,
      headsDivide,
      startsInTime,
      translationRules,
      weightsAmong(['batch'], 'translation'),
    ]),
  )
