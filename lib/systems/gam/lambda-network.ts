/**
 * λ(C) as a network of the context, and the loss of a conditional GAM `P(x|C) = r(x|C)·e^{⟨λ(C), φ(x; C)⟩}` (Eq. 2 of the paper):
 * minus the log-likelihood of the data beside r, with log Z(C) from draws of r(·|C). Its gradient is
 * `(E_{p_λ(·|C)} φ − φ(x; C))·∂λ(C)/∂θ`.
 */
import { type Axis, axis } from '../../axis.ts'
import type { Scalar, Tensor } from '../../expr.ts'
import type { Key } from '../../key.ts'
import type { Named, NamedAxes, Parameters } from '../../models/autoregressive.ts'
import { axesOfInitials, drawParameters, type Initials, tensorOf } from '../../models/parameters.ts'
import { contract } from '../../ops/contract.ts'
import { tanh } from '../../ops/elementary.ts'
import { input } from '../../ops/layout.ts'
import { add, constant, scale, square, subtract } from '../../ops/pointwise.ts'
import { logSumExp, mean, sum } from '../../ops/reduce.ts'

/** Numbers that a context is told by, units of the hidden layer (0: none, λ is linear in the context), features. */
interface LambdaSize {
  readonly inputs: number
  readonly hidden: number
  readonly features: number
}

/** `λ(C) = W₂·tanh(W₁·C + b₁) + b₂`, or `W·C + b`; a fresh one answers with 0 whatever the context: p_λ is r. */
export interface LambdaNetwork {
  readonly size: LambdaSize
  readonly parameters: NamedAxes
  readonly initialise: (key: Key) => Parameters
  readonly lambda: (parameters: Named, context: Tensor<'batch' | 'context' | '1'>) => Tensor<'batch' | 'feature' | '1'>
}

const axesOf = ({ inputs, hidden, features }: LambdaSize) => ({
  context: axis('context', inputs),
  unit: axis('unit', hidden),
  feature: axis('feature', features),
})

const initialsOf = (size: LambdaSize): Initials => {
  const { context, unit, feature } = axesOf(size)
  const end: Initials = { 'output.bias': { axes: [feature] } }
  return size.hidden === 0
    ? { 'output.weight': { axes: [context, feature] }, ...end }
    : {
        'hidden.weight': { axes: [context, unit], deviation: 1 / Math.sqrt(size.inputs) },
        'hidden.bias': { axes: [unit], deviation: 0.5 },
        'output.weight': { axes: [unit, feature] },
        ...end,
      }
}

/** The network of a size. */
export const lambdaNetwork = (size: LambdaSize): LambdaNetwork => {
  const { context, unit, feature } = axesOf(size)
  const initials = initialsOf(size)
  return {
    size,
    parameters: axesOfInitials(initials),
    initialise: drawParameters(initials),
    lambda: (parameters, given) => {
      const bias = tensorOf(parameters, 'output.bias', feature)
      if (size.hidden === 0)
        return add(contract(context)(given, tensorOf(parameters, 'output.weight', context, feature)), bias)
      const read = contract(context)(given, tensorOf(parameters, 'hidden.weight', context, unit))
      const inner = tanh(add(read, tensorOf(parameters, 'hidden.bias', unit)))
      return add(contract(unit)(inner, tensorOf(parameters, 'output.weight', unit, feature)), bias)
    },
  }
}

/** Contexts and strings at once, and draws of r for each context. */
interface ConditionalBatch {
  readonly batch: number
  readonly draws: number
}

/** What a batch is fed: `context` [batch, context], `data` [batch, feature] and `draws` [batch, draw, feature]. */
interface ConditionalInputs {
  readonly rows: Axis<'batch'>
  readonly draw: Axis<'draw'>
  readonly context: Tensor<'batch' | 'context' | '1'>
  readonly data: Tensor<'batch' | 'feature' | '1'>
  readonly draws: Tensor<'batch' | 'draw' | 'feature' | '1'>
}

/** The inputs for batches of a size. */
export const conditionalInputs = (size: LambdaSize, { batch, draws }: ConditionalBatch): ConditionalInputs => {
  const { context, feature } = axesOf(size)
  const [rows, draw] = [axis('batch', batch), axis('draw', draws)]
  return {
    rows,
    draw,
    context: input('context', rows, context),
    data: input('data', rows, feature),
    draws: input('draws', rows, draw, feature),
  }
}

/**
 * `log Ẑ(C) − ⟨λ(C), φ(x; C)⟩` (nats) of each row, and λ(C): what x costs under p_λ beyond what it costs under r. Ẑ is the mean of
 * e^⟨λ, φ⟩ over the draws, so its log is too small by O(1/draws).
 */
export const conditionalRows = (
  network: LambdaNetwork,
  parameters: Named,
  { context, data, draw, draws }: ConditionalInputs,
): { readonly cost: Tensor<'batch' | '1'>; readonly lambda: Tensor<'batch' | 'feature' | '1'> } => {
  const { feature } = axesOf(network.size)
  const lambda = network.lambda(parameters, context)
  const logs = contract(feature)(draws, lambda)
  const logPartition = subtract(logSumExp(draw)(logs), constant(Math.log(draw.size)))
  return { lambda, cost: subtract(logPartition, contract(feature)(data, lambda)) }
}

/** The mean cost of the rows, with ½τ‖λ(C)‖² for a Gaussian prior of precision τ a datum on each λ(C). */
export const conditionalLoss = (
  network: LambdaNetwork,
  parameters: Named,
  inputs: ConditionalInputs,
  precision: number,
): Scalar => {
  const { feature } = axesOf(network.size)
  const { cost, lambda } = conditionalRows(network, parameters, inputs)
  return mean(inputs.rows)(add(cost, scale(precision / 2)(sum(feature)(square(lambda)))))
}
