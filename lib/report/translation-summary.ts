/**
 * The outcome of a translation experiment in rows and sentences: every variant seed by seed, what the energy objective does
 * to BLEU and perplexity against the spread over seeds, what updates cost, and the last epoch.
 */
import { at } from '../at.ts'
import { type Spread, spreadOf } from '../systems/e-arm/experiment-results.ts'
import { type PaperTranslation, paperTranslations } from '../systems/e-arm/paper-tables.ts'
import type { TranslationExperiment } from '../systems/e-arm/experiment-options.ts'
import type { TranslationVariant } from '../systems/e-arm/translation-programs.ts'
import {
  type TranslationRecord,
  type TranslationResults,
  recordsOf,
  translationSummary,
} from '../systems/e-arm/translation-results.ts'
import {
  FEWEST_TIMED,
  against,
  bestEpoch,
  directionText,
  measureError,
  timedUpdates,
  windowText,
} from './earm-summary.ts'
import { decimal } from './theme.ts'
import { parametersText } from './units.ts'

/** The variants as they are called in reports, and as the paper's Table 11 calls them. */
export const variantNames: Readonly<Record<TranslationVariant, string>> = {
  plain: 'plain',
  scheduled: 'scheduled sampling',
  'e-arm': 'E-ARM',
  both: 'both',
}

/** A score in per cent. */
export const score: (value: number) => string = decimal(2)

/** A perplexity. */
export const perplexity: (value: number) => string = decimal(3)

/** Mean ± deviation over seeds; the value alone for one seed. */
export const spreadText =
  (show: (value: number) => string) =>
  (values: readonly number[]): string => {
    const { mean, deviation } = spreadOf(values)
    return values.length < 2 ? show(mean) : `${show(mean)} ± ${show(deviation)}`
  }

/** What the paper has of these languages, if anything. */
export const paperOf = ({ options }: Pick<TranslationResults, 'options'>): PaperTranslation | undefined =>
  options.target === undefined ? paperTranslations[options.data] : undefined

/** The network's sizes: layers of the encoder and of the decoder, and their width. */
export const networkText = ({ network }: TranslationExperiment): string =>
  `encoder–decoder ${network.layers} + ${network.layers} × ${network.width}${network.feedForward === undefined ? '' : `, feed-forward ${network.feedForward}`}`

/** One line: data, network, objective. */
export const translationSetting = ({ options, title, parameters }: TranslationResults): string => {
  const { data, target, objective, epochs, updates, batch, preset } = options
  return [
    target === undefined ? `${title} (${data})` : title,
    `${networkText(options)}, ${parametersText(parameters)} parameters`,
    `${epochs} epochs of ${updates} updates of ${batch} pairs`,
    `λ = ${objective.lambda} from epoch ${objective.startEpoch}, window ${windowText(objective.window)}`,
    `preset ${preset}`,
  ].join(' · ')
}

/** The headings of `testRows`. */
export const testHead: readonly string[] = ['training', 'seed', 'perplexity', '± pairs', 'BLEU', 'paper']

const rowOf = (seed: number, { variant, ...record }: TranslationRecord): readonly string[] => [
  variantNames[variant],
  String(seed),
  perplexity(Math.exp(record.test)),
  perplexity(measureError({ measure: 'perplexity' })(record)),
  score(record.bleu),
  '',
]

/** Perplexity of a target token and BLEU of every variant and seed; for several seeds their means. BLEU of the paper. */
export const testRows = (results: TranslationResults): readonly (readonly string[])[] => {
  const paper = paperOf(results)
  const theirs = (variant: TranslationVariant): string => (paper === undefined ? '' : score(paper.bleu[variant]))
  const rows = results.seeds.flatMap(({ seed, variants }) => variants.map((record) => rowOf(seed, record)))
  if (results.seeds.length < 2)
    return rows.map((row, i) => [...row.slice(0, 5), theirs(at(results.options.variants, i))])
  const means = translationSummary(results).map(({ variant }) => {
    const records = recordsOf(results, variant)
    return [
      variantNames[variant],
      'mean',
      spreadText(perplexity)(records.map(({ test }) => Math.exp(test))),
      '',
      spreadText(score)(records.map(({ bleu }) => bleu)),
      theirs(variant),
    ]
  })
  return [...rows, ...means]
}

/** The paired differences of a measure between two variants, seed by seed. */
const differences = (
  results: TranslationResults,
  [first, second]: readonly [TranslationVariant, TranslationVariant],
  measure: (record: TranslationRecord) => number,
): Spread | undefined => {
  const [a, b] = [recordsOf(results, first).map(measure), recordsOf(results, second).map(measure)]
  return a.length === 0 || b.length === 0 ? undefined : spreadOf(b.map((x, i) => x - at(a, i)))
}

/** A difference, with its sign. */
export const signed = (show: (value: number) => string, value: number): string =>
  `${value > 0 ? '+' : ''}${show(value)}`

const compared = (
  results: TranslationResults,
  pair: readonly [TranslationVariant, TranslationVariant],
): string | undefined => {
  const [bleu, loss] = [
    differences(results, pair, (record) => record.bleu),
    differences(results, pair, (record) => Math.exp(record.test)),
  ]
  if (bleu === undefined || loss === undefined) return undefined
  const [first, second] = [variantNames[pair[0]], variantNames[pair[1]]]
  const seeds = results.seeds.length
  if (bleu.mean === 0 && loss.mean === 0) return `${second} gives what ${first} gives.`
  const direction = bleu.mean === 0 ? 'BLEU does not change:' : directionText(bleu.mean > 0, seeds)
  return [
    `${direction} that of ${second} less that of ${first} is ${signed(score, bleu.mean)}, ${against(bleu, seeds)};`,
    `perplexity changes by ${signed(perplexity, loss.mean)}, ${against(loss, seeds)}.`,
  ].join(' ')
}

/** Sentences: what the energy objective does to plain training, and to scheduled sampling, where both were trained. */
export const translationHeadlines = (results: TranslationResults): readonly string[] => {
  const pairs = [
    ['plain', 'e-arm'],
    ['scheduled', 'both'],
  ] as const
  const found = pairs.flatMap((pair) => {
    const sentence = compared(results, pair)
    return sentence === undefined ? [] : [sentence]
  })
  return found.length > 0 ? found : ['No variant was trained both with and without the energy objective.']
}

/** Seconds of 100 updates of a variant after the start epoch, validation and the preparation of programs included. */
export const updateSeconds = (results: TranslationResults, variant: TranslationVariant): number | undefined => {
  const count = timedUpdates(results)
  const seconds = recordsOf(results, variant).reduce((total, record) => total + record.seconds, 0)
  return count > 0 && seconds > 0 ? (100 * seconds) / count : undefined
}

/** One sentence on the cost of updates; none where fewer than `FEWEST_TIMED` updates of a variant followed the start epoch. */
export const costSentence = (results: TranslationResults): string => {
  const found = results.options.variants.flatMap((variant) => {
    const seconds = updateSeconds(results, variant)
    return seconds === undefined ? [] : [`${variantNames[variant]} ${decimal(1)(seconds)} s`]
  })
  if (found.length > 0 && timedUpdates(results) < FEWEST_TIMED) return ''
  return found.length === 0
    ? 'No epoch was left after the start epoch, so costs were not measured.'
    : `100 updates after the start epoch, validation and the preparation of programs included: ${found.join(', ')}. Table 11 times updates alone.`
}

/** The headings of `lastEpochRows`. */
export const lastEpochHead: readonly string[] = [
  'training',
  'seed',
  'logsumexp',
  'effective negatives',
  'of sampled rows',
  'best epoch',
]

/** Of every training the logsumexp and the effective sample size of w in its last epoch, and the epoch that was kept. */
export const lastEpochRows = ({ seeds }: TranslationResults): readonly (readonly string[])[] =>
  seeds.flatMap(({ seed, variants }) =>
    variants.map((record) => {
      const last = record.epochs.at(-1)
      const size = last?.effectiveSampleSize
      return [
        variantNames[record.variant],
        String(seed),
        decimal(3)(last?.logSumExp ?? Number.NaN),
        size === undefined ? '' : decimal(1)(size),
        size === undefined ? '' : String(record.negatives),
        bestEpoch(record),
      ]
    }),
  )
