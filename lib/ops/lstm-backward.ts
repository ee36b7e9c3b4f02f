/**
 * The gradient of an LSTM layer through time as one fused operation.
 */
import { absent, at } from '../at.ts'
import { type Axis, axis } from '../axis.ts'
import type { Op, Tensor } from '../expr.ts'
import { contractOver } from './contract.ts'
import { extentsOf } from './emit.ts'
import { concatNodes, stack } from './join.ts'
import { rename, reorder, reshape } from './layout.ts'
import { type Step, cellBackward, gate, layerAxes, lstmCalls, sized } from './lstm-cell.ts'
import { lstmBackwardNodes } from './lstm-nodes.ts'
import { add, constant } from './pointwise.ts'
import { requireDType } from './rules.ts'
import { scanReverse } from './scan.ts'
import { sliceNode } from './slice.ts'
import { declared } from '../phantom.ts'
import { broadcast } from './reduce.ts'

type Row = Tensor<'time' | 'batch' | 'hidden' | '1'>

/** The initial states of a layer: hidden, then cell. */
export const INITIAL: Axis<'initial'> = axis('initial', 2)

/** Cotangents of `lstm`: dz [time, batch, gate, hidden], and of the initial hidden and cell state [initial, batch, hidden]. */
export const lstmBackwardOp: Op = {
  name: 'lstm_backward',
  kind: 'kernel',
  types: (_attrs, args) => {
    requireDType('lstm_backward', 'f32', ...args)
    const axes = at(args, 1).axes
    const [time, batch, hidden] = [sized('time', axes), sized('batch', axes), sized('hidden', axes)]
    return [
      { axes: [time, batch, gate, hidden], dtype: 'f32' },
      { axes: [INITIAL, batch, hidden], dtype: 'f32' },
    ]
  },
  definition: (_attrs, [weight, gates, cell, c0, dHidden, dCell]) => {
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
    const before: Row = concatNodes('time')([
      reshape([{ name: 'time', size: 1 }, batch, hidden])(c0),
      sliceNode('time', 0, time.size - 1)(cell),
    ])
    const rows: {
      readonly gates: Tensor<'time' | 'batch' | 'gate' | 'hidden' | '1'>
      readonly cell: Row
      readonly before: Row
      readonly dHidden: Row
      readonly dCell: Row
    } = {
      gates: declared(gates),
      cell: declared(cell),
      before,
      dHidden: declared(dHidden),
      dCell: declared(dCell),
    }
    const transposed: Tensor<'gate' | 'hidden' | 'previous' | '1'> = declared(weight)
    const zero: Step = broadcast(batch, hidden)(constant(0))
    const { carry, out } = scanReverse(time)({ h: zero, c: zero }, rows, (state, at) => {
      const dz = cellBackward(at.gates, at.cell, at.before, add(at.dHidden, state.h), add(at.dCell, state.c))
      return {
        carry: { h: rename(previous, hidden)(contractOver(gate, hidden)(dz.gates, transposed)), c: dz.cell },
        out: { dz: dz.gates },
      }
    })
    return [
      reorder(['time', 'batch', 'gate', 'hidden'])(out.dz),
      reorder(['initial', 'batch', 'hidden'])(stack(INITIAL)(carry.h, carry.c)),
    ]
  },
  onnx: (
    _attrs,
    b,
    [weight = absent(), gates = absent(), cell = absent(), c0 = absent(), dHidden = absent(), dCell = absent()],
    out,
  ) => lstmBackwardNodes(b, { weight, gates, cell, start: c0, dHidden, dCell }, extentsOf(at(out, 0).axes)),
  lower: (_attrs, _out, [, gates], on) =>
    lstmCalls(
      'lstm_backward',
      gates?.axes ?? [],
      [{ in: 0 }, { in: 1 }, { in: 2 }, { in: 3 }, { in: 4 }, { in: 5 }, { out: 0 }, { out: 1 }],
      on,
    ),
}
