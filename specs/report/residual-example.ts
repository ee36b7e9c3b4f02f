/** Results of a residual-model run, made up: everything present, text that HTML must escape. */
import { presets } from '../../lib/systems/residual/settings.ts'
import type { Perplexity } from '../../lib/systems/residual/perplexity.ts'
import type { ResidualResults, TableRow } from '../../lib/systems/residual/results.ts'

const perplexity = (value: number, width: number, count: number): Perplexity => ({
  value,
  lower: value - width / 2,
  upper: value + width / 2,
  count,
  monteCarloError: width / 4,
  testError: 0.1,
})

const partitions: NonNullable<TableRow['partitions']> = {
  prefixes: 4,
  samples: 100,
  meanLogPartition: 0.01,
  leastEffectiveSampleSize: 40,
  medianEffectiveSampleSize: 80,
  largestWeight: 0.1,
  largestParetoK: 0.4,
  reliableShare: 1,
  reliable: true,
}

const row = (model: TableRow['model'], value: number, width = 0): TableRow => ({
  model,
  parameters: 1_200_000,
  perToken: perplexity(value, width, 160),
  perWord: perplexity(value ** 5, width, 32),
  ...(model === 'base' ? {} : { gain: { value: Math.log(15 / value), standardError: 0.01 } }),
  ...(width === 0 ? {} : { partitions }),
})

const curve = [1, 2, 3].map((step) => ({
  step: 100 * step,
  watched: { loss: 1.3, accuracy: 0.6 },
  score: 1.4 - 0.05 * step,
  facts: { accuracy: 0.6, data25: -0.3, data50: -0.2, data75: 0, noise25: 0, noise50: 0.2, noise75: 0.3 },
}))

const fit = { parameters: 600_000, best: 1.25, curve, snapshots: [] }

const steps = (worse: number) => [
  {
    position: 120,
    base: 20,
    joint: 18 + worse,
    lower: 17.9 + worse,
    upper: 18.1 + worse,
    exact: false,
    ...{ reliableShare: 1, rows: 100 },
  },
  {
    ...{ position: 159, base: 15, joint: 14 + worse, lower: 14 + worse, upper: 14 + worse, exact: true },
    ...{ reliableShare: 1, rows: 100 },
    gain: { value: Math.log(15 / (14 + worse)), standardError: 0.02 },
  },
]

const measures = (scale: number) => ({
  uniqueRatios: [0.1, 0.4, 0.7, 0.9].map((ratio) => ratio * scale),
  meanEnergy: scale - 1,
  logLikelihood: -scale,
})

/** A finished run in the slides' order. */
export const residualExample: ResidualResults = {
  options: presets.small,
  adapter: 'an executor',
  corpus: {
    name: 'king-james',
    title: 'King James Bible',
    licence: 'public domain',
    sha256: '00',
    symbols: 257,
    tokens: { training: 1000, validation: 100, test: 100 },
  },
  seconds: { base: 10, total: 60 },
  fits: { base: fit, ralm: fit, balm: fit, unit: fit, bit: fit },
  evaluation: {
    table: [
      row('base', 15),
      row('ralm', 14.99),
      row('balm', 14),
      row('unit', 13.8, 0.01),
      { ...row('bit', 12.4, 0.04), logNormaliser: 0.0125 },
    ],
    chunks: 4,
    tokens: 160,
    words: 32,
    steps: { unit: steps(0.5), bit: steps(0) },
    next: [
      {
        prefix: 'kind & <sweet',
        tokens: [
          {
            text: '>',
            base: 0.21,
            unit: { value: 0.3, lower: 0.29, upper: 0.31, exact: false },
            bit: { value: 0.34, lower: 0.33, upper: 0.35, exact: false },
          },
        ],
      },
    ],
    bySamples: [
      { samples: 64, value: 12.5, lower: 12.3, upper: 12.7 },
      { samples: 100, value: 12.4, lower: 12.38, upper: 12.42 },
    ],
    logPartitions: { unit: [0, 0, 0, 0], bit: [0, 0.1, -0.1, 0] },
  },
  generation: {
    count: 4,
    proposals: 16,
    topK: 10,
    samples: [{ prefix: 'a <b>', data: 'human', base: 'from base', unit: 'from unit', bit: 'from bit' }],
    measures: { data: measures(1), base: measures(0.8), unit: measures(0.9), bit: measures(0.95) },
    metropolis: { ...measures(0.96), energyAbove: { value: -0.0625, standardError: 0.03125 } },
    energies: { lowest: -1, width: 0.5, counts: { data: [1, 3], base: [3, 1], joint: [2, 2] } },
    effectiveProposals: { unit: 9, bit: 7 },
  },
  analysis: {
    rows: 100,
    base: { truePositiveRate: 0.9, falsePositiveRate: 0.178, accuracy: 0.861, standardError: 0.02 },
    joint: { truePositiveRate: 0.9, falsePositiveRate: 0.318, accuracy: 0.791, standardError: 0.02 },
    metropolis: {
      ...{ truePositiveRate: 0.9, falsePositiveRate: 0.343, accuracy: 0.7785, standardError: 0.02 },
      moreOften: { value: 0.025, standardError: 0.015 },
    },
    curve,
  },
}
