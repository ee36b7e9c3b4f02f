/**
 * The settings of a sweep at one |D| side by side: how far above the entropy of its process each model is, as a ratio (the paper's
 * Table 3, and what its Figures 4 to 7 have in common).
 */
import { tableThree } from '../systems/gam/paper.ts'
import { type Figure, figure, wide } from './document.ts'
import type { Chart, TitledChart } from './chart.ts'
import { regimeText, type SweepRow } from './sweep-rows.ts'
import { colours, neutral, palette, quantity, rowsBy, themed } from './theme.ts'

const models = [
  ['r', palette.base, 'crossEntropyBase'],
  ['Pλ', palette.tilt, 'crossEntropyTilt'],
  ['π', palette.distilled, 'crossEntropyDistilled'],
] as const

/** All of a setting but its motif. */
const groupOf = ({ features, mixture, moments, ...row }: SweepRow): string =>
  [
    `ft ${features}`,
    ...(mixture === 1 ? [] : [`mixture ${mixture}`]),
    ...(row.regime === 'two-stage' ? [] : [regimeText(row)]),
    `λ by ${moments}`,
  ].join(', ')

const nameOf = (row: SweepRow): string => `${groupOf(row)}\n${row.motif}`

/** The lines of the figure: each group, and below it its motifs. */
const linesOf = (rows: readonly SweepRow[]): readonly string[] =>
  [...new Set(rows.map(groupOf))].flatMap((group) => [
    group,
    ...new Set(rows.filter((row) => groupOf(row) === group).map(nameOf)),
  ])

/** Pixels left of the plot: a motif of 14 symbols, or the beginning of a group's name. */
const BEFORE = 98

/** The paper's mean ± deviation of CE(π)/H, of two-stage training. */
const theirsOf = (row: SweepRow): readonly Chart[] => {
  const found = tableThree.find(({ train }) => train === row.train)
  if (found === undefined || row.regime !== 'two-stage' || row.moments === 'snis') return []
  const [, [mean, deviation]] = row.mixture === 1 ? found.pure : found.mixture
  return [{ setting: nameOf(row), least: mean - deviation, most: mean + deviation }]
}

const pointsOf = (row: SweepRow): readonly Chart[] =>
  models.flatMap(([series, , field]) =>
    row.entropyPerSymbol === undefined || !Number.isFinite(row[field])
      ? []
      : [{ setting: nameOf(row), series, ratio: row[field] / row.entropyPerSymbol }],
  )

const overview = (rows: readonly SweepRow[], train: number): TitledChart => {
  const axis = { labelExpr: "split(datum.label, '\\n')[1] || ''", minExtent: BEFORE }
  const y = { ...rowsBy('setting', axis), scale: { domain: linesOf(rows) } }
  const x = { scale: { zero: false, padding: 12 } }
  const theirs = rows.flatMap(theirsOf)
  const faint = theirs.length === 0 ? '' : '; faint: π of the paper, mean ± deviation over motifs'
  return themed(
    `|D| = ${train}: cross-entropies over the entropy of the process`,
    `1 is the process itself${faint}`,
  )({
    width: 420,
    height: { step: 18 },
    layer: [
      {
        data: { values: [...new Set(rows.map(groupOf))].map((setting) => ({ setting })) },
        mark: { type: 'text', align: 'left', baseline: 'bottom', dy: 8, x: -BEFORE, color: neutral.ink },
        encoding: { y, text: { field: 'setting' } },
      },
      {
        data: { values: theirs },
        mark: { type: 'bar', height: 12, opacity: 0.18, color: palette.distilled },
        encoding: { y, x: quantity('least', 'CE/H', x), x2: { field: 'most' } },
      },
      {
        data: { values: rows.flatMap(pointsOf) },
        mark: { type: 'point', filled: true, size: 55, opacity: 1 },
        encoding: {
          y,
          x: quantity('ratio', 'CE/H', x),
          color: colours(
            'series',
            models.map(([name, colour]) => [name, colour] as const),
          ),
        },
      },
    ],
  })
}

/** A figure for each |D| at which a sweep has more than one setting of a known process, however λ is fitted. */
export const sweepOverviews = (rows: readonly SweepRow[]): readonly Figure[] => {
  const known = rows.filter(({ entropyPerSymbol }) => entropyPerSymbol !== undefined)
  return [...new Set(known.map(({ train }) => train))].flatMap((train) => {
    const found = known.filter((row) => row.train === train)
    return new Set(found.map((row) => nameOf({ ...row, moments: 'newton' }))).size < 2
      ? []
      : [
          wide(
            figure(
              `overview-D${train}`,
              overview(found, train),
              `Cross-entropies of r, of p_λ and of π over the entropy of the process, for every setting at |D| = ${train}.`,
            ),
          ),
        ]
  })
}
