/**
 * Noise-contrastive estimation on logits `s(x) = log P_θ(x) − log q(x)` (= −E for a residual model): the binary
 * classification of data against ν noise samples per datum, with softplus throughout, so that no energy overflows.
 */
import { at } from '../at.ts'
import { mean, sigmoid, softplus } from '../math.ts'

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
 * there is no finite optimum: loss and gradient stay finite, and s rises or falls without end (R7).
 */
export const nceLoss = ({ data, noise, ratio }: NceBatch): NceLoss => {
  const logRatio = Math.log(ratio)
  const dataTerms = Float64Array.from(data, (s) => softplus(logRatio - s))
  const noiseTerms = Float64Array.from(noise, (s) => softplus(s - logRatio))
  return {
    loss: mean(dataTerms) + ratio * mean(noiseTerms),
    data: Float64Array.from(data, (s) => -sigmoid(logRatio - s) / data.length),
    noise: Float64Array.from(noise, (s) => (ratio * sigmoid(s - logRatio)) / noise.length),
  }
}

/** The same loss in expectation over a finite support: `Σ p_data·softplus(log ν − s) + ν Σ q·softplus(s − log ν)`. */
export const exactNceLoss = (
  pData: ArrayLike<number>,
  noise: ArrayLike<number>,
  logits: ArrayLike<number>,
  ratio: number,
): number => {
  const logRatio = Math.log(ratio)
  let total = 0
  for (let i = 0; i < logits.length; i++) {
    const s = at(logits, i)
    total += at(pData, i) * softplus(logRatio - s) + ratio * at(noise, i) * softplus(s - logRatio)
  }
  return total
}

/** The gradient of `exactNceLoss` with respect to the logits. */
export const exactNceGradient = (
  pData: ArrayLike<number>,
  noise: ArrayLike<number>,
  logits: ArrayLike<number>,
  ratio: number,
): Float64Array => {
  const logRatio = Math.log(ratio)
  return Float64Array.from(
    logits,
    (s, i) => ratio * at(noise, i) * sigmoid(s - logRatio) - at(pData, i) * sigmoid(logRatio - s),
  )
}
