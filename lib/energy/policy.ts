/**
 * Training a model π towards a tilt p by its own or other samples: the gradients of f-divergences, of which DPG is the one of
 * KL(p‖π) (Parshakova, Andreoli and Dymetman 2019; f-DPG: Go et al. 2023).
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { at } from '../at.ts'
import type { Failure } from '../errors.ts'
import { softplus, sum } from '../math.ts'
import type { DivergenceInputs } from './divergence.ts'
import { checkedLogs, checkedNumbers, checkedSize } from './gate.ts'

/**
 * `D_f(π‖p) = E_p f(π/p)`: KL(p‖π) (`forward KL`, that of DPG), KL(π‖p) (`reverse KL`), Jensen–Shannon with both halves (`JS`), total
 * variation (`TV`), Pearson's `E_p (π/p − 1)²` (`χ²`).
 */
export type FDivergence = 'forward KL' | 'reverse KL' | 'JS' | 'TV' | 'χ²'

/** An f and its slope, both of `u = log(π/p)` (nats). */
interface Generator {
  readonly value: (u: number) => number
  readonly slope: (u: number) => number
}

/** The generators by name. */
export const generators: Readonly<Record<FDivergence, Generator>> = {
  'forward KL': { value: (u) => -u, slope: (u) => -Math.exp(-u) },
  'reverse KL': { value: (u) => (u === Number.NEGATIVE_INFINITY ? 0 : u * Math.exp(u)), slope: (u) => u + 1 },
  JS: {
    value: (u) =>
      0.5 * ((u === Number.NEGATIVE_INFINITY ? 0 : u * Math.exp(u)) - (Math.exp(u) + 1) * (softplus(u) - Math.LN2)),
    slope: (u) => 0.5 * (Math.LN2 - softplus(-u)),
  },
  TV: { value: (u) => 0.5 * Math.abs(Math.exp(u) - 1), slope: (u) => 0.5 * Math.sign(u) },
  'χ²': { value: (u) => (Math.exp(u) - 1) ** 2, slope: (u) => 2 * (Math.exp(u) - 1) },
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
  ({ logPotential, logModel, logProposal, logPartition }: PolicyInputs): E.Either<Failure, Float64Array> => {
    const n = logProposal.length
    const logs = (what: string, values: ArrayLike<number>): E.Either<Failure, ArrayLike<number>> =>
      pipe(values, checkedSize(what, n), E.chain(checkedLogs((i) => `${what} of draw ${i}`)))
    return pipe(
      E.Do,
      E.apS('potential', logs('log P', logPotential)),
      E.apS('proposal', logs('log q', logProposal)),
      E.apS('model', logs('log π', logModel)),
      E.chainFirst(() =>
        pipe(
          [logPartition],
          checkedNumbers(() => 'log Z'),
        ),
      ),
      E.map(({ potential, proposal, model }) => {
        const { slope } = generators[name]
        const ratios = Float64Array.from(model, (log, i) => Math.exp(log - at(proposal, i)) / n)
        const slopes = Float64Array.from(model, (log, i) => slope(log - at(potential, i) + logPartition))
        // Of a draw that π never makes the product is its limit: that of KL(p‖π) alone is not 0.
        const products = ratios.map((ratio, i) =>
          name === 'forward KL'
            ? -Math.exp(at(potential, i) - logPartition - at(proposal, i)) / n
            : ratio === 0
              ? 0
              : ratio * at(slopes, i),
        )
        const baseline = sum(products) / sum(ratios)
        return products.map((product, i) => product - at(ratios, i) * baseline)
      }),
      E.chain(checkedNumbers((i) => `the coefficient of draw ${i}`)),
    )
  }
