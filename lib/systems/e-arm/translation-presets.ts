/**
 * Presets of translation experiments: `tiny` runs in minutes on two cores, `small` trains a variant in about five,
 * `paper` has the sizes of Tr-Base (Vaswani et al. 2017), for GPUs.
 */
import type { EArmPreset } from './experiment-options.ts'
import { paperOptions } from './options.ts'
import type { TranslationExperiment } from './translation-options.ts'

const small: TranslationExperiment = {
  task: 'translate',
  preset: 'small',
  data: 'de-en',
  symbols: 2000,
  time: 24,
  network: { width: 128, layers: 2, heads: 4, dropout: 0.1 },
  batch: 32,
  epochs: 12,
  updates: 100,
  learningRate: 2e-3,
  objective: { ...paperOptions, startEpoch: 6, length: undefined, labelSmoothing: 0.1 },
  variants: ['plain', 'e-arm'],
  beam: 5,
  lengthPenalty: 0.6,
  translated: 100,
  lengths: [0, 5, 10],
  candidates: [0, 5, 10],
  seeds: 1,
  seed: 1,
  measured: 512,
  samples: 8,
  device: 'auto',
}

/** The records by name. */
export const translationPresets: Readonly<Record<EArmPreset, TranslationExperiment>> = {
  tiny: {
    ...small,
    preset: 'tiny',
    symbols: 600,
    network: { ...small.network, width: 64, layers: 1 },
    epochs: 6,
    updates: 40,
    objective: { ...small.objective, startEpoch: 3 },
    translated: 20,
    candidates: [0, 5],
    measured: 128,
    samples: 4,
  },
  small,
  paper: {
    ...small,
    preset: 'paper',
    symbols: 10_000,
    time: 150,
    network: { width: 512, layers: 6, heads: 8, dropout: 0.1 },
    batch: 64,
    epochs: 40,
    updates: 500,
    learningRate: 5e-4,
    objective: { ...paperOptions, length: undefined, labelSmoothing: 0.1 },
    variants: ['plain', 'scheduled', 'e-arm', 'both'],
    translated: 1000,
    lengths: [0, 25, 50],
    seeds: 3,
    measured: 2000,
  },
}
