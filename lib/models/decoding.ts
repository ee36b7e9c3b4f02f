/**
 * Decoding: how the logits of a model become the law from which the next token is drawn. Temperature first, then the k
 * most probable symbols, then of those the smallest set that reaches probability p; what is kept is renormalised.
 */
import type { Axis } from '../axis.ts'
import { type Failure, failure } from '../errors.ts'
import type { Tensor } from '../expr.ts'
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
 * (Holtzman et al. 2020, section 3). The temperature is an operand, so that one program serves all of them.
 */
export const decoded =
  <K extends string>(over: Axis<K>, { topK, topP }: Decoding, temperature: Tensor<'1'>) =>
  <A extends string>(logits: Tensor<A | K>): Tensor<A | K | '1'> =>
    filterLogits(over, {
      ...(topK === undefined ? {} : { k: topK }),
      ...(topP === undefined ? {} : { p: topP }),
    })(divide(logits, temperature))

/** A name that tells decodings apart that need programs of their own. */
export const decodingName = ({ topK, topP }: Decoding): string => `${topK ?? ''}/${topP ?? 1}`
