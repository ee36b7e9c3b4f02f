/**
 * The charts of an E-ARM experiment: cross-entropy per epoch (the paper's Figure 2), test measures by seed, the drift of the
 * logsumexp, and the effective sample size of w.
 */
import { type EArmResults, type EpochRecord, type SeedRecord, inMeasure } from '../systems/e-arm/experiment-results.ts'
import type { Chart } from './chart.ts'
import type { Figure } from './figures.ts'
import { colours, neutral, palette, quantity, themed } from './theme.ts'

const series: readonly (readonly [string, string])[] = [
  ['plain', palette.base],
  ['E-ARM', palette.distilled],
]

const bySeries = (
  { seed, plain, eArm }: SeedRecord,
  value: (epoch: EpochRecord) => number | undefined,
): readonly Chart[] =>
  [
    { name: 'plain', epochs: plain.epochs },
    { name: 'E-ARM', epochs: eArm.epochs },
  ].flatMap(({ name, epochs }) =>
    epochs.flatMap((each) => {
      const found = value(each)
      return found !== undefined && Number.isFinite(found)
        ? [{ epoch: each.epoch, value: found, series: name, seed: String(seed), line: `${name} ${seed}` }]
        : []
    }),
  )

const energyOnly = { shown: series.slice(1) } as const

const startRule = ({ options }: EArmResults): readonly Chart[] =>
  options.objective.lambda > 0 && options.objective.startEpoch < options.epochs
    ? [
        {
          data: { values: [{ epoch: options.objective.startEpoch }] },
          mark: { type: 'rule', color: neutral.ink, strokeDash: [4, 4], strokeWidth: 1 },
          encoding: { x: { field: 'epoch', type: 'quantitative' } },
        },
      ]
    : []

const lines = (
  results: EArmResults,
  axis: string,
  value: (epoch: EpochRecord) => number | undefined,
  {
    shown = series,
    scale = { zero: false, padding: 10 },
  }: { readonly shown?: typeof series; readonly scale?: Chart } = {},
): Chart => ({
  layer: [
    {
      data: { values: results.seeds.flatMap((seed) => bySeries(seed, value)) },
      mark: { type: 'line', point: { size: 20 }, strokeWidth: 1.6 },
      encoding: {
        x: quantity('epoch', 'epochs trained', { axis: { tickMinStep: 1, tickCount: 8 }, scale: { nice: false } }),
        y: quantity('value', axis, { scale }),
        color: colours('series', shown),
        detail: { field: 'line', type: 'nominal' },
      },
    },
    ...startRule(results),
  ],
})

/** Cross-entropy on training and validation rows after each epoch, both variants, every seed: the paper's Figure 2. */
export const crossEntropyCurves = (results: EArmResults): Chart =>
  themed(
    'Cross-entropy',
    'Left: training rows (mean of the epoch, with dropout); right: validation rows. The dashed line is the start epoch',
  )({
    hconcat: [
      {
        title: { text: 'training', fontSize: 12 },
        width: 380,
        height: 230,
        ...lines(results, 'nats per token', (e) => e.training),
      },
      {
        title: { text: 'validation', fontSize: 12 },
        width: 380,
        height: 230,
        ...lines(results, 'nats per token', (e) => e.validation),
      },
    ],
    spacing: 36,
  })

/** Validation cross-entropy of E-ARM less that of plain training after each epoch, every seed: below 0 E-ARM is better. */
export const differenceChart = (results: EArmResults): Chart =>
  themed(
    'Difference on validation rows',
    'Cross-entropy with the energy objective less that without, seed by seed; below 0 the energy helps',
  )({
    width: 400,
    height: 220,
    layer: [
      {
        data: {
          values: results.seeds.flatMap(({ seed, plain, eArm }) =>
            eArm.epochs.map(({ epoch, validation }, i) => ({
              epoch,
              value: validation - (plain.epochs[i]?.validation ?? Number.NaN),
              seed: String(seed),
            })),
          ),
        },
        mark: {
          type: 'line',
          point: { size: 20, color: palette.distilled },
          strokeWidth: 1.6,
          color: palette.distilled,
        },
        encoding: {
          x: quantity('epoch', 'epochs trained', { axis: { tickMinStep: 1, tickCount: 8 }, scale: { nice: false } }),
          y: quantity('value', 'nats per token'),
          detail: { field: 'seed', type: 'nominal' },
        },
      },
      ...startRule(results),
    ],
  })

/** Mean logsumexp of the logits at the data's steps after each epoch, which cross-entropy leaves free. */
export const driftChart = (results: EArmResults): Chart =>
  themed(
    'Drift of the logsumexp',
    'Mean over the data’s steps; cross-entropy does not see it, the energy does',
  )({ width: 400, height: 220, ...lines(results, 'nats', (e) => e.logSumExp) })

/** Effective sample size of w per epoch, mean over steps; undefined where the energy objective was never used. */
export const sampleSizeChart = (results: EArmResults): Chart | undefined => {
  const rows = results.seeds.flatMap((seed) => bySeries(seed, (e) => e.effectiveSampleSize))
  const most = results.seeds[0]?.eArm.negatives ?? 0
  return rows.length === 0
    ? undefined
    : themed(
        'Effective sample size of w',
        `Mean over steps and updates of an epoch; ${most} rows are sampled for an update`,
      )({
        width: 400,
        height: 220,
        ...lines(results, 'effective rows', (e) => e.effectiveSampleSize, {
          ...energyOnly,
          scale: { domain: [0, most] },
        }),
      })
}

/** The energy objective per epoch; undefined where it was never used. */
export const energyChart = (results: EArmResults): Chart | undefined => {
  const rows = results.seeds.flatMap((seed) => bySeries(seed, (e) => e.energy))
  return rows.length === 0
    ? undefined
    : themed(
        'The energy objective',
        'Positive less negative phase (Eq. 12), mean over the updates of an epoch',
      )({ width: 400, height: 220, ...lines(results, 'nats', (e) => e.energy, energyOnly) })
}

/** Test measures of both variants, joined for each seed. */
export const pairsChart = (results: EArmResults): Chart => {
  const values = results.seeds.flatMap(({ seed, plain, eArm }) =>
    [
      { variant: 'plain', nats: plain.test },
      { variant: 'E-ARM', nats: eArm.test },
    ].map(({ variant, nats }) => ({ seed: String(seed), variant, value: inMeasure(results.measure)(nats) })),
  )
  const x = quantity('value', `test ${results.measure}`, { scale: { zero: false, padding: 20 }, axis: { grid: true } })
  const y: Chart = { field: 'seed', type: 'nominal', title: 'seed', sort: null, axis: { ticks: false, domain: false } }
  return themed(
    'Test rows, seed by seed',
    `${results.options.measured} rows at most; both variants of a seed start from the same parameters and see the same rows`,
  )({
    width: 560,
    height: { step: 34 },
    data: { values },
    layer: [
      {
        mark: { type: 'line', color: neutral.grid, strokeWidth: 3 },
        encoding: { x, y, detail: { field: 'seed', type: 'nominal' } },
      },
      {
        mark: { type: 'point', filled: true, size: 90, opacity: 1 },
        encoding: { x, y, color: colours('variant', series) },
      },
    ],
  })
}

/** All figures of an experiment by name; those whose data are missing are left out. */
export const eArmFigures = (results: EArmResults): readonly Figure[] => {
  const [sizes, energy] = [sampleSizeChart(results), energyChart(results)]
  return [
    { name: 'cross-entropy', chart: crossEntropyCurves(results) },
    { name: 'test', chart: pairsChart(results) },
    { name: 'difference', chart: differenceChart(results) },
    { name: 'logsumexp', chart: driftChart(results) },
    ...(sizes === undefined ? [] : [{ name: 'effective-sample-size', chart: sizes }]),
    ...(energy === undefined ? [] : [{ name: 'energy', chart: energy }]),
  ]
}
