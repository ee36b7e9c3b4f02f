/**
 * The outcome of a run as rows of a table: what was measured, its value, the paper's value, and what it means.
 */
import { orElse } from '../at.ts'
import { shareInterval } from '../energy/index.ts'
import type { GamOptions } from '../systems/gam/options.ts'
import type { GamResults } from '../systems/gam/results.ts'
import { decimal } from './theme.ts'

/** One row: `value` and what the paper has, ready to print; an absent value is a dash. */
export interface SummaryRow {
  readonly label: string
  readonly value: string
  readonly paper?: string
  readonly meaning: string
}

const percent = (value: number | undefined): string =>
  value === undefined ? '–' : `${decimal(value < 0.1 ? 2 : 1)(100 * value)} %`

const nats = (value: number | undefined): string => (value === undefined ? '–' : decimal(4)(value))

const withError = (value: number, error: number | undefined): string =>
  error === undefined ? nats(value) : `${nats(value)} ± ${decimal(4)(error)}`

const above = (value: number, entropy: number | undefined): string =>
  entropy === undefined
    ? ''
    : value < entropy
      ? `, ${decimal(1)(100 * (1 - value / entropy))} % below the entropy: an error of estimation`
      : `, ${decimal(1)(100 * (value / entropy - 1))} % above the entropy`

const theirs = (shown: (value: number) => string, value: number | undefined): Pick<SummaryRow, 'paper'> =>
  value === undefined ? {} : { paper: shown(value) }

/** What the frequency counts: the motif, or strings that match the first feature. */
export const soughtName = ({ data }: Pick<GamOptions, 'data'>): string =>
  data.kind === 'motif' ? 'the motif' : `/${orElse(data.features[0], '')}/`

const crossEntropyRows = (results: GamResults): readonly SummaryRow[] => {
  const { crossEntropyBase, crossEntropyTilt, crossEntropyDistilled, entropyPerSymbol, paper } = results
  const errors = results.crossEntropyErrors
  const entropy: SummaryRow = {
    label: 'entropy H',
    value: nats(entropyPerSymbol),
    meaning: 'of the process, exact: no model can be lower',
  }
  return [
    ...(entropyPerSymbol === undefined ? [] : [entropy]),
    {
      label: 'CE(r)',
      value: withError(crossEntropyBase, errors?.base),
      ...theirs(nats, paper?.crossEntropyBase),
      meaning: `the base LSTM${above(crossEntropyBase, entropyPerSymbol)}`,
    },
    {
      label: 'CE(Pλ)',
      value: withError(crossEntropyTilt, errors?.tilt),
      meaning: `r tilted by the features, through log Z${above(crossEntropyTilt, entropyPerSymbol)}`,
    },
    {
      label: 'CE(π)',
      value: withError(crossEntropyDistilled, errors?.distilled),
      ...theirs(nats, paper?.crossEntropyDistilled),
      meaning: `the LSTM distilled from Pλ${above(crossEntropyDistilled, entropyPerSymbol)}`,
    },
  ]
}

/** The exact 95 % interval of a frequency: one that was never seen may be as high as its end. */
const intervalText = (frequency: number, samples: number): string => {
  const [low, high] = shareInterval(Math.round(frequency * samples), samples)
  return `, 95 % interval ${percent(low)} – ${percent(high)}`
}

const frequencyRows = (results: GamResults): readonly SummaryRow[] => {
  const { motifFrequencyBase, motifFrequencyTilt, motifFrequencyDistilled, paper, options } = results
  const sought = soughtName(options)
  const tilt: SummaryRow = {
    label: 'frequency in Pλ',
    value: percent(motifFrequencyTilt),
    meaning: `share of its strings with ${sought}`,
  }
  return [
    {
      label: 'frequency in r',
      value: percent(motifFrequencyBase),
      ...theirs(percent, paper?.motifFrequencyBase),
      meaning: `share of its strings with ${sought}${intervalText(motifFrequencyBase, results.frequencySamples)}`,
    },
    ...(motifFrequencyTilt === undefined ? [] : [tilt]),
    {
      label: 'frequency in π',
      value: percent(motifFrequencyDistilled),
      ...theirs(percent, paper?.motifFrequencyDistilled),
      meaning: `share of its strings with ${sought}${intervalText(motifFrequencyDistilled, results.frequencySamples)}`,
    },
  ]
}

const estimatorRows = ({
  l1Moments,
  effectiveSampleSize,
  acceptanceRate,
  logPartition,
}: GamResults): readonly SummaryRow[] => [
  {
    label: 'ℓ1 of moments',
    value: nats(l1Moments),
    meaning: 'distance of the moments of Pλ from those of the data',
  },
  {
    label: 'log Z',
    value: `${nats(logPartition.jackknife)} ± ${nats(logPartition.standardError)}`,
    meaning: `bias between ${nats(logPartition.lower)} and ${nats(logPartition.upper)}, from ${logPartition.n} samples${logPartition.reliable ? '' : `; doubtful: ${logPartition.doubts.join(', ')}`}`,
  },
  {
    label: 'effective samples',
    value: decimal(0)(effectiveSampleSize),
    meaning: `that ${logPartition.n} weighted samples of r are worth; largest weight ${percent(logPartition.maxWeight)}`,
  },
  {
    label: 'acceptance',
    value: percent(acceptanceRate),
    meaning: 'share of proposals of r kept while distilling',
  },
]

/** All rows in the order of reading: cross-entropies (nats per symbol), frequencies, then how good the estimates are. */
export const summaryRows = (results: GamResults): readonly SummaryRow[] => [
  ...crossEntropyRows(results),
  ...frequencyRows(results),
  ...estimatorRows(results),
]

/** The setting in one line, for titles. */
export const settingLine = ({ data, train, features, moments, regime, hidden, layers, seed }: GamOptions): string => {
  const mixture = data.kind === 'motif' && data.mixture < 1 ? `, mixture ${data.mixture}` : ''
  const subject = data.kind === 'motif' ? `motif ${data.motif} in ${data.length} symbols${mixture}` : data.file
  return `${subject}; |D| = ${train}; ft ${features}; ${moments}; ${regime}; LSTM ${layers} × ${hidden}; seed ${seed}`
}

/** The outcome in one sentence. */
export const headline = ({ options, motifFrequencyBase, motifFrequencyDistilled }: GamResults): string =>
  `The distilled model produces ${soughtName(options)} in ${percent(motifFrequencyDistilled)} of its strings, the plain LSTM in ${percent(motifFrequencyBase)}.`
