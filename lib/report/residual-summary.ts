/**
 * The outcome of a residual-model run in rows and sentences: the table of the slides, what generations are like, and
 * whether the slides' claims hold here.
 */
import { orElse } from '../at.ts'
import type {
  EvaluationRecord,
  GenerationRecord,
  JointProbability,
  ModelName,
  NextListing,
  ResidualResults,
  Source,
  TableRow,
} from '../systems/residual/results.ts'
import { decimal } from './theme.ts'

/** The models as they are called in the slides. */
export const modelTitles: Readonly<Record<ModelName, string>> = {
  base: 'Base LM',
  ralm: 'RALM',
  balm: 'BALM',
  unit: 'Joint UniT',
  bit: 'Joint BiT',
}

/** Where texts come from. */
export const sourceTitles: Readonly<Record<Source, string>> = {
  data: 'human text',
  base: 'base samples',
  unit: 'joint UniT samples',
  bit: 'joint BiT samples',
}

/** The sources in the order in which they are shown. */
export const sourceOrder: readonly Source[] = ['data', 'base', 'unit', 'bit']

/** A number of parameters as people say it. */
export const parametersText = (count: number): string =>
  count >= 1e6 ? `${(count / 1e6).toFixed(1)}M` : count >= 1e3 ? `${(count / 1e3).toFixed(0)}k` : String(count)

const digitsFor = ({ lower, upper }: { readonly lower: number; readonly upper: number }): number =>
  upper - lower > 0 && upper - lower < 0.01 ? 4 : 3

/** A perplexity, or its two bounds where log Z was estimated. */
export const boundsText = ({ perToken }: Pick<TableRow, 'perToken'>): string => {
  const { value, lower, upper } = perToken
  const shown = decimal(digitsFor(perToken))
  return lower === upper ? shown(value) : `${shown(lower)} – ${shown(upper)}`
}

/** A row of the table, ready to print. */
export interface ShownRow {
  readonly model: string
  readonly parameters: string
  readonly perToken: string
  readonly error: string
  readonly perWord: string
  /** Nats per token below the base on the same rows, with the paired standard error. */
  readonly gain: string
  readonly effective: string
  /** Mean of the estimates of log Z over prefixes, in nats, and the learned c that it is to agree with, if there is one. */
  readonly logPartition: string
  readonly doubt: string
}

const logPartitionText = ({ partitions, logNormaliser }: TableRow): string =>
  partitions === undefined
    ? ''
    : [
        decimal(4)(partitions.meanLogPartition),
        ...(logNormaliser === undefined ? [] : [`learned ${decimal(4)(logNormaliser)}`]),
      ].join(', ')

/** The rows of the table, ready to print. */
export const shownRows = ({ table }: EvaluationRecord): readonly ShownRow[] =>
  table.map((row) => ({
    model: modelTitles[row.model],
    parameters: parametersText(row.parameters),
    perToken: boundsText(row),
    error: `± ${decimal(3)(row.perToken.testError)}`,
    perWord: row.perWord.value >= 1e6 ? row.perWord.value.toExponential(2) : decimal(1)(row.perWord.value),
    gain: row.gain === undefined ? '' : `${decimal(4)(row.gain.value)} ± ${decimal(4)(row.gain.standardError)}`,
    effective:
      row.partitions === undefined
        ? ''
        : `${decimal(0)(row.partitions.medianEffectiveSampleSize)} of ${row.partitions.samples}`,
    logPartition: logPartitionText(row),
    doubt:
      row.partitions === undefined
        ? ''
        : row.partitions.reliable
          ? 'bounds'
          : `estimates: ${decimal(0)(100 * (1 - row.partitions.reliableShare))} % of prefixes in doubt`,
  }))

/** Something that the slides expect, whether it was found, and in words how sure that is. */
export interface Claim {
  readonly claim: string
  readonly holds: boolean
  readonly verdict: string
  readonly numbers: string
}

/** A difference and its standard error. */
type Difference = NonNullable<TableRow['gain']>

/** What holds, but by no more than twice its error or on a log Z that is in doubt, is said not to be certain. */
const verdictOf = (holds: boolean, difference: Difference | undefined, reliable: boolean): string => {
  if (!holds) return 'does not hold'
  if (difference !== undefined && !(difference.value > 2 * difference.standardError))
    return 'holds, within twice the error'
  return reliable ? 'holds' : 'holds, with log Z in doubt'
}

const differenceText = ({ value, standardError }: Difference): string =>
  ` (${decimal(4)(Math.abs(value))} ± ${decimal(4)(standardError)} nats per token ${value < 0 ? 'above' : 'below'})`

const claimOf = (table: readonly TableRow[], better: ModelName, worse: ModelName): readonly Claim[] => {
  const [a, b] = [table.find(({ model }) => model === better), table.find(({ model }) => model === worse)]
  if (a === undefined || b === undefined) return []
  const holds = a.perToken.upper < b.perToken.lower
  const difference = a.gains?.[worse]
  const reliable = [a, b].every(({ partitions }) => partitions?.reliable !== false)
  return [
    {
      claim: `${modelTitles[better]} below ${modelTitles[worse]}`,
      holds,
      verdict: verdictOf(holds, difference, reliable),
      numbers: `${boundsText(a)} against ${boundsText(b)}${difference === undefined ? '' : differenceText(difference)}`,
    },
  ]
}

const discriminationClaim = ({ analysis }: ResidualResults): readonly Claim[] => {
  if (analysis === undefined) return []
  const { base, joint } = analysis
  const value = joint.falsePositiveRate - base.falsePositiveRate
  const standardError = Math.hypot(base.standardError, joint.standardError)
  const shown = ({ falsePositiveRate: rate, standardError: error }: typeof base): string =>
    `${percent(rate)} ± ${percent(error)}`
  return [
    {
      claim: 'joint samples pass for human more often than base samples',
      holds: value > 0,
      verdict: verdictOf(value > 0, { value, standardError }, true),
      numbers: `${shown(joint)} against ${shown(base)}`,
    },
  ]
}

/** The slides' claims, each with whether it holds here. */
export const claimsOf = (results: ResidualResults): readonly Claim[] => {
  const table = results.evaluation?.table ?? []
  return [
    ...claimOf(table, 'unit', 'base'),
    ...claimOf(table, 'bit', 'base'),
    ...claimOf(table, 'bit', 'unit'),
    ...claimOf(table, 'bit', 'balm'),
    ...discriminationClaim(results),
  ]
}

/** A share in per cent. */
export const percent = (share: number): string => `${decimal(1)(100 * share)} %`

/** What the measures of generations rest on: under which model texts are likely, and which limit top-k proposals have (R15). */
export const measureNote = ({ options: { baselines }, generation }: ResidualResults): string =>
  [
    `Log-likelihood is that under ${baselines ? modelTitles.balm : 'the base'}; n-grams are of tokens.`,
    ...(generation === undefined || generation.topK === 0
      ? []
      : [
          `Proposals of the top ${generation.topK} tokens only: with ever more of them the samples tend to the tilt of the cut base, not to P_joint.`,
        ]),
  ].join(' ')

/** Measures of generations: mean energy, log-likelihood per token, ratios of unique n-grams. */
export const measureRows = ({ measures }: GenerationRecord): readonly (readonly string[])[] =>
  sourceOrder.map((source) => {
    const { meanEnergy, logLikelihood, uniqueRatios } = measures[source]
    const ratio = (n: number): string => {
      const value = uniqueRatios[n - 1]
      return value === undefined ? '–' : percent(value)
    }
    return [sourceTitles[source], decimal(3)(meanEnergy), decimal(3)(logLikelihood), ratio(2), ratio(3), ratio(4)]
  })

/** The headings of `measureRows`. */
export const measureHead: readonly string[] = [
  'continuations',
  'mean energy of BiT, nats',
  'log-likelihood, nats per token',
  'unique 2-grams',
  '3-grams',
  '4-grams',
]

/** One line: corpus, rows, sizes. */
export const residualSetting = ({ options, corpus }: ResidualResults): string => {
  const { chunk, network, preset, seed } = options
  return [
    corpus.title,
    `${chunk.modelled} tokens given ${chunk.prefix}`,
    `${corpus.symbols} symbols`,
    `transformers ${network.layers} × ${network.model}`,
    `preset ${preset}, seed ${seed}`,
  ].join(' · ')
}

/** One sentence: the joint model against the base. */
export const residualHeadline = ({ evaluation }: ResidualResults): string => {
  const row = (name: ModelName): TableRow | undefined => evaluation?.table.find(({ model }) => model === name)
  const [base, bit] = [row('base'), row('bit')]
  if (base === undefined || bit === undefined) return 'The models are trained; nothing has been measured yet.'
  const change = 100 * (1 - bit.perToken.value / base.perToken.value)
  return `Tilting the base model by the bidirectional energy changes its perplexity per token from ${boundsText(base)} to ${boundsText(bit)} (${change >= 0 ? `${decimal(1)(change)} % lower` : `${decimal(1)(-change)} % higher`}).`
}

/** The headings of `stepRows`. */
export const stepHead: readonly string[] = [
  'position',
  modelTitles.base,
  modelTitles.unit,
  modelTitles.bit,
  'rows in doubt (UniT, BiT)',
]

/**
 * The per-step perplexities, position by position: of the base, of the joint models with their bounds, and how
 * many rows have an expectation of too few effective samples or too heavy a tail for the word "bound".
 */
export const stepRows = ({ steps }: EvaluationRecord): readonly (readonly string[])[] => {
  const shown = decimal(3)
  const joint = (name: 'unit' | 'bit', i: number): string => {
    const own = steps[name][i]
    if (own === undefined) return ''
    return own.exact ? `${shown(own.joint)} exact` : `${shown(own.lower)} – ${shown(own.upper)}`
  }
  const doubt = (name: 'unit' | 'bit', i: number): string =>
    `${decimal(0)(100 * (1 - orElse(steps[name][i]?.reliableShare, 1)))} %`
  return steps.bit.map(({ position, base }, i) => [
    ...[String(position), shown(base), joint('unit', i), joint('bit', i)],
    `${doubt('unit', i)}, ${doubt('bit', i)}`,
  ])
}

/** The headings of `nextRows`. */
export const nextHead: readonly string[] = ['token', modelTitles.base, modelTitles.unit, modelTitles.bit]

/** The next tokens of one listing: probabilities under the base and, with bounds, under the joint models. */
export const nextRows = ({ tokens }: NextListing): readonly (readonly string[])[] => {
  const shown = (value: number): string => decimal(value < 0.01 ? 4 : 3)(value)
  const joint = ({ value, lower, upper, exact }: JointProbability): string =>
    exact ? `${shown(value)} exact` : `${shown(lower)} – ${shown(upper)}`
  return tokens.map(({ text, base, unit, bit }) => [JSON.stringify(text), shown(base), joint(unit), joint(bit)])
}
