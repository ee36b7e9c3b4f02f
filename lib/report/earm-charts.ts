/**
 * The figures of an E-ARM experiment: its trainings epoch by epoch, the test measures seed by seed, and of translation BLEU by
 * the length of the reference (Table 7) and by the number of candidates (Table 9).
 */
import { orElse } from '../at.ts'
import { inMeasure } from '../systems/e-arm/measures.ts'
import {
  type EArmResults,
  type TrainingRecord,
  type TranslationMeasures,
  variantsOf,
} from '../systems/e-arm/results.ts'
import type { Variant } from '../systems/e-arm/variants.ts'
import type { Chart, TitledChart } from './chart.ts'
import { type Document, figure, whenSome, wide } from './document.ts'
import { variantNames } from './earm-summary.ts'
import {
  type SeedPoint,
  type Series,
  type Trainings,
  crossEntropyCurves,
  differenceChart,
  driftChart,
  energyChart,
  isDrawn,
  sampleSizeChart,
  seedPoints,
} from './epoch-charts.ts'
import { colours, palette, quantity, themed, usual } from './theme.ts'

const paint: Readonly<Record<Variant, string>> = {
  plain: palette.base,
  scheduled: palette.second,
  'e-arm': palette.distilled,
  both: palette.tilt,
}

const seriesOf = (results: EArmResults): readonly Series[] =>
  variantsOf(results).map((variant) => [variantNames[variant], paint[variant]])

/** The epoch of the dashed line, where trainings part at all. */
const startEpochOf = ({ objective, epochs, variants }: EArmResults['options']): number | undefined =>
  (objective.lambda > 0 || variants.some((variant) => variant === 'scheduled' || variant === 'both')) &&
  objective.startEpoch < epochs
    ? objective.startEpoch
    : undefined

const trainingsOf = (results: EArmResults): Trainings => ({
  series: seriesOf(results),
  curves: results.seeds.flatMap(({ seed, variants }) =>
    variants.map(({ variant, epochs }) => ({ series: variantNames[variant], seed, epochs })),
  ),
  startEpoch: startEpochOf(results.options),
})

/** Test measures of all variants, and BLEU where there is one, joined for each seed. */
const testChart = (results: EArmResults): TitledChart => {
  const { seeds, measure, options } = results
  const series = seriesOf(results)
  const panel = (axis: string, width: number, value: (record: TrainingRecord) => number | undefined): Chart => {
    const points = seeds.flatMap(({ seed, variants }) =>
      variants.flatMap((record): readonly SeedPoint[] => {
        const found = value(record)
        return found === undefined ? [] : [{ seed, series: variantNames[record.variant], value: found }]
      }),
    )
    return { width, ...seedPoints(series, points, axis) }
  }
  const measured = (record: TrainingRecord): number => inMeasure(measure)(record.test)
  const same = 'variants of a seed start from the same parameters and see the same rows'
  return options.task === 'translate'
    ? themed(
        'Test sentences, seed by seed',
        `BLEU of beam search, and perplexity of a target token; ${same}`,
      )({
        hconcat: [
          panel('BLEU, per cent', 380, ({ translation }) => translation?.bleu),
          panel(`test ${measure}`, 380, measured),
        ],
        spacing: 36,
      })
    : themed('Test rows, seed by seed', `${results.rows.test} rows; ${same}`)(panel(`test ${measure}`, 560, measured))
}

/** The test measures, seed by seed. */
export const testFigures = (results: EArmResults): Document => [
  wide(
    figure(
      'test',
      testChart(results),
      'Points for each seed, one for each way of training; the numbers are in the table above.',
    ),
  ),
]

/** How the trainings went, but for what was not measured. */
export const trainingFigures = (results: EArmResults): Document => {
  const trainings = trainingsOf(results)
  // The numbers of one epoch are in the table of the last one.
  if (!isDrawn(trainings, ({ validation }) => validation)) return []
  const { variants } = results.options
  const negatives = orElse(results.seeds[0]?.variants[0]?.negatives, 0)
  return [
    wide(
      figure(
        'cross-entropy',
        crossEntropyCurves(trainings),
        'Lines over epochs: cross-entropy of each training on training and on validation rows.',
      ),
    ),
    ...(variants.includes('plain') && variants.length > 1
      ? [
          figure(
            'difference',
            differenceChart(
              trainings,
              variantNames.plain,
              'Cross-entropy less that of plain training, seed by seed; below 0 it is better',
            ),
            'Lines over epochs: validation cross-entropy of each training less that of plain training.',
          ),
        ]
      : []),
    figure('logsumexp', driftChart(trainings), 'Lines over epochs: the mean logsumexp of each training.'),
    ...whenSome(sampleSizeChart(trainings, negatives), (chart) => [
      figure('effective-sample-size', chart, 'Lines over epochs: the effective sample size of the weights w.'),
    ]),
    ...whenSome(energyChart(trainings), (chart) => [
      figure('energy', chart, 'Lines over epochs: the energy objective of each training with it.'),
    ]),
  ]
}

/** BLEU against something of which every training has one value each, a point for every seed and a line for the mean. */
const scoresChart = (
  results: EArmResults,
  values: readonly Chart[],
  { field, title }: { readonly field: string; readonly title: string },
): Chart => {
  const x: Chart = { field, type: 'ordinal', title, sort: null, axis: { labelAngle: 0 } }
  const color = colours('series', seriesOf(results))
  const scale = { zero: false, padding: 10 }
  return {
    data: { values },
    layer: [
      {
        mark: { type: 'line', strokeWidth: 1.6 },
        encoding: { x, y: { ...quantity('bleu', 'BLEU, per cent', { scale }), aggregate: 'mean' }, color },
      },
      {
        mark: { type: 'point', filled: true, size: 50, opacity: 1 },
        encoding: { x, y: quantity('bleu', 'BLEU, per cent', { scale }), color },
      },
    ],
  }
}

const scored = (
  { seeds }: EArmResults,
  points: (measures: TranslationMeasures) => readonly Chart[],
): readonly Chart[] =>
  seeds.flatMap(({ variants }) =>
    variants.flatMap(({ variant, translation }) =>
      translation === undefined
        ? []
        : points(translation).map((point) => ({ series: variantNames[variant], ...point })),
    ),
  )

/** BLEU by length. */
export const lengthFigures = (results: EArmResults): Document => {
  const values = scored(results, ({ byLength }) =>
    byLength
      .filter(({ lines }) => lines > 0)
      .map(({ from, to, bleu }) => ({
        length: to === Number.POSITIVE_INFINITY ? `${from} and more` : `${from} to ${to - 1}`,
        bleu,
      })),
  )
  const chart = usual(
    'BLEU by length',
    'Of sentences whose reference has so many words (Table 7)',
    scoresChart(results, values, { field: 'length', title: 'words of the reference' }),
  )
  return [figure('length', chart, 'BLEU of each training over the length of the reference.')]
}

/** BLEU by the number of candidates, where several were tried. */
export const candidatesFigures = (results: EArmResults): Document => {
  const { options } = results
  if (options.task !== 'translate' || options.candidates.length < 2) return []
  const values = scored(results, ({ byCandidates }) =>
    byCandidates.map(({ candidates, bleu }) => ({ candidates: String(candidates), bleu })),
  )
  const chart = usual(
    'Top-K energy re-sampling',
    'One of K beam candidates drawn by energy; 0 takes the best (Table 9)',
    scoresChart(results, values, { field: 'candidates', title: 'K' }),
  )
  return [figure('candidates', chart, 'BLEU of each training over the number of candidates.')]
}
