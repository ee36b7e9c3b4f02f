/**
 * Presets of translation experiments: `tiny` runs in minutes on two cores, `small` trains a variant in about five, and
 * for GPUs those with the sizes, dropout, learning rate, λ and start epoch of the paper's Table 6: `paper` of Tr-Base on
 * IWSLT14, `paper-base` and `paper-large` of Tr-Base and Tr-Large on WMT16.
 */
import { type PaperSettings, iwsltBase, paperSettings, wmtBase, wmtLarge } from '../../models/table-6.ts'
import { paperOptions } from './options.ts'
import type { TranslationExperiment, TranslationPreset } from './translation-options.ts'

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

/** A column of Table 6: 40 epochs of pairs of at most 150 tokens a side. */
const paper = (
  preset: TranslationPreset,
  { model, layers, heads, feedForward }: typeof iwsltBase,
  { dropout, learningRate, coefficient, startEpoch }: PaperSettings,
): TranslationExperiment => ({
  ...small,
  preset,
  symbols: 10_000,
  time: 150,
  network: { width: model, layers, heads, dropout, feedForward },
  batch: 64,
  epochs: 40,
  updates: 500,
  learningRate,
  objective: { ...paperOptions, lambda: coefficient, startEpoch, length: undefined, labelSmoothing: 0.1 },
  variants: ['plain', 'scheduled', 'e-arm', 'both'],
  translated: 1000,
  lengths: [0, 25, 50],
  seeds: 3,
  measured: 2000,
})

/** The records by name. */
export const translationPresets: Readonly<Record<TranslationPreset, TranslationExperiment>> = {
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
  paper: paper('paper', iwsltBase, paperSettings.iwsltBase),
  'paper-base': paper('paper-base', wmtBase, paperSettings.wmtBase),
  'paper-large': paper('paper-large', wmtLarge, paperSettings.wmtLarge),
}
