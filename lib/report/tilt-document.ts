/**
 * The report of a tilt: what to doubt, the texts, log Z, the moments, what masking alone would have given, how the population
 * went, and what killed the dead.
 */
import { at, orElse } from '../at.ts'
import { causesOf, type Death } from '../tilt/death.ts'
import type { MatchedMoment } from '../tilt/moments.ts'
import { type ContrastRecord, type MaskingRecord, type TiltResults, tiltResultsCodec } from '../systems/tilt/results.ts'
import {
  type Block,
  card,
  cards,
  column,
  type Document,
  figure,
  heading,
  lead,
  note,
  numeric,
  onPage,
  quiet,
  samples,
  setting,
  table,
  title,
  verbatim,
  whenSome,
  wide,
} from './document.ts'
import type { Report } from './report-files.ts'
import { filesBlock, settingsBlock } from './settings-block.ts'
import { decimal } from './theme.ts'
import { genealogy, sizesByStep, weightsByRank } from './tilt-charts.ts'
import { grouped, percent } from './units.ts'

const nats = decimal(3)

/** What each doubt means, and what helps. */
const meanings: Readonly<Record<string, string>> = {
  'masking finds more':
    'Masking, with its weights, finds more than 20 times the mass that this interval of log Z allows: the look ahead missed texts that weigh more than these. Raise --particles, or take --sampler masking or --twist none.',
  'moments not met':
    'The moments are not met: a stratum that they need has no living text. λ stands at its bound. Raise --particles.',
  'moments uncertain':
    'Shares are met as these particles show them; their own error is above 10 %. Raise --particles, or --islands.',
  'dead strata': 'All particles of a combination of properties died, and it counts as impossible. Raise --particles.',
  'one island': 'There is one island, so the error of log Z is unknown. Raise --islands.',
  'few effective texts': 'Fewer than 8 texts carry the weight. Raise --particles.',
  'one ancestor': 'All texts descend from one particle. Raise --particles.',
  'islands disagree': 'The islands’ estimates of Z differ by more than half of their mean. Raise --particles.',
  'dead islands': 'Whole islands died. Raise --particles.',
}

const doubts = ({ doubts: found }: TiltResults): Document =>
  found.map((doubt) => note([{ text: 'In doubt. ', kind: 'part' }, orElse(meanings[doubt], doubt)]))

/** A number of two digits, with zeros where they tell its size at a glance. */
const about = (x: number): string => (x < 1e6 ? grouped(Number(x.toPrecision(2))) : x.toPrecision(2).replace('+', ''))

const oneIn = (logZ: number): string =>
  logZ > Math.log(0.1) ? percent(Math.min(1, Math.exp(logZ))) : `one in ${about(Math.exp(-logZ))}`

const headline = ({ options, logPartition, constraint, reliable }: TiltResults): string => {
  const { value, standardError } = logPartition
  const { limit, power, moments } = options
  const trusted = reliable ? '' : ' It is in doubt; see below.'
  return power === 1 && moments.length === 0
    ? `log Z is ${nats(value)} ± ${nats(standardError)} nats: ${oneIn(value)} of the model’s texts meet the constraint (${constraint}) and end within ${limit} tokens.${trusted}`
    : `log Z is ${nats(value)} ± ${nats(standardError)} nats, of texts that meet the constraint (${constraint}) and end within ${limit} tokens.${trusted}`
}

const settingLine = ({ options, model }: TiltResults): string =>
  `${options.sampler} of ${options.particles} particles in ${options.islands} islands, seed ${options.seed}, on ${model}`

const numbersOf = ({ effectiveSampleSize, texts, logPartition, steps, acceptance }: TiltResults): Document => {
  const { value, standardError, interval } = logPartition
  const resampled = steps.filter(({ ancestors }) => ancestors !== null).length
  const rows: readonly (readonly [string, string, string])[] = [
    ['log Z', `${nats(value)} ± ${nats(standardError)}`, `nats; 95 %: ${interval.map(nats).join(' to ')}`],
    ['effective texts', effectiveSampleSize.toFixed(1), `of ${texts.length}`],
    ['resampled', String(resampled), 'times, over all islands'],
    ...(acceptance === undefined ? [] : [['acceptance', percent(acceptance), 'of the chain’s steps'] as const]),
  ]
  return [
    table('What was measured', rows, [
      column('', ([name]) => name),
      numeric('', ([, number]) => number),
      quiet('', ([, , meaning]) => meaning),
    ]),
  ]
}

const moments = ({ moments: found }: TiltResults): Document =>
  found.length === 0
    ? []
    : [
        heading('Moments'),
        note(
          'The error is that of the share at this λ, from the spread over islands; of all laws with these shares this is the nearest to the model’s.',
        ),
        table<MatchedMoment>('Shares of texts with each property', found, [
          column('', ({ name }) => name.replace(/^the regular expression /, '')),
          numeric('wanted', ({ wanted }) => percent(wanted)),
          numeric('untilted', ({ untilted }) => (untilted < 1e-3 ? untilted.toExponential(1) : percent(untilted))),
          numeric('tilted', ({ found: share }) => percent(share)),
          numeric('error', ({ standardError }) => percent(standardError)),
          numeric('λ', ({ lambda }) => decimal(2)(lambda)),
        ]),
      ]

const digits = (row: ContrastRecord, value: number, error: number): string => {
  // Particles that never show it tell no error: what they leave out may still have some mass.
  if (value === 0 && error === 0) return 'not seen'
  const places = Math.max(Math.abs(row.masking), Math.abs(row.exact)) < 1 ? 3 : 1
  return `${decimal(places)(value)} ± ${decimal(places)(error)}`
}

const maskingSentence = ({ distance, distanceError, dead }: MaskingRecord): string =>
  [
    `Masking alone, without its weights, is off by ${percent(distance)} ± ${percent(distanceError)} (total variation: the share of its texts that would have to be others).`,
    dead > 0 ? `${percent(dead)} of its texts came to a dead end or to the limit.` : '',
  ]
    .join(' ')
    .trim()

const masking = (results: TiltResults): Document => [
  heading('Masking'),
  ...(results.masking === undefined
    ? [note('Masking alone gives nothing: all of its texts came to a dead end or to the limit.')]
    : [
        note(maskingSentence(results.masking)),
        table<ContrastRecord>('What each changes', results.masking.contrasts, [
          column('mean', ({ name }) => name),
          numeric('masking', (row) => digits(row, row.masking, row.maskingError)),
          numeric(`exact (${results.options.sampler})`, (row) => digits(row, row.exact, row.exactError)),
        ]),
      ]),
]

const population = (results: TiltResults): Block =>
  onPage(
    heading('The population'),
    ...(results.steps.length === 0
      ? []
      : [
          figure(
            'effective-particles',
            sizesByStep(results),
            'Lines over tokens, one a population: its effective particles before resampling.',
          ),
        ]),
    figure('weights', weightsByRank(results), 'Bars: the weights of the texts at the end, the largest first.'),
    ...whenSome(genealogy(results), (chart) => [
      wide(
        figure(
          'genealogy',
          chart,
          'Lines from left to right: who descends from whom, coloured by the ancestors of most weight; grey lines left no text.',
        ),
      ),
    ]),
  )

interface Killer {
  readonly cause: string
  readonly count: number
  readonly example: Death
}

const deaths = ({ deaths: found }: TiltResults): Document => {
  if (found.length === 0) return []
  const killers = [...causesOf(found)].map(([cause, count]): Killer => {
    const own = found.filter((death) => death.cause === cause)
    return { cause, count, example: at(own, 0) }
  })
  return [
    heading('Deaths'),
    table<Killer>('What killed particles', killers, [
      column('', ({ cause }) => cause),
      numeric('particles', ({ count }) => String(count)),
      numeric('first after tokens', ({ example }) => String(example.step)),
      verbatim('whose text was', ({ example }) => JSON.stringify(example.text.slice(-40))),
    ]),
  ]
}

const cardsOf = ({ logPartition, effectiveSampleSize, masking: masked }: TiltResults): Block =>
  onPage(
    cards(
      card(`${nats(logPartition.value)} ± ${nats(logPartition.standardError)}`, 'log Z, nats', 'tilt'),
      card(effectiveSampleSize.toFixed(1), 'effective texts'),
      ...(masked === undefined ? [] : [card(percent(masked.distance), 'off, by masking alone', 'base')]),
    ),
  )

/** The report of a tilt. */
export const tiltDocument = (results: TiltResults): Document => {
  const { options, samples: shown } = results
  const unmet = results.doubts.includes('moments not met')
  const found = doubts(results)
  return [
    title('Texts of a tilted model'),
    setting(settingLine(results)),
    ...(unmet ? [...found, lead(headline(results))] : [lead(headline(results)), ...found]),
    cardsOf(results),
    samples('Texts', [
      {
        label: options.prompt === '' ? 'equally weighted' : `equally weighted, after ${JSON.stringify(options.prompt)}`,
        texts: shown,
      },
    ]),
    ...numbersOf(results),
    ...moments(results),
    ...masking(results),
    ...deaths(results),
    population(results),
    settingsBlock({ ...options, moments: options.moments.map(({ regex, share }) => `${regex}=${share}`) }),
    filesBlock(''),
  ]
}

/** The files of `exptilt tilt --out DIR`: `report.html`, `figures/*`, `results.json`. */
export const tiltReport: Report<TiltResults> = {
  codec: tiltResultsCodec,
  parts: (results) => ({ document: tiltDocument(results), besides: [] }),
}
