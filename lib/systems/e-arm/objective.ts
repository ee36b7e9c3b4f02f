/**
 * The E-ARM objective (paper Eq. 5 and 12): cross-entropy, plus λ times a surrogate whose gradient is that of
 * `Σ_k KL(p_d(x_k, x_<k) ‖ p_θ(x_k, x_<k))` for the joint `p_θ(x_k, x_<k) = q̃(x_<k)·e^{−φ_θ(x_k, x_<k)} / Z_k`.
 *
 * With `E_θ(x_k, x_<k) = φ_θ(x_k, x_<k) − log q̃(x_<k)` the signs that the plain text of Eq. 12 has lost are
 *
 *     ∇ = { −E_{p_d} ∂log q̃ + E_{p_d} ∂φ }  −  { −E_q w·∂log q̃ + E_q w·∂φ }
 *              positive phase                       negative phase
 *
 * Since `p_θ(x_k | x_<k) = q_θ(x_k | x_<k)` exactly (E5), all that the energy does is to re-weight prefixes.
 */
import type { Scalar } from '../../expr.ts'
import { axis } from '../../axis.ts'
import { type Autoregressive, type Drop, type Named, keepAll } from '../../models/autoregressive.ts'
import { add, constant, greater, multiply, scale, square, subtract, where } from '../../ops/pointwise.ts'
import { sum } from '../../ops/reduce.ts'
import { slice } from '../../ops/slice.ts'
import { crossEntropyOf } from './cross-entropy.ts'
import type { EArmOptions } from './options.ts'
import {
  type MaskedRows,
  type PerStep,
  type PerToken,
  type ScoredRows,
  type TokenTerms,
  axisIn,
  ratio,
  stepMeans,
  tokenEnergies,
  tokenMean,
  tokenTerms,
} from './rows.ts'
import { type Sharing, effectiveSampleSizes, prefixWeights } from './weights.ts'
import { prefixLogProbability } from './window.ts'

/**
 * `E_θ(x_k, x_<k) = φ_θ(x_k, x_<k) − log q̃_m(x_<k)` [batch, time], nats (Eq. 6).
 *
 * @example
 * import { axis, literal, literalIntegers } from 'exptilt'
 * import { eArm } from 'exptilt/systems'
 * const [batch, time, symbol] = [axis('batch', 2), axis('time', 1), axis('symbol', 2)]
 * const logits = literal(Float64Array.of(0, 0, Math.log(3), 0), batch, time, symbol)
 * const [tokens, mask] = [literalIntegers(Int32Array.of(0, 0), batch, time), literal(Float64Array.of(1, 1), batch, time)]
 * jointEnergies(2)(eArm.tokenTerms({ logits, tokens, mask })) // => [-0, -1.09861]
 */
export const jointEnergies =
  (window: number) =>
  (terms: TokenTerms): PerToken =>
    subtract(tokenEnergies(terms), prefixLogProbability(window)(terms.logProbability))

/**
 * `log p_θ(x_k, x_<k) = −E_θ(x_k, x_<k) − log Z_k` [batch, time] in nats, for given `log Z_k` [time] (Eq. 4).
 *
 * @example
 * import { axis, literal, literalIntegers } from 'exptilt'
 * import { eArm } from 'exptilt/systems'
 * const [batch, time, symbol] = [axis('batch', 2), axis('time', 1), axis('symbol', 2)]
 * const logits = literal(Float64Array.of(0, 0, Math.log(3), 0), batch, time, symbol)
 * const [tokens, mask] = [literalIntegers(Int32Array.of(0, 0), batch, time), literal(Float64Array.of(1, 1), batch, time)]
 * const terms = eArm.tokenTerms({ logits, tokens, mask })
 * jointLogProbability(2, eArm.logNormaliser(terms))(terms) // => [-1.09861, 0]
 */
export const jointLogProbability =
  (window: number, logPartition: PerStep) =>
  (terms: TokenTerms): PerToken =>
    subtract(scale(-1)(jointEnergies(window)(terms)), logPartition)

/**
 * The positive phase `E_{p_d} E_θ` [time]; its gradient is Eq. 7.
 *
 * @example
 * import { axis, literal, literalIntegers } from 'exptilt'
 * import { eArm } from 'exptilt/systems'
 * const [batch, time, symbol] = [axis('batch', 2), axis('time', 1), axis('symbol', 2)]
 * const logits = literal(Float64Array.of(0, 0, Math.log(3), 0), batch, time, symbol)
 * const [tokens, mask] = [literalIntegers(Int32Array.of(0, 0), batch, time), literal(Float64Array.of(1, 1), batch, time)]
 * positivePhase(2)(eArm.tokenTerms({ logits, tokens, mask })) // => [-0.549306]
 */
export const positivePhase =
  (window: number) =>
  (data: TokenTerms): PerStep =>
    stepMeans(data.mask, jointEnergies(window)(data))

/**
 * The negative phase `E_q w·E_θ` [time]; its gradient, which leaves w alone, is Eq. 9, that is −∂log Z_k.
 *
 * @example
 * import { axis, literal, literalIntegers } from 'exptilt'
 * import { eArm } from 'exptilt/systems'
 * const [batch, time, symbol] = [axis('batch', 2), axis('time', 1), axis('symbol', 2)]
 * const logits = literal(Float64Array.of(0, 0, Math.log(3), 0), batch, time, symbol)
 * const [tokens, mask] = [literalIntegers(Int32Array.of(0, 0), batch, time), literal(Float64Array.of(1, 1), batch, time)]
 * const terms = eArm.tokenTerms({ logits, tokens, mask })
 * negativePhase(2)(terms, eArm.prefixWeights(terms)) // => [-0.732408]
 */
export const negativePhase =
  (window: number) =>
  (sampled: TokenTerms, weights: PerToken): PerStep =>
    stepMeans(sampled.mask, multiply(weights, jointEnergies(window)(sampled)))

const firstSteps =
  (steps: number) =>
  (rows: TokenTerms): TokenTerms => {
    const time = axisIn(rows.mask, 'time')
    const cut = (x: PerToken): PerToken => slice(time, 0, steps)(x)
    return {
      logit: cut(rows.logit),
      logSumExp: cut(rows.logSumExp),
      logProbability: cut(rows.logProbability),
      mask: cut(rows.mask),
    }
  }

/** What the energy objective reports: its two phases and the effective sample size of w, for each step [time]. */
export interface EnergyTerms {
  /** `Σ_k c_k (positive_k − negative_k) / Σ_k c_k`, where c_k counts the data rows that reach step k. */
  readonly energy: Scalar
  readonly positive: PerStep
  readonly negative: PerStep
  readonly effectiveSampleSize: PerStep
  readonly weights: PerToken
}

/** The settings that the energy objective reads. */
export interface EnergyOptions {
  readonly window: number
  readonly sharing?: Sharing
}

/**
 * The energy objective of data rows and sampled rows, over the steps that both reach: the rest of the longer ones is
 * left out (the paper cuts sequences to 50 tokens for it).
 */
export const energyTerms = (options: EnergyOptions, data: TokenTerms, sampled: TokenTerms): EnergyTerms => {
  const steps = Math.min(axisIn(data.mask, 'time').size, axisIn(sampled.mask, 'time').size)
  const [seen, drawn] = [firstSteps(steps)(data), firstSteps(steps)(sampled)]
  const batch = axisIn(seen.mask, 'batch')
  const weights = prefixWeights(drawn, cutSharing(steps, options.sharing ?? { kind: 'batch' }))
  const positive = positivePhase(options.window)(seen)
  const negative = negativePhase(options.window)(drawn, weights)
  const reached = greater(sum(axisIn(drawn.mask, 'batch'))(drawn.mask), constant(0))
  const counts = where(reached, sum(batch)(seen.mask), constant(0))
  const time = axis('time', steps)
  const gaps = multiply(counts, subtract(positive, negative))
  return {
    energy: ratio(sum(time)(gaps), sum(time)(counts)),
    positive,
    negative,
    effectiveSampleSize: effectiveSampleSizes(drawn.mask, weights),
    weights,
  }
}

const cutSharing = (steps: number, sharing: Sharing): Sharing =>
  sharing.kind === 'independent' ? { kind: 'independent', terms: firstSteps(steps)(sharing.terms) } : sharing

/** What a training step reports. `energy` and the rest are there only where the energy objective is. */
export interface EArmTerms {
  readonly loss: Scalar
  readonly crossEntropy: Scalar
  /** The mean logsumexp of the data's steps, which cross-entropy leaves free. */
  readonly logSumExp: Scalar
  readonly energy?: EnergyTerms
}

/** The settings that the loss reads. */
export type LossOptions = Pick<EArmOptions, 'lambda' | 'window' | 'squaredLogSumExp' | 'labelSmoothing'> & {
  readonly sharing?: Sharing
}

/** The terms of data rows and of sampled ones (none without the energy objective), and what cross-entropy is taken. */
interface ObjectiveTerms {
  readonly data: TokenTerms
  readonly sampled?: TokenTerms | undefined
  readonly crossEntropy: Scalar
}

/**
 * The loss: `CE + λ·energy + c·mean LSE²`. With λ = 0 it *is* the cross-entropy (plus the last term), the same expression, so
 * that training is bit-identical to plain training (E4).
 */
export const eArmObjective = (options: LossOptions, { data, sampled, crossEntropy }: ObjectiveTerms): EArmTerms => {
  const penalty = scale(options.squaredLogSumExp)(tokenMean(data.mask, square(data.logSumExp)))
  const plain = options.squaredLogSumExp === 0 ? crossEntropy : add(crossEntropy, penalty)
  const logSumExp = tokenMean(data.mask, data.logSumExp)
  if (options.lambda === 0 || sampled === undefined) return { loss: plain, crossEntropy, logSumExp }
  const energy = energyTerms(options, data, sampled)
  return { loss: add(plain, scale(options.lambda)(energy.energy)), crossEntropy, logSumExp, energy }
}

/** Turns scored rows into those on which the cross-entropy is taken: `secondPass` of scheduled sampling. */
export type Teacher = (parameters: Named, rows: ScoredRows, drop: Drop) => ScoredRows

/**
 * The loss of any autoregressive model of the library: parameters, data rows and rows sampled from the model itself, in;
 * the loss and what to report, out. The model is not changed and not asked anything but logits of rows.
 *
 * @example
 * import { axis, literal, literalIntegers, tableModel } from 'exptilt'
 * import { eArm } from 'exptilt/systems'
 * const model = tableModel({ symbols: 2, length: 1 })
 * const [batch, time] = [axis('batch', 2), axis('time', 1)]
 * const rows = { tokens: literalIntegers(Int32Array.of(0, 1), batch, time), mask: literal(Float64Array.of(1, 1), batch, time) }
 * const logits = literal(Float64Array.of(0, 0), axis('context', 1), axis('symbol', 2))
 * eArmLoss(model, { ...eArm.paperOptions, lambda: 0 })({ logits }, rows).crossEntropy // => 0.693147
 */
export const eArmLoss =
  (model: Autoregressive, options: LossOptions) =>
  (
    parameters: Named,
    data: MaskedRows,
    sampled?: MaskedRows,
    drop: Drop = keepAll,
    teacher: Teacher = (_parameters, rows) => rows,
  ): EArmTerms => {
    const scored = (rows: MaskedRows): ScoredRows => ({
      ...rows,
      logits: model.forward(parameters, rows.tokens, drop).logits,
    })
    const seen = scored(data)
    return eArmObjective(options, {
      data: tokenTerms(seen),
      sampled: options.lambda === 0 || sampled === undefined ? undefined : tokenTerms(scored(sampled)),
      crossEntropy: crossEntropyOf(options.labelSmoothing)(teacher(parameters, seen, drop)),
    })
  }
