/**
 * Presets of E-ARM experiments: `tiny` runs in minutes on two cores, `small` is a comparison over three seeds within half
 * an hour, `paper` has the sizes of the paper's Table 6 (λ = 0.05 from epoch 15 of 40), for GPUs.
 */
import type { EArmExperiment, EArmPreset, EArmTaskName } from './experiment-options.ts'
import { paperOptions } from './options.ts'

const language: EArmExperiment = {
  task: 'lm',
  preset: 'small',
  data: 'king-james',
  time: 64,
  network: { kind: 'transformer', width: 96, layers: 3, heads: 4, dropout: 0.1 },
  batch: 32,
  epochs: 12,
  updates: 100,
  learningRate: 2e-3,
  objective: { ...paperOptions, startEpoch: 6, length: 48 },
  seeds: 3,
  seed: 1,
  measured: 512,
  samples: 8,
  device: 'auto',
}

const pictures: EArmExperiment = {
  ...language,
  task: 'image',
  data: 'digits',
  time: 64,
  network: { kind: 'gated-pixelcnn', width: 24, layers: 4, heads: 1, dropout: 0 },
  batch: 32,
  epochs: 16,
  updates: 45,
  learningRate: 2e-3,
  objective: { ...paperOptions, startEpoch: 8, length: 64 },
  measured: 180,
  samples: 64,
}

const tinier = (options: EArmExperiment): EArmExperiment => ({
  ...options,
  preset: 'tiny',
  network: { ...options.network, width: 48, layers: 2, ...(options.task === 'image' ? { width: 12 } : {}) },
  epochs: 6,
  updates: 40,
  objective: { ...options.objective, startEpoch: 3, length: 32 },
  seeds: 1,
  measured: 128,
})

/** The records by task and name. */
export const eArmPresets: Readonly<Record<EArmTaskName, Readonly<Record<EArmPreset, EArmExperiment>>>> = {
  lm: {
    tiny: tinier(language),
    small: language,
    paper: {
      ...language,
      preset: 'paper',
      data: 'english',
      time: 150,
      network: { kind: 'transformer-xl', width: 410, layers: 16, heads: 10, dropout: 0.1 },
      batch: 60,
      epochs: 40,
      updates: 5000,
      learningRate: 2.5e-4,
      objective: paperOptions,
    },
  },
  image: {
    tiny: tinier(pictures),
    small: pictures,
    paper: {
      ...pictures,
      preset: 'paper',
      data: 'mnist',
      network: { kind: 'gated-pixelcnn', width: 48, layers: 12, heads: 1, dropout: 0 },
      batch: 64,
      epochs: 40,
      updates: 125,
      learningRate: 1e-3,
      objective: { ...paperOptions, length: 784, negativeTokens: 64 * 784 },
    },
  },
}
