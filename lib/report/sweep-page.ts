/**
 * The report of a sweep: one panel like those of Figure 2 per setting, the tables, and their text for a terminal.
 */
import { isFigureTwo } from '../systems/gam/paper.ts'
import { type Drawing, type Figure, paperSizeRows } from './figures.ts'
import { escaped, figureHtml, numberCell, page, tableOf, textCell } from './html.ts'
import { crossEntropyAgainstSize, type SizeRow } from './size.ts'
import type { Sweep, SweepFailure, SweepRow } from './sweep-rows.ts'
import { type SweepTable, sweepTables } from './sweep-tables.ts'
import { textTable } from './text-table.ts'

const settingOf = ({ motif, mixture, features, regime }: SweepRow): string =>
  [motif, mixture === 1 ? 'pure' : `mixture-${mixture}`, `ft-${features}`, regime].join('-').replace(/[^\w.-]+/g, '_')

const titleOf = ({ motif, mixture, features, regime }: SweepRow): string =>
  `Motif ${motif}, ${mixture === 1 ? 'pure data' : `mixture ${mixture}`}, ft ${features}, ${regime}`

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

const sizeRow = (series: string, train: number, crossEntropy: number, motifFrequency: number): SizeRow => ({
  series,
  train,
  source: 'ours',
  crossEntropy,
  motifFrequency,
})

/** The points of one panel: r is trained the same way whatever fits λ, so its runs at one |D| are averaged. */
export const panelRows = (rows: readonly SweepRow[]): readonly SizeRow[] => {
  const sizes = [...new Set(rows.map(({ train }) => train))]
  const base = sizes.map((train) => {
    const found = rows.filter((row) => row.train === train)
    return sizeRow(
      'r',
      train,
      mean(found.map((row) => row.crossEntropyBase)),
      mean(found.map((row) => row.motifFrequencyBase)),
    )
  })
  return [
    ...base,
    ...rows.map((row) =>
      sizeRow(`π ${row.moments}`, row.train, row.crossEntropyDistilled, row.motifFrequencyDistilled),
    ),
  ]
}

const isPaperPanel = ({ motif, length, mixture, features, regime }: SweepRow): boolean =>
  isFigureTwo({ data: { kind: 'motif', motif, length, mixture }, features, regime })

/** One figure per setting. */
export const sweepFigures = (rows: readonly SweepRow[]): readonly Figure[] =>
  [...new Set(rows.map(settingOf))].flatMap((setting) => {
    const found = rows.filter((row) => settingOf(row) === setting)
    const first = found[0]
    if (first === undefined) return []
    const theirs = isPaperPanel(first) ? paperSizeRows : []
    const chart = crossEntropyAgainstSize(titleOf(first), first.entropyPerSymbol)([...theirs, ...panelRows(found)])
    return [{ name: setting, chart }]
  })

const tableHtml = ({ title, note, head, rows }: SweepTable): string =>
  `<h2>${escaped(title)}</h2>\n<p class="note">${escaped(note)}</p>\n${tableOf(
    head.map((title, column) => (column === 0 ? textCell(title) : numberCell(title))),
  )(rows.map(([first, ...rest]) => [textCell(first ?? ''), ...rest.map(numberCell)]))}`

const failuresHtml = (failures: readonly SweepFailure[]): string =>
  failures.length === 0
    ? ''
    : `<h2>Cells that did not finish</h2>\n${tableOf([])(failures.map(({ cell, reason }) => [textCell(cell), textCell(reason)]))}`

/** `sweep.html` from a sweep and its drawn figures. */
export const sweepPage =
  (drawings: readonly Drawing[]) =>
  ({ rows, failures }: Sweep): string =>
    page('exptilt: a sweep')(`
<h1>Global autoregressive models: a sweep</h1>
<p class="setting">${rows.length} cells${failures.length > 0 ? `, ${failures.length} did not finish` : ''}; ${escaped([...new Set(rows.map(({ adapter }) => adapter))].join(', '))}</p>
<p class="lead">Cross-entropy and motif frequency of the base model r and of the distilled model π against the size of the data.</p>
<div class="figures">${drawings.map(figureHtml('wide')).join('\n')}</div>
${sweepTables(rows).map(tableHtml).join('\n')}
${failuresHtml(failures)}`)

const tableText = ({ title, head, rows }: SweepTable): readonly string[] => [
  title,
  '',
  ...textTable(head.map((_, column) => (column === 0 ? 'left' : 'right')))(head, rows),
  '',
]

/** The tables of a sweep for a terminal. */
export const sweepText = ({ rows, failures }: Sweep): string =>
  [
    '',
    ...sweepTables(rows).flatMap(tableText),
    ...failures.map(({ cell, reason }) => `${cell} did not finish: ${reason}`),
    '',
  ].join('\n')
