/**
 * The settings of the E-ARM objective, with the paper's values, and what is wrong with settings that are wrong.
 */
import * as E from 'fp-ts/lib/Either.js'
import { type Failure, failure } from '../../errors.ts'

/** Where `Ẑ` of the weights comes from: the batch itself, groups of rows of one source, or a second batch. */
export type WeightSource = 'batch' | 'source' | 'independent'

/** Settings of the objective. */
export interface EArmOptions {
  /** λ of Eq. 5: the weight of the energy objective. */
  readonly lambda: number
  /** The first epoch (from 0) with the energy objective; plain cross-entropy before. */
  readonly startEpoch: number
  /** m: how many of the most recent tokens of a prefix the gradient of `log q̃` reaches. */
  readonly window: number
  /** Sampled tokens of an update, at most. */
  readonly negativeTokens: number
  /** Length of sampled rows; undefined: that of the data (of the source, in translation). */
  readonly length: number | undefined
  /** Coefficient of the mean square of the logsumexp, which cross-entropy leaves free to drift. */
  readonly squaredLogSumExp: number
  /** Label smoothing of the cross-entropy. */
  readonly labelSmoothing: number
  /** Where Ẑ of the weights w comes from; `independent` samples as many rows again for it. */
  readonly weights: WeightSource
}

/** The paper's settings for language models (Table 6): λ = 0.05 from epoch 15, windows of 2, rows of 50 tokens. */
export const paperOptions: EArmOptions = {
  lambda: 0.05,
  startEpoch: 15,
  window: 2,
  negativeTokens: 4096,
  length: 50,
  squaredLogSumExp: 0,
  labelSmoothing: 0,
  weights: 'batch',
}

type Rule = readonly [broken: boolean, what: string, remedy: string]

const whole = (n: number): boolean => Number.isInteger(n) && n >= 0

const rulesFor = (o: EArmOptions, epochs: number): readonly Rule[] => [
  [!(o.lambda >= 0 && Number.isFinite(o.lambda)), `λ is ${o.lambda}`, 'give a number, 0 or more'],
  [!whole(o.startEpoch), `the start epoch is ${o.startEpoch}`, 'give a whole number, 0 or more'],
  [
    o.startEpoch > epochs,
    `the start epoch ${o.startEpoch} is past the last of ${epochs} epochs`,
    'start earlier, or train longer',
  ],
  [
    !(whole(o.window) || o.window === Number.POSITIVE_INFINITY),
    `the window is ${o.window} tokens`,
    'give a whole number, 0 or more',
  ],
  [
    !(Number.isInteger(o.negativeTokens) && o.negativeTokens > 0),
    `${o.negativeTokens} sampled tokens for an update`,
    'give a whole number above 0',
  ],
  [
    o.length !== undefined && !(Number.isInteger(o.length) && o.length > 0),
    `sampled rows of ${o.length} tokens`,
    'give a whole number above 0',
  ],
  [
    o.length !== undefined && o.length > o.negativeTokens,
    `one sampled row of ${o.length} tokens exceeds the ${o.negativeTokens} sampled tokens of an update`,
    'sample shorter rows, or allow more tokens',
  ],
  [
    !(o.squaredLogSumExp >= 0 && Number.isFinite(o.squaredLogSumExp)),
    `the coefficient of the squared logsumexp is ${o.squaredLogSumExp}`,
    'give a number, 0 or more',
  ],
  [
    !(o.labelSmoothing >= 0 && o.labelSmoothing < 1),
    `label smoothing of ${o.labelSmoothing}`,
    'give a number in [0, 1)',
  ],
]

/** Complete settings: the given ones over the paper's. Left `Usage` names the first setting that cannot be. */
export const eArmOptions = (
  given: Partial<EArmOptions>,
  epochs: number = Number.POSITIVE_INFINITY,
): E.Either<Failure, EArmOptions> => {
  const options = { ...paperOptions, ...given }
  const broken = rulesFor(options, epochs).find(([bad]) => bad)
  return broken === undefined ? E.right(options) : E.left(failure('Usage', broken[1], broken[2]))
}

/** Whether the energy objective is part of the training of an epoch (E21). */
export const activeIn = (options: EArmOptions, epoch: number): boolean =>
  options.lambda > 0 && epoch >= options.startEpoch

/** How many rows of `length` tokens are sampled for a batch of `rows`: as many, within the bound on tokens. */
export const negativeRows = (options: EArmOptions, rows: number, length: number): number =>
  Math.max(1, Math.min(rows, Math.floor(options.negativeTokens / length)))
