/**
 * The report of a sweep: one panel like those of Figure 2 per setting, and the tables.
 */
import { isFigureTwo } from '../systems/gam/paper.ts'
import { mean } from '../math.ts'
import { column, type Document, type Figure, figure, heading, lead, setting, table, title, wide } from './document.ts'
import { crossEntropyAgainstSize, paperSizeRows, type SizeRow } from './size.ts'
import type { Sweep, SweepFailure, SweepRow } from './sweep-rows.ts'
import { sweepTables } from './sweep-tables.ts'

const settingOf = ({ motif, mixture, features, regime }: SweepRow): string =>
  [motif, mixture === 1 ? 'pure' : `mixture-${mixture}`, `ft-${features}`, regime].join('-').replace(/[^\w.-]+/g, '_')

const titleOf = ({ motif, mixture, features, regime }: SweepRow): string =>
  `Motif ${motif}, ${mixture === 1 ? 'pure data' : `mixture ${mixture}`}, ft ${features}, ${regime}`

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
const sweepFigures = (rows: readonly SweepRow[]): readonly Figure[] =>
  [...new Set(rows.map(settingOf))].flatMap((name) => {
    const found = rows.filter((row) => settingOf(row) === name)
    const first = found[0]
    if (first === undefined) return []
    const theirs = isPaperPanel(first) ? paperSizeRows : []
    const chart = crossEntropyAgainstSize(titleOf(first), first.entropyPerSymbol)([...theirs, ...panelRows(found)])
    return [wide(figure(name, chart, `${titleOf(first)}: cross-entropy and motif frequency of r and π against |D|.`))]
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
    ...sweepTables(rows).flatMap(([name, found]) => [heading(name), found]),
    ...failureBlocks(failures),
  ]
}
