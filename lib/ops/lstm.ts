/**
 * The LSTM as fused operations: a layer's whole recurrence, its gradient through time, sampling and scoring of strings.
 *
 * Each is written twice: as a composition of other operations (`definition`: its meaning, its gradient, and its form where
 * there is no kernel) and as one WGSL dispatch. Axes: `gate` has 4 elements in the order i, f, g, o (PyTorch's);
 * `previous` is the hidden axis of the step before (the same size as `hidden`).
 */
import { type AnyAxis, type Axis, axis } from '../axis.ts'
import { failure, raise } from '../errors.ts'
import {
  type AnyTensor,
  type Capabilities,
  type Cotangent,
  type Expr,
  type KernelCall,
  type Op,
  type Tensor,
  apply,
  axesOf,
} from '../expr.ts'
import { vjpWithin } from '../grad.ts'
import { contract, contractOver } from './contract.ts'
import { extentsOf } from './emit.ts'
import { rename, reorder, reshape } from './layout.ts'
import { select, sliceNode } from './slice.ts'
import { concatNodes, stack } from './join.ts'
import { add, constant, multiply, sigmoid, square, subtract, tanh } from './pointwise.ts'
import { lstmBackwardNodes, lstmNodes } from './lstm-nodes.ts'
import { requireDType, spreadTo } from './rules.ts'
import { scan, scanReverse } from './scan.ts'
import { part } from './scan-op.ts'

/** The four gates of a cell, in the order i, f, g, o. */
export const gate: Axis<'gate'> = axis('gate', 4)

type LayerAxes = {
  readonly time: Axis<'time'>
  readonly batch: Axis<'batch'>
  readonly hidden: Axis<'hidden'>
  readonly previous: Axis<'previous'>
}

const sized = <N extends string>(name: N, axes: readonly AnyAxis[]): Axis<N> =>
  axis(
    name,
    axes.find((a) => a.name === name)?.size ??
      raise(
        failure('Shape', `lstm: there is no axis '${name}'`, 'give the axes that the documentation of lstm names', {
          axis: name,
        }),
      ),
  )

const layerAxes = (pre: Expr): LayerAxes => {
  const axes = axesOf(pre)
  const hidden = sized('hidden', axes)
  return { time: sized('time', axes), batch: sized('batch', axes), hidden, previous: axis('previous', hidden.size) }
}

type Step = Tensor<'batch' | 'hidden' | '1'>
type Gates = Tensor<'batch' | 'gate' | 'hidden' | '1'>

/** One step of a cell: gates after their activations, next cell and next hidden state. */
const cellStep = (z: Gates, cell: Step): { readonly gates: Gates; readonly cell: Step; readonly hidden: Step } => {
  const [i, f, g, o] = [
    sigmoid(select(gate, 0)(z)),
    sigmoid(select(gate, 1)(z)),
    tanh(select(gate, 2)(z)),
    sigmoid(select(gate, 3)(z)),
  ]
  const next = add(multiply(f, cell), multiply(i, g))
  return { gates: stack(gate)(i, f, g, o), cell: next, hidden: multiply(o, tanh(next)) }
}

const lstmOp: Op = {
  name: 'lstm',
  kind: 'kernel',
  types: (_attrs, args) => {
    requireDType('lstm', 'f32', ...args)
    const [pre] = args
    if (pre === undefined) return []
    const [time, batch, hidden] = [sized('time', pre.axes), sized('batch', pre.axes), sized('hidden', pre.axes)]
    const step = { axes: [time, batch, hidden], dtype: 'f32' as const }
    return [step, step, { axes: [time, batch, gate, hidden], dtype: 'f32' }]
  },
  definition: (_attrs, args) => {
    const [pre, weight, h0, c0]: readonly AnyTensor[] = args
    if (pre === undefined || weight === undefined || h0 === undefined || c0 === undefined) return []
    const { time, hidden, previous } = layerAxes(pre)
    const input: Tensor<'time' | 'batch' | 'gate' | 'hidden' | '1'> = narrow(pre)
    const start: { readonly h: Step; readonly c: Step } = { h: narrow(h0), c: narrow(c0) }
    const recurrent: Tensor<'previous' | 'gate' | 'hidden' | '1'> = narrow(weight)
    const { out } = scan(time)(start, { pre: input }, (carry, at) => {
      const next = cellStep(add(at.pre, contract(previous)(rename(hidden, previous)(carry.h), recurrent)), carry.c)
      return {
        carry: { h: next.hidden, c: next.cell },
        out: { hidden: next.hidden, cell: next.cell, gates: next.gates },
      }
    })
    return [
      laidOut(['time', 'batch', 'hidden'])(out.hidden),
      laidOut(['time', 'batch', 'hidden'])(out.cell),
      laidOut(['time', 'batch', 'gate', 'hidden'])(out.gates),
    ]
  },
  vjp: (node, gs) => lstmVjp(node, gs),
  onnx: (_attrs, b, [pre = '', weight = '', h0 = '', c0 = ''], out) =>
    lstmNodes(b, { pre, weight, hidden: h0, cell: c0 }, extentsOf(out[0]?.axes ?? [])),
  lower: (_attrs, _out, [pre], on) =>
    lstmCalls(
      'lstm',
      pre?.axes ?? [],
      [{ in: 0 }, { in: 1 }, { in: 2 }, { in: 3 }, { out: 0 }, { out: 1 }, { out: 2 }],
      on,
    ),
}

const narrow = (x: Expr): Expr => x
const laidOut =
  (names: readonly string[]) =>
  (x: Expr): Expr =>
    reorder(names)(x)

/** The call of `lstm` or `lstm_backward` in the variant that suits the adapter (see shaders/lstm.wgsl); none for empty axes. */
const lstmCalls = (
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

const INITIAL: Axis<'initial'> = axis('initial', 2)

/** Cotangents of `lstm`: dz [time, batch, gate, hidden], and of the initial hidden and cell state [initial, batch, hidden]. */
const lstmBackwardOp: Op = {
  name: 'lstm_backward',
  kind: 'kernel',
  types: (_attrs, args) => {
    requireDType('lstm_backward', 'f32', ...args)
    const axes = args[1]?.axes ?? []
    const [time, batch, hidden] = [sized('time', axes), sized('batch', axes), sized('hidden', axes)]
    return [
      { axes: [time, batch, gate, hidden], dtype: 'f32' },
      { axes: [INITIAL, batch, hidden], dtype: 'f32' },
    ]
  },
  definition: (_attrs, args) => {
    const [weight, gates, cell, c0, dHidden, dCell]: readonly AnyTensor[] = args
    if (
      weight === undefined ||
      gates === undefined ||
      cell === undefined ||
      c0 === undefined ||
      dHidden === undefined ||
      dCell === undefined
    )
      return []
    const { time, batch, hidden, previous } = layerAxes(gates)
    const before = concatNodes('time')([
      reshape([{ name: 'time', size: 1 }, batch, hidden])(c0),
      sliceNode('time', 0, time.size - 1)(cell),
    ])
    type Row = Tensor<'time' | 'batch' | 'hidden' | '1'>
    const rows: {
      readonly gates: Tensor<'time' | 'batch' | 'gate' | 'hidden' | '1'>
      readonly cell: Row
      readonly before: Row
      readonly dHidden: Row
      readonly dCell: Row
    } = {
      gates: narrow(gates),
      cell: narrow(cell),
      before,
      dHidden: narrow(dHidden),
      dCell: narrow(dCell),
    }
    const transposed: Tensor<'gate' | 'hidden' | 'previous' | '1'> = narrow(weight)
    const zero: Step = spreadTo([batch, hidden])(constant(0))
    const { carry, out } = scanReverse(time)({ h: zero, c: zero }, rows, (state, at) => {
      const dz = cellBackward(at.gates, at.cell, at.before, add(at.dHidden, state.h), add(at.dCell, state.c))
      return {
        carry: { h: rename(previous, hidden)(contractOver(gate, hidden)(dz.gates, transposed)), c: dz.cell },
        out: { dz: dz.gates },
      }
    })
    return [
      laidOut(['time', 'batch', 'gate', 'hidden'])(out.dz),
      laidOut(['initial', 'batch', 'hidden'])(stack(INITIAL)(carry.h, carry.c)),
    ]
  },
  onnx: (_attrs, b, [weight = '', gates = '', cell = '', c0 = '', dHidden = '', dCell = ''], out) =>
    lstmBackwardNodes(b, { weight, gates, cell, start: c0, dHidden, dCell }, extentsOf(out[0]?.axes ?? [])),
  lower: (_attrs, _out, [, gates], on) =>
    lstmCalls(
      'lstm_backward',
      gates?.axes ?? [],
      [{ in: 0 }, { in: 1 }, { in: 2 }, { in: 3 }, { in: 4 }, { in: 5 }, { out: 0 }, { out: 1 }],
      on,
    ),
}

/** Cotangents of a step's pre-activations and of the cell before it, from those of its hidden state and cell. */
const cellBackward = (
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

const lstmVjp = (node: Expr, [dHidden, dCell, dGates]: readonly Cotangent[]): readonly Cotangent[] => {
  if (dGates !== undefined)
    return vjpWithin(node.op.definition?.(node.attrs, node.args) ?? [], [dHidden, dCell, dGates], node.args)
  const [pre, weight, h0, c0] = node.args
  if (pre === undefined || weight === undefined || h0 === undefined || c0 === undefined) return []
  const { time, batch, hidden, previous } = layerAxes(pre)
  const [states, cells, gates] = [part(0)(node), part(1)(node), part(2)(node)]
  const order = ['time', 'batch', 'hidden']
  const full = (g: Cotangent): Expr => reorder(order)(spreadTo([time, batch, hidden])(g ?? constant(0)))
  const transposed = reorder(['gate', 'hidden', 'previous'])(weight)
  const back = apply(lstmBackwardOp, {}, transposed, gates, cells, c0, full(dHidden), full(dCell))
  const shifted: Tensor<'time' | 'batch' | 'hidden' | '1'> = concatNodes('time')([
    reshape([{ name: 'time', size: 1 }, batch, hidden])(h0),
    sliceNode('time', 0, time.size - 1)(states),
  ])
  const dPre: Tensor<'time' | 'batch' | 'gate' | 'hidden' | '1'> = part(0)(back)
  const initial: Tensor<'initial' | 'batch' | 'hidden' | '1'> = part(1)(back)
  return [
    dPre,
    contractOver(time, batch)(rename(hidden, previous)(shifted), dPre),
    select(INITIAL, 0)(initial),
    select(INITIAL, 1)(initial),
  ]
}

/** What a layer returns: hidden and cell states after each step, and the gates after their activations. */
export interface LstmLayer {
  readonly hidden: Tensor<'time' | 'batch' | 'hidden' | '1'>
  readonly cell: Tensor<'time' | 'batch' | 'hidden' | '1'>
  readonly gates: Tensor<'time' | 'batch' | 'gate' | 'hidden' | '1'>
}

/**
 * One LSTM layer over all time steps (Hochreiter & Schmidhuber 1997): z = pre + h·W, i, f, o = σ(z), g = tanh(z),
 * c' = f·c + i·g, h' = o·tanh(c').
 *
 * @param pre [time, batch, gate, hidden]: the input's contribution, bias included
 * @param weight [previous, gate, hidden]: the recurrent weights
 * @param initial hidden and cell state before the first step [batch, hidden]
 */
export const lstm = (
  pre: Tensor<'time' | 'batch' | 'gate' | 'hidden' | '1'>,
  weight: Tensor<'previous' | 'gate' | 'hidden' | '1'>,
  initial: { readonly hidden: Step; readonly cell: Step },
): LstmLayer => {
  const node = apply(
    lstmOp,
    {},
    reorder(['time', 'batch', 'gate', 'hidden'])(pre),
    reorder(['previous', 'gate', 'hidden'])(weight),
    reorder(['batch', 'hidden'])(initial.hidden),
    reorder(['batch', 'hidden'])(initial.cell),
  )
  return { hidden: part(0)(node), cell: part(1)(node), gates: part(2)(node) }
}

/** The operations of this file, for the table. */
export const lstmOps: readonly Op[] = [lstmOp, lstmBackwardOp]
