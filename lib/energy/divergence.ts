/**
 * How far is the tilted p from another distribution π? KL(p‖π) and total variation from draws of the base, by SNIS,
 * with delta-method errors. KL-adaptive DPG replaces its proposal by these numbers (Khalifa et al. 2021, Algorithm 1).
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { at } from '../at.ts'
import type { Failure } from '../errors.ts'
import { mean } from '../math.ts'
import { type Bias, type Estimate, estimate, meanEstimate, unitRange } from './estimate.ts'
import { checkedLogs, checkedSize } from './gate.ts'
import { effectiveSampleSize, maxWeight, type Weights, weigh } from './weights.ts'

/** Log-densities of n draws `xᵢ ~ q`: `log P` (unnormalised), `log π` (normalised) and `log q`, nats. */
export interface DivergenceInputs {
  readonly logPotential: ArrayLike<number>
  readonly logModel: ArrayLike<number>
  readonly logProposal: ArrayLike<number>
}

/** The log-densities, one each a draw, none of them NaN or +∞; `Shape` and `NonFinite` otherwise. */
export const checkedDensities = <D extends DivergenceInputs>(inputs: D): E.Either<Failure, D> => {
  const n = inputs.logProposal.length
  const logs = (what: string, values: ArrayLike<number>): E.Either<Failure, ArrayLike<number>> =>
    pipe(values, checkedSize(what, n), E.chain(checkedLogs((i) => `${what} of draw ${i}`)))
  return pipe(
    logs('log P', inputs.logPotential),
    E.chain(() => logs('log q', inputs.logProposal)),
    E.chain(() => logs('log π', inputs.logModel)),
    E.map(() => inputs),
  )
}

/** KL(p‖π) in nats and TVD(p, π). */
export interface Divergences {
  readonly divergence: Estimate<'O(1/n)'>
  /** Where p(x) = π(x) on a set of positive probability the positive part has a kink: a bias of order 1/√n, upwards. */
  readonly totalVariation: Estimate<'O(1/√n)'>
}

const conclude = <B extends Bias>(
  weights: Weights,
  found: { readonly value: number; readonly influences: Float64Array; readonly bias: B },
  range?: readonly [number, number],
): Estimate<B> =>
  estimate(
    {
      value: found.value,
      standardError: meanEstimate(found.influences).standardError,
      n: weights.logWeights.length,
      effectiveSampleSize: effectiveSampleSize(weights),
      maxWeight: maxWeight(weights),
      bias: found.bias,
    },
    { range },
  )

/** `Σ wᵢ hᵢ − log Ẑ` with `h = log P − log π`; influence `w̃(h − μ) − w̃`, `w̃ = n·w`. */
const divergenceOf = (inputs: DivergenceInputs, weights: Weights): Estimate<'O(1/n)'> => {
  const n = weights.normalised.length
  const relative = weights.normalised.map((w) => n * w)
  const gaps = relative.map((w, i) => (w === 0 ? 0 : at(inputs.logPotential, i) - at(inputs.logModel, i)))
  const centre = mean(relative.map((w, i) => w * at(gaps, i)))
  const value = centre - (weights.logSum - Math.log(n))
  const influences = relative.map((w, i) => (w === 0 ? 0 : w * (at(gaps, i) - centre - 1)))
  return conclude(weights, { value, influences, bias: 'O(1/n)' })
}

/** `Σ (p − π)₊`; the influence of Ẑ is the mass of p where it exceeds π. */
const totalVariationOf = (inputs: DivergenceInputs, weights: Weights): Estimate<'O(1/√n)'> => {
  const n = weights.normalised.length
  const relative = weights.normalised.map((w) => n * w)
  const excess = relative.map((w, i) => Math.max(0, w - Math.exp(at(inputs.logModel, i) - at(inputs.logProposal, i))))
  const slope = mean(relative.map((w, i) => (at(excess, i) > 0 ? w : 0)))
  const influences = excess.map((e, i) => e - at(relative, i) * slope)
  return conclude(weights, { value: mean(excess), influences, bias: 'O(1/√n)' }, unitRange)
}

/**
 * KL(p‖π) and TVD(p, π) from draws of q. TVD is computed as `Σ (p − π)₊`, which never needs draws where p is 0, so π may
 * have mass that q cannot draw. KL is +∞ where π misses a draw of p, and says `not finite` then. Fails as `weigh` does,
 * with `NonFinite` for a log-density that is NaN or +∞, and `Shape` for lists of different lengths.
 *
 * @example
 * const inputs = { logPotential: [0, -1], logModel: [-1, -1], logProposal: [-1, -1] }
 * right(divergences(inputs)).totalVariation.value // => 0.231059
 */
export const divergences = (inputs: DivergenceInputs): E.Either<Failure, Divergences> =>
  pipe(
    checkedDensities(inputs),
    E.chain(({ logPotential, logProposal }) =>
      weigh(
        Float64Array.from(logPotential, (l, i) => l - at(logProposal, i)),
        (i) => `log P − log q of draw ${i}`,
      ),
    ),
    E.map((weights) => ({
      divergence: divergenceOf(inputs, weights),
      totalVariation: totalVariationOf(inputs, weights),
    })),
  )
