/**
 * The figures of a translation experiment: its trainings epoch by epoch, the test measures seed by seed, BLEU by the length
 * of the reference (Table 7) and by the number of candidates (Table 9).
 */
import { orElse } from '../at.ts'
import { type TranslationVariant, translationVariants } from '../systems/e-arm/translation-programs.ts'
import type { TranslationRecord, TranslationResults } from '../systems/e-arm/translation-results.ts'
import type { Chart } from './chart.ts'
import { startEpochOf, trainingFigures } from './earm-charts.ts'
import { type SeedPoint, type Series, type Trainings, crossEntropyCurves, seedPoints } from './epoch-charts.ts'
import type { Figure } from './figures.ts'
import { colours, palette, quantity, themed } from './theme.ts'
import { variantNames } from './translation-summary.ts'

const paint: Readonly<Record<TranslationVariant, string>> = {
  plain: palette.base,
  scheduled: palette.second,
  'e-arm': palette.distilled,
  both: palette.tilt,
}

const seriesOf = ({ options }: TranslationResults): readonly Series[] =>
  translationVariants
    .filter((variant) => options.variants.includes(variant))
    .map((variant) => [variantNames[variant], paint[variant]])

const trainingsOf = (results: TranslationResults): Trainings => ({
  series: seriesOf(results),
  curves: results.seeds.flatMap(({ seed, variants }) =>
    variants.map(({ variant, epochs }) => ({ series: variantNames[variant], seed, epochs })),
  ),
  startEpoch: startEpochOf(results.options),
})

const pointsOf = ({ seeds }: TranslationResults, value: (record: TranslationRecord) => number): readonly SeedPoint[] =>
  seeds.flatMap(({ seed, variants }) =>
    variants.map((record) => ({ seed, series: variantNames[record.variant], value: value(record) })),
  )

/** BLEU of the translated test sentences (left) and perplexity of a target token (right), joined for each seed. */
const testChart = (results: TranslationResults): Chart => {
  const series = seriesOf(results)
  const panel = (axis: string, value: (record: TranslationRecord) => number): Chart => ({
    width: 380,
    ...seedPoints(series, pointsOf(results, value), axis),
  })
  return themed(
    'Test sentences, seed by seed',
    'Left: BLEU of beam search; right: perplexity of a target token. Variants of a seed start from the same parameters and see the same pairs',
  )({
    hconcat: [panel('BLEU, per cent', ({ bleu }) => bleu), panel('test perplexity', ({ test }) => Math.exp(test))],
    spacing: 36,
  })
}

/** BLEU against something of which every training has one value each, a point for every seed and a line for the mean. */
const scoresChart = (
  results: TranslationResults,
  values: readonly Chart[],
  { field, title }: { readonly field: string; readonly title: string },
): Chart => {
  const x: Chart = { field, type: 'ordinal', title, sort: null, axis: { labelAngle: 0 } }
  const color = colours('series', seriesOf(results))
  const scale = { zero: false, padding: 10 }
  return {
    width: 400,
    height: 220,
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

const records = ({ seeds }: TranslationResults): readonly TranslationRecord[] =>
  seeds.flatMap(({ variants }) => variants)

const lengthChart = (results: TranslationResults): Chart => {
  const values = records(results).flatMap(({ variant, byLength }) =>
    byLength
      .filter(({ lines }) => lines > 0)
      .map(({ from, to, bleu }) => ({
        series: variantNames[variant],
        length: to === Number.POSITIVE_INFINITY ? `${from} and more` : `${from} to ${to - 1}`,
        bleu,
      })),
  )
  return themed(
    'BLEU by length',
    'Of sentences whose reference has so many words (Table 7)',
  )(scoresChart(results, values, { field: 'length', title: 'words of the reference' }))
}

const candidatesChart = (results: TranslationResults): Chart => {
  const values = records(results).flatMap(({ variant, byCandidates }) =>
    byCandidates.map(({ candidates, bleu }) => ({
      series: variantNames[variant],
      candidates: String(candidates),
      bleu,
    })),
  )
  return themed(
    'Top-K energy re-sampling',
    'One of K beam candidates drawn by energy; 0 takes the best (Table 9)',
  )(scoresChart(results, values, { field: 'candidates', title: 'K' }))
}

/** All figures of an experiment by name; those whose data are missing are left out. */
export const translationFigures = (results: TranslationResults): readonly Figure[] => {
  const trainings = trainingsOf(results)
  const rest = trainingFigures(trainings, orElse(records(results)[0]?.negatives, 0), [
    variantNames.plain,
    'Cross-entropy less that of plain training, seed by seed; below 0 it is better',
  ])
  const hasDifference = results.options.variants.includes('plain') && results.options.variants.length > 1
  return [
    { name: 'test', chart: testChart(results) },
    { name: 'cross-entropy', chart: crossEntropyCurves(trainings) },
    ...rest.filter(({ name }) => name !== 'difference' || hasDifference),
    { name: 'length', chart: lengthChart(results) },
    ...(results.options.candidates.length > 1 ? [{ name: 'candidates', chart: candidatesChart(results) }] : []),
  ]
}
