/**
 * Quasi-rejection sampling (Eikema et al. 2022): accept with probability `min(1, P/(βq))` for a β that need not bound
 * P/q. Samples follow `p_β ∝ min(P, βq)`; a larger β is closer to p and slower. The diagnostics say how close.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at } from '../at.ts'
import type { Failure } from '../errors.ts'
import { fold, type Key } from '../key.ts'
import { logMeanExp, maximum } from '../math.ts'
import { type Estimate, estimate, meanEstimate, unitRange } from './estimate.ts'
import { finiteEnvelope } from './gate.ts'
import { importance, type Tilt } from './tilt.ts'
import { fineUniforms } from './uniform.ts'
import { effectiveSampleSize, maxWeight, snis, type Weights, weigh } from './weights.ts'

/** What n trials at this β say. */
export interface QuasiDiagnostics {
  /** `Z_β/β = E_q min(1, P/(βq))`: the acceptance rate, the mean of the acceptance probabilities of all trials. */
  readonly acceptance: Estimate<'unbiased'>
  /** `log Z_β` (nats), at most log Z. */
  readonly logPartition: number
  /** `1 − p({P/q ≤ β})`, an upper bound of `TVD(p, p_β)`, estimated by SNIS. */
  readonly totalVariationBound: Estimate<'O(1/n)'>
  /**
   * `TVD(p, p_β) = ½ E_q |w/Z − min(w, β)/Z_β|`, estimated by plugging in both constants; where a weight is β·Z/Z_β the
   * distance has a kink, hence the order of the bias.
   */
  readonly totalVariation: Estimate<'O(1/√n)'>
}

/**
 * The diagnostics of a β from the log-weights of trials.
 *
 * @example
 * const { acceptance, totalVariation } = quasiDiagnostics(0)(right(weigh([0, -1, 1, 0])))
 * acceptance.value // => 0.84197
 * totalVariation.value // => 0.237524
 */
export const quasiDiagnostics =
  (logEnvelope: number) =>
  (weights: Weights): QuasiDiagnostics => {
    const { logWeights, normalised } = weights
    const n = logWeights.length
    const acceptance = meanEstimate(
      logWeights.map((l) => Math.min(1, Math.exp(l - logEnvelope))),
      unitRange,
    )
    const logs = logWeights.map((l) => Math.min(l, logEnvelope))
    const logPartition = logMeanExp(logs)
    const truncated = logs.map((l) => Math.exp(l - logPartition))
    // With no weight above the envelope p_β is p: 0, not a rounding error.
    const cut = maximum(logWeights) > logEnvelope ? 0.5 : 0
    const distances = truncated.map((v, i) => cut * Math.abs(n * at(normalised, i) - v))
    const distance = meanEstimate(distances)
    return {
      acceptance,
      logPartition,
      totalVariationBound: snis(logWeights.map((l) => (l > logEnvelope ? 1 : 0)))(weights),
      totalVariation: estimate(
        {
          value: distance.value,
          standardError: distance.standardError,
          n,
          effectiveSampleSize: effectiveSampleSize(weights),
          maxWeight: maxWeight(weights),
          bias: 'O(1/√n)',
        },
        { range: unitRange },
      ),
    }
  }

/** The accepted ones of n trials, with the diagnostics. */
export interface QuasiAccepted<X> extends QuasiDiagnostics {
  readonly samples: readonly X[]
  readonly trials: number
}

/**
 * Makes `trials` trials at a finite envelope `log β`. The samples follow p_β, not p.
 *
 * @example
 * const tilt = { base: enumerable({ points: [0, 1], probabilities: [0.5, 0.5] }), energy: energyOf((x: number) => x) }
 * const { samples, acceptance } = await run(quasiRejection(key(1), { trials: 100, logEnvelope: 0 })(tilt))
 * samples.length // => 68
 * acceptance.value // => 0.652334
 */
export const quasiRejection =
  (key: Key, options: { readonly trials: number; readonly logEnvelope: number }) =>
  <X>(tilt: Tilt<X>): TE.TaskEither<Failure, QuasiAccepted<X>> =>
    pipe(
      TE.fromEither(finiteEnvelope(options.logEnvelope)),
      TE.chain(() => importance(fold(key, 0), options.trials)(tilt)),
      TE.chainEitherK(({ samples, logWeights }) =>
        pipe(
          weigh(logWeights),
          E.map((weights) => {
            const uniforms = fineUniforms(fold(key, 1), samples.length)
            const keep = (_: X, i: number): boolean =>
              Math.log(at(uniforms, i)) < at(logWeights, i) - options.logEnvelope
            return {
              ...quasiDiagnostics(options.logEnvelope)(weights),
              samples: samples.filter(keep),
              trials: samples.length,
            }
          }),
        ),
      ),
    )
