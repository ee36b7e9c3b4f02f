/**
 * Tables 4 and 11 of the E-ARM paper as plain text, with the paper's numbers beside those found here.
 */
import type { MeasuredCosts } from '../systems/e-arm/cost.ts'
import type { ExperimentCosts } from '../systems/e-arm/experiment-costs.ts'
import { type EArmResults, comparison } from '../systems/e-arm/results.ts'
import { tableEleven, tableFour } from '../systems/e-arm/paper-tables.ts'
import { measureText, networkText } from './earm-summary.ts'
import { textTable } from './text-table.ts'
import { decimal } from './theme.ts'
import { parametersText } from './units.ts'

const paperRatio = (name: string): string => {
  const [own, plain] = [tableEleven[name], tableEleven['plain']]
  return own === undefined || plain === undefined ? '' : `${decimal(1)(own / plain)}×`
}

const costRows = ({ costs, absent }: MeasuredCosts): readonly (readonly string[])[] => [
  ...costs.map(({ name, seconds, ratio }) => [
    name,
    decimal(2)(seconds),
    `${decimal(2)(ratio)}×`,
    paperRatio(name),
    '',
  ]),
  ...absent.map(({ name, why }) => [name, '–', '–', paperRatio(name), why]),
]

/** Table 11, ready to print: seconds per 100 updates of each kind of a network and their ratio to a plain update. */
const costTable = (network: string, found: MeasuredCosts): string => {
  const { title, parameters, dataTokens, sampledTokens, adapter } = found
  return [
    '',
    `Table 11: ${network}, ${parametersText(parameters)} parameters; ${title}`,
    `${dataTokens} tokens of data and ${sampledTokens} sampled tokens in an update`,
    '',
    ...textTable(['left', 'right', 'right', 'right', 'left'])(
      ['update', 'seconds per 100', 'to plain', 'paper', ''],
      costRows(found),
    ),
    '',
    `Medians of rounds in which every kind takes its turn, on ${adapter}.`,
    "The paper's are of a 12-layer translation transformer on rows of about 20 tokens, sampled without a cache.",
    '',
  ].join('\n')
}

/** Table 11 of an experiment. */
export const costsText = (found: ExperimentCosts): string => costTable(networkText(found.options), found)

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

const paperLines = (): readonly string[] => {
  const starts = distinct(tableFour.map((cell) => cell.startEpoch))
  return textTable(['right', ...starts.map(() => 'right' as const)])(
    ['λ', ...starts.map((start) => `from ${start} of 40`)],
    distinct(tableFour.map((cell) => cell.lambda)).map((lambda) => [
      String(lambda),
      ...starts.map((start) =>
        decimal(2)(
          tableFour.find((cell) => cell.lambda === lambda && cell.startEpoch === start)?.perplexity ?? Number.NaN,
        ),
      ),
    ]),
  )
}

/** Table 4, ready to print: the test measure over λ × start epoch, plain training first; the paper's below. */
export const tableFourText = (cells: readonly TableFourCell[]): string => {
  const [first] = cells
  if (first === undefined) return '\nTable 4: no cell is finished.\n'
  const { results } = first
  const show = measureText(results.measure)
  const starts = distinct(cells.map((cell) => cell.startEpoch))
  const deviation = (value: number): string => (results.seeds.length < 2 ? '' : ` ± ${show(value)}`)
  const cellText = (lambda: number, start: number): string => {
    const cell = cells.find((c) => c.lambda === lambda && c.startEpoch === start)
    if (cell === undefined) return '–'
    const { eArm } = comparison(cell.results)
    return `${show(eArm.mean)}${deviation(eArm.deviation)}`
  }
  const { plain } = comparison(results)
  const baseline = `${show(plain.mean)}${deviation(plain.deviation)}`
  return [
    '',
    `Table 4: test ${results.measure} over λ and start epoch, of ${results.options.epochs} epochs; ${results.title}`,
    '',
    ...textTable(['right', ...starts.map(() => 'right' as const)])(
      ['λ', ...starts.map((start) => `from ${start}`)],
      [
        ['plain', ...starts.map(() => baseline)],
        ...distinct(cells.map((cell) => cell.lambda)).map((lambda) => [
          String(lambda),
          ...starts.map((start) => cellText(lambda, start)),
        ]),
      ],
    ),
    '',
    'The paper, perplexity on WikiText-103 (Tr-Base):',
    ...paperLines(),
    '',
    '',
  ].join('\n')
}
