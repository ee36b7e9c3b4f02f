/**
 * What the LSTM's two fused operations have in common: the axes of a layer, a step of a cell and its cotangents, the dispatch.
 */
import { type AnyAxis, type Axis, axis } from '../axis.ts'
import { failure, raise } from '../errors.ts'
import { type Capabilities, type Expr, type KernelCall, type Tensor, axesOf } from '../expr.ts'
import { stack } from './join.ts'
import { add, constant, multiply, sigmoid, square, subtract, tanh } from './pointwise.ts'
import { select } from './slice.ts'

/**
 * The four gates of a cell, in the order i, f, g, o.
 *
 * @example
 * gate.size // => 4
 */
export const gate: Axis<'gate'> = axis('gate', 4)

/** The axes of a layer; `previous` is the hidden axis of the step before. */
type LayerAxes = {
  readonly time: Axis<'time'>
  readonly batch: Axis<'batch'>
  readonly hidden: Axis<'hidden'>
  readonly previous: Axis<'previous'>
}

/** The axis of this name; throws a `Shape` failure where it is missing. */
export const sized = <N extends string>(name: N, axes: readonly AnyAxis[]): Axis<N> =>
  axis(
    name,
    axes.find((a) => a.name === name)?.size ??
      raise(
        failure('Shape', `lstm: there is no axis '${name}'`, 'give the axes that the documentation of lstm names', {
          axis: name,
        }),
      ),
  )

/** The axes of a layer that computes on this. */
export const layerAxes = (pre: Expr): LayerAxes => {
  const axes = axesOf(pre)
  const hidden = sized('hidden', axes)
  return { time: sized('time', axes), batch: sized('batch', axes), hidden, previous: axis('previous', hidden.size) }
}

/** A state of a batch at one step [batch, hidden]. */
export type Step = Tensor<'batch' | 'hidden' | '1'>
/** Gates of a batch at one step [batch, gate, hidden]. */
type Gates = Tensor<'batch' | 'gate' | 'hidden' | '1'>

/** One step of a cell: gates after their activations, next cell and next hidden state. */
export const cellStep = (
  z: Gates,
  cell: Step,
): { readonly gates: Gates; readonly cell: Step; readonly hidden: Step } => {
  const [i, f, g, o] = [
    sigmoid(select(gate, 0)(z)),
    sigmoid(select(gate, 1)(z)),
    tanh(select(gate, 2)(z)),
    sigmoid(select(gate, 3)(z)),
  ]
  const next = add(multiply(f, cell), multiply(i, g))
  return { gates: stack(gate)(i, f, g, o), cell: next, hidden: multiply(o, tanh(next)) }
}

/** Cotangents of a step's pre-activations and of the cell before it, from those of its hidden state and cell. */
export const cellBackward = (
  gates: Gates,
  cell: Step,
  before: Step,
  dHidden: Step,
  dCell: Step,
): { readonly gates: Gates; readonly cell: Step } => {
  const [i, f, g, o] = [select(gate, 0)(gates), select(gate, 1)(gates), select(gate, 2)(gates), select(gate, 3)(gates)]
  const one = constant(1)
  const squashed = tanh(cell)
  const total = add(dCell, multiply(multiply(dHidden, o), subtract(one, square(squashed))))
  const logistic = (y: Step) => multiply(y, subtract(one, y))
  return {
    gates: stack(gate)(
      multiply(multiply(total, g), logistic(i)),
      multiply(multiply(total, before), logistic(f)),
      multiply(multiply(total, i), subtract(one, square(g))),
      multiply(multiply(dHidden, squashed), logistic(o)),
    ),
    cell: multiply(total, f),
  }
}

/** The call of `lstm` or `lstm_backward` in the variant that suits the adapter (see shaders/lstm.wgsl); none for empty axes. */
export const lstmCalls = (
  name: 'lstm' | 'lstm_backward',
  axes: readonly AnyAxis[],
  buffers: KernelCall['buffers'],
  on: Capabilities,
): readonly KernelCall[] => {
  const [time, batch, hidden] = [sized('time', axes).size, sized('batch', axes).size, sized('hidden', axes).size]
  if (time * batch * hidden === 0) return []
  const params = { time, batch, hidden }
  if (on.software && on.subgroups && on.subgroupSize >= 8 && hidden % 4 === 0)
    return [
      {
        shader: `${name}_subgroup`,
        preludes: ['tile8', 'pointwise'],
        overrides: {},
        params,
        workgroups: Math.ceil(batch / 32),
        buffers,
      },
    ]
  const LANES = Math.min(256, 8 * Math.ceil(hidden / 8))
  const overrides = name === 'lstm' ? { LANES } : { LANES, STAGED: 4 * LANES }
  return [{ shader: name, preludes: ['pointwise'], overrides, params, workgroups: Math.ceil(batch / 4), buffers }]
}
