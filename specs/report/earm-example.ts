/** Made-up results of an E-ARM experiment, for specs of the report and of the command line. */
import type { EArmExperiment } from '../../lib/systems/e-arm/experiment-options.ts'
import { eArmPresets } from '../../lib/systems/e-arm/experiment-presets.ts'
import type { EArmResults, EpochRecord, VariantRecord } from '../../lib/systems/e-arm/experiment-results.ts'

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
