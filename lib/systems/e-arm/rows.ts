/**
 * What the E-ARM objective reads of a pass over rows of tokens: for every token its raw logit, the logsumexp of the
 * logits of its step, and the difference of the two, its log-probability.
 *
 * The energy is `φ_k = −logit(x_k | x_<k)` on *raw* logits: softmax leaves an additive constant free at every prefix,
 * and the energy uses it. A network that ends in log-softmax has logsumexp 0 everywhere, weights 1, and nothing to learn
 * here (E16).
 */
import { type Axis, axis, findAxis } from '../../axis.ts'
import { type Expr, type Scalar, type Tensor, axesOf } from '../../expr.ts'
import type { TokenLogits, Tokens } from '../../models/autoregressive.ts'
import { softmaxCrossEntropy } from '../../ops/cross-entropy.ts'
import { gather } from '../../ops/gather.ts'
import { iota } from '../../ops/layout.ts'
import { untilEnd } from '../../ops/lstm-model.ts'
import { cast, constant, divide, greater, less, multiply, negate, subtract, where } from '../../ops/pointwise.ts'
import { sum, sumOver } from '../../ops/reduce.ts'
import { slice } from '../../ops/slice.ts'

/** A number for every token [batch, time]. */
export type PerToken = Tensor<'batch' | 'time' | '1'>

/** A number for every step [time]. */
export type PerStep = Tensor<'time' | '1'>

/** Rows of tokens; `mask` [batch, time] is 1 where a token counts and 0 after the end (or any weight ≥ 0 of the row). */
export interface MaskedRows {
  readonly tokens: Tokens
  readonly mask: PerToken
}

/** Rows with the logits that a model gives them. */
export interface ScoredRows extends MaskedRows {
  readonly logits: TokenLogits
}

/** Per token [batch, time], in nats: the logit, the logsumexp of its step, `log q(x_k | x_<k)`; all 0 where mask is 0. */
export interface TokenTerms {
  readonly logit: PerToken
  readonly logSumExp: PerToken
  readonly logProbability: PerToken
  readonly mask: PerToken
}

/** The axis of this name of an expression; throws a `Shape` failure where there is none. */
export const axisIn = <N extends string>(x: Expr, name: N): Axis<N> =>
  axis(name, findAxis('E-ARM', axesOf(x), name).size)

/**
 * The terms of rows.
 *
 * @example
 * const [batch, time, symbol] = [axis('batch', 2), axis('time', 1), axis('symbol', 2)]
 * const logits = literal(Float64Array.of(0, 0, Math.log(3), 0), batch, time, symbol)
 * const [tokens, mask] = [literalIntegers(Int32Array.of(0, 0), batch, time), literal(Float64Array.of(1, 1), batch, time)]
 * tokenTerms({ logits, tokens, mask }).logProbability // => [-0.693147, -0.287682]
 */
export const tokenTerms = ({ logits, tokens, mask }: ScoredRows): TokenTerms => {
  const symbol = axisIn(logits, 'symbol')
  const alive = greater(mask, constant(0))
  const kept = (x: PerToken): PerToken => where(alive, x, constant(0))
  const logit: PerToken = gather(symbol)(logits, tokens)
  const logProbability: PerToken = negate(softmaxCrossEntropy(symbol)<'batch' | 'time' | '1'>(logits, tokens))
  return {
    logit: kept(logit),
    logSumExp: kept(subtract(logit, logProbability)),
    logProbability: kept(logProbability),
    mask,
  }
}

/** The terms of so many rows, from one on. */
export const termsOfRows =
  (from: number, count: number) =>
  (terms: TokenTerms): TokenTerms => {
    const part = (x: PerToken): PerToken => slice(axisIn(x, 'batch'), from, count)(x)
    const { logit, logSumExp, logProbability, mask } = terms
    return { logit: part(logit), logSumExp: part(logSumExp), logProbability: part(logProbability), mask: part(mask) }
  }

/** The mask of rows that end at their first `end`, which counts itself (E20). */
export const endMask =
  (end: number) =>
  (tokens: Tokens): PerToken =>
    untilEnd(axis('symbol', end + 1), axisIn(tokens, 'time'), tokens)

/** The mask of rows of given lengths [batch]: token k counts when k < length. For lengths that depend on a source. */
export const lengthMask = (time: Axis<'time'>, lengths: Tensor<'batch' | '1', 'i32'>): PerToken =>
  cast('f32')(less(iota(time), lengths))

/** Both. */
export const both = (first: PerToken, second: PerToken): PerToken => multiply(first, second)

/** x / y, and 0 where y is 0. */
export const ratio = <A extends string>(x: Tensor<A>, y: Tensor<A>): Tensor<A | '1'> =>
  where(greater(y, constant(0)), divide(x, where(greater(y, constant(0)), y, constant(1))), constant(0))

/** `Σ_b m·x / Σ_b m` at every step [time]; 0 at steps that no row reaches. */
export const stepMeans = (mask: PerToken, x: PerToken): PerStep => {
  const batch = axisIn(mask, 'batch')
  return ratio(sum(batch)(multiply(mask, x)), sum(batch)(mask))
}

/** `Σ m·x / Σ m` over all tokens. */
export const tokenMean = (mask: PerToken, x: PerToken): Scalar => {
  const [batch, time] = [axisIn(mask, 'batch'), axisIn(mask, 'time')]
  return ratio(sumOver(batch, time)(multiply(mask, x)), sumOver(batch, time)(mask))
}

/**
 * `φ_k = −logit(x_k | x_<k)` [batch, time], nats.
 *
 * @example
 * const [batch, time, symbol] = [axis('batch', 2), axis('time', 1), axis('symbol', 2)]
 * const logits = literal(Float64Array.of(0, 0, Math.log(3), 0), batch, time, symbol)
 * const [tokens, mask] = [literalIntegers(Int32Array.of(0, 0), batch, time), literal(Float64Array.of(1, 1), batch, time)]
 * tokenEnergies(tokenTerms({ logits, tokens, mask })) // => [-0, -1.09861]
 */
export const tokenEnergies = ({ logit }: TokenTerms): PerToken => negate(logit)
