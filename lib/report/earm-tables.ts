/**
 * Tables 4 and 11 of the E-ARM paper, with the paper's numbers beside those found here.
 */
import type { ExperimentCosts } from '../systems/e-arm/experiment-costs.ts'
import type { Spread } from '../math.ts'
import { type EArmResults, comparison } from '../systems/e-arm/results.ts'
import { tableEleven, tableFour } from '../systems/e-arm/paper-tables.ts'
import { column, type Document, heading, note, numeric, quiet, type Table, table } from './document.ts'
import { measureText, networkText } from './earm-summary.ts'
import { decimal } from './theme.ts'
import { parametersText } from './units.ts'

const paperRatio = (name: string): string => {
  const [own, plain] = [tableEleven[name], tableEleven['plain']]
  return own === undefined || plain === undefined ? '' : `${decimal(1)(own / plain)}×`
}

interface CostRow {
  readonly name: string
  readonly seconds?: number
  readonly ratio?: number
  readonly why?: string
}

const shownOr = (value: number | undefined, unit: string): string =>
  value === undefined ? '–' : `${decimal(2)(value)}${unit}`

/** Table 11: seconds per 100 updates of each kind of a network and their ratio to a plain update. */
export const costsDocument = (found: ExperimentCosts): Document => {
  const { options, title, parameters, dataTokens, sampledTokens, adapter, costs, absent } = found
  return [
    heading(`Table 11: ${networkText(options)}, ${parametersText(parameters)} parameters; ${title}`),
    note(`${dataTokens} tokens of data and ${sampledTokens} sampled tokens in an update.`),
    table<CostRow>(
      'What updates cost',
      [...costs, ...absent],
      [
        column('update', ({ name }) => name),
        numeric('seconds per 100', ({ seconds }) => shownOr(seconds, '')),
        numeric('to plain', ({ ratio }) => shownOr(ratio, '×')),
        numeric('paper', ({ name }) => paperRatio(name)),
        quiet('', ({ why }) => why),
      ],
    ),
    note(`Medians of rounds in which every kind takes its turn, on ${adapter}.`),
    note("The paper's are of a 12-layer translation transformer on rows of about 20 tokens, sampled without a cache."),
  ]
}

/** A cell of Table 4: a finished experiment under one λ and start epoch. */
export interface TableFourCell {
  readonly lambda: number
  readonly startEpoch: number
  readonly results: EArmResults
}

/** What a cell says: test measures of both variants and their paired difference over seeds. */
interface TableFourMeasures extends ReturnType<typeof comparison> {
  readonly lambda: number
  readonly startEpoch: number
  readonly measure: EArmResults['measure']
  readonly seeds: number
}

/** Test measures by λ and start epoch: mean ± deviation over seeds. */
export const tableFourCell = ({ lambda, startEpoch, results }: TableFourCell): TableFourMeasures => {
  const { plain, eArm, difference } = comparison(results)
  return { lambda, startEpoch, measure: results.measure, seeds: results.seeds.length, plain, eArm, difference }
}

const distinct = (values: readonly number[]): readonly number[] => [...new Set(values)].sort((a, b) => a - b)

/** A table of λ (its rows) by start epoch. */
const grid = <C extends { readonly lambda: number; readonly startEpoch: number }>(
  title: string,
  cells: readonly C[],
  startText: (start: number) => string,
  text: (cell: C) => string,
  first: readonly (readonly [name: string, text: string])[],
): Table => {
  const rows = [
    ...first.map(([name, same]) => ({ name, at: () => same })),
    ...distinct(cells.map(({ lambda }) => lambda)).map((lambda) => ({
      name: String(lambda),
      at: (start: number): string => {
        const cell = cells.find((one) => one.lambda === lambda && one.startEpoch === start)
        return cell === undefined ? '–' : text(cell)
      },
    })),
  ]
  return table(title, rows, [
    numeric('λ', ({ name }) => name),
    ...distinct(cells.map(({ startEpoch }) => startEpoch)).map((start) =>
      numeric<(typeof rows)[number]>(startText(start), (row) => row.at(start)),
    ),
  ])
}

/** Table 4: the test measure over λ × start epoch, plain training first; the paper's below. */
export const tableFourDocument = (cells: readonly TableFourCell[]): Document => {
  const [first] = cells
  if (first === undefined) return [note('Table 4: no cell is finished.')]
  const { results } = first
  const show = measureText(results.measure)
  const spread = ({ mean, deviation }: Spread): string =>
    results.seeds.length < 2 ? show(mean) : `${show(mean)} ± ${show(deviation)}`
  return [
    heading(
      `Table 4: test ${results.measure} over λ and start epoch, of ${results.options.epochs} epochs; ${results.title}`,
    ),
    grid(
      'Here',
      cells,
      (start) => `from ${start}`,
      (cell) => spread(comparison(cell.results).eArm),
      [['plain', spread(comparison(results).plain)]],
    ),
    grid(
      'The paper, perplexity on WikiText-103 (Tr-Base)',
      tableFour,
      (start) => `from ${start} of 40`,
      ({ perplexity }) => decimal(2)(perplexity),
      [],
    ),
  ]
}
