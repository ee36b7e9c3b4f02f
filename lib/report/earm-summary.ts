/**
 * The outcome of an E-ARM experiment in rows and sentences: both variants seed by seed, whether the paper's direction
 * appears and by how much against the spread, and what the energy objective costs.
 */
import { orElse } from '../at.ts'
import type { EArmExperiment } from '../systems/e-arm/experiment-options.ts'
import {
  type Compared,
  type EArmResults,
  type SeedRecord,
  type Spread,
  type VariantRecord,
  comparison,
  inMeasure,
} from '../systems/e-arm/experiment-results.ts'
import { type PaperMeasure, testMeasures } from '../systems/e-arm/paper-tables.ts'
import type { TestMeasure } from '../systems/e-arm/runs.ts'
import { decimal } from './theme.ts'
import { parametersText } from './units.ts'

/** The decimals of a measure. */
const digitsOf = ({ measure }: Pick<EArmResults, 'measure'>): number => (measure === 'perplexity' ? 3 : 4)

/** A value of the experiment's measure. */
export const measureText =
  (results: Pick<EArmResults, 'measure'>) =>
  (value: number): string =>
    decimal(digitsOf(results))(value)

/** A difference, with its sign. */
export const signed =
  (results: Pick<EArmResults, 'measure'>) =>
  (value: number): string =>
    `${value > 0 ? '+' : ''}${measureText(results)(value)}`

/** The standard error of a test measure over test rows, by the derivative of the measure. */
export const measureError =
  ({ measure }: Pick<EArmResults, 'measure'>) =>
  ({ test, standardError }: TestMeasure): number =>
    measure === 'perplexity' ? Math.exp(test) * standardError : standardError / Math.LN2

const spreadText =
  (show: (value: number) => string) =>
  ({ mean, deviation }: Spread): string =>
    `${show(mean)} ± ${show(deviation)}`

/** The headings of `seedRows`. */
export const seedHead: readonly string[] = ['seed', 'plain', '± rows', 'E-ARM', '± rows', 'difference']

/** A seed with both measures in nats per token. */
export interface MeasuredSeed {
  readonly seed: number
  readonly plain: TestMeasure
  readonly eArm: TestMeasure
}

/** The cells of a seed under `seedHead`. */
export const seedRow =
  (results: Pick<EArmResults, 'measure'>) =>
  ({ seed, plain, eArm }: MeasuredSeed): readonly string[] => {
    const show = measureText(results)
    const [a, b] = [plain, eArm].map(({ test }) => inMeasure(results.measure)(test))
    return [
      String(seed),
      show(a ?? Number.NaN),
      show(measureError(results)(plain)),
      show(b ?? Number.NaN),
      show(measureError(results)(eArm)),
      signed(results)((b ?? Number.NaN) - (a ?? Number.NaN)),
    ]
  }

/** The row of means ± deviations over seeds under `seedHead`; none for one seed. */
export const meanRows = (results: Compared): readonly (readonly string[])[] => {
  if (results.seeds.length < 2) return []
  const { plain, eArm, difference } = comparison(results)
  const show = spreadText(measureText(results))
  const gap = spreadText(signed(results))(difference).replace('± +', '± ')
  return [['mean ± deviation', show(plain), '', show(eArm), '', gap]]
}

/** Test measures of both variants for each seed, with standard errors over rows; then mean ± deviation over seeds. */
export const seedRows = (results: EArmResults): readonly (readonly string[])[] => [
  ...results.seeds.map(seedRow(results)),
  ...meanRows(results),
]

/** How many standard errors a mean of 2, 3, … paired differences must be from 0 at the 5 % level (Student's t, two-sided). */
const CRITICAL: readonly number[] = [12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262]

/** A mean of paired differences against its standard error over seeds, as the end of a sentence. */
export const against = ({ mean, deviation }: Spread, seeds: number): string => {
  if (seeds < 2) return 'of one seed, which says nothing of the spread over seeds'
  if (deviation === 0) return 'the same for every seed'
  const times = (Math.abs(mean) / deviation) * Math.sqrt(seeds)
  const needed = orElse(CRITICAL[seeds - 2], 2.2)
  return `${decimal(1)(times)} times its standard error over ${seeds} seeds (${times < needed ? 'no evidence of a difference: the' : 'the'} 5 % level is at ${decimal(1)(needed)})`
}

/** How a sentence on the paper's direction begins; one seed says nothing of it. */
export const directionText = (appears: boolean, seeds: number): string =>
  seeds < 2
    ? 'One seed, so no statement about the direction:'
    : `The paper's direction ${appears ? 'appears' : 'does not appear'} here:`

/** What says how many updates were timed. */
interface Timed {
  readonly options: Pick<EArmExperiment, 'epochs' | 'updates' | 'objective'>
  readonly seeds: readonly unknown[]
}

/** The fewest updates after the start epoch whose cost is reported: fewer are mostly the preparation of programs. */
export const FEWEST_TIMED = 100

/** One sentence: whether E-ARM's test measure is lower, as in the paper, and by how much against the spread. */
export const eArmHeadline = (results: EArmResults): string => {
  const { measure, options, seeds } = results
  const { plain, eArm, difference } = comparison(results)
  const show = measureText(results)
  if (difference.mean === 0)
    return `Both trainings give the same test ${measure}, ${show(plain.mean)}${options.objective.lambda === 0 ? ': λ is 0' : ''}.`
  const lower = difference.mean < 0
  const are = measure === 'perplexity' ? 'is' : 'are'
  const share = `${decimal(2)((100 * Math.abs(difference.mean)) / plain.mean)} %`
  return [
    directionText(lower, seeds.length),
    `with the energy objective the test ${measure} ${are} ${show(eArm.mean)}, without it ${show(plain.mean)};`,
    `the paired difference of ${signed(results)(difference.mean)} (${share} ${lower ? 'lower' : 'higher'}) is ${against(difference, seeds.length)}.`,
  ].join(' ')
}

/** Updates of a variant after the start epoch, over seeds. */
export const timedUpdates = ({ seeds, options }: Timed): number =>
  (options.epochs - options.objective.startEpoch) * options.updates * seeds.length

/** Mean seconds of 100 updates after the start epoch, validation included, without and with the energy objective. */
export const updateSeconds = (results: EArmResults): { readonly plain: number; readonly eArm: number } | undefined => {
  const { seeds } = results
  const updates = timedUpdates(results)
  const sum = (of: (seed: SeedRecord) => VariantRecord): number => seeds.reduce((s, each) => s + of(each).seconds, 0)
  const [plain, eArm] = [sum((s) => s.plain), sum((s) => s.eArm)]
  return updates > 0 && plain > 0 && eArm > 0
    ? { plain: (100 * plain) / updates, eArm: (100 * eArm) / updates }
    : undefined
}

/** One sentence on the cost of an update; none where fewer than `FEWEST_TIMED` updates followed the start epoch. */
export const costSentence = (results: EArmResults): string => {
  const cost = updateSeconds(results)
  if (cost !== undefined && timedUpdates(results) < FEWEST_TIMED) return ''
  return cost === undefined
    ? 'No epoch had the energy objective, so its cost was not measured.'
    : `100 updates took ${decimal(1)(cost.plain)} s plain and ${decimal(1)(cost.eArm)} s with the energy objective, validation and the preparation of programs included: ${decimal(2)(cost.eArm / cost.plain)} times as long (the paper: 5.2). Table 11 times updates alone.`
}

/** A window as it is typed: a number of tokens, or all. */
export const windowText = (window: number): string => (window === Number.POSITIVE_INFINITY ? 'all' : String(window))

/** One line: data, network, objective. */
export const eArmSetting = ({ options, title, parameters }: EArmResults): string => {
  const { network, objective, epochs, updates, batch, preset } = options
  return [
    title,
    `${network.kind} ${network.layers} × ${network.width}, ${parametersText(parameters)} parameters`,
    `${epochs} epochs of ${updates} updates of ${batch} rows`,
    `λ = ${objective.lambda} from epoch ${objective.startEpoch}, window ${windowText(objective.window)}`,
    `preset ${preset}`,
  ].join(' · ')
}

/** What the paper's numbers are per; here perplexity is of a byte, and bits per dimension depend on the levels of a pixel. */
const paperUnits = (kind: EArmExperiment['network']['kind']): string =>
  kind.startsWith('transformer')
    ? ', perplexity of a word (here it is of a byte)'
    : ' bits per dimension, so few that its images must have two levels (more levels, more bits)'

/** Whether data are those of which the paper reports: of text there is one set, of images MNIST is the one that is here. */
const isOf = ({ task, data }: EArmExperiment, paper: PaperMeasure): boolean =>
  task === 'lm' || (paper.data === 'MNIST' && (data === 'mnist' || data === 'mnist-binary'))

/** What the paper reports for this kind of network, if it does: nothing of images other than MNIST's. */
export const paperSentence = (options: EArmExperiment): string => {
  const { network } = options
  const found = testMeasures.find((row) => row.network === network.kind && isOf(options, row))
  return found === undefined
    ? ''
    : `The paper, at its size on ${found.data}: ${found.plain} without and ${found.eArm} with E-ARM${paperUnits(network.kind)}.`
}

/** The headings of `energyRows`. */
export const energyHead: readonly string[] = [
  'seed',
  'logsumexp, plain',
  'logsumexp, E-ARM',
  'effective negatives',
  'of sampled rows',
  'best epoch, plain',
  'best epoch, E-ARM',
]

/** The epoch whose parameters were kept: that of the least validation. */
export const bestEpoch = ({ epochs }: VariantRecord): string => {
  const lowest = Math.min(...epochs.map(({ validation }) => validation))
  return String(epochs.find(({ validation }) => validation === lowest)?.epoch ?? '–')
}

/** For each seed the logsumexp and the effective sample size of w in the last epoch, and the epochs that were kept. */
export const energyRows = ({ seeds }: EArmResults): readonly (readonly string[])[] =>
  seeds.map(({ seed, plain, eArm }) => {
    const [last, other] = [eArm.epochs.at(-1), plain.epochs.at(-1)]
    return [
      String(seed),
      decimal(3)(other?.logSumExp ?? Number.NaN),
      decimal(3)(last?.logSumExp ?? Number.NaN),
      decimal(1)(last?.effectiveSampleSize ?? Number.NaN),
      String(eArm.negatives),
      bestEpoch(plain),
      bestEpoch(eArm),
    ]
  })
