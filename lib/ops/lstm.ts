/**
 * The LSTM as fused operations: a layer's whole recurrence, and its gradient through time (`lstm-backward.ts`).
 *
 * Each is written twice: as a composition of other operations (`definition`: its meaning, its gradient, and its form where
 * there is no kernel) and as one WGSL dispatch. Axes: `gate` has 4 elements in the order i, f, g, o (PyTorch's);
 * `previous` is the hidden axis of the step before (the same size as `hidden`).
 */
import { absent, at } from '../at.ts'
import { type Cotangent, type Expr, type Op, type Tensor, apply } from '../expr.ts'
import { vjpWithin } from './pull-back.ts'
import { contract, contractOver } from './contract.ts'
import { extentsOf } from './emit.ts'
import { concatNodes } from './join.ts'
import { rename, reorder, reshape } from './layout.ts'
import { INITIAL, lstmBackwardOp } from './lstm-backward.ts'
import { type Step, cellStep, gate, layerAxes, lstmCalls, sized } from './lstm-cell.ts'
import { lstmNodes } from './lstm-nodes.ts'
import { add, constant } from './pointwise.ts'
import { requireDType, spreadTo } from './rules.ts'
import { scan } from './scan.ts'
import { part } from './scan-op.ts'
import { select, sliceNode } from './slice.ts'
import { declared } from '../phantom.ts'

export { gate } from './lstm-cell.ts'

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
  definition: (_attrs, [pre, weight, h0, c0]) => {
    if (pre === undefined || weight === undefined || h0 === undefined || c0 === undefined) return []
    const { time, hidden, previous } = layerAxes(pre)
    const input: Tensor<'time' | 'batch' | 'gate' | 'hidden' | '1'> = declared(pre)
    const start: { readonly h: Step; readonly c: Step } = { h: declared(h0), c: declared(c0) }
    const recurrent: Tensor<'previous' | 'gate' | 'hidden' | '1'> = declared(weight)
    const { out } = scan(time)(start, { pre: input }, (carry, at) => {
      const next = cellStep(add(at.pre, contract(previous)(rename(hidden, previous)(carry.h), recurrent)), carry.c)
      return {
        carry: { h: next.hidden, c: next.cell },
        out: { hidden: next.hidden, cell: next.cell, gates: next.gates },
      }
    })
    return [
      reorder(['time', 'batch', 'hidden'])(out.hidden),
      reorder(['time', 'batch', 'hidden'])(out.cell),
      reorder(['time', 'batch', 'gate', 'hidden'])(out.gates),
    ]
  },
  vjp: (node, gs) => lstmVjp(node, gs),
  onnx: (_attrs, b, [pre = absent(), weight = absent(), h0 = absent(), c0 = absent()], out) =>
    lstmNodes(b, { pre, weight, hidden: h0, cell: c0 }, extentsOf(at(out, 0).axes)),
  lower: (_attrs, _out, [pre], on) =>
    lstmCalls(
      'lstm',
      pre?.axes ?? [],
      [{ in: 0 }, { in: 1 }, { in: 2 }, { in: 3 }, { out: 0 }, { out: 1 }, { out: 2 }],
      on,
    ),
}

const lstmVjp = (node: Expr, [dHidden, dCell, dGates]: readonly Cotangent[]): readonly (Expr | undefined)[] => {
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
 *
 * @example
 * const [time, batch, hidden, previous] = [axis('time', 2), axis('batch', 1), axis('hidden', 1), axis('previous', 1)]
 * const pre = literal(Float64Array.of(0, 0, 1, 0, 0, 0, 1, 0), time, batch, gate, hidden)
 * const weight = literal(Float64Array.of(0, 0, 0, 0), previous, gate, hidden)
 * const start = literal(Float64Array.of(0), batch, hidden)
 * lstm(pre, weight, { hidden: start, cell: start }).hidden // => [0.1817, 0.258118]
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
