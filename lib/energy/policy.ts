/**
 * Training a model π towards a tilt p by its own or other samples: the gradients of f-divergences, of which DPG is the one of
 * KL(p‖π) (Parshakova, Andreoli and Dymetman 2019; f-DPG: Go et al. 2023).
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { at } from '../at.ts'
import type { Failure } from '../errors.ts'
import { softplus, sum } from '../math.ts'
import { namedBy } from '../names.ts'
import { checkedDensities, type DivergenceInputs } from './divergence.ts'
import { type Estimate, estimate, meanEstimate } from './estimate.ts'
import { checkedNumbers } from './gate.ts'
import { effectiveSampleSize, maxWeight, type Weights, weigh } from './weights.ts'

/** The divergences by name. */
export const fDivergences = ['forward KL', 'reverse KL', 'JS', 'TV', 'χ²'] as const

/**
 * `D_f(π‖p) = E_p f(π/p)`: KL(p‖π) (`forward KL`, that of DPG), KL(π‖p) (`reverse KL`), Jensen–Shannon with both halves (`JS`), total
 * variation (`TV`), Pearson's `E_p (π/p − 1)²` (`χ²`).
 */
export type FDivergence = (typeof fDivergences)[number]

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

/** Checked inputs, with a finite log Z, of a divergence that there is. */
const checkedInputs = (name: FDivergence, inputs: PolicyInputs): E.Either<Failure, PolicyInputs> =>
  pipe(
    namedBy({ divergence: [name, fDivergences] }),
    E.flatMap(() => checkedDensities(inputs)),
    E.chainFirst(({ logPartition }) =>
      pipe(
        [logPartition],
        checkedNumbers(() => 'log Z'),
      ),
    ),
  )

/** Importance weights of a law on draws of q. */
const ratiosOf = (what: string, logs: ArrayLike<number>, logProposal: ArrayLike<number>): E.Either<Failure, Weights> =>
  weigh(
    Float64Array.from(logs, (log, i) => log - at(logProposal, i)),
    (i) => `log ${what} − log q of draw ${i}`,
  )

/** `x·y`, 0 where x is. */
const times = (x: number, y: number): number => (x === 0 ? 0 : x * y)

/**
 * `(p/q)·f(π/p)` of a draw, from `π/q`, `p/q` and `u = log(π/p)`. Of both KLs `π/q − p/q`, of mean 0, is added or taken away, so that
 * f is least, and 0, at 1 as the others' are: no term is negative, and near p few are large.
 */
const terms: Readonly<Record<FDivergence, (model: number, target: number, u: number) => number>> = {
  'forward KL': (model, target, u) => times(target, -u) - target + model,
  'reverse KL': (model, target, u) => times(model, u) - model + target,
  JS: (model, target, u) => 0.5 * (times(model, Math.LN2 - softplus(-u)) + times(target, Math.LN2 - softplus(u))),
  TV: (model, target) => 0.5 * Math.abs(model - target),
  'χ²': (model, target, u) => (target === 0 ? times(model, Number.POSITIVE_INFINITY) : target * Math.expm1(u) ** 2),
}

/**
 * `D_f(π‖p) = E_q[(p/q)·f(π/p)]` in nats (TV and χ² without unit) by the mean over draws of q, with its error: unbiased when log Z
 * is exact, and never below 0. Failures as those of `policyCoefficients`; `NonFinite` too where p misses what
 * π makes, for KL(π‖p) and χ², and `Support` where no draw is one of p, or of π.
 *
 * @example
 * const logs = { logPotential: [0, -1], logModel: [-1, -1], logProposal: [-1, -1], logPartition: 0.7 }
 * right(policyDivergence('TV')(logs)).value // => 0.213318
 */
export const policyDivergence =
  (name: FDivergence) =>
  (inputs: PolicyInputs): E.Either<Failure, Estimate<'unbiased'>> =>
    pipe(
      checkedInputs(name, inputs),
      E.bindTo('checked'),
      E.bind('target', ({ checked: { logPotential, logProposal } }) => ratiosOf('P', logPotential, logProposal)),
      E.bind('model', ({ checked: { logModel, logProposal } }) => ratiosOf('π', logModel, logProposal)),
      E.bind('values', ({ target, model }) =>
        pipe(
          model.logWeights.map((log, i) => {
            const wanted = at(target.logWeights, i) - inputs.logPartition
            return terms[name](Math.exp(log), Math.exp(wanted), log - wanted)
          }),
          checkedNumbers((i) => `the divergence at draw ${i}`),
        ),
      ),
      E.map(({ target, model, values }) => {
        const found = meanEstimate(values)
        const fewer = effectiveSampleSize(target) < effectiveSampleSize(model) ? target : model
        return estimate({
          value: found.value,
          standardError: found.standardError,
          n: found.n,
          effectiveSampleSize: effectiveSampleSize(fewer),
          maxWeight: maxWeight(fewer),
          bias: found.bias,
        })
      }),
    )

/**
 * The coefficients c with `∇ D_f(π_θ‖p) ≈ Σ cᵢ ∇ log π_θ(xᵢ)`: `cᵢ = (π/q)(xᵢ)·(f'(π/p) − b)/n`, unbiased up to the baseline b, the
 * weighted mean of the slopes, which takes nothing from the gradient and much from its variance. `policyLoss` is a loss of which
 * they are the gradient. `Shape` for lists of different lengths, `NonFinite` for a log-density that is NaN
 * or +∞, a log Z or a coefficient that is not finite (a draw that q never makes, or none that π makes).
 *
 * @example
 * const logs = { logPotential: [0, -1], logModel: [-1, -1], logProposal: [-1, -1], logPartition: 0.7 }
 * policyCoefficients('forward KL')(logs) // => [-0.213318, 0.213318]
 */
export const policyCoefficients =
  (name: FDivergence) =>
  (inputs: PolicyInputs): E.Either<Failure, Float64Array> =>
    pipe(
      checkedInputs(name, inputs),
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
