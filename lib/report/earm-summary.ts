/**
 * The outcome of an E-ARM experiment in rows and sentences: every variant seed by seed, whether the paper's direction appears
 * and by how much against the spread over seeds, what updates cost, and the last epoch.
 */
import type { EArmExperiment } from '../systems/e-arm/experiment-options.ts'
import { studentQuantile } from '../energy/index.ts'
import { type Spread, spreadOf } from '../math.ts'
import { inMeasure, type Measure, type PairedDifference, slopeOf, type TestMeasure } from '../systems/e-arm/measures.ts'
import {
  type PaperMeasure,
  type PaperTranslation,
  paperTranslations,
  testMeasures,
} from '../systems/e-arm/paper-tables.ts'
import {
  type Compared,
  type ComparedTraining,
  type EArmResults,
  pairedSpread,
  recordsOf,
  summaryOf,
  type TrainingRecord,
  variantsOf,
} from '../systems/e-arm/results.ts'
import type { Variant } from '../systems/e-arm/variants.ts'
import { decimal } from './theme.ts'
import { parametersText } from './units.ts'

/** The variants as they are called in reports, and as the paper's Table 11 calls them. */
export const variantNames: Readonly<Record<Variant, string>> = {
  plain: 'plain',
  scheduled: 'scheduled sampling',
  'e-arm': 'E-ARM',
  both: 'both',
}

/** A score in per cent. */
export const score: (value: number) => string = decimal(2)

/** A value of a measure. */
export const measureText = (measure: Measure): ((value: number) => string) => decimal(measure === 'perplexity' ? 3 : 4)

/** A difference, with its sign. */
export const signed =
  (show: (value: number) => string) =>
  (value: number): string =>
    `${value > 0 ? '+' : ''}${show(value)}`

/** The standard error of a test measure over test rows, by the derivative of the measure. */
export const measureError =
  (measure: Measure) =>
  ({ test, standardError }: TestMeasure): number =>
    slopeOf(measure)(test) * standardError

/** Mean ± deviation over so many seeds, the mean alone for one; it may be shown otherwise than the deviation. */
export const overSeeds =
  (seeds: number, show: (value: number) => string, showMean: (value: number) => string = show) =>
  ({ mean, deviation }: Spread): string =>
    seeds < 2 ? showMean(mean) : `${showMean(mean)} ± ${show(deviation)}`

/** Mean ± deviation of the values of seeds; the value alone for one seed. */
export const spreadText =
  (show: (value: number) => string) =>
  (values: readonly number[]): string =>
    overSeeds(values.length, show)(spreadOf(values))

/** What the paper has of these languages, if anything. */
export const paperOf = (options: EArmExperiment): PaperTranslation | undefined =>
  options.task === 'translate' && options.target === undefined
    ? paperTranslations[options.languages ?? options.data]
    : undefined

/** A row of the test table, ready to print. */
export interface TestRow {
  readonly training: string
  readonly seed: string
  readonly value: string
  readonly rows: string
  readonly difference: string
  /** The paired standard error over rows, where it was measured. */
  readonly paired: string
  readonly bleu: string
  readonly paper: string
}

/** A training that was compared, with the paired error of its difference where that was measured. */
type Shown = ComparedTraining & { readonly difference?: PairedDifference }

/** Test measures of every variant and seed, with differences from plain training; for several seeds their means. */
export const testRows = (results: Compared<Shown> & { readonly options: EArmExperiment }): readonly TestRow[] => {
  const { measure, seeds, options } = results
  const show = measureText(measure)
  const value = ({ test }: TestMeasure): number => inMeasure(measure)(test)
  const paper = paperOf(options)
  const theirs = (variant: Variant): string => (paper === undefined ? '' : score(paper.bleu[variant]))
  const rows = seeds.flatMap(({ seed, variants }) => {
    const plain = variants.find(({ variant }) => variant === 'plain')
    return variants.map(
      (record): TestRow => ({
        training: variantNames[record.variant],
        seed: String(seed),
        value: show(value(record)),
        rows: show(measureError(measure)(record)),
        difference: plain === undefined || plain === record ? '' : signed(show)(value(record) - value(plain)),
        paired: record.difference === undefined ? '' : show(record.difference.standardError),
        bleu: record.translation === undefined ? '' : score(record.translation.bleu),
        paper: seeds.length < 2 ? theirs(record.variant) : '',
      }),
    )
  })
  if (seeds.length < 2) return rows
  const means = summaryOf(results).map(
    ({ variant, value: measured, difference, bleu }): TestRow => ({
      training: variantNames[variant],
      seed: 'mean',
      value: overSeeds(seeds.length, show)(measured),
      rows: '',
      difference: difference === undefined ? '' : overSeeds(seeds.length, show, signed(show))(difference),
      paired: '',
      bleu: bleu === undefined ? '' : overSeeds(seeds.length, score)(bleu),
      paper: theirs(variant),
    }),
  )
  return [...rows, ...means]
}

/** A mean of paired differences against its standard error over seeds (Student's t, two-sided), as the end of a sentence. */
const against = ({ mean, deviation }: Spread, seeds: number): string => {
  if (seeds < 2) return 'of one seed, which says nothing of the spread over seeds'
  if (deviation === 0) return 'the same for every seed'
  const times = (Math.abs(mean) / deviation) * Math.sqrt(seeds)
  const needed = studentQuantile(seeds - 1)
  return `${decimal(1)(times)} times its standard error over ${seeds} seeds (${times < needed ? 'no evidence of a difference: the' : 'the'} 5 % level is at ${decimal(1)(needed)})`
}

/** How a sentence on the paper's direction begins; one seed says nothing of it. */
const directionText = (appears: boolean, seeds: number): string =>
  seeds < 2
    ? 'One seed, so no statement about the direction:'
    : `The paper's direction ${appears ? 'appears' : 'does not appear'} here:`

/** One number of two variants: what it is called, its values, and their paired difference. */
interface Gap {
  readonly name: string
  readonly values: readonly [string, string]
  readonly share: string
  readonly text: string
  readonly difference: Spread
}

const gapOf = (
  results: EArmResults,
  pair: readonly [Variant, Variant],
  name: string,
  show: (value: number) => string,
  value: (record: TrainingRecord) => number,
): Gap | undefined => {
  const difference = pairedSpread(results, pair, value)
  if (difference === undefined) return undefined
  const mean = (variant: Variant): number => spreadOf(recordsOf(results, variant).map(value)).mean
  const [a, b] = [mean(pair[0]), mean(pair[1])]
  const share = `${decimal(2)((100 * Math.abs(difference.mean)) / a)} % ${difference.mean < 0 ? 'lower' : 'higher'}`
  return { name, values: [show(a), show(b)], share, text: signed(show)(difference.mean), difference }
}

const sentence = ({ name, values, share, text, difference }: Gap, [first, second]: readonly string[], seeds: number) =>
  `${name} of ${second} ${name.includes('bits') ? 'are' : 'is'} ${values[1]}, of ${first} ${values[0]}; the paired difference of ${text} (${share}) is ${against(difference, seeds)}.`

const compared = (results: EArmResults, pair: readonly [Variant, Variant]): string | undefined => {
  const { measure, options } = results
  const seeds = results.seeds.length
  const loss = gapOf(results, pair, `the test ${measure}`, measureText(measure), ({ test }) => inMeasure(measure)(test))
  if (loss === undefined) return undefined
  const names = [variantNames[pair[0]], variantNames[pair[1]]]
  const bleu =
    options.task === 'translate'
      ? gapOf(results, pair, 'BLEU', score, ({ translation }) => translation?.bleu ?? Number.NaN)
      : undefined
  if (loss.difference.mean === 0 && (bleu === undefined || bleu.difference.mean === 0))
    return `${names[1]} gives what ${names[0]} gives, a test ${measure} of ${loss.values[0]}${options.objective.lambda === 0 ? ': λ is 0' : ''}.`
  if (bleu === undefined) return `${directionText(loss.difference.mean < 0, seeds)} ${sentence(loss, names, seeds)}`
  return [
    bleu.difference.mean === 0
      ? `BLEU of ${names[1]} is that of ${names[0]}, ${bleu.values[0]}.`
      : `${directionText(bleu.difference.mean > 0, seeds)} ${sentence(bleu, names, seeds)}`,
    `Its ${measure} changes by ${loss.text}, ${against(loss.difference, seeds)}.`,
  ].join(' ')
}

/** Sentences: what the energy objective does to plain training, and to scheduled sampling, where both were trained. */
export const headlines = (results: EArmResults): readonly string[] => {
  const pairs = [
    ['plain', 'e-arm'],
    ['scheduled', 'both'],
  ] as const
  const found = pairs.flatMap((pair) => {
    const line = compared(results, pair)
    return line === undefined ? [] : [line]
  })
  return found.length > 0 ? found : ['No variant was trained both with and without the energy objective.']
}

/** The fewest updates after the start epoch whose cost is reported: fewer are mostly the preparation of programs. */
const FEWEST_TIMED = 100

/** Updates of a variant after the start epoch, over seeds. */
const timedUpdates = (results: EArmResults, variant: Variant): number =>
  recordsOf(results, variant).reduce(
    (total, { epochs }) => total + (epochs.length - results.options.objective.startEpoch) * results.options.updates,
    0,
  )

/** Mean seconds of 100 updates of a variant after the start epoch, validation and the preparation of programs included. */
export const updateSeconds = (results: EArmResults, variant: Variant): number | undefined => {
  const count = timedUpdates(results, variant)
  const seconds = recordsOf(results, variant).reduce((total, record) => total + record.seconds, 0)
  return count > 0 && seconds > 0 ? (100 * seconds) / count : undefined
}

/** One sentence on the cost of updates; none where fewer than `FEWEST_TIMED` updates of a variant followed the start epoch. */
export const costSentence = (results: EArmResults): string => {
  const plain = updateSeconds(results, 'plain')
  const found = variantsOf(results).flatMap((variant) => {
    const seconds = updateSeconds(results, variant)
    if (seconds === undefined) return []
    const times =
      plain === undefined || variant === 'plain'
        ? ''
        : ` (${decimal(2)(seconds / plain)} times as long${variant === 'e-arm' ? '; the paper: 5.2' : ''})`
    return [`${variantNames[variant]} ${decimal(1)(seconds)} s${times}`]
  })
  if (found.length > 0 && variantsOf(results).some((variant) => timedUpdates(results, variant) < FEWEST_TIMED))
    return ''
  return found.length === 0
    ? 'No epoch was left after the start epoch, so costs were not measured.'
    : `100 updates after the start epoch, validation and the preparation of programs included: ${found.join(', ')}. Table 11 times updates alone.`
}

/** The network and its sizes. */
export const networkText = (options: EArmExperiment): string => {
  if (options.task !== 'translate')
    return `${options.network.kind} ${options.network.layers} × ${options.network.width}`
  const { layers, width, feedForward } = options.network
  return `encoder–decoder ${layers} + ${layers} × ${width}${feedForward === undefined ? '' : `, feed-forward ${feedForward}`}`
}

/** A window as it is typed: a number of tokens, or all. */
const windowText = (window: number): string => (window === Number.POSITIVE_INFINITY ? 'all' : String(window))

/** One line: data, network, objective. */
export const settingText = ({ options, title, parameters }: EArmResults): string => {
  const { objective, epochs, updates, batch, batchTokens, preset } = options
  const rows = options.task === 'translate' ? 'pairs' : 'rows'
  return [
    options.task === 'translate' && options.target === undefined ? `${title} (${options.data})` : title,
    `${networkText(options)}, ${parametersText(parameters)} parameters`,
    `${epochs} epochs of ${updates} updates of ${batchTokens === undefined ? `${batch} ${rows}` : `${batchTokens} tokens`}`,
    `λ = ${objective.lambda} from epoch ${objective.startEpoch}, window ${windowText(objective.window)}`,
    `preset ${preset}`,
  ].join(' · ')
}

/** Whether data are those of which the paper reports: of text there is one set, of images MNIST is the one that is here. */
const isOf = ({ task, data }: EArmExperiment, paper: PaperMeasure): boolean =>
  task === 'lm' || (paper.data === 'MNIST' && (data === 'mnist' || data === 'mnist-binary'))

/** What the paper reports for this kind of network and data, if it does: nothing of images other than MNIST's. */
export const paperSentence = (options: EArmExperiment): string => {
  if (options.task === 'translate')
    return paperOf(options) === undefined
      ? ''
      : "The paper's column is Table 1 of the same languages on IWSLT14, at its size, with label smoothing and 5 beams."
  const { kind } = options.network
  const found = testMeasures.find((row) => row.network === kind && isOf(options, row))
  if (found === undefined) return ''
  const units = kind.startsWith('transformer')
    ? ', perplexity of a word (here it is of a byte)'
    : ' bits per dimension, so few that its images must have two levels (more levels, more bits)'
  return `The paper, at its size on ${found.data}: ${found.plain} without and ${found.eArm} with E-ARM${units}.`
}

/** The epoch whose parameters were kept: that of the least validation. */
export const bestEpoch = ({ epochs }: TrainingRecord): string => {
  const lowest = Math.min(...epochs.map(({ validation }) => validation))
  return String(epochs.find(({ validation }) => validation === lowest)?.epoch ?? '–')
}
