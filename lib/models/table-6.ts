/**
 * The sizes and training settings of the E-ARM paper (Table 6): translation with Transformer-Base and -Large, language
 * modelling with Transformer-Base and Transformer-XL. Symbols, context and begin are the data's. "12 layers" of a
 * translation model are six on each side, as in fairseq's architectures of these names.
 */
import type { EncoderDecoderSize } from './encoder-decoder.ts'
import type { TransformerSize } from './transformer.ts'
import type { TransformerXlSize } from './transformer-xl.ts'

/** What the paper trains with. */
export interface PaperSettings {
  readonly dropout: number
  readonly learningRate: number
  readonly schedule: 'inverse square root' | 'cosine'
  readonly warmUp: number
  readonly weightDecay: number
  /** The coefficient λ of the energy objective, and the epoch at which it starts. */
  readonly coefficient: number
  readonly startEpoch: number
}

type TranslationSize = Omit<EncoderDecoderSize, 'source' | 'symbols' | 'context' | 'begin' | 'shared'>

const translation = { layers: 6, norm: 'post', activation: 'relu' } as const

/** IWSLT14, Tr-Base. */
export const iwsltBase: TranslationSize = { ...translation, model: 512, heads: 4, feedForward: 1024 }

/** WMT16, Tr-Base. */
export const wmtBase: TranslationSize = { ...translation, model: 512, heads: 8, feedForward: 2048 }

/** WMT16, Tr-Large. */
export const wmtLarge: TranslationSize = { ...translation, model: 1024, heads: 16, feedForward: 4096 }

/** WikiText-103, Tr-Base. */
export const wikitextBase: Omit<TransformerSize, 'symbols' | 'context' | 'begin'> = {
  model: 512,
  heads: 8,
  layers: 6,
  feedForward: 2048,
  positions: 'learned',
  norm: 'post',
  activation: 'relu',
  tied: true,
}

/** WikiText-103, Tr-XL. */
export const wikitextXl: Omit<TransformerXlSize, 'symbols' | 'context' | 'begin'> = {
  model: 410,
  heads: 10,
  layers: 16,
  feedForward: 2100,
  memory: 150,
}

const settings = { schedule: 'inverse square root', warmUp: 4000, coefficient: 0.05, startEpoch: 15 } as const

/** The settings of each column of the table. */
export const paperSettings: Readonly<
  Record<'iwsltBase' | 'wmtBase' | 'wmtLarge' | 'wikitextBase' | 'wikitextXl', PaperSettings>
> = {
  iwsltBase: { ...settings, dropout: 0.3, learningRate: 5e-4, weightDecay: 1e-4 },
  wmtBase: { ...settings, dropout: 0.3, learningRate: 1e-3, weightDecay: 0 },
  wmtLarge: { ...settings, dropout: 0.3, learningRate: 1e-3, weightDecay: 0, startEpoch: 10 },
  wikitextBase: { ...settings, dropout: 0.1, learningRate: 5e-4, weightDecay: 1e-2 },
  wikitextXl: {
    ...{ dropout: 0.1, learningRate: 2.5e-4, schedule: 'cosine', warmUp: 10_000, weightDecay: 0 },
    ...{ coefficient: 0.02, startEpoch: 10 },
  },
}
