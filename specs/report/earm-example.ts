/** Made-up results of an E-ARM experiment, for specs of the report and of the command line. */
import type { EArmExperiment } from '../../lib/systems/e-arm/experiment-options.ts'
import { eArmPresets } from '../../lib/systems/e-arm/settings.ts'
import {
  type EArmResults,
  type EpochRecord,
  type Variant,
  type VariantRecord,
  variants,
} from '../../lib/systems/e-arm/experiment-results.ts'
import type { EArmEvaluation } from '../../lib/systems/e-arm/run-evaluation.ts'
import type { EArmSamples, SampleRequest } from '../../lib/systems/e-arm/run-samples.ts'

const epochs = (options: EArmExperiment, gain: number): readonly EpochRecord[] =>
  Array.from({ length: options.epochs }, (_, i) => ({
    epoch: i + 1,
    training: 3 - 0.1 * i,
    validation: 3.1 - 0.1 * i - (i >= options.objective.startEpoch ? gain : 0),
    logSumExp: 5 + 0.01 * i,
    ...(gain !== 0 && i >= options.objective.startEpoch ? { energy: 0.5 - 0.01 * i, effectiveSampleSize: 12.5 } : {}),
  }))

const variant = (options: EArmExperiment, test: number, gain: number, seconds: number): VariantRecord => ({
  epochs: epochs(options, gain),
  best: test - 0.01,
  test,
  standardError: 0.02,
  negatives: 32,
  seconds,
})

/** Results under some options: test cross-entropies are log 12, log 13, … plain, and lower with E-ARM by `gain` nats. */
export const eArmResultsFor = (options: EArmExperiment, gain = 0.05): EArmResults => {
  const image = { height: 2, width: 3, channels: 1, levels: 4 }
  const rows = (shift: number) =>
    Array.from({ length: options.samples }, (_, i) => Array.from({ length: 6 }, (_, j) => (i + j + shift) % 4))
  const own = options.objective.lambda === 0 ? 0 : gain
  return {
    options,
    adapter: 'a made-up adapter',
    title: 'a <made-up> corpus',
    licence: 'public domain',
    measure: options.task === 'lm' ? 'perplexity' : 'bits per dimension',
    parameters: 1234,
    seeds: Array.from({ length: options.seeds }, (_, i) => {
      const plain = Math.log(12 + i)
      return {
        seed: options.seed + i,
        plain: variant(options, plain, 0, 10),
        eArm: variant(options, plain - own * (1 + 0.1 * i), own, 25),
      }
    }),
    samples: { plain: rows(0), 'e-arm': rows(1) },
    texts: options.task === 'lm' ? { plain: ['in the <beginning>', 'b'], 'e-arm': ['and it was so', 'c'] } : {},
    ...(options.task === 'image' ? { image } : {}),
    seconds: 90,
  }
}

/** Text, three seeds. */
export const languageExample: EArmResults = eArmResultsFor(eArmPresets.lm.small)

/** Images, one seed. */
export const imageExample: EArmResults = eArmResultsFor({ ...eArmPresets.image.tiny, samples: 5 })

/** What a run of these options measures again: cross-entropies log 12, log 13, … plain, 0.1 lower with E-ARM. */
export const evaluationFor = (options: EArmExperiment): EArmEvaluation => ({
  options,
  data: options.data,
  title: 'a <made-up> corpus',
  licence: 'public domain',
  adapter: 'a made-up adapter',
  measure: options.task === 'lm' ? 'perplexity' : 'bits per dimension',
  rows: 100,
  time: 64,
  seeds: Array.from({ length: options.seeds }, (_, i) => ({
    seed: options.seed + i,
    plain: { test: Math.log(12 + i), standardError: 0.02 },
    eArm: { test: Math.log(12 + i) - 0.1, standardError: 0.02 },
    difference: { value: (12 + i) * (Math.exp(-0.1) - 1), standardError: 0.003 },
  })),
  unfinished: [],
})

/** What a run of these options draws. */
export const samplesFor = (
  options: EArmExperiment,
  { count = 2, variants: drawn = variants }: SampleRequest = {},
): EArmSamples => {
  const of = <A>(one: (variant: Variant, i: number) => A): Readonly<Record<string, readonly A[]>> =>
    Object.fromEntries(drawn.map((variant) => [variant, Array.from({ length: count }, (_, i) => one(variant, i))]))
  const image = { height: 2, width: 3, channels: 1, levels: 4 }
  return {
    options,
    adapter: 'a made-up adapter',
    trained: options.seed,
    samples: of((_, i) => Array.from({ length: 6 }, (__, j) => (i + j) % 4)),
    texts: options.task === 'lm' ? of((variant, i) => `${variant} text ${i + 1}`) : {},
    ...(options.task === 'image' ? { image } : {}),
  }
}
