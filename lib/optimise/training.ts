/**
 * A training step as one program: loss, gradients, optimiser and the next parameters, with all of it kept as state.
 */
import { field } from '../at.ts'
import type { Program } from '../executor.ts'
import type { Expr, Scalar, Tensor } from '../expr.ts'
import { gradient } from '../grad.ts'
import { input } from '../ops/layout.ts'
import { add } from '../ops/pointwise.ts'
import { program } from '../program.ts'
import { type Exprs, type Optimiser, mapValues } from './optimiser.ts'
import { globalNorm, typeOfParameter } from './parts.ts'

/** What to train: inputs that are parameters, the scalar loss, the optimiser, and further outputs to report. */
export interface Training {
  readonly parameters: Exprs
  readonly loss: Scalar
  readonly optimiser: Optimiser
  readonly outputs?: Exprs
}

const scalar = (x: Expr): Scalar => x

/**
 * The program of a training step. State: `parameter/NAME` and `optimiser/NAME`; outputs: `loss`, `gradientNorm` (before
 * the optimiser) and those given. Everything else that the loss reads is fed.
 */
export const trainingProgram = ({ parameters, loss, optimiser, outputs = {} }: Training): Program => {
  const tensors: Readonly<Record<string, Tensor<string>>> = parameters
  const gradients: Exprs = gradient(loss, tensors)
  const types = optimiser.state(mapValues(parameters, typeOfParameter))
  const state: Exprs = mapValues(types, (type, name) => input(`optimiser/${name}`, ...type.axes))
  const result = optimiser.update({ gradients, parameters, state })
  const next = mapValues(parameters, (p, name) => add(scalar(p), scalar(field(result.updates, name))))
  const named = (prefix: string, xs: Exprs): Exprs =>
    Object.fromEntries(Object.entries(xs).map(([name, x]) => [`${prefix}/${name}`, x]))
  return program(
    { ...named('parameter', parameters), ...named('optimiser', state) },
    { ...named('parameter', next), ...named('optimiser', result.state) },
    { loss, gradientNorm: globalNorm(gradients), ...outputs },
  )
}
