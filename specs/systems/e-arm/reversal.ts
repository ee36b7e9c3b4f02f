/** A translation task for specs: strings of two symbols, to be reversed; small enough for the reference executor. */
import * as E from 'fp-ts/lib/Either.js'
import type { Pair } from '../../../lib/data/pairs.ts'
import type { Feeds } from '../../../lib/executor.ts'
import { fold, key } from '../../../lib/key.ts'
import type { Parameters } from '../../../lib/models/autoregressive.ts'
import type { EncoderDecoder } from '../../../lib/models/encoder-decoder.ts'
import { adam } from '../../../lib/optimise/index.ts'
import type { TranslationExperiment } from '../../../lib/systems/e-arm/experiment-options.ts'
import { eArmPresets } from '../../../lib/systems/e-arm/settings.ts'
import type { TrainerSettings } from '../../../lib/systems/e-arm/trainer.ts'
import { type PairRows, drawPairs, pairRows } from '../../../lib/systems/e-arm/translation-rows.ts'
import { bytesOfTexts } from '../../../lib/tilt/model.ts'
import { type TranslationTask, translationNetwork } from '../../../lib/systems/e-arm/translation-task.ts'

/** Tokens of a row. */
export const time: number = 3
/** The symbol that ends a row. */
export const end: number = 3

/** The options of an experiment that learns it. */
export const options: TranslationExperiment = {
  ...eArmPresets.translate.tiny,
  time,
  network: { width: 16, layers: 1, heads: 2, dropout: 0 },
  batch: 12,
  epochs: 4,
  updates: 25,
  learningRate: 0.02,
  objective: { ...eArmPresets.translate.tiny.objective, startEpoch: 2, labelSmoothing: 0.02 },
  variants: ['plain', 'e-arm'],
  translated: 9,
  measured: 9,
  samples: 9,
  beam: 2,
  candidates: [0, 2],
  lengths: [0, 2],
}

/** All strings of two of three symbols, to be reversed. */
const strings = [0, 1, 2].flatMap((a) => [0, 1, 2].map((b) => [a, b]))
const text = (symbols: ArrayLike<number>): string => Array.from(symbols, (s) => 'abc'[s] ?? '?').join(' ')
const pairs = strings.map((source) => ({ source, target: source.toReversed() }))
/** All of them as rows. */
export const rows: PairRows = pairRows(time, end)(pairs)
/** The network, and where it starts. */
export const network: EncoderDecoder = translationNetwork(options, 4, end)
/** The task; every part has all strings. */
export const task: TranslationTask = {
  title: 'Strings reversed',
  licence: 'none needed',
  network,
  end,
  rows: { training: rows, validation: rows, test: rows },
  sentences: pairs.map(({ source, target }): Pair => [text(source), text(target)]),
  encode: (letters) => Int32Array.from(letters.replaceAll(' ', ''), (letter) => 'abc'.indexOf(letter)),
  decode: text,
  spelling: () => E.right({ texts: bytesOfTexts(['a', 'b', 'c', '']), ends: [end] }),
}
/** Initial parameters. */
export const start: Parameters = network.initialise(key(1))
/** Settings of a trainer: of six rows four are sampled. */
export const settings = (lambda: number): TrainerSettings => ({
  options: { ...options.objective, lambda, negativeTokens: 4 * time, length: time },
  batch: 6,
  time,
  optimiser: adam(0.01),
  dropout: 0.1,
})
/** Feeds of a step. */
export const feeds = (step: number): Feeds => {
  const { source, lengths, target } = drawPairs(rows, key(step), 6)
  const mixing = Float32Array.of(0.5)
  return { source, lengths, tokens: target, key: Uint32Array.from(fold(key(7), step)), mixing }
}
