/**
 * What the paper reports in the tables that the experiments here reproduce at other sizes: to be shown beside them.
 */

import { at, orElse } from '../../at.ts'
import type { Exposure } from '../../metrics/exposure.ts'
import type { Rouge } from '../../metrics/rouge.ts'
import type { Variant } from './variants.ts'

/** Table 4: perplexity on WikiText-103 of Tr-Base after 40 epochs, by λ and start epoch. */
export const tableFour: readonly {
  readonly lambda: number
  readonly startEpoch: number
  readonly perplexity: number
}[] = (
  [
    [0, [30.56, 30.56, 30.56]],
    [0.01, [30.48, 30.12, 30.22]],
    [0.05, [30.43, 29.89, 30.16]],
    [0.1, [30.6, 30.03, 30.14]],
    [0.5, [30.71, 30.36, 30.47]],
  ] as const
).flatMap(([lambda, row]) => [5, 15, 25].map((startEpoch, i) => ({ lambda, startEpoch, perplexity: at(row, i) })))

/** Table 11: seconds for 100 iterations of the 12-layer translation transformer, by the names of `updateKinds`. */
export const tableEleven: Readonly<Record<string, number>> = {
  plain: 27.3,
  'scheduled sampling': 30.1,
  'E-ARM': 145.8,
  both: 149.2,
  'SGLD 20': 630.6,
  'SGLD 50': 1452.3,
}

/** A test measure without and with E-ARM; `train` of training parts, where the paper has it. */
export interface PaperMeasure {
  readonly network: 'transformer' | 'transformer-xl' | 'pixelcnn' | 'gated-pixelcnn'
  readonly data: string
  readonly plain: number
  readonly eArm: number
  readonly train?: { readonly plain: number; readonly eArm: number }
}

/** What the paper reports for tests without and with E-ARM: Table 3 (perplexity) and Table 5 (bits per dimension). */
export const testMeasures: readonly PaperMeasure[] = [
  { network: 'transformer', data: 'WikiText-103', plain: 30.56, eArm: 29.89 },
  { network: 'transformer-xl', data: 'WikiText-103', plain: 24.2, eArm: 23.81 },
  { network: 'pixelcnn', data: 'MNIST', plain: 0.17, eArm: 0.15, train: { plain: 0.13, eArm: 0.12 } },
  { network: 'gated-pixelcnn', data: 'MNIST', plain: 0.14, eArm: 0.12, train: { plain: 0.11, eArm: 0.1 } },
  { network: 'pixelcnn', data: 'CIFAR-10', plain: 3.14, eArm: 3.07, train: { plain: 3.08, eArm: 2.98 } },
  { network: 'gated-pixelcnn', data: 'CIFAR-10', plain: 3.03, eArm: 2.97, train: { plain: 2.9, eArm: 2.91 } },
]

/** What the paper reports of a pair of languages on IWSLT14 (Tr-Base, label smoothing, 5 beams; per cent). */
export interface PaperTranslation {
  /** Table 1. */
  readonly bleu: Readonly<Record<Variant, number>>
  /** Table 8: E-ARM against plain training; `printed` is its ratio (per cent), which for two pairs is not N / total. */
  readonly exposure: Exposure & { readonly printed: number }
  /** Table 9: BLEU with K = 0, 5 and 10 candidates, E-ARM. */
  readonly byCandidates: readonly (readonly [candidates: number, bleu: number])[]
  /** Table 7: BLEU of references of [0, 25), [25, 50) and [50, ∞) words; the paper has plain, scheduled and both. */
  readonly byLength: readonly (readonly [Variant, readonly [number, number, number]])[]
  /** Table 10, for the same variants. */
  readonly metrics: readonly (readonly [Variant, Rouge & { readonly meteor: number }])[]
}

/** Which tricks a training uses beside cross-entropy. */
export interface Trick {
  readonly smoothing: boolean
  readonly scheduled: boolean
  readonly energy: boolean
}

/** The rows of Table 1, in its order: without tricks, with label smoothing, with scheduled sampling too; then the same with E-ARM. */
const trickOrder: readonly Trick[] = [false, true].flatMap((energy) => [
  { smoothing: false, scheduled: false, energy },
  { smoothing: true, scheduled: false, energy },
  { smoothing: true, scheduled: true, energy },
])

/** Table 1 by source and target language: BLEU of greedy search and of 5 beams. */
export const paperTricks: Readonly<Record<string, readonly (Trick & { readonly scores: readonly number[] })[]>> =
  Object.fromEntries(
    Object.entries({
      'de-en': [
        [32.44, 33.62],
        [33.68, 34.61],
        [34.23, 35.1],
        [32.99, 34.06],
        [33.97, 34.93],
        [34.58, 35.36],
      ],
      'en-de': [
        [26.64, 27.41],
        [27.62, 28.46],
        [27.96, 28.73],
        [27.15, 27.97],
        [28.03, 28.91],
        [28.38, 29.11],
      ],
      'en-it': [
        [27.92, 28.72],
        [28.81, 29.72],
        [29.26, 29.97],
        [28.33, 29.26],
        [29.13, 30.04],
        [29.56, 30.25],
      ],
      'it-en': [
        [30.48, 31.39],
        [31.42, 32.29],
        [31.93, 32.64],
        [31.13, 31.9],
        [31.84, 32.56],
        [32.11, 32.82],
      ],
      'es-en': [
        [38.61, 39.55],
        [39.85, 40.64],
        [40.16, 40.91],
        [39.56, 40.3],
        [40.32, 41.01],
        [40.93, 41.58],
      ],
      'en-es': [
        [35.42, 36.38],
        [36.71, 37.48],
        [37.21, 37.93],
        [36.07, 36.92],
        [36.96, 37.73],
        [37.56, 38.19],
      ],
    }).map(([pair, scores]) => [pair, trickOrder.map((trick, i) => ({ ...trick, scores: at(scores, i) }))]),
  )

type Three = readonly [number, number, number]

/** Tables 8, 9, 7 and 10 of a pair, as they are printed. */
type PaperPair = readonly [
  exposure: Three,
  byCandidates: Three,
  byLength?: readonly Three[],
  metrics?: readonly (readonly [number, number, number, number])[],
]

const paperPair = (
  pair: string,
  [greater, total, printed]: Three,
  [none, five, ten]: Three,
  byLength: readonly Three[] = [],
  metrics: readonly (readonly [number, number, number, number])[] = [],
): PaperTranslation => {
  const shown = ['plain', 'scheduled', 'both'] as const
  const named = <A>(rows: readonly A[]): readonly (readonly [Variant, A])[] =>
    shown.flatMap((variant, i) => rows.slice(i, i + 1).map((row) => [variant, row] as const))
  const beams = (row: number): number => at(at(orElse(paperTricks[pair], []), row).scores, 1)
  return {
    bleu: { plain: beams(1), scheduled: beams(2), 'e-arm': beams(4), both: beams(5) },
    exposure: { greater, total, printed },
    byCandidates: [
      [0, none],
      [5, five],
      [10, ten],
    ],
    byLength: named(byLength),
    metrics: named(metrics.map(([rouge1, rouge2, rougeL, meteor]) => ({ rouge1, rouge2, rougeL, meteor }))),
  }
}

const paperPairs: Readonly<Record<string, PaperPair>> = {
  'de-en': [
    [14203, 22148, 64.12],
    [34.86, 34.93, 34.88],
    [
      [37.72, 33.24, 30.86],
      [38.2, 33.76, 31.08],
      [38.37, 33.92, 31.43],
    ],
    [
      [66.51, 43.69, 63.69, 64.35],
      [66.83, 44.08, 64.02, 64.61],
      [67.46, 44.77, 64.78, 65.13],
    ],
  ],
  'en-de': [
    [14554, 23057, 63.12],
    [28.73, 28.85, 28.91],
  ],
  'en-it': [
    [14976, 23654, 63.31],
    [29.91, 30.04, 29.96],
  ],
  'it-en': [
    [13952, 23744, 59.76],
    [32.44, 32.56, 32.41],
    [
      [35.2, 32.73, 26.86],
      [35.52, 33.25, 26.95],
      [35.56, 33.33, 27.21],
    ],
    [
      [64.5, 40.65, 61.69, 62.18],
      [64.73, 40.97, 61.94, 62.51],
      [65.27, 41.51, 62.49, 62.8],
    ],
  ],
  'es-en': [
    [16021, 23860, 68.33],
    [40.88, 41.01, 40.9],
    [
      [43.37, 39.67, 37.14],
      [43.61, 40.0, 37.38],
      [43.84, 40.35, 38.07],
    ],
    [
      [71.1, 49.47, 68.78, 68.94],
      [71.36, 49.53, 68.96, 69.28],
      [71.91, 50.17, 69.65, 69.63],
    ],
  ],
  'en-es': [
    [15359, 22775, 67.43],
    [37.59, 37.66, 37.73],
  ],
}

/** Tables 1, 7, 8, 9 and 10 by source and target language. */
export const paperTranslations: Readonly<Record<string, PaperTranslation>> = Object.fromEntries(
  Object.entries(paperPairs).map(([pair, tables]) => [pair, paperPair(pair, ...tables)]),
)

const wmtOrder: readonly Trick[] = [
  { smoothing: false, scheduled: false, energy: false },
  { smoothing: true, scheduled: false, energy: false },
  { smoothing: true, scheduled: true, energy: false },
  { smoothing: true, scheduled: true, energy: true },
]

/** Table 2: BLEU of both sizes on WMT16, English to German, 5 beams. */
export const wmtTricks: readonly (Trick & { readonly network: string; readonly scores: readonly number[] })[] = (
  [
    ['Base-WMT', [27.56, 28.04, 28.36, 28.62]],
    ['Large-WMT', [28.7, 29.05, 29.23, 29.44]],
  ] as const
).flatMap(([network, scores]) => wmtOrder.map((trick, i) => ({ ...trick, network, scores: [at(scores, i)] })))
