/**
 * The settings of the E-ARM objective, with the paper's values.
 */

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

/**
 * The paper's settings for language models (Table 6): λ = 0.05 from epoch 15, windows of 2, rows of 50 tokens.
 *
 * @example
 * paperOptions.lambda // => 0.05
 */
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

/** Whether the energy objective is part of the training of an epoch (E21). */
export const activeIn = (options: EArmOptions, epoch: number): boolean =>
  options.lambda > 0 && epoch >= options.startEpoch

/** How many rows of `length` tokens are sampled for a batch of `rows`: `perSource` of each, within the bound on tokens. */
export const negativeRows = (options: EArmOptions, rows: number, length: number, perSource = 1): number =>
  perSource * Math.max(1, Math.min(rows, Math.floor(options.negativeTokens / (length * perSource))))
