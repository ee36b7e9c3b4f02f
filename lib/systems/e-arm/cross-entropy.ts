/**
 * Plain training of an autoregressive model: cross-entropy in nats per token, with label smoothing. This is the program
 * that E-ARM becomes with λ = 0 or before its start epoch, and the first objective of the paper's Eq. 5.
 */
import type { Scalar } from '../../expr.ts'
import { add, constant, greater, negate, scale, subtract, where } from '../../ops/pointwise.ts'
import { logSumExp, mean } from '../../ops/reduce.ts'
import { type PerToken, type ScoredRows, axisIn, tokenMean, tokenTerms } from './rows.ts'

const plain = (rows: ScoredRows): PerToken => negate(tokenTerms(rows).logProbability)

const smoothed = (smoothing: number, rows: ScoredRows): PerToken => {
  const symbol = axisIn(rows.logits, 'symbol')
  const uniform = subtract(logSumExp(symbol)(rows.logits), mean(symbol)(rows.logits))
  const spread = where(greater(rows.mask, constant(0)), uniform, constant(0))
  return add(scale(1 - smoothing)(plain(rows)), scale(smoothing)(spread))
}

/**
 * `Σ m·[−(1−ε)·log q(x_k|x_<k) − ε·mean_v log q(v|x_<k)] / Σ m` over the tokens of rows, nats per token; ε is the label
 * smoothing (0: plain cross-entropy).
 *
 * @example
 * import { axis, literal, literalIntegers } from 'exptilt'
 * const [batch, time, symbol] = [axis('batch', 2), axis('time', 1), axis('symbol', 2)]
 * const logits = literal(Float64Array.of(0, 0, Math.log(3), 0), batch, time, symbol)
 * const [tokens, mask] = [literalIntegers(Int32Array.of(0, 0), batch, time), literal(Float64Array.of(1, 1), batch, time)]
 * crossEntropyOf(0)({ logits, tokens, mask }) // => 0.490415
 */
export const crossEntropyOf =
  (smoothing: number) =>
  (rows: ScoredRows): Scalar =>
    tokenMean(rows.mask, smoothing === 0 ? plain(rows) : smoothed(smoothing, rows))
