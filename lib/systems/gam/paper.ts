/**
 * The numbers that Parshakova et al. 2019 print or draw, as data, to be shown beside ours.
 *
 * Figure 2 is read off; tables 1, 2, 3 and 4 are copied.
 */
import * as t from 'io-ts'
import { optional, record } from '../../codec/record.ts'
import type { GamOptions } from './options.ts'

/** The paper's values for one setting; `source` names the table or figure. */
export interface PaperValues {
  readonly source: string
  readonly crossEntropyBase: number
  readonly crossEntropyDistilled: number
  readonly motifFrequencyBase?: number
  readonly motifFrequencyDistilled?: number
}

/** Codec of the paper's values inside results. */
export const paperValuesCodec: t.Type<PaperValues, unknown> = record({
  source: t.string,
  crossEntropyBase: t.number,
  crossEntropyDistilled: t.number,
  motifFrequencyBase: optional(t.number),
  motifFrequencyDistilled: optional(t.number),
})

/** The motif of the paper's detailed illustration. */
export const paperMotif = '10001011111000'

/** What r, and π by rejection and by SNIS, have at one |D|. */
type Measured = readonly [r: number, rs: number, snis: number]

/** One |D| of a panel of Figure 2; motif frequencies where they were read off. */
interface FigureRow {
  readonly train: number
  readonly crossEntropy: Measured
  readonly motifFrequency?: Measured
}

/** A panel of Figure 2: strings of 30 symbols, two-stage training. */
export interface Panel {
  readonly name: 'a' | 'b' | 'c' | 'd'
  readonly motif: string
  readonly mixture: number
  readonly features: string
  readonly rows: readonly FigureRow[]
}

const row = (train: number, crossEntropy: Measured, motifFrequency?: Measured): FigureRow => ({
  train,
  crossEntropy,
  ...(motifFrequency === undefined ? {} : { motifFrequency }),
})

/** Figure 2, read off (± 0.002, a few values of (b) ± 0.004). */
export const figureTwo: readonly Panel[] = [
  {
    name: 'a',
    motif: '001001100111',
    mixture: 1,
    features: '0111111',
    rows: [
      row(500, [0.745, 0.622, 0.64]),
      row(1000, [0.718, 0.6, 0.61]),
      row(5000, [0.682, 0.582, 0.567]),
      row(10000, [0.546, 0.534, 0.542]),
      row(20000, [0.503, 0.506, 0.509]),
    ],
  },
  {
    name: 'b',
    motif: '1011100111001',
    mixture: 1,
    features: '1011111',
    rows: [
      row(500, [0.722, 0.549, 0.55]),
      row(1000, [0.685, 0.533, 0.511]),
      row(5000, [0.578, 0.514, 0.518]),
      row(10000, [0.522, 0.502, 0.489]),
      row(20000, [0.478, 0.48, 0.481]),
    ],
  },
  {
    name: 'c',
    motif: paperMotif,
    mixture: 1,
    features: '1001111',
    rows: [
      row(500, [0.685, 0.525, 0.524], [0.008, 0.954, 0.88]),
      row(1000, [0.657, 0.512, 0.511], [0.011, 0.953, 0.959]),
      row(5000, [0.589, 0.469, 0.479], [0.033, 0.959, 0.925]),
      row(10000, [0.466, 0.457, 0.457], [0.698, 0.975, 0.946]),
      row(20000, [0.459, 0.454, 0.454], [0.834, 0.967, 0.981]),
    ],
  },
  {
    name: 'd',
    motif: paperMotif,
    mixture: 0.9,
    features: '1001111',
    rows: [
      row(500, [0.706, 0.567, 0.565]),
      row(1000, [0.671, 0.57, 0.532]),
      row(5000, [0.61, 0.512, 0.518]),
      row(10000, [0.49, 0.495, 0.494]),
      row(20000, [0.485, 0.491, 0.489]),
    ],
  },
]

/** Table 2: |D| = 5000, rejection sampling, ft 1001111 (features m, d0, d1, d2, d3). */
export const tableTwo = {
  crossEntropyBase: 0.56465,
  crossEntropyTilt: 0.4662,
  crossEntropyDistilled: 0.46891,
  entropyPerSymbol: 0.44913,
  lambda: [-10.09, -0.15, -0.06, 0, -0.14],
  motifFrequencyBase: 0.045,
  motifFrequencyDistilled: 0.9595,
  l1Moments: 0.0417,
} as const

/** Ratios rs/snis of Table 1: motif frequency, cross-entropy of π, and time of Training-1. */
interface TableOneRow {
  readonly train: number
  readonly pure: readonly [number, number, number]
  readonly mixture: readonly [number, number, number]
}

/** Table 1: pure data with ft 1011111, mixture data with ft 1001111. */
export const tableOne: readonly TableOneRow[] = [
  { train: 500, pure: [0.998, 0.967, 2.92], mixture: [0.997, 1.003, 4.7] },
  { train: 1000, pure: [1.009, 0.973, 2.038], mixture: [0.77, 1.07, 3.638] },
  { train: 5000, pure: [0.995, 0.967, 0.756], mixture: [1.12, 0.99, 1.365] },
  { train: 10000, pure: [1.134, 0.956, 1.514], mixture: [1.011, 1.002, 1.005] },
  { train: 20000, pure: [1.497, 0.961, 0.938], mixture: [0.965, 1.005, 0.975] },
]

/** Mean and deviation of CE(r)/CE(π) and of CE(π)/H, and the range of the ratio of motif frequencies. */
type Overall = readonly [
  gain: readonly [mean: number, deviation: number],
  gap: readonly [mean: number, deviation: number],
  frequency: readonly [least: number, most: number],
]

/** A row of Table 3, for pure and for mixture data. */
interface TableThreeRow {
  readonly train: number
  readonly pure: Overall
  readonly mixture: Overall
}

const overall = (
  ...[gain, d, gap, e, least, most]: readonly [number, number, number, number, number, number]
): Overall => [
  [gain, d],
  [gap, e],
  [least, most],
]

/** Table 3 (rejection sampling; over five motifs and three feature vectors). */
export const tableThree: readonly TableThreeRow[] = [
  { train: 500, pure: overall(1.24, 0.07, 1.19, 0.07, 32, 392), mixture: overall(1.23, 0.03, 1.16, 0.03, 59, 433) },
  { train: 1000, pure: overall(1.24, 0.07, 1.16, 0.07, 24, 653), mixture: overall(1.21, 0.03, 1.14, 0.03, 26, 233) },
  { train: 5000, pure: overall(1.18, 0.08, 1.09, 0.05, 3.6, 207), mixture: overall(1.16, 0.05, 1.08, 0.04, 7.3, 130) },
  { train: 10000, pure: overall(1.08, 0.1, 1.04, 0.02, 0.9, 196), mixture: overall(1.02, 0.03, 1.04, 0.03, 1, 5) },
  { train: 20000, pure: overall(0.99, 0.01, 1.02, 0.01, 0.8, 1.8), mixture: overall(0.99, 0, 1.02, 0, 0.9, 1) },
]

/** A row of Table 4: two-stage over cyclical, cross-entropy of π and time, with RS and with SNIS. */
interface TableFourRow {
  readonly train: number
  readonly rs: readonly [number, number]
  readonly snis: readonly [number, number]
}

/** Table 4: motif 10001011111000, pure D, ft 1001111. */
export const tableFour: readonly TableFourRow[] = [
  { train: 500, rs: [1.02, 1.21], snis: [1.02, 1.51] },
  { train: 1000, rs: [1.0, 1.48], snis: [1.08, 2.04] },
  { train: 5000, rs: [1.04, 0.57], snis: [1.0, 0.57] },
  { train: 10000, rs: [0.98, 1.47], snis: [1.02, 0.45] },
  { train: 20000, rs: [0.99, 2.65], snis: [1.0, 0.28] },
]

/** The panel of Figure 2 that shows a setting, for some |D|. */
export const panelOf = ({
  data,
  features,
  regime,
}: Pick<GamOptions, 'data' | 'features' | 'regime'>): Panel | undefined =>
  data.kind === 'motif' && data.length === 30 && regime === 'two-stage'
    ? figureTwo.find(
        (panel) => panel.motif === data.motif && panel.mixture === data.mixture && panel.features === features,
      )
    : undefined

/** The paper's numbers for a run's setting, where Figure 2 shows it; Newton's λ is compared with SNIS, whose limit it is. */
export const paperValuesOf = (options: GamOptions): PaperValues | undefined => {
  const panel = panelOf(options)
  const found = panel?.rows.find(({ train }) => train === options.train)
  if (panel === undefined || found === undefined) return undefined
  const [column, place] = options.moments === 'rs' ? (['rs', 1] as const) : (['snis', 2] as const)
  const { crossEntropy, motifFrequency } = found
  return {
    source: `Figure 2 (${panel.name}), ${column}`,
    crossEntropyBase: crossEntropy[0],
    crossEntropyDistilled: crossEntropy[place],
    ...(motifFrequency === undefined
      ? {}
      : { motifFrequencyBase: motifFrequency[0], motifFrequencyDistilled: motifFrequency[place] }),
  }
}
