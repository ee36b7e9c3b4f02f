/**
 * The figures of an E-ARM experiment on text or images: its trainings epoch by epoch, and the test measure seed by seed.
 */
import { orElse } from '../at.ts'
import { type EArmResults, inMeasure } from '../systems/e-arm/experiment-results.ts'
import {
  type Series,
  type Trainings,
  crossEntropyCurves,
  differenceChart,
  driftChart,
  energyChart,
  sampleSizeChart,
  seedPoints,
} from './epoch-charts.ts'
import type { Chart } from './chart.ts'
import type { Figure } from './figures.ts'
import { palette, themed } from './theme.ts'

const series: readonly Series[] = [
  ['plain', palette.base],
  ['E-ARM', palette.distilled],
]

/** The epoch of the dashed line, where the energy objective is used at all. */
export const startEpochOf = ({
  objective,
  epochs,
}: Pick<EArmResults['options'], 'objective' | 'epochs'>): number | undefined =>
  objective.lambda > 0 && objective.startEpoch < epochs ? objective.startEpoch : undefined

const trainingsOf = ({ options, seeds }: EArmResults): Trainings => ({
  series,
  curves: seeds.flatMap(({ seed, plain, eArm }) => [
    { series: 'plain', seed, epochs: plain.epochs },
    { series: 'E-ARM', seed, epochs: eArm.epochs },
  ]),
  startEpoch: startEpochOf(options),
})

/** Test measures of both variants, joined for each seed. */
const pairsChart = ({ seeds, measure, options }: EArmResults): Chart => {
  const points = seeds.flatMap(({ seed, plain, eArm }) => [
    { seed, series: 'plain', value: inMeasure(measure)(plain.test) },
    { seed, series: 'E-ARM', value: inMeasure(measure)(eArm.test) },
  ])
  return themed(
    'Test rows, seed by seed',
    `${options.measured} rows at most; both variants of a seed start from the same parameters and see the same rows`,
  )({ width: 560, ...seedPoints(series, points, `test ${measure}`) })
}

/** The figures of how trainings went, but for those whose data are missing; `negatives` rows are sampled for an update. */
export const trainingFigures = (
  trainings: Trainings,
  negatives: number,
  difference: readonly [baseline: string, subtitle: string],
): readonly Figure[] => {
  const [sizes, energy] = [sampleSizeChart(trainings, negatives), energyChart(trainings)]
  return [
    { name: 'difference', chart: differenceChart(trainings, ...difference) },
    { name: 'logsumexp', chart: driftChart(trainings) },
    ...(sizes === undefined ? [] : [{ name: 'effective-sample-size', chart: sizes }]),
    ...(energy === undefined ? [] : [{ name: 'energy', chart: energy }]),
  ]
}

/** All figures of an experiment by name; those whose data are missing are left out. */
export const eArmFigures = (results: EArmResults): readonly Figure[] => {
  const trainings = trainingsOf(results)
  return [
    { name: 'cross-entropy', chart: crossEntropyCurves(trainings) },
    { name: 'test', chart: pairsChart(results) },
    ...trainingFigures(trainings, orElse(results.seeds[0]?.eArm.negatives, 0), [
      'plain',
      'Cross-entropy with the energy objective less that without, seed by seed; below 0 the energy helps',
    ]),
  ]
}
