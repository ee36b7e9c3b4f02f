/**
 * Charts of trainings that are compared epoch by epoch, however many there are: cross-entropy (the paper's Figure 2), its
 * difference to a baseline, the drift of the logsumexp, the energy objective, the effective sample size of w, and a measure
 * seed by seed.
 */
import { orElse } from '../at.ts'
import type { EpochRecord } from '../systems/e-arm/results.ts'
import type { Chart, TitledChart } from './chart.ts'
import { colours, neutral, quantity, rowsBy, themed, usual } from './theme.ts'

/** The name and the colour of a kind of training. */
export type Series = readonly [name: string, colour: string]

/** A training of a seed, and its epochs. */
interface Curve {
  readonly series: string
  readonly seed: number
  readonly epochs: readonly EpochRecord[]
}

/** Trainings to be compared: their kinds, the curves, and the epoch from which they differ, if any. */
export interface Trainings {
  readonly series: readonly Series[]
  readonly curves: readonly Curve[]
  readonly startEpoch: number | undefined
}

type Value = (epoch: EpochRecord) => number | undefined

const pointsOf =
  (value: Value) =>
  ({ series, seed, epochs }: Curve): readonly Chart[] =>
    epochs.flatMap((each) => {
      const found = value(each)
      return found !== undefined && Number.isFinite(found)
        ? [{ epoch: each.epoch, value: found, series, seed: String(seed), line: `${series} ${seed}` }]
        : []
    })

const startRule = ({ startEpoch }: Trainings): readonly Chart[] =>
  startEpoch === undefined
    ? []
    : [
        {
          data: { values: [{ epoch: startEpoch }] },
          mark: { type: 'rule', color: neutral.ink, strokeDash: [4, 4], strokeWidth: 1 },
          encoding: { x: { field: 'epoch', type: 'quantitative' } },
        },
      ]

/** A layer of lines over epochs; `values` have `epoch`, `value`, `series` and `line`. */
const linesOver = (
  trainings: Trainings,
  values: readonly Chart[],
  axis: string,
  scale: Chart = { zero: false, padding: 10 },
): Chart => {
  const shown = trainings.series.filter(([name]) => values.some((value) => value['series'] === name))
  return {
    layer: [
      {
        data: { values },
        mark: { type: 'line', point: { size: 20 }, strokeWidth: 1.6 },
        encoding: {
          x: quantity('epoch', 'epochs trained', { axis: { tickMinStep: 1, tickCount: 8 }, scale: { nice: false } }),
          y: quantity('value', axis, { scale }),
          color: colours('series', shown),
          detail: { field: 'line', type: 'nominal' },
        },
      },
      ...startRule(trainings),
    ],
  }
}

const lines = (trainings: Trainings, axis: string, value: Value, scale?: Chart): Chart =>
  linesOver(trainings, trainings.curves.flatMap(pointsOf(value)), axis, scale)

/** A panel beside another one. */
const panel = (name: string, body: Chart): Chart => ({
  title: { text: name, fontSize: 12 },
  width: 380,
  height: 230,
  ...body,
})

/** Whether a value has a line: one epoch is a point. */
export const isDrawn = ({ curves }: Trainings, value: Value): boolean =>
  curves.some(({ epochs }) => epochs.filter((e) => value(e) !== undefined).length > 1)

/** Cross-entropy on training, validation and (where measured) test rows after each epoch, all kinds, every seed: the paper's Figure 2. */
export const crossEntropyCurves = (trainings: Trainings): TitledChart => {
  const tested = isDrawn(trainings, (e) => e.test)
  return themed('Cross-entropy', [
    tested
      ? 'On training rows (mean of the epoch, with dropout), on validation rows and on test rows.'
      : 'On training rows (mean of the epoch, with dropout) and on validation rows, which stand for the test rows of the paper’s Figure 2.',
    'The dashed line is the start epoch',
  ])({
    hconcat: [
      panel(
        'training',
        lines(trainings, 'nats per token', (e) => e.training),
      ),
      panel(
        'validation',
        lines(trainings, 'nats per token', (e) => e.validation),
      ),
      ...(tested
        ? [
            panel(
              'test',
              lines(trainings, 'nats per token', (e) => e.test),
            ),
          ]
        : []),
    ],
    spacing: 36,
  })
}

/** Validation cross-entropy of every kind less that of `baseline` after each epoch, every seed: below 0 it is better. */
export const differenceChart = (trainings: Trainings, baseline: string, subtitle: string): TitledChart => {
  const values = trainings.curves
    .filter(({ series }) => series !== baseline)
    .flatMap((curve) => {
      const plain = trainings.curves.find(({ series, seed }) => series === baseline && seed === curve.seed)
      return curve.epochs.flatMap(({ epoch, validation }, i) => {
        const value = validation - orElse(plain?.epochs[i]?.validation, Number.NaN)
        return Number.isFinite(value)
          ? [{ epoch, value, series: curve.series, line: `${curve.series} ${curve.seed}` }]
          : []
      })
    })
  return usual(
    'Difference on validation rows',
    subtitle,
    linesOver(trainings, values, 'nats per token', { zero: true }),
  )
}

/** Mean logsumexp of the logits at the data's steps after each epoch, which cross-entropy leaves free. */
export const driftChart = (trainings: Trainings): TitledChart =>
  usual(
    'Drift of the logsumexp',
    'Mean over the data’s steps; cross-entropy does not see it, the energy does',
    lines(trainings, 'nats', (e) => e.logSumExp),
  )

/** Effective sample size of w per epoch, mean over steps, of so many sampled rows; undefined where w was used in one epoch at most. */
export const sampleSizeChart = (trainings: Trainings, negatives: number): TitledChart | undefined =>
  isDrawn(trainings, (e) => e.effectiveSampleSize)
    ? usual(
        'Effective sample size of w',
        `Mean over steps and updates of an epoch; ${negatives} rows are sampled for an update`,
        lines(trainings, 'effective rows', (e) => e.effectiveSampleSize, { domain: [0, negatives] }),
      )
    : undefined

/** The energy objective per epoch; undefined where it was used in one epoch at most. */
export const energyChart = (trainings: Trainings): TitledChart | undefined =>
  isDrawn(trainings, (e) => e.energy)
    ? usual(
        'The energy objective',
        'Positive less negative phase (Eq. 12), mean over the updates of an epoch',
        lines(trainings, 'nats', (e) => e.energy),
      )
    : undefined

/** A measure of a kind of training, seed by seed. */
export interface SeedPoint {
  readonly seed: number
  readonly series: string
  readonly value: number
}

/** A measure of every kind, joined for each seed; to be titled. */
export const seedPoints = (series: readonly Series[], points: readonly SeedPoint[], axis: string): Chart => {
  const values = points.map(({ seed, ...rest }) => ({ ...rest, seed: String(seed) }))
  const x = quantity('value', axis, { scale: { zero: false, padding: 20 }, axis: { grid: true } })
  const y: Chart = { ...rowsBy('seed'), title: 'seed' }
  return {
    height: { step: 34 },
    data: { values },
    layer: [
      {
        mark: { type: 'line', color: neutral.grid, strokeWidth: 3 },
        encoding: { x, y, detail: { field: 'seed', type: 'nominal' } },
      },
      {
        mark: { type: 'point', filled: true, size: 90, opacity: 1 },
        encoding: { x, y, color: colours('series', series) },
      },
    ],
  }
}
