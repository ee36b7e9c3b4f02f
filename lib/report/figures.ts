/**
 * The figures of a run by name: the files `NAME.svg` of a run directory and the pictures of its report.
 */
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { inTurn } from '../breath.ts'
import type { Failure } from '../errors.ts'
import { figureTwo, isFigureTwo } from '../systems/gam/paper.ts'
import type { GamResults } from '../systems/gam/results.ts'
import type { Chart } from './chart.ts'
import { entropyGap } from './gap.ts'
import { lambdaBars, lambdaPath, momentDots } from './lambda.ts'
import { crossEntropyAgainstSize, type SizeRow } from './size.ts'
import { toSvg } from './svg.ts'
import { momentError, trainingCurves } from './training.ts'
import { weightHistogram } from './weights.ts'

/** A chart with the name of its file. */
export interface Figure {
  readonly name: string
  readonly chart: Chart
}

/** A figure that has been drawn. */
export interface Drawing {
  readonly name: string
  readonly svg: string
}

/** The paper's Figure 2, panel (c), as rows of the size chart. */
export const paperSizeRows: readonly SizeRow[] = figureTwo.flatMap((row) => [
  {
    train: row.train,
    series: 'r',
    source: 'paper',
    crossEntropy: row.crossEntropyBase,
    motifFrequency: row.motifFrequencyBase,
  },
  ...(['rs', 'snis'] as const).map(
    (moments): SizeRow => ({
      train: row.train,
      series: `π ${moments}`,
      source: 'paper',
      crossEntropy: row.crossEntropyDistilled[moments],
      motifFrequency: row.motifFrequencyDistilled[moments],
    }),
  ),
])

/** A run's two points in the size chart: r and π. */
export const sizeRowsOf = (results: GamResults): readonly SizeRow[] => {
  const { train, moments } = results.options
  return [
    {
      train,
      series: 'r',
      source: 'ours',
      crossEntropy: results.crossEntropyBase,
      motifFrequency: results.motifFrequencyBase,
    },
    {
      train,
      series: `π ${moments}`,
      source: 'ours',
      crossEntropy: results.crossEntropyDistilled,
      motifFrequency: results.motifFrequencyDistilled,
    },
  ]
}

const sizeChart = (results: GamResults): Chart => {
  const theirs = isFigureTwo(results.options) ? paperSizeRows : []
  return crossEntropyAgainstSize('Size of the data', results.entropyPerSymbol)([...theirs, ...sizeRowsOf(results)])
}

/** All figures of a run; one whose data are missing (weights, curves) is left out. */
export const figuresOf = (results: GamResults): readonly Figure[] => {
  const training = trainingCurves(results)
  const weights = weightHistogram(results)
  const { l1Moments, lambda } = results.curves
  return [
    { name: 'cross-entropy', chart: entropyGap(results) },
    ...(training === undefined ? [] : [{ name: 'training', chart: training }]),
    { name: 'lambda', chart: lambdaBars(results) },
    { name: 'moments', chart: momentDots(results) },
    ...(lambda.length > 1 ? [{ name: 'lambda-path', chart: lambdaPath(results) }] : []),
    ...(l1Moments.length > 1 ? [{ name: 'moment-error', chart: momentError(results) }] : []),
    ...(weights === undefined ? [] : [{ name: 'weights', chart: weights }]),
    { name: 'size', chart: sizeChart(results) },
  ]
}

/** Draws figures one after the other. */
export const drawAll = (figures: readonly Figure[]): TE.TaskEither<Failure, readonly Drawing[]> =>
  pipe(
    figures,
    inTurn()(({ name, chart }: Figure) =>
      pipe(
        toSvg(chart),
        TE.map((svg) => ({ name, svg })),
      ),
    ),
  )
