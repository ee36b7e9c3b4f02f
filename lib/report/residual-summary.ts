/**
 * The outcome of a residual-model run in rows and sentences: the table of the slides, what generations are like, and
 * whether the slides' claims hold here.
 */
import type {
  AnalysisRecord,
  GenerationRecord,
  JointProbability,
  ModelName,
  ResidualResults,
  Source,
  TableRow,
} from '../systems/residual/results.ts'
import type { StepPerplexity } from '../systems/residual/marginals.ts'
import { type Claim, type Difference, untold, verdictOf } from './claims.ts'
import { decimal } from './theme.ts'
import { percent } from './units.ts'

/** The models as they are called in the slides. */
export const modelTitles: Readonly<Record<ModelName, string>> = {
  base: 'Base LM',
  policy: 'π, the base moved to joint BiT',
  ralm: 'RALM',
  balm: 'BALM',
  unit: 'Joint UniT',
  bit: 'Joint BiT',
  'bit-base': 'Joint BiT-Base',
  'bit-large': 'Joint BiT-Large',
  'bit-base-star': 'Joint BiT-Base*',
  'bit-star': 'Joint BiT*',
  'bit-large-star': 'Joint BiT-Large*',
}

/** Models of which one is to be better than the other, as the slides have it. */
const pairs: readonly (readonly [better: ModelName, worse: ModelName])[] = [
  ['unit', 'base'],
  ['bit', 'base'],
  ['policy', 'base'],
  ['bit', 'unit'],
  ['bit', 'balm'],
  ['bit', 'bit-base'],
  ['bit-large', 'bit'],
  ['bit-base-star', 'bit-base'],
  ['bit-star', 'bit'],
  ['bit-large-star', 'bit-large'],
  ['bit-large-star', 'bit-star'],
]

/** Where texts come from. */
export const sourceTitles: Readonly<Record<Source, string>> = {
  data: 'human text',
  base: 'base samples',
  unit: 'joint UniT samples',
  bit: 'joint BiT samples',
}

/** What Metropolis–Hastings samples are called. */
export const METROPOLIS = 'Metropolis–Hastings samples (BiT)'

/** The sources in the order in which they are shown. */
export const sourceOrder: readonly Source[] = ['data', 'base', 'unit', 'bit']

const digitsFor = ({ lower, upper }: { readonly lower: number; readonly upper: number }): number =>
  upper - lower > 0 && upper - lower < 0.01 ? 4 : 3

/** A perplexity, or its two bounds where log Z was estimated. */
export const boundsText = ({ perToken }: Pick<TableRow, 'perToken'>): string => {
  const { value, lower, upper } = perToken
  const shown = decimal(digitsFor(perToken))
  return lower === upper ? shown(value) : `${shown(lower)} – ${shown(upper)}`
}

/** Perplexity of a word, which may be large. */
export const perWordText = ({ perWord: { value } }: TableRow): string =>
  value >= 1e6 ? value.toExponential(2) : decimal(1)(value)

/** Nats per token below the base on the same rows, with the paired standard error. */
export const gainText = ({ gain }: Pick<TableRow, 'gain'>): string =>
  gain === undefined ? '' : `${decimal(4)(gain.value)} ± ${decimal(4)(gain.standardError)}`

/** How far a policy went from the base. */
export const policyNote = (table: readonly TableRow[]): readonly string[] =>
  table.flatMap(({ fromBase }) =>
    fromBase === undefined
      ? []
      : [
          `The policy gradient moved π from the base by KL(π‖base) = ${decimal(4)(fromBase.value)} ± ${decimal(4)(fromBase.standardError)} nats a token.`,
        ],
  )

/** How many samples the estimate of log Z is worth, in the median over prefixes. */
export const effectiveText = ({ partitions }: TableRow): string => {
  if (partitions === undefined) return ''
  const { medianEffectiveSampleSize, samples, mostSamples } = partitions
  return `${decimal(0)(medianEffectiveSampleSize)} of ${samples}${mostSamples === undefined ? '' : ` to ${mostSamples}`}`
}

/** Mean of the estimates of log Z over prefixes, in nats, and the learned c that it is to agree with, if there is one. */
export const logPartitionText = ({ partitions, logNormaliser }: TableRow): string =>
  partitions === undefined
    ? ''
    : [
        decimal(4)(partitions.meanLogPartition),
        ...(logNormaliser === undefined ? [] : [`learned ${decimal(4)(logNormaliser)}`]),
      ].join(', ')

/** Whether the two perplexities are bounds, or estimates. */
export const doubtText = ({ partitions }: TableRow): string =>
  partitions === undefined
    ? ''
    : partitions.reliable
      ? 'bounds'
      : `estimates: ${decimal(0)(100 * (1 - partitions.reliableShare))} % of prefixes in doubt`

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

/** The test rows of a step, where they are known. */
export const rowsText = ({ rows }: Pick<StepPerplexity, 'rows'>): string =>
  rows === undefined ? '' : ` on ${rows} rows`

/** The last step, where P_joint is known exactly: no sampling stands between the two perplexities. */
const lastStepClaim = ({ evaluation }: ResidualResults): readonly Claim[] => {
  const last = evaluation?.steps.bit.at(-1)
  if (last?.exact !== true) return []
  const holds = last.joint < last.base
  return [
    {
      claim: 'the last step, which is exact, is better too',
      holds,
      verdict: verdictOf(holds, last.gain, true),
      numbers: `${decimal(3)(last.joint)} against ${decimal(3)(last.base)}${last.gain === undefined ? '' : differenceText(last.gain)}${rowsText(last)}`,
    },
  ]
}

/** Claims of the slides that a run of this kind says nothing of. */
const others = ({ evaluation, generation }: ResidualResults): readonly Claim[] => [
  ...(evaluation === undefined || evaluation.table.some(({ model }) => model.startsWith('bit-'))
    ? []
    : [
        untold(
          'a larger BiT, and one pretrained on other text, is better still',
          'by BiT alone: --energies bit-base,bit-large,bit-star --star-data NAME',
        ),
      ]),
  ...(generation === undefined
    ? []
    : [
        untold(
          'people prefer joint samples',
          'without judges: fill in sheets/, then exptilt residual judge --sheets DIR',
        ),
      ]),
]

/** The slides' claims, each with whether it holds here. */
export const claimsOf = (results: ResidualResults): readonly Claim[] => {
  const table = results.evaluation?.table ?? []
  return [
    ...pairs.flatMap(([better, worse]) => claimOf(table, better, worse)),
    ...discriminationClaim(results),
    ...lastStepClaim(results),
    ...others(results),
  ]
}

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

/** How a Metropolis–Hastings chain compares with Algorithm 1 from the same proposals. */
export const chainNote = ({ proposals, metropolis }: GenerationRecord): readonly string[] =>
  metropolis === undefined
    ? []
    : [
        `A Metropolis–Hastings chain starts at the first of the ${proposals} proposals and meets the others in turn; it ends ${decimal(3)(Math.abs(metropolis.energyAbove.value))} ± ${decimal(3)(metropolis.energyAbove.standardError)} nats ${metropolis.energyAbove.value < 0 ? 'below' : 'above'} Algorithm 1 in energy: the lower, the nearer to P_joint.`,
      ]

/** How much more often the samples of that chain pass for human than those of Algorithm 1. */
export const chainJudgedNote = ({ metropolis }: AnalysisRecord): readonly string[] =>
  metropolis === undefined
    ? []
    : [
        `Metropolis–Hastings samples are judged human ${metropolis.moreOften.value < 0 ? 'less' : 'more'} often than joint ones from the same proposals by ${percent(Math.abs(metropolis.moreOften.value))} ± ${percent(metropolis.moreOften.standardError)}.`,
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

/** The perplexity of a step under P_joint: its bounds, or the one value that is exact. */
export const stepText = (step: StepPerplexity | undefined): string => {
  if (step === undefined) return ''
  const shown = decimal(3)
  return step.exact ? `${shown(step.joint)} exact` : `${shown(step.lower)} – ${shown(step.upper)}`
}

/** How many rows have an expectation of too few effective samples or too heavy a tail for the word "bound". */
export const stepDoubt = (step: StepPerplexity | undefined): string =>
  step === undefined ? '–' : `${decimal(0)(100 * (1 - step.reliableShare))} %`

/** A probability. */
export const probabilityText = (value: number): string => decimal(value < 0.01 ? 4 : 3)(value)

/** A probability under P_joint: its bounds, or the one value that is exact. */
export const jointText = ({ value, lower, upper, exact }: JointProbability): string =>
  exact ? `${probabilityText(value)} exact` : `${probabilityText(lower)} – ${probabilityText(upper)}`
