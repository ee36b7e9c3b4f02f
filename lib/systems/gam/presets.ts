/**
 * Presets: complete option records that a command line or a program starts from.
 *
 * `demo` shows the effect within two minutes on two cores with the paper's network, `small` is a quarter-size experiment, `paper` has the sizes
 * of Parshakova et al. 2019, section 7 (LSTM 2 × 200, dropout 0.2, |D| = 5000, 20 000 distilled strings, SNIS bank 5·10⁴).
 */
import type { GamOptions, PresetName } from './options.ts'

const paper: GamOptions = {
  preset: 'paper',
  data: { kind: 'motif', motif: '10001011111000', length: 30, mixture: 1 },
  train: 5000,
  features: '1001111',
  moments: 'snis',
  regime: 'two-stage',
  hidden: 200,
  layers: 2,
  dropout: 0.2,
  learningRate: 1e-3,
  batch: 500,
  distilled: 20000,
  maxEpochs: 1000,
  patience: 20,
  bank: 50000,
  seed: 1,
  device: 'auto',
  budgets: { trials: 1e8 },
}

const small: GamOptions = {
  ...paper,
  preset: 'small',
  train: 1000,
  moments: 'newton',
  hidden: 64,
  distilled: 10000,
  maxEpochs: 100,
  patience: 10,
  budgets: { trials: 2e7 },
}

const demo: GamOptions = {
  ...paper,
  preset: 'demo',
  data: { kind: 'motif', motif: '10111001', length: 20, mixture: 1 },
  train: 500,
  moments: 'newton',
  learningRate: 3e-3,
  batch: 100,
  distilled: 2500,
  maxEpochs: 16,
  patience: 6,
  bank: 10000,
  budgets: { trials: 5e6, seconds: 90 },
}

/** The preset records by name. */
export const presets: Readonly<Record<PresetName, GamOptions>> = { demo, small, paper }
