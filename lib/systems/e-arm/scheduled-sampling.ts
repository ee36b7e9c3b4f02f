/**
 * Scheduled sampling for models that read whole rows at once (Mihaylova & Martins 2019): a first pass over the true rows
 * predicts every token; a second pass reads rows in which some tokens are replaced by those predictions, and its
 * cross-entropy against the *true* tokens is what is trained. No gradient flows through the choice of tokens.
 *
 * How often tokens are replaced grows with training (Bengio et al. 2015).
 */
import { axis } from '../../axis.ts'
import { failure, raise } from '../../errors.ts'
import type { Scalar } from '../../expr.ts'
import {
  type Autoregressive,
  type Drop,
  type Named,
  type Tokens,
  type TokenLogits,
  keepAll,
} from '../../models/autoregressive.ts'
import { categorical } from '../../ops/categorical.ts'
import { less, stopGradient, where } from '../../ops/pointwise.ts'
import { type KeyTensor, foldKey, uniform } from '../../ops/random.ts'
import { argmax } from '../../ops/reduce.ts'
import { type MaskedRows, type ScoredRows, axisIn } from './rows.ts'

/** How a prediction is made from logits: the most probable symbol, or one drawn from the model. */
export type Prediction = 'argmax' | 'sample'

/** Settings: the key of a step, the probability to replace a token, and how predictions are made. */
export interface ScheduledSampling {
  readonly key: KeyTensor
  readonly mixing: Scalar
  readonly prediction: Prediction
}

const predicted = (logits: TokenLogits, { key, prediction }: ScheduledSampling): Tokens => {
  const [batch, time, symbol] = [
    axisIn(logits, 'batch'),
    axisIn(logits, 'time'),
    axis('symbol', axisIn(logits, 'symbol').size),
  ]
  const free = stopGradient(logits)
  return prediction === 'argmax' ? argmax(symbol)(free) : categorical(symbol)(foldKey(0)(key), batch, time)(free)
}

/** Rows in which every token is, with probability `mixing`, the prediction of the first pass in its place. */
export const mixedTokens =
  (options: ScheduledSampling) =>
  ({ tokens, logits }: ScoredRows): Tokens => {
    const [batch, time] = [axisIn(tokens, 'batch'), axisIn(tokens, 'time')]
    const replaced = less(uniform(foldKey(1)(options.key))(batch, time), options.mixing)
    return where(replaced, predicted(logits, options), tokens)
  }

/** The true rows with the logits of the second pass: their cross-entropy is the loss of scheduled sampling. */
export const secondPass =
  (model: Autoregressive, options: ScheduledSampling) =>
  (parameters: Named, first: ScoredRows, drop: Drop = keepAll): ScoredRows => ({
    ...first,
    logits: model.forward(parameters, mixedTokens(options)(first), drop).logits,
  })

/** Both passes over rows. */
export const scheduledRows =
  (model: Autoregressive, options: ScheduledSampling) =>
  (parameters: Named, rows: MaskedRows, drop: Drop = keepAll): ScoredRows =>
    secondPass(model, options)(
      parameters,
      { ...rows, logits: model.forward(parameters, rows.tokens, drop).logits },
      drop,
    )

/** How the probability of a true token falls with the steps i = 0, 1, … (Bengio et al. 2015, section 2.4). */
export type Decay =
  | { readonly kind: 'linear'; readonly slope: number; readonly least: number }
  | { readonly kind: 'exponential'; readonly base: number }
  | { readonly kind: 'inverse-sigmoid'; readonly scale: number }

const sound = (decay: Decay): boolean => {
  if (decay.kind === 'linear') return decay.slope >= 0 && decay.least >= 0 && decay.least <= 1
  return decay.kind === 'exponential' ? decay.base > 0 && decay.base < 1 : decay.scale >= 1
}

const truth = (decay: Decay, i: number): number => {
  if (decay.kind === 'linear') return Math.max(decay.least, 1 - decay.slope * i)
  if (decay.kind === 'exponential') return decay.base ** i
  return decay.scale / (decay.scale + Math.exp(Math.min(i / decay.scale, 700)))
}

/**
 * The probability to replace a token at step i: 1 − max(least, 1 − slope·i), 1 − baseⁱ, or 1 − s/(s + e^{i/s}). Throws a
 * `Domain` failure for a decay that is none.
 *
 * @example
 * mixingAt({ kind: 'linear', slope: 0.01, least: 0.5 }, 20) // => 0.2
 */
export const mixingAt = (decay: Decay, i: number): number =>
  sound(decay)
    ? 1 - truth(decay, i)
    : raise(
        failure(
          'Domain',
          `a ${decay.kind} decay that does not fall from 1 to 0`,
          'give a slope ≥ 0 with a least in [0, 1], a base in (0, 1), or a scale ≥ 1',
        ),
      )
