/**
 * Cross-entropy of tokens under a linear map of hidden states: the last layer of a language model together with its loss.
 */
import type { Axis } from '../axis.ts'
import type { Tensor } from '../expr.ts'
import { contract } from './contract.ts'
import { softmaxCrossEntropy } from './cross-entropy.ts'
import { add, multiply } from './pointwise.ts'
import { declared } from '../phantom.ts'

/** What a row of tokens is scored with. */
export interface TokenOperands<A extends string, S extends string, M extends string> {
  /** States [rows …, model]. */
  readonly hidden: Tensor<A | M>
  /** One row of weights for each symbol [symbol, model]; for tied weights, the embedding table. */
  readonly table: Tensor<S | M | '1'>
  /** [rows …] */
  readonly targets: Tensor<A, 'i32'>
  /** [symbol]; none unless given. */
  readonly bias?: Tensor<S | '1'>
  /** Multiplies the loss of each token [rows …]; 0 leaves a token out, in the gradient too. */
  readonly weights?: Tensor<A>
}

/**
 * −log softmax(hidden·tableᵀ + bias)_target (nats) of each token, with label smoothing ε: logits exist once; their gradient
 * is one kernel, and those of `hidden` and `table` are products with it.
 *
 * @example
 * const [row, model, symbol] = [axis('row', 2), axis('model', 1), axis('symbol', 2)]
 * const hidden = literal(Float64Array.of(0, 1), row, model)
 * const table = literal(Float64Array.of(Math.log(3), 0), symbol, model)
 * tokenCrossEntropy({ symbol, model })({ hidden, table, targets: literalIntegers(Int32Array.of(0, 0), row) }) // => [0.693147, 0.287682]
 */
export const tokenCrossEntropy =
  <S extends string, M extends string>(options: {
    readonly symbol: Axis<S>
    readonly model: Axis<M>
    readonly smoothing?: number
  }) =>
  <A extends string>({ hidden, table, targets, bias, weights }: TokenOperands<A, S, M>): Tensor<A> => {
    const product: Tensor<A | S> = declared(contract(options.model)(hidden, table))
    const logits: Tensor<A | S> = bias === undefined ? product : declared(add(product, bias))
    const loss = softmaxCrossEntropy(options.symbol, options)<A>(logits, targets)
    return weights === undefined ? loss : multiply(loss, weights)
  }
