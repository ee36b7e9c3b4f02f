/**
 * The results of a translation experiment as one record, with its io-ts codec.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import * as t from 'io-ts'
import { exactNumber as real } from '../../codec/scalars.ts'
import type { Failure } from '../../errors.ts'
import type { Exposure } from '../../metrics/exposure.ts'
import type { Rouge } from '../../metrics/rouge.ts'
import { nameCodec } from '../../codec/names.ts'
import { type EArmServices, type Spread, type VariantRecord, spreadOf, variantCodec } from './experiment-results.ts'
import type { TranslationExperiment } from './experiment-options.ts'
import { translationCodec } from './settings.ts'
import { type TranslationVariant, translationVariants } from './translation-programs.ts'

/** BLEU (per cent) of the sentences whose reference has from `from` to below `to` words (Table 7). */
export interface LengthScore {
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

/** One training: as for text, cross-entropies being nats per target token without smoothing in `validation` and `test`. */
export interface TranslationRecord extends VariantRecord {
  readonly variant: TranslationVariant
  /** Corpus BLEU of beam search, per cent. */
  readonly bleu: number
  /** ROUGE-1, -2 and -L, per cent (Table 10). */
  readonly rouge: Rouge
  /** METEOR without synonyms, per cent (Table 10). */
  readonly meteor: number
  /** Against plain training, where that was trained too (Table 8). */
  readonly exposure?: Exposure
  readonly byLength: readonly LengthScore[]
  readonly byCandidates: readonly CandidateScore[]
  /** The translations of the first test sentences. */
  readonly translations: readonly string[]
}

/** All trainings from one start. */
export interface TranslationSeed {
  readonly seed: number
  readonly variants: readonly TranslationRecord[]
}

/** Everything that an experiment found. */
export interface TranslationResults {
  readonly options: TranslationExperiment
  readonly adapter: string
  readonly title: string
  readonly licence: string
  readonly parameters: number
  /** Pairs of each part that fit into the rows. */
  readonly pairs: Readonly<Record<'training' | 'validation' | 'test', number>>
  /** The sentences whose translations are shown, with their references. */
  readonly shown: readonly { readonly source: string; readonly reference: string }[]
  readonly seeds: readonly TranslationSeed[]
  readonly seconds: number
}

const recordCodec: t.Type<TranslationRecord, unknown> = t.intersection([
  variantCodec,
  t.type({
    variant: nameCodec(translationVariants),
    bleu: real,
    rouge: t.type({ rouge1: real, rouge2: real, rougeL: real }),
    meteor: real,
    byLength: t.readonlyArray(t.type({ from: real, to: real, lines: t.number, bleu: real })),
    byCandidates: t.readonlyArray(t.type({ candidates: t.number, bleu: real })),
    translations: t.readonlyArray(t.string),
  }),
  t.exact(t.partial({ exposure: t.type({ greater: t.number, total: t.number }) })),
])

/** Codec of the record. */
export const translationResultsCodec: t.Type<TranslationResults, unknown> = t.type({
  options: translationCodec,
  adapter: t.string,
  title: t.string,
  licence: t.string,
  parameters: t.number,
  pairs: t.type({ training: t.number, validation: t.number, test: t.number }),
  shown: t.readonlyArray(t.type({ source: t.string, reference: t.string })),
  seeds: t.readonlyArray(t.type({ seed: t.number, variants: t.readonlyArray(recordCodec) })),
  seconds: real,
})

/** The records of a variant, seed by seed. */
export const recordsOf = <R extends Pick<TranslationRecord, 'variant'>>(
  { seeds }: { readonly seeds: readonly { readonly variants: readonly R[] }[] },
  variant: TranslationVariant,
): readonly R[] => seeds.flatMap((seed) => seed.variants.filter((record) => record.variant === variant))

/** A variant over all seeds: BLEU, and perplexity of a target token. */
export interface TranslationSummary {
  readonly variant: TranslationVariant
  readonly bleu: Spread
  readonly perplexity: Spread
}

/** Every variant over all seeds. */
export const translationSummary = (results: TranslationResults): readonly TranslationSummary[] =>
  results.options.variants.map((variant) => {
    const records = recordsOf(results, variant)
    return {
      variant,
      bleu: spreadOf(records.map(({ bleu }) => bleu)),
      perplexity: spreadOf(records.map(({ test }) => Math.exp(test))),
    }
  })

/** The system: options to results. */
export type RunTranslation = (
  services: EArmServices,
) => (options: TranslationExperiment) => TaskEither<Failure, TranslationResults>
