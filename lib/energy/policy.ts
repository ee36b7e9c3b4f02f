/**
 * Training a model π towards a tilt p by its own or other samples: the gradients of f-divergences, of which DPG is the one of
 * KL(p‖π) (Parshakova, Andreoli and Dymetman 2019; f-DPG: Go et al. 2023).
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { at } from '../at.ts'
import type { Failure } from '../errors.ts'
import { softplus, sum } from '../math.ts'
import { checkedDensities, type DivergenceInputs } from './divergence.ts'
import { checkedNumbers } from './gate.ts'

/**
 * `D_f(π‖p) = E_p f(π/p)`: KL(p‖π) (`forward KL`, that of DPG), KL(π‖p) (`reverse KL`), Jensen–Shannon with both halves (`JS`), total
 * variation (`TV`), Pearson's `E_p (π/p − 1)²` (`χ²`).
 */
export type FDivergence = 'forward KL' | 'reverse KL' | 'JS' | 'TV' | 'χ²'

/** `f'` of `u = log(π/p)` (nats); that of KL(p‖π) is −p/π, which stands with its ratio below. */
const slopes: Readonly<Record<Exclude<FDivergence, 'forward KL'>, (u: number) => number>> = {
  'reverse KL': (u) => u + 1,
  JS: (u) => 0.5 * (Math.LN2 - softplus(-u)),
  TV: (u) => 0.5 * Math.sign(u),
  'χ²': (u) => 2 * (Math.exp(u) - 1),
}

/** Samples of any proposal with their log-densities (nats), and log Z of p. */
export interface PolicyInputs extends DivergenceInputs {
  readonly logPartition: number
}

/**
 * The coefficients c with `∇ D_f(π_θ‖p) ≈ Σ cᵢ ∇ log π_θ(xᵢ)`: `cᵢ = (π/q)(xᵢ)·(f'(π/p) − b)/n`, unbiased up to the baseline b, the
 * weighted mean of the slopes, which takes nothing from the gradient and much from its variance. To train, take
 * `Σ cᵢ·log π(xᵢ)` as the loss of a batch. `Shape` for lists of different lengths, `NonFinite` for a log-density that is NaN
 * or +∞, a log Z or a coefficient that is not finite (a draw that q never makes, or none that π makes).
 *
 * @example
 * import { energy } from 'exptilt'
 * const even = [Math.log(0.5), Math.log(0.5)]
 * energy.policyCoefficients('TV')({ logPotential: even, logModel: even, logProposal: even, logPartition: 0 }) // zeros
 */
export const policyCoefficients =
  (name: FDivergence) =>
  (inputs: PolicyInputs): E.Either<Failure, Float64Array> =>
    pipe(
      checkedDensities(inputs),
      E.chainFirst(({ logPartition }) =>
        pipe(
          [logPartition],
          checkedNumbers(() => 'log Z'),
        ),
      ),
      E.map(({ logPotential, logModel, logProposal, logPartition }) => {
        const n = logProposal.length
        const ratios = Float64Array.from(logModel, (log, i) => Math.exp(log - at(logProposal, i)) / n)
        // Of a draw that π never makes the product is its limit: that of KL(p‖π) alone is not 0.
        const products = ratios.map((ratio, i) =>
          name === 'forward KL'
            ? -Math.exp(at(logPotential, i) - logPartition - at(logProposal, i)) / n
            : ratio === 0
              ? 0
              : ratio * slopes[name](at(logModel, i) - at(logPotential, i) + logPartition),
        )
        const baseline = sum(products) / sum(ratios)
        return products.map((product, i) => product - at(ratios, i) * baseline)
      }),
      E.chain(checkedNumbers((i) => `the coefficient of draw ${i}`)),
    )
