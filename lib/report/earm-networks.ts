/**
 * Tables 3 and 5 of the E-ARM paper as plain text: test measures of both networks of a task without and with E-ARM, and of
 * the training rows in the last epoch, with the paper's numbers below.
 */
import { orElse } from '../at.ts'
import { inMeasure, type Spread, spreadOf } from '../systems/e-arm/measures.ts'
import { type PaperMeasure, testMeasures } from '../systems/e-arm/paper-tables.ts'
import { comparison, type EArmResults, recordsOf } from '../systems/e-arm/results.ts'
import type { Variant } from '../systems/e-arm/variants.ts'
import { measureText, signed } from './earm-summary.ts'
import { textTable } from './text-table.ts'
import { decimal } from './theme.ts'
import { parametersText } from './units.ts'

/** A row: measures of the test part, their paired difference, and measures of the training rows in the last epoch. */
interface NetworkRow extends ReturnType<typeof comparison> {
  readonly data: string
  readonly network: string
  readonly parameters: number
  readonly measure: EArmResults['measure']
  readonly seeds: number
  /** Mean over the updates of the last epoch, with dropout. */
  readonly training: { readonly plain: Spread; readonly eArm: Spread }
}

const lastTraining = (results: EArmResults, variant: Variant): Spread =>
  spreadOf(
    recordsOf(results, variant).map(({ epochs }) =>
      inMeasure(results.measure)(orElse(epochs.at(-1)?.training, Number.NaN)),
    ),
  )

/** The row of an experiment. */
export const networkRow = (results: EArmResults): NetworkRow => ({
  data: orElse(results.options.data.split(/[\\/]/).at(-1), ''),
  network: 'kind' in results.options.network ? results.options.network.kind : 'encoder–decoder',
  parameters: results.parameters,
  measure: results.measure,
  seeds: results.seeds.length,
  ...comparison(results),
  training: { plain: lastTraining(results, 'plain'), eArm: lastTraining(results, 'e-arm') },
})

const head: readonly string[] = ['data', 'network', 'parameters', 'plain', 'E-ARM', 'difference', 'training', 'E-ARM']

const cells = (row: NetworkRow): readonly string[] => {
  const show = measureText(row.measure)
  const spread = ({ deviation }: Spread, value: string): string =>
    row.seeds < 2 ? value : `${value} ± ${show(deviation)}`
  return [
    row.data,
    row.network,
    parametersText(row.parameters),
    spread(row.plain, show(row.plain.mean)),
    spread(row.eArm, show(row.eArm.mean)),
    spread(row.difference, signed(show)(row.difference.mean)),
    show(row.training.plain.mean),
    show(row.training.eArm.mean),
  ]
}

const paperCells = ({ data, network, plain, eArm, train }: PaperMeasure): readonly string[] => {
  const show = decimal(2)
  const trained = train === undefined ? ['', ''] : [show(train.plain), show(train.eArm)]
  return [data, network, show(plain), show(eArm), show(eArm - plain), ...trained]
}

const aligned = (titles: readonly string[]) => titles.map((_, i) => (i < 2 ? ('left' as const) : ('right' as const)))

const isText = ({ network }: { readonly network: string }): boolean => network.startsWith('transformer')

/** Table 3 or 5, ready to print. */
export const networksText =
  (table: number) =>
  (all: readonly EArmResults[]): string => {
    const rows = all.map(networkRow)
    const [first] = rows
    if (first === undefined) return `\nTable ${table}: no cell is finished.\n`
    const paper = testMeasures.filter((row) => isText(row) === isText(first))
    const paperHead = head.filter((title) => title !== 'parameters')
    return [
      '',
      `Table ${table}: test ${first.measure} without and with E-ARM${first.seeds < 2 ? '' : ` (mean ± deviation over ${first.seeds} seeds)`}; right, training rows in the last epoch`,
      '',
      ...textTable(aligned(head))(head, rows.map(cells)),
      '',
      'The paper, at its sizes:',
      ...textTable(aligned(paperHead))(paperHead, paper.map(paperCells)),
      '',
      '',
    ].join('\n')
  }
