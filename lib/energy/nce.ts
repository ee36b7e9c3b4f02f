/**
 * Noise-contrastive estimation on logits `s(x) = log P_θ(x) − log q(x)` (= −E for a residual model): the binary
 * classification of data against ν noise samples per datum, with softplus throughout, so that no energy overflows.
 */
import { at } from '../at.ts'
import { failure, raise } from '../errors.ts'
import { mean, sigmoid, softplus } from '../math.ts'
import { checkNumbers, checkProbabilities, sameLength, weighted } from './finite.ts'

/** Logits of a data batch and of a noise batch, and ν, the number of noise samples per datum. */
export interface NceBatch {
  readonly data: ArrayLike<number>
  readonly noise: ArrayLike<number>
  readonly ratio: number
}

/** The loss (nats per datum) and its gradient with respect to each logit. */
export interface NceLoss {
  readonly loss: number
  readonly data: Float64Array
  readonly noise: Float64Array
}

/**
 * `mean_data softplus(log ν − s) + ν · mean_noise softplus(s − log ν)`. With ν = 1 it is −J, the discriminator's loss.
 * Without the log ν a fitted model is off by Z = 1/ν (R6). Where only the data have probability, or only the noise,
 * there is no finite optimum: loss and gradient stay finite, and s rises or falls without end (R7). Throws `Domain` unless
 * ν > 0 and both batches have samples; a logit that is NaN makes the loss NaN.
 *
 * @example
 * nceLoss({ data: [2, 1], noise: [-1, -2], ratio: 1 }).loss // => 0.44019
 */
export const nceLoss = ({ data, noise, ratio }: NceBatch): NceLoss => {
  checkRatio(ratio)
  if (data.length === 0 || noise.length === 0)
    raise(failure('Domain', `${data.length} data and ${noise.length} noise samples`, 'give at least one of each'))
  const logRatio = Math.log(ratio)
  const dataTerms = Float64Array.from(data, (s) => softplus(logRatio - s))
  const noiseTerms = Float64Array.from(noise, (s) => softplus(s - logRatio))
  return {
    loss: mean(dataTerms) + ratio * mean(noiseTerms),
    data: Float64Array.from(data, (s) => -sigmoid(logRatio - s) / data.length),
    noise: Float64Array.from(noise, (s) => (ratio * sigmoid(s - logRatio)) / noise.length),
  }
}

const checkFinite = (pData: ArrayLike<number>, noise: ArrayLike<number>, logits: ArrayLike<number>, ratio: number) => {
  sameLength('data and noise', pData, noise)
  sameLength('data and logits', pData, logits)
  checkProbabilities('the data’s probability', pData)
  checkProbabilities('the noise’s probability', noise)
  checkNumbers('the logit', logits)
  checkRatio(ratio)
}

const checkRatio = (ratio: number): void => {
  if (!(ratio > 0 && Number.isFinite(ratio)))
    raise(failure('Domain', `${ratio} noise samples per datum`, 'use a positive number', { ratio }))
}

/**
 * The same loss in expectation over a finite support: `Σ p_data·softplus(log ν − s) + ν Σ q·softplus(s − log ν)`, where
 * a probability of 0 counts for nothing whatever its logit (±∞ included). Throws `Shape`, `NonFinite` for NaN, `Support`
 * for probabilities that are all 0, `Domain` unless ν > 0.
 *
 * @example
 * exactNceLoss([0.75, 0.25], [0.5, 0.5], [Math.log(1.5), Math.log(0.5)], 1) // => 1.31865
 */
export const exactNceLoss = (
  pData: ArrayLike<number>,
  noise: ArrayLike<number>,
  logits: ArrayLike<number>,
  ratio: number,
): number => {
  checkFinite(pData, noise, logits, ratio)
  const logRatio = Math.log(ratio)
  let total = 0
  for (let i = 0; i < logits.length; i++) {
    const s = at(logits, i)
    total += weighted(at(pData, i), softplus(logRatio - s)) + ratio * weighted(at(noise, i), softplus(s - logRatio))
  }
  return total
}

/**
 * The gradient of `exactNceLoss` with respect to the logits; throws as it does.
 *
 * @example
 * exactNceGradient([0.75, 0.25], [0.5, 0.5], [0, 0], 1) // => [-0.125, 0.125]
 */
export const exactNceGradient = (
  pData: ArrayLike<number>,
  noise: ArrayLike<number>,
  logits: ArrayLike<number>,
  ratio: number,
): Float64Array => {
  checkFinite(pData, noise, logits, ratio)
  const logRatio = Math.log(ratio)
  return Float64Array.from(
    logits,
    (s, i) => ratio * at(noise, i) * sigmoid(s - logRatio) - at(pData, i) * sigmoid(logRatio - s),
  )
}
