/**
 * Decoding: how the logits of a model become the law from which the next token is drawn. Temperature first, then the k
 * most probable symbols, then of those the smallest set that reaches probability p; what is kept is renormalised.
 */
import type { Axis } from '../axis.ts'
import { type Failure, failure } from '../errors.ts'
import type { Feeds } from '../executor.ts'
import type { Tensor } from '../expr.ts'
import { input } from '../ops/layout.ts'
import { divide } from '../ops/pointwise.ts'
import { filterLogits } from '../ops/top-k.ts'

/** Temperature τ (1 by default), top-k, top-p; without any of them tokens are drawn from the model itself. */
export interface Decoding {
  readonly temperature?: number
  readonly topK?: number
  readonly topP?: number
}

/** What is wrong with a decoding: a temperature that is not above 0, a k of zero, a p outside (0, 1]. */
export const decodingFailure = ({ temperature = 1, topK = 1, topP = 1 }: Decoding): Failure | undefined => {
  if (!(temperature > 0 && temperature < Number.POSITIVE_INFINITY))
    return failure('Domain', `a temperature of ${temperature}`, 'give a number above 0 (top-k of 1 takes the best)', {
      temperature,
    })
  if (!Number.isInteger(topK) || topK < 1)
    return failure('Domain', `top-k with k = ${topK}`, 'keep a whole number of symbols, 1 or more', { topK })
  return topP > 0 && topP <= 1
    ? undefined
    : failure('Domain', `top-p with p = ${topP}`, 'give a probability in (0, 1]', { topP })
}

/**
 * The logits of the law from which tokens are drawn: softmax of the result is q(x)^{1/τ} renormalised on the kept set
 * (Holtzman et al. 2020, section 3). The temperature is an operand (`temperatureOf`), so that one program serves all of them but 1.
 */
export const decoded =
  <K extends string>(over: Axis<K>, { topK, topP }: Decoding, temperature: Tensor<'1'> | undefined) =>
  <A extends string>(logits: Tensor<A | K | '1'>): Tensor<A | K | '1'> =>
    filterLogits(over, {
      ...(topK === undefined ? {} : { k: topK }),
      ...(topP === undefined ? {} : { p: topP }),
    })<A | '1'>(temperature === undefined ? logits : divide(logits, temperature))

/** The input `temperature`; none where it is 1, so that what is drawn from and what is scored are the same logits. */
export const temperatureOf = ({ temperature = 1 }: Decoding): Tensor<'1'> | undefined =>
  temperature === 1 ? undefined : input('temperature')

/** What that input is fed. */
export const temperatureFeeds = ({ temperature = 1 }: Decoding): Feeds =>
  temperature === 1 ? {} : { temperature: Float32Array.of(temperature) }

/** A name that tells decodings apart that need programs of their own. */
export const decodingName = ({ temperature = 1, topK, topP }: Decoding): string =>
  `${topK ?? ''}/${topP ?? 1}${temperature === 1 ? '' : ' tempered'}`
