/**
 * Presets of E-ARM experiments: `tiny` runs in minutes on two cores, `small` is a comparison over three seeds within half
 * an hour, `paper` has the sizes and settings of the paper's Table 6 for each network (of the PixelCNN papers for images),
 * for GPUs.
 */
import { type PaperSettings, paperSettings, wikitextBase, wikitextXl } from '../../models/table-6.ts'
import type { EArmExperiment, EArmNetwork, EArmPreset, EArmTaskName, NetworkName } from './experiment-options.ts'
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

/** The paper's settings of a language model (Table 6): 40 epochs of rows of 150 tokens, 9000 tokens in an update. */
const paperLanguage = (
  kind: NetworkName,
  size: Omit<EArmNetwork, 'kind' | 'dropout'>,
  { dropout, learningRate, coefficient, startEpoch }: PaperSettings,
): EArmExperiment => ({
  ...language,
  preset: 'paper',
  data: 'english',
  time: 150,
  network: { kind, ...size, dropout },
  batch: 60,
  epochs: 40,
  updates: 5000,
  learningRate,
  objective: { ...paperOptions, lambda: coefficient, startEpoch },
})

const paperPictures = (kind: NetworkName, width: number, layers: number): EArmExperiment => ({
  ...pictures,
  preset: 'paper',
  data: 'mnist-binary',
  network: { kind, width, layers, heads: 1, dropout: 0 },
  batch: 64,
  epochs: 40,
  updates: 125,
  learningRate: 1e-3,
  objective: { ...paperOptions, length: 784, negativeTokens: 64 * 784 },
})

/** `paper`, by network. */
const paper: Readonly<Record<NetworkName, EArmExperiment>> = {
  transformer: paperLanguage(
    'transformer',
    { width: wikitextBase.model, layers: wikitextBase.layers, heads: wikitextBase.heads },
    paperSettings.wikitextBase,
  ),
  'transformer-xl': paperLanguage(
    'transformer-xl',
    {
      width: wikitextXl.model,
      layers: wikitextXl.layers,
      heads: wikitextXl.heads,
      feedForward: wikitextXl.feedForward,
    },
    paperSettings.wikitextXl,
  ),
  pixelcnn: paperPictures('pixelcnn', 16, 7),
  'gated-pixelcnn': paperPictures('gated-pixelcnn', 48, 12),
}

/** The records by task and name, of the network that a task has unless another is named. */
export const eArmPresets: Readonly<Record<EArmTaskName, Readonly<Record<EArmPreset, EArmExperiment>>>> = {
  lm: { tiny: tinier(language), small: language, paper: paper['transformer-xl'] },
  image: { tiny: tinier(pictures), small: pictures, paper: paper['gated-pixelcnn'] },
}

/** A preset for one of the networks of its task: `paper` has other sizes and settings for each. */
export const eArmPresetFor = (task: EArmTaskName, name: EArmPreset, kind?: NetworkName): EArmExperiment => {
  const base = eArmPresets[task][name]
  if (kind === undefined) return base
  const own = name === 'paper' && paper[kind].task === task ? paper[kind] : base
  return { ...own, network: { ...own.network, kind } }
}
