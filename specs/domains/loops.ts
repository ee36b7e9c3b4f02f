/**
 * Where loops and the LSTM operations are tried.
 */
import { type AnyAxis, type Axis, axis } from '../../lib/axis.ts'
import type { Expr, Tensor } from '../../lib/expr.ts'
import { contract } from '../../lib/ops/contract.ts'
import { rename } from '../../lib/ops/layout.ts'
import { add, multiply, sigmoid, tanh } from '../../lib/ops/pointwise.ts'
import { sum } from '../../lib/ops/reduce.ts'
import { scan, scanReverse } from '../../lib/ops/scan.ts'
import { argument } from '../../lib/ops/scan-op.ts'
import { keyInput } from './arrays.ts'
import { type Draws, drawInput, type Placed, reals, type Sample, sampleNode, sampleOf } from './draws.ts'
import { declared } from '../../lib/phantom.ts'

const unit = reals(-1, 1)

const sizeOfLoop = (d: Draws, smallest: number): number => {
  const sizes = d.how.sizes.filter((s) => s >= smallest && s <= 7)
  return sizes[d.integer(0, sizes.length - 1)] ?? 1
}

type Row = Tensor<'row' | '1'>

/** A recurrence with a matrix from outside, a scalar carry that reads the other, and two outputs. */
const recurrence = (d: Draws): readonly [Expr, readonly Placed[]] => {
  const time = axis('time', sizeOfLoop(d, 1))
  const row = axis('row', sizeOfLoop(d, 1))
  const column: Axis<'column'> = axis('column', row.size)
  const [x, start, total, weight] = [
    drawInput(d, [time, row], unit),
    drawInput(d, [row], unit),
    drawInput(d, [], unit),
    drawInput(d, [column, row], unit),
  ]
  const loop = d.one([scan, scanReverse])
  const state: Row = declared(start.node)
  const sequence: Tensor<'time' | 'row' | '1'> = declared(x.node)
  const scalar: Tensor<'1'> = declared(total.node)
  const matrix: Tensor<'column' | 'row' | '1'> = declared(weight.node)
  const { out } = loop(time)({ state, scalar }, { sequence }, (carry, at) => {
    const next = tanh(add(at.sequence, contract(column)(rename(row, column)(carry.state), matrix)))
    const running = add(multiply(carry.scalar, carry.scalar), sum(row)(next))
    return { carry: { state: multiply(next, sigmoid(carry.scalar)), scalar: running }, out: { next, running } }
  })
  return [nodeOf(out.next), [x, start, total, weight]]
}

/** A loop in a loop: prefix products of prefix sums. */
const nested = (d: Draws): readonly [Expr, readonly Placed[]] => {
  const time = axis('time', sizeOfLoop(d, 1))
  const inner = axis('inner', sizeOfLoop(d, 1))
  const [x, start] = [drawInput(d, [time, inner], unit), drawInput(d, [], unit)]
  const sequence: Tensor<'time' | 'inner' | '1'> = declared(x.node)
  const initial: Tensor<'1'> = declared(start.node)
  const { carry } = scan(time)({ initial }, { sequence }, (outer, at) => {
    const prefix = scan(inner)({ total: outer.initial }, { y: at.sequence }, (c, y) => {
      const total = add(multiply(c.total, y.y), multiply(outer.initial, y.y))
      return { carry: { total }, out: { total } }
    })
    return { carry: { initial: tanh(prefix.carry.total) }, out: {} }
  })
  return [nodeOf(carry.initial), [x, start]]
}

/** The whole node of one of its parts. */
const nodeOf = (x: Expr): Expr => (x.op.name === 'part' ? (x.args[0] ?? x) : x)

/** Any loop. */
const scanSample = (d: Draws): Sample => sampleOf(...d.one([recurrence, recurrence, nested])(d))

const partSample = (d: Draws): Sample => {
  const whole = scanSample(d)
  const node = whole.results[d.integer(0, whole.results.length - 1)] ?? whole.node
  return { node, results: [node], inputs: whole.inputs }
}

const argumentSample = (d: Draws): Sample => {
  const x = drawInput(d, [axis('a', 2)], unit)
  const node = argument(1, 'x', 0, { axes: [axis('a', 2)], dtype: 'f32' })
  return { node, results: [node], inputs: [{ node, data: x.data }] }
}

interface LayerAxes {
  readonly time: AnyAxis
  readonly batch: AnyAxis
  readonly hidden: AnyAxis
  readonly previous: AnyAxis
  readonly gate: AnyAxis
}

const layerAxes = (d: Draws): LayerAxes => {
  const hidden = sizeOfLoop(d, 1)
  return {
    time: axis('time', sizeOfLoop(d, 1)),
    batch: axis('batch', sizeOfLoop(d, 1)),
    hidden: axis('hidden', hidden),
    previous: axis('previous', hidden),
    gate: axis('gate', 4),
  }
}

const lstm = (d: Draws): Sample => {
  const { time, batch, hidden, previous, gate } = layerAxes(d)
  return sampleNode(
    'lstm',
    {},
    [
      [time, batch, gate, hidden],
      [previous, gate, hidden],
      [batch, hidden],
      [batch, hidden],
    ].map((axes) => drawInput(d, axes, unit)),
  )
}

/** Gates as after their activations: within (0, 1). */
const lstmBackward = (d: Draws): Sample => {
  const { time, batch, hidden, previous, gate } = layerAxes(d)
  const rows = [time, batch, hidden]
  const gates = drawInput(d, [time, batch, gate, hidden], { dtype: 'f32', low: 0.1, high: 0.9 })
  const rest = [rows, [batch, hidden], rows, rows].map((axes) => drawInput(d, axes, unit))
  return sampleNode('lstm_backward', {}, [drawInput(d, [gate, hidden, previous], unit), gates, ...rest])
}

/** Packed parameters of a small language model. */
const packed = (d: Draws): { readonly symbols: number; readonly parameters: readonly Placed[] } => {
  const [symbols, hidden, depth] = [d.integer(2, 4), sizeOfLoop(d, 1), d.integer(1, 2)]
  const row = axis('row', symbols + depth + (2 * depth - 1) * hidden)
  const weights = drawInput(d, [row, axis('gate', 4), axis('hidden', hidden)], reals(-0.9, 0.9))
  return {
    symbols,
    parameters: [weights, drawInput(d, [axis('outputRow', hidden + 1), axis('symbol', symbols)], reals(-2, 2))],
  }
}

const temperature = (d: Draws): number => d.one([1, 1, 0.7, 1.5])

const lstmSample = (d: Draws): Sample => {
  const { parameters } = packed(d)
  const axes = [
    { name: 'batch', size: sizeOfLoop(d, 1) },
    { name: 'time', size: sizeOfLoop(d, 1) },
  ]
  return sampleNode('lstm_sample', { axes, temperature: temperature(d) }, [...parameters, keyInput(d)])
}

const lstmScore = (d: Draws): Sample => {
  const { symbols, parameters } = packed(d)
  const tokens = drawInput(d, [axis('batch', sizeOfLoop(d, 1)), axis('time', sizeOfLoop(d, 1))], {
    dtype: 'i32',
    low: 0,
    high: symbols - 1,
  })
  return sampleNode('lstm_score', { temperature: temperature(d) }, [...parameters, tokens])
}

/** Generators by operation. */
export const loopDomains: Readonly<Record<string, (d: Draws) => Sample>> = {
  scan: scanSample,
  part: partSample,
  argument: argumentSample,
  lstm,
  lstm_backward: lstmBackward,
  lstm_sample: lstmSample,
  lstm_score: lstmScore,
}
