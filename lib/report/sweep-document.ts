/**
 * The report of a sweep: one panel like those of Figure 2 per setting, and the tables.
 */
import { regimeWords } from '../systems/gam/options.ts'
import { type Panel, panelOf } from '../systems/gam/paper.ts'
import { mean } from '../math.ts'
import { column, type Document, type Figure, figure, heading, lead, setting, table, title, wide } from './document.ts'
import { crossEntropyAgainstSize, paperSizeRows, type SizeRow } from './size.ts'
import { regimeText, type Sweep, type SweepFailure, type SweepRow } from './sweep-rows.ts'
import { sweepOverviews } from './sweep-overview.ts'
import { sweepTables } from './sweep-tables.ts'

const settingOf = ({ motif, mixture, features, ...row }: SweepRow): string =>
  [motif, mixture === 1 ? 'pure' : `mixture-${mixture}`, `ft-${features}`, ...regimeWords(row)]
    .join('-')
    .replace(/[^\w.-]+/g, '_')

const titleOf = (row: SweepRow): string =>
  `Motif ${row.motif}, ${row.mixture === 1 ? 'pure data' : `mixture ${row.mixture}`}, ft ${row.features}, ${regimeText(row)}`

const sizeRow = (series: string, train: number, crossEntropy: number, motifFrequency: number): SizeRow => ({
  series,
  train,
  source: 'ours',
  crossEntropy,
  motifFrequency,
})

const bySize = (rows: readonly SweepRow[]): readonly (readonly SweepRow[])[] =>
  [...new Set(rows.map(({ train }) => train))].map((train) => rows.filter((row) => row.train === train))

/** Over how many seeds the points of a panel are means, which sizes need not have alike. */
const seedsText = (rows: readonly SweepRow[]): string => {
  const counts = bySize(rows).map((found) => new Set(found.map(({ seed }) => seed)).size)
  const [least, most] = [Math.min(...counts), Math.max(...counts)]
  return most === 1 ? '' : `, means over ${least === most ? most : `${least} to ${most}`} seeds`
}

/** The points of one panel, means over seeds; r is trained the same way whatever fits λ, so that those of one |D| are one. */
export const panelRows = (rows: readonly SweepRow[]): readonly SizeRow[] => {
  const point = (series: string, model: 'Base' | 'Distilled') => (found: readonly SweepRow[]) =>
    sizeRow(
      series,
      mean(found.map(({ train }) => train)),
      mean(found.map((row) => row[`crossEntropy${model}`])),
      mean(found.map((row) => row[`motifFrequency${model}`])),
    )
  return [
    ...bySize(rows).map(point('r', 'Base')),
    ...[...new Set(rows.map(({ moments }) => moments))].flatMap((moments) =>
      bySize(rows.filter((row) => row.moments === moments)).map(point(`π ${moments}`, 'Distilled')),
    ),
  ]
}

const paperPanel = ({ motif, length, mixture, features, regime }: SweepRow): Panel | undefined =>
  panelOf({ data: { kind: 'motif', motif, length, mixture }, features, regime })

/** One figure per setting that the paper's Figure 2 has, or of more than one size; a size alone is no axis. */
const sweepFigures = (rows: readonly SweepRow[]): readonly Figure[] =>
  [...new Set(rows.map(settingOf))].flatMap((name) => {
    const found = rows.filter((row) => settingOf(row) === name)
    const first = found[0]
    if (first === undefined) return []
    const panel = paperPanel(first)
    const theirs = panel === undefined ? [] : paperSizeRows(panel)
    if (theirs.length === 0 && new Set(found.map(({ train }) => train)).size < 2) return []
    const subject = `${titleOf(first)}${seedsText(found)}`
    const chart = crossEntropyAgainstSize(subject, first.entropyPerSymbol)([...theirs, ...panelRows(found)])
    return [wide(figure(name, chart, `${subject}: cross-entropy and motif frequency of r and π against |D|.`))]
  })

const failureBlocks = (failures: readonly SweepFailure[]): Document =>
  failures.length === 0
    ? []
    : [
        heading('Cells that did not finish'),
        table('What stopped them', failures, [column('cell', ({ cell }) => cell), column('reason', (f) => f.reason)]),
      ]

/** The report of a sweep. */
export const sweepDocument = ({ rows, failures }: Sweep): Document => {
  const failed = failures.length > 0 ? `, ${failures.length} did not finish` : ''
  return [
    title('Global autoregressive models: a sweep'),
    setting(`${rows.length} cells${failed}; ${[...new Set(rows.map(({ adapter }) => adapter))].join(', ')}`),
    lead(
      'Cross-entropy and motif frequency of the base model r and of the distilled model π against the size of the data.',
    ),
    ...sweepFigures(rows),
    ...sweepOverviews(rows),
    ...sweepTables(rows).flatMap(([name, found]) => [heading(name), found]),
    ...failureBlocks(failures),
  ]
}
