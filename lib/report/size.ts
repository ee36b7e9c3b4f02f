/**
 * Figure 2: cross-entropy (dots, plain lines) and motif frequency (rings, dashed lines) against the size of the training set.
 */
import type { Panel } from '../systems/gam/paper.ts'
import type { GamResults } from '../systems/gam/results.ts'
import { at } from '../at.ts'
import type { Chart, TitledChart } from './chart.ts'
import { colours, entropyRule, palette, quantity, themed } from './theme.ts'

/** One model at one |D|: `series` names the model, `source` whether the numbers are ours or the paper's. */
export interface SizeRow {
  readonly train: number
  readonly series: string
  readonly source: 'ours' | 'paper'
  readonly crossEntropy: number
  readonly motifFrequency?: number
}

/** A panel of the paper's Figure 2 as rows of the size chart. */
export const paperSizeRows = ({ rows }: Panel): readonly SizeRow[] =>
  rows.flatMap(({ train, crossEntropy, motifFrequency }) =>
    ['r', 'π rs', 'π snis'].map(
      (series, i): SizeRow => ({
        train,
        series,
        source: 'paper',
        crossEntropy: at(crossEntropy, i),
        ...(motifFrequency === undefined ? {} : { motifFrequency: at(motifFrequency, i) }),
      }),
    ),
  )

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

/** The series of Figure 2 and their colours: the base model and the student after each way of fitting λ. */
const sizeSeries: readonly (readonly [string, string])[] = [
  ['r', palette.base],
  ['π rs', palette.second],
  ['π snis', palette.distilled],
  ['π newton', palette.tilt],
]

const along = (field: 'crossEntropy' | 'motifFrequency', source: 'ours' | 'paper', seen: readonly string[]): Chart => ({
  transform: [{ filter: `datum.source === '${source}' && isNumber(datum.${field})` }],
  mark: {
    type: 'line',
    opacity: source === 'paper' ? 0.35 : 1,
    strokeWidth: source === 'paper' ? 1.5 : 2.2,
    ...(field === 'motifFrequency' ? { strokeDash: [5, 4] } : {}),
    point: {
      filled: field === 'crossEntropy',
      size: source === 'paper' ? 22 : 46,
      opacity: source === 'paper' ? 0.35 : 1,
    },
  },
  encoding: {
    x: quantity('train', '|D|, number of training strings', {
      scale: { type: 'log', nice: false, padding: 12 },
      axis: { values: [100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000], format: '~s' },
    }),
    y:
      field === 'crossEntropy'
        ? quantity(field, 'cross-entropy, nats per symbol', { scale: { zero: false, padding: 18 } })
        : quantity(field, 'motif frequency', {
            scale: { domain: [0, 1], nice: false, padding: 18 },
            axis: { orient: 'right', grid: false, format: '.0%', values: [0, 0.25, 0.5, 0.75, 1] },
          }),
    color: colours(
      'series',
      sizeSeries.filter(([name]) => seen.includes(name)),
    ),
  },
})

/**
 * Cross-entropy and motif frequency against |D|, with the entropy of the process as a rule (Figure 2). The paper's
 * lines, where given, are faint.
 */
export const crossEntropyAgainstSize =
  (title: string, entropy: number | undefined) =>
  (rows: readonly SizeRow[]): TitledChart => {
    const seen = rows.map(({ series }) => series)
    const sources = (['paper', 'ours'] as const).filter((source) => rows.some((row) => row.source === source))
    const hint = sources.includes('paper') ? '; faint: the paper' : ''
    return themed(title, [
      'Dots and plain lines: cross-entropy on test strings',
      `Rings and dashed lines: motif frequency in samples${hint}`,
    ])({
      width: 520,
      height: 300,
      data: { values: rows.filter((row) => Number.isFinite(row.crossEntropy)).map((row) => ({ ...row })) },
      layer: [
        {
          layer: [...sources.map((source) => along('crossEntropy', source, seen)), ...entropyRule(entropy, 'entropy')],
        },
        { layer: sources.map((source) => along('motifFrequency', source, seen)) },
      ],
      resolve: { scale: { y: 'independent' } },
    })
  }
