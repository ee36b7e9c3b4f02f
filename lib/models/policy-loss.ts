/**
 * The loss of a policy: an f-divergence between a model π and a target p as an expression, estimated from draws of any law q, for
 * every model of the library that gives log π of a row (f-DPG: Go et al. 2023).
 */
import type { Axis } from '../axis.ts'
import { type FDivergence, fDivergences } from '../energy/policy.ts'
import type { Scalar, Tensor } from '../expr.ts'
import { requireNames } from '../names.ts'
import { exp, expm1, relu, softplus, square } from '../ops/elementary.ts'
import { add, constant, multiply, negate, subtract } from '../ops/pointwise.ts'
import { logSumExp, mean } from '../ops/reduce.ts'

/** A number a draw. */
type Draws = Tensor<'batch' | '1'>

/** Log-densities (nats) of draws `x ~ q` [batch]. */
export interface PolicyRows {
  /** log π, from the parameters that are trained; normalised. */
  readonly logModel: Draws
  /** log p = log P − log Z. */
  readonly logTarget: Draws
  readonly logProposal: Draws
}

/** A draw's `π/q`, `p/q` and `u = log(π/p)`. */
interface Ratios {
  readonly model: Draws
  readonly target: Draws
  readonly gap: Draws
}

const half = (x: Draws): Draws => multiply(x, constant(0.5))

/** `log 2 − log(1 + e^x)`. */
const below = (x: Draws): Draws => subtract(constant(Math.LN2), softplus(x))

/** `(p/q)·f(π/p)`, draw by draw. */
const termOf = (name: FDivergence, { model, target, gap }: Ratios): Draws => {
  switch (name) {
    case 'forward KL':
      return negate(multiply(target, gap))
    case 'reverse KL':
      return multiply(model, gap)
    case 'JS':
      return half(add(multiply(model, below(negate(gap))), multiply(target, below(gap))))
    case 'TV':
      return half(add(relu(subtract(model, target)), relu(subtract(target, model))))
    case 'χ²':
      return multiply(target, square(expm1(gap)))
  }
}

/**
 * `D_f(π‖p)` over the draws of an axis, with π's importance weights divided by their mean: its gradient is that of f-DPG,
 * `(1/n) Σ r (f'(π/p) − b) ∇ log π` with `r = (π/q)/mean(π/q)` and the baseline `b = mean(r·f')`. Biased by O(1/n), as all that is
 * divided by a mean. To be minimised by `trainingProgram`.
 *
 * @example
 * const batch = axis('batch', 2)
 * const logs = (...values: number[]) => literal(Float64Array.from(values), batch)
 * policyLoss('forward KL', batch)({ logModel: logs(-1, -1), logTarget: logs(0, -1), logProposal: logs(-1, -1) }) // => 1.35914
 */
export const policyLoss =
  (name: FDivergence, batch: Axis<'batch'>) =>
  ({ logModel, logTarget, logProposal }: PolicyRows): Scalar => {
    requireNames({ divergence: [name, fDivergences] })
    const ratios = subtract(logModel, logProposal)
    const logMean = subtract(logSumExp(batch)(ratios), constant(Math.log(batch.size)))
    const [own, wanted] = [subtract(ratios, logMean), subtract(logTarget, logProposal)]
    return mean(batch)(termOf(name, { model: exp(own), target: exp(wanted), gap: subtract(own, wanted) }))
  }
