/**
 * The charts of a residual-model run: perplexities with bounds, energy histograms, per-step perplexity, n-grams, training.
 */
import { at, field, orElse } from '../at.ts'
import type { EvaluationRecord, FitRecord, GenerationRecord, ResidualResults } from '../systems/residual/results.ts'
import type { Chart, TitledChart } from './chart.ts'
import { type Document, figure, note, whenSome } from './document.ts'
import { boundsText, modelTitles, sourceOrder, sourceTitles } from './residual-summary.ts'
import { colours, neutral, palette, quantity, rowsBy, themed, usual } from './theme.ts'

const modelColours: readonly (readonly [string, string])[] = [
  [modelTitles.base, palette.base],
  [modelTitles.ralm, palette.third],
  [modelTitles.balm, palette.second],
  [modelTitles.unit, palette.distilled],
  [modelTitles.bit, palette.tilt],
  [modelTitles.policy, '#8a8f2b'],
  [modelTitles['bit-base'], '#b06ab3'],
  [modelTitles['bit-large'], '#5b4bb5'],
  [modelTitles['bit-base-star'], '#c2577f'],
  [modelTitles['bit-star'], '#7d7d8c'],
  [modelTitles['bit-large-star'], '#4d8f8b'],
]

const sourceColours: readonly (readonly [string, string])[] = [
  [sourceTitles.data, neutral.ink],
  [sourceTitles.base, palette.base],
  [sourceTitles.unit, palette.distilled],
  [sourceTitles.bit, palette.tilt],
]

/** Perplexity per token of each model; the bar of a joint model spans its bounds, the thin one the error of the test rows. */
export const perplexityChart = ({ table, chunks }: EvaluationRecord): TitledChart => {
  const y = rowsBy('model')
  const x = (field: string): Chart =>
    quantity(field, 'perplexity per token', { scale: { zero: false, padding: 40 }, axis: { grid: true, tickCount: 6 } })
  const color: Chart = { ...colours('model', modelColours), legend: null }
  return themed(
    'Perplexity',
    `${chunks} test rows; thick: the bounds from log Z; thin: ± one standard error of the rows`,
  )({
    width: 560,
    height: { step: 38 },
    data: {
      values: table.map((row) => ({
        model: modelTitles[row.model],
        ...{ value: row.perToken.value, lower: row.perToken.lower, upper: row.perToken.upper, label: boundsText(row) },
        low: row.perToken.value - row.perToken.testError,
        high: row.perToken.value + row.perToken.testError,
      })),
    },
    layer: [
      {
        mark: { type: 'rule', strokeWidth: 1.2, opacity: 0.5 },
        encoding: { y, x: x('low'), x2: { field: 'high' }, color },
      },
      { mark: { type: 'rule', strokeWidth: 6 }, encoding: { y, x: x('lower'), x2: { field: 'upper' }, color } },
      { mark: { type: 'point', filled: true, size: 90, opacity: 1 }, encoding: { y, x: x('value'), color } },
      {
        mark: { type: 'text', dy: -12, fontSize: 11, fontWeight: 600 },
        encoding: { y, x: x('value'), text: { field: 'label', type: 'nominal' }, color },
      },
    ],
  })
}

const histogramRows = (
  { lowest, width, counts }: GenerationRecord['energies'],
  names: readonly (readonly [string, string])[],
): readonly Chart[] =>
  names.flatMap(([key, series]) => {
    const own = orElse(counts[key], [])
    const total = own.reduce((a, b) => a + b, 0)
    return own.map((count, bin) => ({
      series,
      energy: lowest + (bin + 0.5) * width,
      share: total === 0 ? 0 : count / total,
    }))
  })

/** Energies of human text, base samples and joint samples: where the joint model fits, its curve lies on that of the data. */
export const energyChart = ({ energies, count }: GenerationRecord): TitledChart =>
  usual('Energies', `E(x) under BiT of ${count} continuations of each kind; low is likely`, {
    data: {
      values: [
        ...histogramRows(energies, [
          ['data', sourceTitles.data],
          ['base', sourceTitles.base],
          ['joint', sourceTitles.bit],
        ]),
      ],
    },
    mark: { type: 'line', interpolate: 'step', strokeWidth: 2 },
    encoding: {
      x: quantity('energy', 'energy, nats', { scale: { zero: false, nice: false } }),
      y: quantity('share', 'share of the samples', { axis: { format: '.0%' } }),
      color: colours('series', [at(sourceColours, 0), at(sourceColours, 1), at(sourceColours, 3)]),
    },
  })

/** Perplexity position by position under the base and under P_joint, with its bounds; the last position is exact. */
export const stepChart = ({ steps }: EvaluationRecord): TitledChart => {
  const color = colours('series', [at(modelColours, 0), ...modelColours.slice(3, 5)])
  const x = quantity('position', 'position in the row', { scale: { zero: false, nice: false, padding: 12 } })
  const y = (field: string): Chart => quantity(field, 'perplexity', { scale: { zero: false, padding: 12 } })
  const joint = (name: 'unit' | 'bit'): readonly Chart[] =>
    steps[name].map(({ position, joint: value, lower, upper }) => ({
      ...{ position, value, lower, upper },
      series: modelTitles[name],
    }))
  const base = steps.bit.map(({ position, base: value }) => ({
    ...{ position, value, lower: value, upper: value },
    series: modelTitles.base,
  }))
  return usual('Step by step', 'Perplexity of each token given those before it; the last is exact', {
    data: { values: [...base, ...joint('unit'), ...joint('bit')] },
    layer: [
      { mark: { type: 'area', opacity: 0.2 }, encoding: { x, y: y('lower'), y2: { field: 'upper' }, color } },
      { mark: { type: 'line', point: { size: 36 } }, encoding: { x, y: y('value'), color } },
    ],
  })
}

/** Perplexity under joint BiT by the number of samples for log Z, with its bounds: where they still move, there are too few. */
export const samplesChart = ({ bySamples = [] }: EvaluationRecord): TitledChart | undefined => {
  if (bySamples.length < 2) return undefined
  const x = quantity('samples', 'samples of each prefix', { scale: { type: 'log', base: 2 }, axis: { grid: true } })
  const y = (name: string): Chart => quantity(name, 'perplexity per token', { scale: { zero: false, padding: 12 } })
  const color: Chart = { value: palette.tilt }
  return usual('How many samples log Z takes', 'Joint BiT: jackknife, and the asymptotic bounds', {
    data: { values: bySamples.map((point) => ({ ...point })) },
    layer: [
      { mark: { type: 'area', opacity: 0.2 }, encoding: { x, y: y('lower'), y2: { field: 'upper' }, color } },
      { mark: { type: 'line', point: { size: 36 } }, encoding: { x, y: y('value'), color } },
    ],
  })
}

/** Ratio of unique n-grams of each kind of continuation. */
export const ngramChart = ({ measures, count }: GenerationRecord): TitledChart =>
  usual('Unique n-grams', `Distinct n-grams over all n-grams of ${count} continuations of each kind`, {
    data: {
      values: sourceOrder.flatMap((source) =>
        measures[source].uniqueRatios.map((ratio, i) => ({ n: i + 1, ratio, source: sourceTitles[source] })),
      ),
    },
    mark: { type: 'line', point: { size: 36 } },
    encoding: {
      x: quantity('n', 'n', { axis: { tickMinStep: 1 }, scale: { zero: false, nice: false, padding: 12 } }),
      y: quantity('ratio', 'share that is unique', { axis: { format: '.0%' } }),
      color: colours('source', sourceColours),
    },
  })

const scoreRows = (fits: Readonly<Record<string, FitRecord>>, names: readonly (readonly [string, string])[]) =>
  names.flatMap(([name, series]) =>
    orElse(fits[name]?.curve, []).flatMap(({ step, score }) =>
      Number.isFinite(score) ? [{ step, score, series }] : [],
    ),
  )

/** One evaluation is a point, and no line. */
const isCurve = (rows: readonly { readonly step: number; readonly series: string }[]): boolean =>
  rows.some(({ step, series }) => rows.some((other) => other.series === series && other.step !== step))

const scoreChart = (
  title: string,
  subtitle: string,
  axis: string,
  rows: ReturnType<typeof scoreRows>,
  series: typeof modelColours,
): TitledChart | undefined => {
  if (!isCurve(rows)) return undefined
  return usual(title, subtitle, {
    data: { values: [...rows] },
    mark: { type: 'line', point: { size: 22 } },
    encoding: {
      x: quantity('step', 'optimiser step', { axis: { tickCount: 6, format: '~s' } }),
      y: quantity('score', axis, { scale: { zero: false, padding: 12 } }),
      color: colours('series', series),
    },
  })
}

/** Nats per modelled token on validation rows, of the three language models; undefined where each was evaluated once. */
const languageTraining = ({ fits }: ResidualResults): TitledChart | undefined => {
  const names = [
    ['base', modelTitles.base],
    ['balm', modelTitles.balm],
    ['ralm', modelTitles.ralm],
  ] as const
  return scoreChart(
    'Training of the language models',
    'Cross-entropy on validation rows',
    'nats per token',
    scoreRows(fits, names),
    modelColours.slice(0, 3),
  )
}

const languageNames = new Set(['base', 'policy', 'ralm', 'balm'])

/** What an energy of 0 everywhere costs by the objective of a run, and what else there is to know of its curve. */
const objectiveNote = ({ objective, ratio }: ResidualResults['options']['energy']): string => {
  if (objective === 'importance')
    return `Likelihood of validation rows, log Z from ${ratio} rows each; the base costs 0`
  const cost = Math.log1p(ratio) + ratio * Math.log1p(1 / ratio)
  return `The objective on validation rows; with ν = ${ratio} no discrimination costs ${cost.toFixed(3)}`
}

/** The objective of the energies on validation rows, beside what no discrimination costs: 2 log 2 for NCE with ν = 1; undefined where each was evaluated once. */
export const energyTraining = ({ fits, options }: ResidualResults): TitledChart | undefined => {
  const names = Object.entries(modelTitles).filter(([name]) => name in fits && !languageNames.has(name))
  return scoreChart(
    'Training of the energies',
    objectiveNote(options.energy),
    'nats per datum',
    scoreRows(fits, names),
    modelColours.slice(3).filter(([title]) => names.some(([, own]) => own === title)),
  )
}

/** Energies of validation data and noise while BiT trains: the median and the middle half. */
const energyQuantiles = ({ fits }: ResidualResults): TitledChart | undefined => {
  const curve = orElse(fits['bit']?.curve, [])
  if (curve.length < 2) return undefined
  const rows = curve.flatMap(({ step, facts }) =>
    (['data', 'noise'] as const).map((name) => ({
      step,
      series: name === 'data' ? sourceTitles.data : sourceTitles.base,
      ...{ low: field(facts, `${name}25`), middle: field(facts, `${name}50`), high: field(facts, `${name}75`) },
    })),
  )
  const x = quantity('step', 'optimiser step', { axis: { tickCount: 6, format: '~s' } })
  const color = colours('series', sourceColours.slice(0, 2))
  return usual('Energies in training', 'BiT on validation rows: median and middle half', {
    data: { values: rows },
    layer: [
      {
        mark: { type: 'area', opacity: 0.18 },
        encoding: { x, y: quantity('low', 'energy, nats'), y2: { field: 'high' }, color },
      },
      { mark: { type: 'line' }, encoding: { x, y: quantity('middle', 'energy, nats'), color } },
    ],
  })
}

/** How the trainings went. */
export const trainingFigures = (results: ResidualResults): Document => {
  const [languages, energies] = [languageTraining(results), energyTraining(results)]
  return [
    ...(languages === undefined && energies === undefined
      ? [note('Every training was evaluated once, at its end, and has no curve; results.json has its score.')]
      : []),
    ...whenSome(languages, (chart) => [
      figure(
        'language-training',
        chart,
        'Lines over optimiser steps: cross-entropy of the language models on validation rows.',
      ),
    ]),
    ...whenSome(energies, (chart) => [
      figure(
        'energy-training',
        chart,
        'Lines over optimiser steps: the objective of the energies UniT and BiT on validation rows.',
      ),
    ]),
    ...whenSome(energyQuantiles(results), (chart) => [
      figure(
        'energy-quantiles',
        chart,
        'Bands over optimiser steps: energies of BiT on human text and on base samples, median and middle half.',
      ),
    ]),
  ]
}
