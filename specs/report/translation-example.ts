/** Made-up results of a translation experiment, for specs of the report and of the command line. */
import type { EpochRecord } from '../../lib/systems/e-arm/experiment-results.ts'
import type { TranslationEvaluation } from '../../lib/systems/e-arm/translation-evaluation.ts'
import type { TranslationExperiment } from '../../lib/systems/e-arm/experiment-options.ts'
import { eArmPresets } from '../../lib/systems/e-arm/settings.ts'
import { type TranslationVariant, hasEnergy } from '../../lib/systems/e-arm/translation-programs.ts'
import type { TranslationRecord, TranslationResults } from '../../lib/systems/e-arm/translation-results.ts'
import type { TranslationSampleRequest, TranslationSamples } from '../../lib/systems/e-arm/translation-samples.ts'

const epochs = ({ epochs: count, objective }: TranslationExperiment, energy: boolean): readonly EpochRecord[] =>
  Array.from({ length: count }, (_, i) => ({
    epoch: i + 1,
    training: 3 - 0.1 * i,
    validation: 3.1 - 0.1 * i - (energy && i >= objective.startEpoch ? 0.02 : 0),
    logSumExp: 5 + 0.01 * i,
    ...(energy && i >= objective.startEpoch ? { energy: 0.5, effectiveSampleSize: 12.5 } : {}),
  }))

/** BLEU of the first seed; every further seed has one more. */
export const exampleBleu: Readonly<Record<TranslationVariant, number>> = {
  plain: 10,
  scheduled: 11,
  'e-arm': 12.5,
  both: 13,
}

const record = (options: TranslationExperiment, variant: TranslationVariant, i: number): TranslationRecord => {
  const bleu = exampleBleu[variant] + i
  const starts = options.lengths
  return {
    variant,
    epochs: epochs(options, hasEnergy(variant)),
    best: 2.5,
    test: Math.log(20 + i) - (hasEnergy(variant) ? 0.05 : 0),
    standardError: 0.02,
    negatives: 32,
    seconds: hasEnergy(variant) ? 120 : 60,
    bleu,
    rouge: { rouge1: bleu + 30, rouge2: bleu + 10, rougeL: bleu + 28 },
    meteor: bleu + 20,
    byLength: starts.map((from, k) => ({
      from,
      to: starts[k + 1] ?? Number.POSITIVE_INFINITY,
      lines: 10 * (k + 1),
      bleu: bleu - k,
    })),
    byCandidates: options.candidates.map((candidates) => ({ candidates, bleu: bleu - 0.1 * candidates })),
    translations: Array.from({ length: options.samples }, (_, k) => `${variant} says <${k}>`),
    ...(variant === 'plain' || !options.variants.includes('plain')
      ? {}
      : { exposure: { greater: 60 + i, total: 100 } }),
  }
}

/** Results under some options. */
export const translationResultsFor = (options: TranslationExperiment): TranslationResults => ({
  options,
  adapter: 'a made-up adapter',
  title: 'a <made-up> parallel corpus',
  licence: 'public domain',
  parameters: 123_456,
  pairs: { training: 18_000, validation: 900, test: 800 },
  shown: Array.from({ length: options.samples }, (_, i) => ({ source: `Satz & ${i}`, reference: `sentence ${i}` })),
  seeds: Array.from({ length: options.seeds }, (_, i) => ({
    seed: options.seed + i,
    variants: options.variants.map((variant) => record(options, variant, i)),
  })),
  seconds: 90,
})

/** All variants, two seeds. */
export const translationExample: TranslationResults = translationResultsFor({
  ...eArmPresets.translate.small,
  variants: ['plain', 'scheduled', 'e-arm', 'both'],
  seeds: 2,
})

/** What a run of these options measures again: the numbers of its results. */
export const translationEvaluationFor = (options: TranslationExperiment): TranslationEvaluation => {
  const { seeds, title, licence, adapter } = translationResultsFor(options)
  return {
    options,
    title,
    licence,
    adapter,
    pairs: { measured: options.measured, translated: options.translated, leftOut: 0 },
    seeds: seeds.map(({ seed, variants }) => ({
      seed,
      variants: variants.map((measured) => ({
        ...measured,
        ...(measured.variant === 'plain' ? {} : { difference: { value: -0.5 - seed, standardError: 0.125 } }),
      })),
    })),
    unfinished: [],
  }
}

/** What a run of these options translates. */
export const translationSamplesFor = (
  options: TranslationExperiment,
  { sentences, count = 2, variants = options.variants, method }: TranslationSampleRequest = {},
): TranslationSamples => {
  const sources = sentences?.map(({ text }) => ({ source: text }))
  const test = Array.from({ length: count }, (_, i) => ({ source: `Satz ${i}`, reference: `sentence ${i}` }))
  const shown = sources ?? test
  return {
    options,
    adapter: 'a made-up adapter',
    trained: options.seed,
    method: method?.kind ?? 'beam',
    sentences: shown,
    translations: Object.fromEntries(
      variants.map((variant) => [variant, shown.map((_, i) => ({ text: `${variant} says ${i}`, logProbability: -2 }))]),
    ),
  }
}
