/** Made-up results of E-ARM experiments, for specs of the report and of the command line. */
import type { EArmExperiment } from '../../lib/systems/e-arm/experiment-options.ts'
import { inMeasure } from '../../lib/systems/e-arm/measures.ts'
import type {
  EArmResults,
  EpochRecord,
  Shown,
  TrainingRecord,
  TranslationMeasures,
} from '../../lib/systems/e-arm/results.ts'
import type { EArmEvaluation } from '../../lib/systems/e-arm/run-evaluation.ts'
import type { EArmSamples, SampleRequest } from '../../lib/systems/e-arm/run-samples.ts'
import { eArmPresets } from '../../lib/systems/e-arm/settings.ts'
import { hasEnergy, type Variant } from '../../lib/systems/e-arm/variants.ts'

const epochs = ({ epochs: count, objective }: EArmExperiment, gain: number): readonly EpochRecord[] =>
  Array.from({ length: count }, (_, i) => ({
    epoch: i + 1,
    training: 3 - 0.1 * i,
    validation: 3.1 - 0.1 * i - (i >= objective.startEpoch ? gain : 0),
    logSumExp: 5 + 0.01 * i,
    ...(gain !== 0 && i >= objective.startEpoch ? { energy: 0.5 - 0.01 * i, effectiveSampleSize: 12.5 } : {}),
  }))

/** BLEU of the first seed; every further seed has one more. */
export const exampleBleu: Readonly<Record<Variant, number>> = { plain: 10, scheduled: 11, 'e-arm': 12.5, both: 13 }

const translationOf = (options: EArmExperiment, variant: Variant, i: number): TranslationMeasures | undefined => {
  if (options.task !== 'translate') return undefined
  const bleu = exampleBleu[variant] + i
  const { lengths, candidates, variants } = options
  return {
    bleu,
    rouge: { rouge1: bleu + 30, rouge2: bleu + 10, rougeL: bleu + 28 },
    meteor: bleu + 20,
    byLength: lengths.map((from, k) => ({
      from,
      to: lengths[k + 1] ?? Number.POSITIVE_INFINITY,
      lines: 10 * (k + 1),
      bleu: bleu - k,
    })),
    byCandidates: candidates.map((k) => ({ candidates: k, bleu: bleu - 0.1 * k })),
    ...(variant === 'plain' || !variants.includes('plain') ? {} : { exposure: { greater: 60 + i, total: 100 } }),
  }
}

/** A training whose test cross-entropy is log 12, log 13, … without energy, and lower with it by `gain` nats and more. */
const training = (options: EArmExperiment, variant: Variant, i: number, gain: number): TrainingRecord => {
  const own = hasEnergy(variant) && options.objective.lambda !== 0 ? gain : 0
  const translation = translationOf(options, variant, i)
  const test = Math.log(12 + i) - own * (1 + 0.1 * i)
  return {
    variant,
    epochs: epochs(options, own),
    best: test - 0.01,
    test,
    standardError: 0.02,
    negatives: 32,
    seconds: hasEnergy(variant) ? 25 : 10,
    ...(translation === undefined ? {} : { translation }),
  }
}

const byVariant = <A>(variants: readonly Variant[], one: (variant: Variant) => A): Readonly<Record<string, A>> =>
  Object.fromEntries(variants.map((variant) => [variant, one(variant)]))

const image = { height: 2, width: 3, channels: 1, levels: 4 }

/** So many samples of some variants. */
const shownFor = (options: EArmExperiment, variants: readonly Variant[], count: number): Shown => {
  const counted = <A>(one: (i: number) => A): readonly A[] => Array.from({ length: count }, (_, i) => one(i))
  if (options.task === 'translate')
    return {
      kind: 'translations',
      sentences: counted((i) => ({ source: `Satz & ${i}`, reference: `sentence ${i}` })),
      translations: byVariant(variants, (variant) =>
        counted((i) => ({ text: `${variant} says <${i}>`, logProbability: -2 })),
      ),
    }
  const samples = byVariant(variants, (variant) =>
    counted((i) => Array.from({ length: 6 }, (_, j) => (i + j + variant.length) % 4)),
  )
  return options.task === 'image'
    ? { kind: 'images', samples, image }
    : { kind: 'texts', samples, texts: byVariant(variants, (variant) => counted((i) => `${variant} <text> ${i + 1}`)) }
}

const measureOf = ({ task }: EArmExperiment): EArmResults['measure'] =>
  task === 'image' ? 'bits per dimension' : 'perplexity'

/** Results under some options. */
export const eArmResultsFor = (options: EArmExperiment, gain = 0.05): EArmResults => ({
  options,
  adapter: 'a made-up adapter',
  title: 'a <made-up> corpus',
  licence: 'public domain',
  measure: measureOf(options),
  parameters: 1234,
  rows: { training: 18_000, validation: 900, test: 800 },
  seeds: Array.from({ length: options.seeds }, (_, i) => ({
    seed: options.seed + i,
    variants: options.variants.map((variant) => training(options, variant, i, gain)),
  })),
  shown: shownFor(options, options.variants, options.samples),
  seconds: 90,
})

/** Text, three seeds. */
export const languageExample: EArmResults = eArmResultsFor(eArmPresets.lm.small)

/** Images, one seed. */
export const imageExample: EArmResults = eArmResultsFor({ ...eArmPresets.image.tiny, samples: 5 })

/** Translation, all variants, two seeds. */
export const translationExample: EArmResults = eArmResultsFor({
  ...eArmPresets.translate.small,
  variants: ['plain', 'scheduled', 'e-arm', 'both'],
  seeds: 2,
})

/** What a run of these options measures again: its own numbers, with paired differences. */
export const evaluationFor = (options: EArmExperiment): EArmEvaluation => {
  const { seeds, title, licence, adapter, measure, rows } = eArmResultsFor(options)
  return {
    ...{ options, title, licence, adapter, measure, rows },
    time: 64,
    leftOut: 0,
    seeds: seeds.map(({ seed, variants }) => ({
      seed,
      variants: variants.map(({ variant, test, standardError, translation }) => ({
        ...{ variant, test, standardError },
        ...(translation === undefined ? {} : { translation }),
        ...(variant === 'plain' ? {} : { difference: { value: inMeasure(measure)(test) - 12, standardError: 0.125 } }),
      })),
    })),
    unfinished: [],
  }
}

/** What the networks of these options make. */
export const samplesFor = (
  options: EArmExperiment,
  { count = 2, variants = options.variants, sentences, method }: SampleRequest = {},
): EArmSamples => {
  const made = shownFor(options, variants, sentences?.length ?? count)
  return {
    options,
    adapter: 'a made-up adapter',
    trained: options.seed,
    ...(made.kind === 'translations' ? { method: method?.kind ?? 'beam' } : {}),
    shown:
      made.kind === 'translations' && sentences !== undefined
        ? { ...made, sentences: sentences.map(({ text }) => ({ source: text })) }
        : made,
  }
}
