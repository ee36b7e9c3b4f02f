/**
 * The paper's Tables 1, 3 and 4 computed from the rows of a sweep, each number beside the paper's.
 */
import { orElse } from '../at.ts'
import { tableFour, tableOne, tableThree } from '../systems/gam/paper.ts'
import type { SweepRow } from './sweep-rows.ts'
import { decimal } from './theme.ts'

/** A table as text: the head, and rows of as many cells. */
export interface SweepTable {
  readonly title: string
  readonly note: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

const deviation = (values: readonly number[]): number => {
  const centre = mean(values)
  return values.length < 2
    ? 0
    : Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1))
}

const averaged = (values: readonly number[]): string => (values.length === 0 ? '–' : decimal(3)(mean(values)))

const spread = (values: readonly number[]): string =>
  values.length === 0
    ? '–'
    : values.length === 1
      ? decimal(2)(mean(values))
      : `${decimal(2)(mean(values))} ± ${decimal(2)(deviation(values))}`

const factor = (value: number): string =>
  Number.isFinite(value) ? String(Number(value.toPrecision(value < 10 ? 2 : 3))) : '∞'

const range = (values: readonly number[]): string => {
  if (values.length === 0) return '–'
  const [least, most] = [factor(Math.min(...values)), factor(Math.max(...values))]
  return least === most ? least : `${least}–${most}`
}

const sizesOf = (rows: readonly SweepRow[]): readonly number[] =>
  [...new Set(rows.map(({ train }) => train))].sort((a, b) => a - b)

/** Pairs of rows that differ in one field only: those where it is `first` with those where it is `second`. */
const pairs = <K extends 'moments' | 'regime'>(
  field: K,
  first: SweepRow[K],
  second: SweepRow[K],
  rows: readonly SweepRow[],
): readonly (readonly [SweepRow, SweepRow])[] => {
  const other = field === 'moments' ? 'regime' : 'moments'
  const same = (a: SweepRow, b: SweepRow): boolean =>
    a.motif === b.motif &&
    a.length === b.length &&
    a.mixture === b.mixture &&
    a.features === b.features &&
    a.train === b.train &&
    a[other] === b[other]
  return rows
    .filter((row) => row[field] === first)
    .flatMap((row) =>
      rows
        .filter((candidate) => candidate[field] === second && same(row, candidate))
        .map((found) => [row, found] as const),
    )
}

const paired = (ours: readonly string[], theirs: readonly string[]): readonly string[] =>
  ours.flatMap((value, position) => [value, orElse(theirs[position], '')])

const beside = (names: readonly string[]): readonly string[] => names.flatMap((name) => [name, 'paper'])

const fixed = (values: readonly number[] | undefined): readonly string[] =>
  (values ?? []).map((value) => decimal(3)(value))

const ratios = (
  matched: readonly (readonly [SweepRow, SweepRow])[],
  ...of: readonly ((row: SweepRow) => number)[]
): readonly string[] => of.map((field) => averaged(matched.map(([a, b]) => field(a) / field(b))))

const frequency = (row: SweepRow): number => row.motifFrequencyDistilled
const crossEntropy = (row: SweepRow): number => row.crossEntropyDistilled

/** Table 1: rejection sampling over SNIS for pure and for mixture data: motif frequency, cross-entropy, time of Training-1. */
export const tableOneOf = (rows: readonly SweepRow[]): SweepTable => {
  const matched = pairs('moments', 'rs', 'snis', rows)
  const columns = ['frequency', 'CE', 'time']
  const kinds = [
    { name: 'pure', holds: (mixture: number) => mixture === 1, theirs: 'pure' },
    { name: 'mixture', holds: (mixture: number) => mixture < 1, theirs: 'mixture' },
  ] as const
  const seen = kinds.filter(({ holds }) => matched.some(([row]) => holds(row.mixture)))
  return {
    title: 'Table 1: rejection sampling over SNIS',
    note: 'Ratios rs / snis of the motif frequency of π, of its cross-entropy, and of the time of Training-1.',
    head: ['|D|', ...seen.flatMap(({ name }) => beside(columns.map((column) => `${name} ${column}`)))],
    rows: sizesOf(matched.map(([row]) => row)).map((train) => [
      String(train),
      ...seen.flatMap(({ holds, theirs }) =>
        paired(
          ratios(
            matched.filter(([row]) => row.train === train && holds(row.mixture)),
            frequency,
            crossEntropy,
            (row) => row.momentSeconds,
          ),
          fixed(tableOne.find((row) => row.train === train)?.[theirs]),
        ),
      ),
    ]),
  }
}

const overallOf = (rows: readonly SweepRow[]): readonly string[] => [
  spread(rows.map((row) => row.crossEntropyBase / row.crossEntropyDistilled)),
  spread(
    rows.flatMap((row) =>
      row.entropyPerSymbol === undefined ? [] : [row.crossEntropyDistilled / row.entropyPerSymbol],
    ),
  ),
  range(rows.map((row) => row.motifFrequencyDistilled / row.motifFrequencyBase)),
]

/** Table 3: over all motifs and features, mean ± deviation of CE(r)/CE(π) and CE(π)/H, and the range of the gain in motif frequency. */
export const tableThreeOf = (rows: readonly SweepRow[]): SweepTable => {
  const twoStage = rows.filter(({ regime }) => regime === 'two-stage')
  const kinds = [...new Set(twoStage.map(({ moments }) => moments))].flatMap((moments) =>
    [true, false].map((pure) => ({
      moments,
      pure,
      rows: twoStage.filter((row) => row.moments === moments && (row.mixture === 1) === pure),
    })),
  )
  return {
    title: 'Table 3: overall',
    note: 'Mean ± standard deviation over motifs and features; range of the ratio of motif frequencies. The paper’s column is for rs.',
    head: ['λ by', 'data', '|D|', ...beside(['CE(r)/CE(π)', 'CE(π)/H', 'frequency π/r'])],
    rows: kinds.flatMap(({ moments, pure, rows: found }) =>
      sizesOf(found).map((train) => {
        const theirs = moments === 'rs' ? tableThree.find((row) => row.train === train) : undefined
        return [
          moments,
          pure ? 'pure' : 'mixture',
          String(train),
          ...paired(
            overallOf(found.filter((row) => row.train === train)),
            orElse(theirs?.[pure ? 'pure' : 'mixture'], []),
          ),
        ]
      }),
    ),
  }
}

/** Table 4: two-stage over cyclical training, cross-entropy of π and time of everything after r, with RS and with SNIS. */
export const tableFourOf = (rows: readonly SweepRow[]): SweepTable => {
  const matched = pairs('regime', 'two-stage', 'cyclical', rows)
  const kinds = (['rs', 'snis'] as const).filter((moments) => matched.some(([row]) => row.moments === moments))
  return {
    title: 'Table 4: two-stage over cyclical training',
    note: 'Ratios two-stage / cyclical of the cross-entropy of π and of the time spent on λ and π.',
    head: ['|D|', ...kinds.flatMap((moments) => beside([`${moments} CE`, `${moments} time`]))],
    rows: sizesOf(matched.map(([row]) => row)).map((train) => [
      String(train),
      ...kinds.flatMap((moments) =>
        paired(
          ratios(
            matched.filter(([row]) => row.train === train && row.moments === moments),
            crossEntropy,
            (row) => row.tiltSeconds,
          ),
          fixed(tableFour.find((row) => row.train === train)?.[moments]),
        ),
      ),
    ]),
  }
}

/** Every cell with its numbers. */
export const cellTableOf = (rows: readonly SweepRow[]): SweepTable => ({
  title: 'All cells',
  note: 'Cross-entropies in nats per symbol.',
  head: [
    'motif',
    'mixture',
    'ft',
    '|D|',
    'λ by',
    'regime',
    'CE(r)',
    'CE(Pλ)',
    'CE(π)',
    'H',
    'freq r',
    'freq π',
    'ℓ1',
    'seconds',
  ],
  rows: rows.map((row) => [
    row.motif,
    String(row.mixture),
    row.features,
    String(row.train),
    row.moments,
    row.regime,
    decimal(4)(row.crossEntropyBase),
    decimal(4)(row.crossEntropyTilt),
    decimal(4)(row.crossEntropyDistilled),
    row.entropyPerSymbol === undefined ? '–' : decimal(4)(row.entropyPerSymbol),
    decimal(3)(row.motifFrequencyBase),
    decimal(3)(row.motifFrequencyDistilled),
    decimal(4)(row.l1Moments),
    decimal(1)(row.totalSeconds),
  ]),
})

/** The tables that the rows can fill, all cells last. */
export const sweepTables = (rows: readonly SweepRow[]): readonly SweepTable[] =>
  [tableOneOf(rows), tableThreeOf(rows), tableFourOf(rows), cellTableOf(rows)].filter((table) => table.rows.length > 0)
