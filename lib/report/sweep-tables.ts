/**
 * The paper's Tables 1, 3 and 4 computed from the rows of a sweep, each number beside the paper's.
 */
import { mean, spreadOf } from '../math.ts'
import { type Moments, momentNames } from '../systems/gam/options.ts'
import { tableFour, tableOne, tableThree } from '../systems/gam/paper.ts'
import { type Column, column, numeric, type Table, table } from './document.ts'
import { regimeText, type SweepRow } from './sweep-rows.ts'
import { decimal } from './theme.ts'

const averaged = (values: readonly number[]): string => (values.length === 0 ? '–' : decimal(3)(mean(values)))

const plusMinus = (numbers: readonly number[]): string => numbers.map(decimal(2)).join(' ± ')

const spreadText = (values: readonly number[]): string => {
  if (values.length === 0) return '–'
  const spread = spreadOf(values)
  return plusMinus([spread.mean, ...(values.length === 1 ? [] : [spread.deviation])])
}

const factor = (value: number): string =>
  Number.isFinite(value) ? String(Number(value.toPrecision(value < 10 ? 2 : 3))) : '∞'

const range = (values: readonly number[]): string => {
  if (values.length === 0) return '–'
  const [least, most] = [factor(Math.min(...values)), factor(Math.max(...values))]
  return least === most ? least : `${least}–${most}`
}

const sizesOf = (rows: readonly SweepRow[]): readonly number[] =>
  [...new Set(rows.map(({ train }) => train))].sort((a, b) => a - b)

type Pair = readonly [SweepRow, SweepRow]

/** The fields by which rows are paired, each with those in which a pair agrees besides its setting. */
const pairedBy = { moments: ['regime', 'cycle'], regime: ['moments'], cycle: ['moments', 'regime'] } as const

/** Whether two rows are of one process and one seed, with the same features and as many strings. */
const sameData = (a: SweepRow, b: SweepRow): boolean =>
  a.motif === b.motif &&
  a.length === b.length &&
  a.mixture === b.mixture &&
  a.features === b.features &&
  a.train === b.train &&
  a.seed === b.seed

/** Pairs of rows that differ in one field only: those where it is `first` with those where it is `second`. */
const pairs = <K extends keyof typeof pairedBy>(
  field: K,
  first: SweepRow[K],
  second: SweepRow[K],
  rows: readonly SweepRow[],
): readonly Pair[] => {
  const same = (a: SweepRow, b: SweepRow): boolean =>
    sameData(a, b) && pairedBy[field].every((other) => a[other] === b[other])
  return rows
    .filter((row) => row[field] === first)
    .flatMap((row) =>
      rows
        .filter((candidate) => candidate[field] === second && same(row, candidate))
        .map((found) => [row, found] as const),
    )
}

/** A column of ours and, beside it, the paper's. */
const beside = <R>(
  head: string,
  ours: (row: R) => string,
  theirs: (row: R) => string | undefined,
): readonly Column<R>[] => [numeric(head, ours), numeric('paper', theirs)]

const printed = (value: number | undefined): string | undefined => (value === undefined ? undefined : decimal(3)(value))

/** What is divided: the measure of one row by that of the other. */
interface Ratio {
  readonly name: string
  readonly of: (row: SweepRow) => number
}

const frequency: Ratio = { name: 'frequency', of: (row) => row.motifFrequencyDistilled }
const crossEntropy: Ratio = { name: 'CE', of: (row) => row.crossEntropyDistilled }
const tiltTime: Ratio = { name: 'time', of: (row) => row.tiltSeconds }

/** A kind of pairs: what its columns are called, which pairs are of it, and the paper's ratios by size, where it has any. */
interface Kind {
  readonly name: string
  readonly holds: (pair: Pair) => boolean
  readonly theirs?: (train: number) => readonly number[] | undefined
}

/** Mean ratios by size of the data, for each kind that has a pair. */
const ratioTable = (title: string, matched: readonly Pair[], kinds: readonly Kind[], ratios: readonly Ratio[]): Table =>
  table(title, sizesOf(matched.map(([row]) => row)), [
    column('|D|', String),
    ...kinds
      .map((kind) => ({ ...kind, found: matched.filter((pair) => kind.holds(pair)) }))
      .filter(({ found }) => found.length > 0)
      .flatMap(({ name, found, theirs }) =>
        ratios.flatMap((ratio, i) => {
          const head = `${name} ${ratio.name}`
          const ours = (train: number): string =>
            averaged(found.filter(([row]) => row.train === train).map(([a, b]) => ratio.of(a) / ratio.of(b)))
          return theirs === undefined
            ? [numeric<number>(head, ours)]
            : beside<number>(head, ours, (train) => printed(theirs(train)?.[i]))
        }),
      ),
  ])

/** Table 1: rejection sampling over SNIS for pure and for mixture data: motif frequency, cross-entropy, time of Training-1. */
export const tableOneOf = (rows: readonly SweepRow[]): Table => {
  const paper = (train: number) => tableOne.find((row) => row.train === train)
  return ratioTable(
    'Ratios rs / snis of the motif frequency of π, of its cross-entropy, and of the time of Training-1',
    pairs('moments', 'rs', 'snis', rows),
    [
      { name: 'pure', holds: ([{ mixture }]) => mixture === 1, theirs: (train) => paper(train)?.pure },
      { name: 'mixture', holds: ([{ mixture }]) => mixture < 1, theirs: (train) => paper(train)?.mixture },
    ],
    [frequency, crossEntropy, { name: 'time', of: (row) => row.momentSeconds }],
  )
}

const refittedKind = (name: Moments): Kind => ({
  name,
  holds: ([{ moments }, { cycle }]) => moments === name && cycle !== 'kept',
  ...(name === 'newton' ? {} : { theirs: (train: number) => tableFour.find((row) => row.train === train)?.[name] }),
})

const keptKind = (name: Moments): Kind => ({
  name: `${name}, λ kept,`,
  holds: ([{ moments }, { cycle }]) => moments === name && cycle === 'kept',
})

/** Table 4: two-stage over cyclical training, cross-entropy of π and time of everything after r, with RS and with SNIS. */
export const tableFourOf = (rows: readonly SweepRow[]): Table =>
  ratioTable(
    'Ratios two-stage / cyclical of the cross-entropy of π and of the time spent on λ and π',
    pairs('regime', 'two-stage', 'cyclical', rows),
    [...momentNames.map(refittedKind), ...momentNames.map(keptKind)],
    [crossEntropy, tiltTime],
  )

/** The cycles of the paper's text over those of its authors: what keeping λ does to π and to the time of everything after r. */
export const keptOverRefitted = (rows: readonly SweepRow[]): Table =>
  ratioTable(
    'Ratios λ kept / refitted of the cross-entropy of π, of its motif frequency, and of the time spent on λ and π',
    pairs('cycle', 'kept', 'refitted', rows),
    momentNames.map((name): Kind => ({ name, holds: ([{ moments }]) => moments === name })),
    [crossEntropy, frequency, tiltTime],
  )

interface Overall {
  readonly moments: string
  readonly data: 'pure' | 'mixture'
  readonly train: number
  readonly rows: readonly SweepRow[]
}

const overallOf = (rows: readonly SweepRow[]): readonly Overall[] =>
  [...new Set(rows.map(({ moments }) => moments))].flatMap((moments) =>
    (['pure', 'mixture'] as const).flatMap((data) => {
      const found = rows.filter((row) => row.moments === moments && (row.mixture === 1) === (data === 'pure'))
      return sizesOf(found).map((train) => ({
        moments,
        data,
        train,
        rows: found.filter((row) => row.train === train),
      }))
    }),
  )

/** Table 3: over all motifs, features and seeds, mean ± deviation of CE(r)/CE(π) and CE(π)/H, and the range of the gain in motif frequency. */
export const tableThreeOf = (rows: readonly SweepRow[]): Table => {
  const theirs =
    (i: 0 | 1 | 2, text: (numbers: readonly number[]) => string) =>
    ({ moments, data, train }: Overall): string | undefined => {
      const found = moments === 'snis' ? undefined : tableThree.find((row) => row.train === train)?.[data][i]
      return found === undefined ? undefined : text(found)
    }
  return table(
    'Mean ± standard deviation over motifs, features and seeds; range of the ratio of motif frequencies. The paper’s columns are for rs',
    overallOf(rows.filter(({ regime }) => regime === 'two-stage')),
    [
      column('λ by', ({ moments }) => moments),
      numeric('data', ({ data }) => data),
      numeric('|D|', ({ train }) => String(train)),
      ...beside<Overall>(
        'CE(r)/CE(π)',
        ({ rows: own }) => spreadText(own.map((row) => row.crossEntropyBase / row.crossEntropyDistilled)),
        theirs(0, plusMinus),
      ),
      ...beside<Overall>(
        'CE(π)/H',
        ({ rows: own }) =>
          spreadText(
            own.flatMap(({ entropyPerSymbol: entropy, crossEntropyDistilled }) =>
              entropy === undefined ? [] : [crossEntropyDistilled / entropy],
            ),
          ),
        theirs(1, plusMinus),
      ),
      ...beside<Overall>(
        'frequency π/r',
        ({ rows: own }) => range(own.map((row) => row.motifFrequencyDistilled / row.motifFrequencyBase)),
        theirs(2, range),
      ),
    ],
  )
}

/** A setting of several seeds. */
type Seeds = readonly [first: SweepRow, ...others: SweepRow[]]

const severalSeeds = (rows: readonly SweepRow[]): readonly Seeds[] =>
  rows.flatMap((first, place) => {
    const alike = (row: SweepRow): boolean =>
      sameData({ ...row, seed: first.seed }, first) &&
      (['moments', 'regime', 'cycle'] as const).every((field) => row[field] === first[field])
    const others = rows.slice(place + 1).filter(alike)
    return others.length === 0 || rows.slice(0, place).some(alike) ? [] : [[first, ...others] as const]
  })

const meanAndError = (digits: number, of: (row: SweepRow) => number) => (rows: Seeds) => {
  const { mean: centre, deviation } = spreadOf(rows.map(of))
  return [centre, deviation / Math.sqrt(rows.length)].map(decimal(digits)).join(' ± ')
}

/** What a row was a run of, its seed apart. */
const settingColumns = <R>(of: (row: R) => SweepRow): readonly Column<R>[] => [
  column('motif', (row) => of(row).motif),
  numeric('mix', (row) => String(of(row).mixture)),
  numeric('ft', (row) => of(row).features),
  numeric('|D|', (row) => String(of(row).train)),
  numeric('λ by', (row) => of(row).moments),
  numeric('regime', (row) => regimeText(of(row))),
]

/** Means over seeds, each with its standard error, of every setting that has more than one. */
export const seedTableOf = (rows: readonly SweepRow[]): Table => {
  const numbers: readonly (readonly [head: string, digits: number, of: (row: SweepRow) => number])[] = [
    ['CE(r)', 4, (row) => row.crossEntropyBase],
    ['CE(Pλ)', 4, (row) => row.crossEntropyTilt],
    ['CE(π)', 4, (row) => row.crossEntropyDistilled],
    ['CE(r)/CE(π)', 3, (row) => row.crossEntropyBase / row.crossEntropyDistilled],
    ['f(r)', 3, (row) => row.motifFrequencyBase],
    ['f(π)', 3, (row) => row.motifFrequencyDistilled],
    ['s', 0, (row) => row.totalSeconds],
  ]
  return table('Mean ± standard error over n seeds; the rest as in the table of all cells', severalSeeds(rows), [
    ...settingColumns<Seeds>(([first]) => first),
    numeric('n', ({ length }) => String(length)),
    ...numbers.map(([head, digits, of]) => numeric<Seeds>(head, meanAndError(digits, of))),
  ])
}

/** Every cell with its numbers. */
export const cellTableOf = (rows: readonly SweepRow[]): Table =>
  table(
    'Cross-entropies in nats per symbol; mix is the share of strings with the motif in the data, f in those of a model, s are seconds',
    rows,
    [
      ...settingColumns<SweepRow>((row) => row),
      ...(severalSeeds(rows).length === 0 ? [] : [numeric<SweepRow>('seed', ({ seed }) => String(seed))]),
      numeric('CE(r)', (row) => decimal(4)(row.crossEntropyBase)),
      numeric('CE(Pλ)', (row) => decimal(4)(row.crossEntropyTilt)),
      numeric('CE(π)', (row) => decimal(4)(row.crossEntropyDistilled)),
      numeric('H', ({ entropyPerSymbol: entropy }) => (entropy === undefined ? '–' : decimal(4)(entropy))),
      numeric('f(r)', (row) => decimal(3)(row.motifFrequencyBase)),
      numeric('f(π)', (row) => decimal(3)(row.motifFrequencyDistilled)),
      numeric('ℓ1', ({ l1Moments }) => decimal(4)(l1Moments)),
      numeric('s', ({ totalSeconds }) => decimal(0)(totalSeconds)),
    ],
  )

/** The tables that the rows can fill under their titles, all cells last. */
export const sweepTables = (rows: readonly SweepRow[]): readonly (readonly [title: string, table: Table])[] =>
  (
    [
      ['Table 1: rejection sampling over SNIS', tableOneOf(rows)],
      ['Table 3: overall', tableThreeOf(rows)],
      ['Table 4: two-stage over cyclical training', tableFourOf(rows)],
      ['Cyclical training: λ kept over λ refitted', keptOverRefitted(rows)],
      ['Means over seeds', seedTableOf(rows)],
      ['All cells', cellTableOf(rows)],
    ] as const
  ).filter(([, { rows: own }]) => own.length > 0)
