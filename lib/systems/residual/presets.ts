/**
 * Presets: complete option records that a command line or a program starts from.
 *
 * `tiny` runs end to end in about three minutes on two cores, `small` is a real comparison within forty minutes on one
 * core, `paper` has the sizes of the slides (a base of 203 million parameters, 100 000 samples for log Z): for clusters.
 */
import type { ResidualOptions, ResidualPreset } from './options.ts'

const small: ResidualOptions = {
  preset: 'small',
  corpus: 'king-james',
  tokenizer: { kind: 'bpe', symbols: 1024 },
  chunk: { prefix: 24, modelled: 24 },
  network: { model: 64, heads: 4, layers: 2, feedForward: 256, dropout: 0 },
  base: { steps: 2500, batch: 32, learningRate: 3e-3, warmUp: 100, evaluateEvery: 200 },
  energy: {
    steps: 3000,
    batch: 32,
    learningRate: 1e-3,
    warmUp: 100,
    evaluateEvery: 100,
    objective: 'nce',
    ratio: 1,
    penalty: 0.002,
    head: 'mean-linear',
    start: 'masked',
    pool: 64_000,
    patience: 10,
    logNormaliser: false,
    rounds: 8,
    interpolation: 0.75,
  },
  evaluation: { chunks: 512, samples: 96, stepChunks: 16, stepPositions: 8, stepSamples: 48 },
  generation: { count: 1000, proposals: 48, topK: 0 },
  analysis: { rows: 20_000, proposals: 12, steps: 1600 },
  baselines: true,
  seed: 1,
  device: 'auto',
}

const tiny: ResidualOptions = {
  ...small,
  preset: 'tiny',
  tokenizer: { kind: 'byte' },
  chunk: { prefix: 24, modelled: 24 },
  network: { model: 48, heads: 4, layers: 2, feedForward: 192, dropout: 0 },
  base: { steps: 800, batch: 32, learningRate: 4e-3, warmUp: 50, evaluateEvery: 200 },
  energy: {
    ...small.energy,
    steps: 600,
    batch: 32,
    learningRate: 1.5e-3,
    warmUp: 50,
    evaluateEvery: 100,
    penalty: 0.01,
    pool: 6000,
    patience: 4,
  },
  evaluation: { chunks: 128, samples: 48, stepChunks: 16, stepPositions: 5, stepSamples: 32 },
  generation: { count: 128, proposals: 32, topK: 0 },
  analysis: { rows: 800, proposals: 8, steps: 200 },
}

const paper: ResidualOptions = {
  ...small,
  preset: 'paper',
  corpus: 'english',
  tokenizer: { kind: 'bpe', symbols: 32768 },
  chunk: { prefix: 120, modelled: 40 },
  network: { model: 1024, heads: 16, layers: 12, feedForward: 4096, dropout: 0.1 },
  base: { steps: 180_000, batch: 512, learningRate: 5e-4, warmUp: 4000, evaluateEvery: 2000 },
  energy: {
    ...small.energy,
    steps: 180_000,
    batch: 64,
    learningRate: 1e-4,
    warmUp: 4000,
    evaluateEvery: 2000,
    penalty: 0.01,
    pool: 1_000_000,
    patience: 10,
  },
  evaluation: { chunks: 1000, samples: 100_000, stepChunks: 100, stepPositions: 40, stepSamples: 10_000 },
  generation: { count: 1000, proposals: 10_000, topK: 10 },
  analysis: { rows: 20_000, proposals: 100, steps: 5000 },
}

/** The preset records by name. */
export const presets: Readonly<Record<ResidualPreset, ResidualOptions>> = { tiny, small, paper }
