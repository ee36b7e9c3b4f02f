/**
 * The outcome of a run as rows of a table: what was measured, its value, the paper's value, and what it means.
 */
import { orElse } from '../at.ts'
import { shareInterval } from '../energy/index.ts'
import type { GamOptions } from '../systems/gam/options.ts'
import type { GamResults } from '../systems/gam/results.ts'
import { soughtInData } from './presence.ts'
import { decimal } from './theme.ts'
import { percent } from './units.ts'

/** One row, ready to print: an absent value is a dash, and what the paper does not have is empty. */
interface SummaryRow {
  readonly label: string
  readonly value: string
  readonly paper: string
  readonly meaning: string
}

const nats = (value: number | undefined): string => (value === undefined ? '–' : decimal(4)(value))

const withError = (value: number, error: number | undefined): string =>
  error === undefined ? nats(value) : `${nats(value)} ± ${decimal(4)(error)}`

const above = (value: number, entropy: number | undefined): string =>
  entropy === undefined
    ? ''
    : value < entropy
      ? `, ${decimal(1)(100 * (1 - value / entropy))} % below the entropy: an error of estimation`
      : `, ${decimal(1)(100 * (value / entropy - 1))} % above the entropy`

const row = (label: string, value: string, meaning: string, paper = ''): SummaryRow => ({
  label,
  value,
  paper,
  meaning,
})

/** What the frequency counts: the motif, or strings that match the first feature. */
export const soughtName = ({ data }: Pick<GamOptions, 'data'>): string =>
  data.kind === 'motif' ? 'the motif' : `/${orElse(data.features[0], '')}/`

const crossEntropyRows = (results: GamResults): readonly SummaryRow[] => {
  const { crossEntropyBase, crossEntropyTilt, crossEntropyDistilled, entropyPerSymbol: entropy, paper } = results
  const errors = results.crossEntropyErrors
  const theirs = (value: number | undefined): string => (value === undefined ? '' : nats(value))
  return [
    ...(entropy === undefined ? [] : [row('entropy H', nats(entropy), 'of the process, exact: no model can be lower')]),
    row(
      'CE(r)',
      withError(crossEntropyBase, errors?.base),
      `the base LSTM${above(crossEntropyBase, entropy)}`,
      theirs(paper?.crossEntropyBase),
    ),
    row(
      'CE(Pλ)',
      withError(crossEntropyTilt, errors?.tilt),
      `r tilted by the features, through log Z${above(crossEntropyTilt, entropy)}`,
    ),
    row(
      'CE(π)',
      withError(crossEntropyDistilled, errors?.distilled),
      `the LSTM distilled from Pλ${above(crossEntropyDistilled, entropy)}`,
      theirs(paper?.crossEntropyDistilled),
    ),
  ]
}

/** The exact 95 % interval of a frequency: one that was never seen may be as high as its end. */
const intervalText = (frequency: number, samples: number): string => {
  const [low, high] = shareInterval(Math.round(frequency * samples), samples)
  return `, 95 % interval ${percent(low)} – ${percent(high)}`
}

const frequencyRows = (results: GamResults): readonly SummaryRow[] => {
  const { motifFrequencyBase, motifFrequencyTilt, motifFrequencyDistilled, paper, frequencySamples } = results
  const share = `share of its strings with ${soughtName(results.options)}`
  const theirs = (value: number | undefined): string => (value === undefined ? '' : percent(value))
  const sampled = (label: string, frequency: number, printed: number | undefined): SummaryRow =>
    row(label, percent(frequency), `${share}${intervalText(frequency, frequencySamples)}`, theirs(printed))
  const data = soughtInData(results)
  return [
    ...(data === undefined
      ? []
      : [
          row(
            'frequency in the data',
            percent(data),
            `share of the training strings with ${soughtName(results.options)}`,
          ),
        ]),
    sampled('frequency in r', motifFrequencyBase, paper?.motifFrequencyBase),
    ...(motifFrequencyTilt === undefined ? [] : [row('frequency in Pλ', percent(motifFrequencyTilt), share)]),
    sampled('frequency in π', motifFrequencyDistilled, paper?.motifFrequencyDistilled),
  ]
}

const populationRow = ({
  particles,
  effectiveSampleSize,
  distinct,
  logZ,
  standardError,
  doubts,
}: NonNullable<GamResults['population']>): SummaryRow =>
  row(
    'effective distilled',
    decimal(0)(effectiveSampleSize),
    `that ${particles} weighted strings of Pλ are worth, of which ${distinct} different ones were drawn; log Z ${nats(logZ)} ± ${nats(standardError)}${doubts.length === 0 ? '' : `; doubtful: ${doubts.join(', ')}`}`,
  )

const estimatorRows = ({
  l1Moments,
  effectiveSampleSize,
  acceptanceRate,
  population,
  variation,
  logPartition: { jackknife, standardError, lower, upper, n, reliable, doubts, maxWeight },
}: GamResults): readonly SummaryRow[] => [
  row('ℓ1 of moments', nats(l1Moments), 'distance of the moments of Pλ from those of the data'),
  row(
    'log Z',
    `${nats(jackknife)} ± ${nats(standardError)}`,
    `bias between ${nats(lower)} and ${nats(upper)}, from ${n} samples${reliable ? '' : `; doubtful: ${doubts.join(', ')}`}`,
  ),
  row(
    'effective samples',
    decimal(0)(effectiveSampleSize),
    `that ${n} weighted samples of r are worth; largest weight ${percent(maxWeight)}`,
  ),
  row(
    'acceptance',
    acceptanceRate === undefined ? '–' : percent(acceptanceRate),
    'share of proposals of r kept while distilling',
  ),
  ...(variation === undefined
    ? []
    : [
        row(
          'off by',
          percent(variation),
          'of the accepted strings, at most, that are not of Pλ (total variation, estimated)',
        ),
      ]),
  ...(population === undefined ? [] : [populationRow(population)]),
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
export const headline = (results: GamResults): string => {
  const { options, motifFrequencyBase, motifFrequencyDistilled } = results
  const data = soughtInData(results)
  const beside = data === undefined ? '' : `; of the data ${percent(data)} have it`
  return `The distilled model produces ${soughtName(options)} in ${percent(motifFrequencyDistilled)} of its strings, the plain LSTM in ${percent(motifFrequencyBase)}${beside}.`
}
