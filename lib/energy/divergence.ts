/**
 * How far is the tilted p from another distribution π? KL(p‖π) and total variation from draws of the base, by SNIS,
 * with delta-method errors. KL-adaptive DPG replaces its proposal by these numbers (Khalifa et al. 2021, Algorithm 1).
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { at } from '../at.ts'
import type { Failure } from '../errors.ts'
import { mean } from '../math.ts'
import { type Estimate, estimate, meanEstimate } from './estimate.ts'
import { effectiveSampleSize, maxWeight, type Weights, weigh } from './weights.ts'

/** Log-densities of n draws `xᵢ ~ q`: `log P` (unnormalised), `log π` (normalised) and `log q`, nats. */
export interface DivergenceInputs {
  readonly logPotential: ArrayLike<number>
  readonly logModel: ArrayLike<number>
  readonly logProposal: ArrayLike<number>
}

/** KL(p‖π) in nats and TVD(p, π). */
export interface Divergences {
  readonly divergence: Estimate<'O(1/n)'>
  readonly totalVariation: Estimate<'O(1/n)'>
}

const conclude = (weights: Weights, value: number, influences: Float64Array): Estimate<'O(1/n)'> =>
  estimate({
    value,
    standardError: meanEstimate(influences).standardError,
    n: weights.logWeights.length,
    effectiveSampleSize: effectiveSampleSize(weights),
    maxWeight: maxWeight(weights),
    bias: 'O(1/n)',
  })

/** `Σ wᵢ hᵢ − log Ẑ` with `h = log P − log π`; influence `w̃(h − μ) − w̃`, `w̃ = n·w`. */
const divergenceOf = (inputs: DivergenceInputs, weights: Weights): Estimate<'O(1/n)'> => {
  const n = weights.normalised.length
  const relative = weights.normalised.map((w) => n * w)
  const gaps = relative.map((w, i) => (w === 0 ? 0 : at(inputs.logPotential, i) - at(inputs.logModel, i)))
  const centre = mean(relative.map((w, i) => w * at(gaps, i)))
  const value = centre - (weights.logSum - Math.log(n))
  return conclude(
    weights,
    value,
    relative.map((w, i) => (w === 0 ? 0 : w * (at(gaps, i) - centre - 1))),
  )
}

/** `Σ (p − π)₊`; the influence of Ẑ is the mass of p where it exceeds π. */
const totalVariationOf = (inputs: DivergenceInputs, weights: Weights): Estimate<'O(1/n)'> => {
  const n = weights.normalised.length
  const relative = weights.normalised.map((w) => n * w)
  const excess = relative.map((w, i) => Math.max(0, w - Math.exp(at(inputs.logModel, i) - at(inputs.logProposal, i))))
  const slope = mean(relative.map((w, i) => (at(excess, i) > 0 ? w : 0)))
  return conclude(
    weights,
    mean(excess),
    excess.map((e, i) => e - at(relative, i) * slope),
  )
}

/**
 * KL(p‖π) and TVD(p, π) from draws of q. TVD is computed as `Σ (p − π)₊`, which never needs draws where p is 0, so π may
 * have mass that q cannot draw. Fails as `weigh` does.
 */
export const divergences = (inputs: DivergenceInputs): E.Either<Failure, Divergences> =>
  pipe(
    weigh(Float64Array.from(inputs.logPotential, (l, i) => l - at(inputs.logProposal, i))),
    E.map((weights) => ({
      divergence: divergenceOf(inputs, weights),
      totalVariation: totalVariationOf(inputs, weights),
    })),
  )
