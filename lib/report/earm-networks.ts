/**
 * Tables 3 and 5 of the E-ARM paper: test measures of both networks of a task without and with E-ARM, and of
 * the training rows in the last epoch, with the paper's numbers below.
 */
import { orElse } from '../at.ts'
import { type Spread, spreadOf } from '../math.ts'
import { inMeasure } from '../systems/e-arm/measures.ts'
import { type PaperMeasure, testMeasures } from '../systems/e-arm/paper-tables.ts'
import { comparison, type EArmResults, recordsOf } from '../systems/e-arm/results.ts'
import type { Variant } from '../systems/e-arm/variants.ts'
import { type Column, column, type Document, heading, note, numeric, table } from './document.ts'
import { measureText, overSeeds, signed } from './earm-summary.ts'
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

/** A mean, with the deviation where there are several seeds. */
const shown = ({ measure, seeds }: NetworkRow): ((spread: Spread) => string) => overSeeds(seeds, measureText(measure))

/** A difference, with its sign. */
const difference = ({ measure, seeds, difference: gap }: NetworkRow): string =>
  overSeeds(seeds, measureText(measure), signed(measureText(measure)))(gap)

const columns: readonly Column<NetworkRow>[] = [
  column('data', ({ data }) => data),
  column('network', ({ network }) => network),
  numeric('parameters', ({ parameters }) => parametersText(parameters)),
  numeric('plain', (row) => shown(row)(row.plain)),
  numeric('E-ARM', (row) => shown(row)(row.eArm)),
  numeric('difference', difference),
  numeric('training', ({ measure, training }) => measureText(measure)(training.plain.mean)),
  numeric('E-ARM', ({ measure, training }) => measureText(measure)(training.eArm.mean)),
]

const paperColumns: readonly Column<PaperMeasure>[] = [
  column('data', ({ data }) => data),
  column('network', ({ network }) => network),
  numeric('plain', ({ plain }) => decimal(2)(plain)),
  numeric('E-ARM', ({ eArm }) => decimal(2)(eArm)),
  numeric('difference', ({ plain, eArm }) => decimal(2)(eArm - plain)),
  numeric('training', ({ train }) => (train === undefined ? '' : decimal(2)(train.plain))),
  numeric('E-ARM', ({ train }) => (train === undefined ? '' : decimal(2)(train.eArm))),
]

const isText = ({ network }: { readonly network: string }): boolean => network.startsWith('transformer')

/** Table 3 or 5. */
export const networksDocument =
  (number: number) =>
  (all: readonly EArmResults[]): Document => {
    const rows = all.map(networkRow)
    const [first] = rows
    if (first === undefined) return [note(`Table ${number}: no cell is finished.`)]
    const { measure, seeds } = first
    return [
      heading(
        `Table ${number}: test ${measure} without and with E-ARM${seeds < 2 ? '' : ` (mean ± deviation over ${seeds} seeds)`}; right, training rows in the last epoch`,
      ),
      table('Here', rows, columns),
      table(
        'The paper, at its sizes',
        testMeasures.filter((row) => isText(row) === isText(first)),
        paperColumns,
      ),
    ]
  }
