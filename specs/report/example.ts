/**
 * A finished run as a value, for the specs of reports and of the command line: numbers like those of the paper's Table 2.
 */
import { presets } from '../../lib/systems/gam/settings.ts'
import { paperValuesOf } from '../../lib/systems/gam/paper.ts'
import type { GamOptions } from '../../lib/systems/gam/options.ts'
import type { GamResults } from '../../lib/systems/gam/results.ts'
import { histogram } from '../../lib/systems/gam/histogram.ts'

const decay = (from: number, to: number, epochs: number): readonly number[] =>
  Array.from({ length: epochs }, (_, epoch) => to + (from - to) * Math.exp(-epoch / 6) + 0.002 * Math.sin(epoch * 1.7))

const motif = '10001011111000'

/** The options of the example: the paper's detailed illustration. */
export const exampleOptions: GamOptions = { ...presets.paper, train: 5000, moments: 'rs' }

const paper = paperValuesOf(exampleOptions)

/** The example results. */
export const exampleResults: GamResults = {
  options: exampleOptions,
  adapter: 'the f64 reference',
  crossEntropyBase: 0.5646,
  crossEntropyTilt: 0.4662,
  crossEntropyDistilled: 0.4689,
  crossEntropyErrors: { base: 0.0012, tilt: 0.0007, distilled: 0.0008 },
  entropyPerSymbol: 0.4491336931,
  motifFrequencyBase: 0.045,
  motifFrequencyTilt: 0.999,
  motifFrequencyDistilled: 0.9595,
  frequencySamples: 2000,
  lambda: [-10.09, -0.15, -0.06, 0, 0.14],
  featureNames: ['m', 'd0', 'd1', 'd2', 'd3'],
  l1Moments: 0.0417,
  moments: {
    data: [0, 0.51, 0.998, 1, 0.9],
    base: [0.955, 0.5, 0.9985, 1, 0.93],
    tilt: [0.001, 0.5, 0.998, 1, 0.91],
    distilled: [0.04, 0.505, 0.998, 1, 0.91],
  },
  effectiveSampleSize: 2240,
  acceptanceRate: 0.043,
  logPartition: {
    n: 50000,
    lower: -3.101,
    jackknife: -3.1009,
    upper: -3.1007,
    standardError: 0.021,
    effectiveSampleSize: 2240,
    maxWeight: 0.0005,
    paretoK: -0.4,
    doubts: [],
    reliable: true,
  },
  seconds: { data: 0.2, base: 61.2, moments: 30.4, distillation: 22.8, student: 143.1, evaluation: 2.2, total: 259.9 },
  curves: {
    base: {
      training: decay(0.69, 0.535, 60),
      validation: decay(0.69, 0.566, 60).map((value, i) => value + 0.00002 * i * i),
    },
    distilled: { training: decay(0.68, 0.462, 45), validation: decay(0.68, 0.468, 45) },
    l1Moments: Array.from({ length: 40 }, (_, epoch) => 0.9 / (1 + epoch) + 0.02),
    lambda: Array.from({ length: 40 }, (_, epoch) =>
      [-10.09, -0.15, -0.06, 0, 0.14].map(
        (weight, i) => weight * (1 - Math.exp(-epoch / 7)) + (i > 0 ? (0.3 * Math.sin(epoch + i)) / (1 + epoch) : 0),
      ),
    ),
  },
  logWeights: histogram(40)(
    Array.from({ length: 50000 }, (_, i) => (i % 22 === 0 ? 1.34 : -3) + 0.03 * ((i * 7919) % 13) - 0.2),
  ),
  examples: {
    true: [`0110101${motif}010110100`, `${motif}0101101000110101`, `1100${motif}001011010011`],
    base: ['011101100010111100011010010111', `01${motif}00110101101001`, '100010111101001101011100010110'],
    distilled: [`0110100110${motif}011010`, `1${motif}110100101101001`, '011010010001011111100110101001'],
  },
  ...(paper === undefined ? {} : { paper }),
}

const { entropyPerSymbol: _h, paper: _p, ...ofAnyData } = exampleResults

/** Results of a run on a user's own strings, with two features. */
export const ownExample: GamResults = {
  ...ofAnyData,
  options: {
    ...exampleOptions,
    data: { kind: 'strings', file: 'words.txt', features: ['AH0$', 'ing'] },
    features: '11',
  },
  featureNames: ['/AH0$/', '/ing/'],
  lambda: [-2, 0.5],
  moments: { data: [0.2, 0.9], base: [0.7, 0.95], tilt: [0.21, 0.9], distilled: [0.25, 0.91] },
  motifFrequencyBase: 0.0005,
  curves: { ...exampleResults.curves, lambda: [] },
}
