/**
 * The LSTM operations in ONNX's operators: the loop over time written out, one product [batch, hidden]·[hidden, 4·hidden]
 * a step. Steps are passed from operation to operation as separate values (the builder cancels a split of what was just
 * joined), so that between the forward and the backward pass nothing is copied.
 */
import { absent, at, four, three } from '../at.ts'
import type { OnnxBuilder } from '../expr.ts'
import { expandNode, reshapeNode, scalarNode } from './emit.ts'

/** A cell's state: undefined is zero. */
export interface CellState {
  readonly hidden: string | undefined
  readonly cell: string | undefined
}

/** A cell after a step. */
export interface CellStep {
  readonly gates: readonly string[]
  readonly hidden: string
  readonly cell: string
}

const isZero = (b: OnnxBuilder, x: string): boolean => x === scalarNode(b, 0)

/** A value as [batch, hidden], or undefined for a constant 0. */
const initial = (b: OnnxBuilder, x: string, shape: readonly number[]): string | undefined =>
  isZero(b, x) ? undefined : expandNode(b, x, shape)

const plus = (b: OnnxBuilder, x: string | undefined, y: string | undefined): string =>
  x === undefined ? (y ?? scalarNode(b, 0)) : y === undefined ? x : b.node('Add', [x, y])

/** Zeros times a weight [hidden, 4·hidden], as one row: 0, or NaN where the weight is not finite. */
const zerosTimes = (b: OnnxBuilder, weight: string, hidden: number): string =>
  b.node('Gemm', [b.constant('f32', [1, hidden], new Float32Array(hidden)), weight])

/** Pre-activations [batch, 4·hidden] of a step from what it reads and the hidden state before it; undefined is zero. */
export const preNodes = (
  b: OnnxBuilder,
  read: string,
  state: string | undefined,
  weight: string,
  hidden: number,
): string =>
  state === undefined ? b.node('Add', [read, zerosTimes(b, weight, hidden)]) : b.node('Gemm', [state, weight, read])

/** One step from pre-activations z [batch, 4·hidden], gates in the order i, f, g, o. */
export const cellNodes = (b: OnnxBuilder, z: string, cell: string | undefined): CellStep =>
  gatedNodes(b, b.nodes('Split', [z], 4, { axis: 1, num_outputs: 4 }), cell)

/** The same from the pre-activations of each gate [batch, hidden]. */
export const gatedNodes = (b: OnnxBuilder, gates: readonly string[], cell: string | undefined): CellStep => {
  const [zi, zf, zg, zo] = four(gates)
  const [i, f, g, o] = [b.node('Sigmoid', [zi]), b.node('Sigmoid', [zf]), b.node('Tanh', [zg]), b.node('Sigmoid', [zo])]
  const next = b.node('Add', [b.node('Mul', [f, cell ?? scalarNode(b, 0)]), b.node('Mul', [i, g])])
  return { gates: [i, f, g, o], cell: next, hidden: b.node('Mul', [o, b.node('Tanh', [next])]) }
}

/** Rows of all steps: x [time·batch, columns] as one value per step. */
const stepsOf = (
  b: OnnxBuilder,
  x: string,
  [time = absent(), batch = absent()]: readonly number[],
  columns: number,
): readonly string[] => {
  const rows = reshapeNode(b, x, [time * batch, columns])
  return time === 1 ? [rows] : b.nodes('Split', [rows], time, { axis: 0, num_outputs: time })
}

/** The same for a value that may be one scalar for all steps. */
const stepsOrScalar = (
  b: OnnxBuilder,
  x: string,
  shape: readonly number[],
  columns: number,
): readonly (string | undefined)[] =>
  isZero(b, x) ? [] : stepsOf(b, expandNode(b, x, [at(shape, 0), at(shape, 1), columns]), shape, columns)

const joined = (b: OnnxBuilder, xs: readonly string[], shape: readonly number[]): string =>
  reshapeNode(b, xs.length === 1 ? at(xs, 0) : b.node('Concat', xs, { axis: 0 }), shape)

/** Hidden and cell states [time, batch, hidden] and gates [time, batch, 4, hidden] of a layer. */
export const lstmNodes = (
  b: OnnxBuilder,
  x: { readonly pre: string; readonly weight: string; readonly hidden: string; readonly cell: string },
  shape: readonly number[],
): readonly string[] => {
  const [time, batch, hidden] = three(shape)
  const weight = reshapeNode(b, x.weight, [hidden, 4 * hidden])
  const steps: CellStep[] = []
  let state: CellState = { hidden: initial(b, x.hidden, [batch, hidden]), cell: initial(b, x.cell, [batch, hidden]) }
  for (const pre of stepsOf(b, x.pre, shape, 4 * hidden)) {
    const step = cellNodes(b, preNodes(b, pre, state.hidden, weight, hidden), state.cell)
    steps.push(step)
    state = step
  }
  const gates = steps.map((s) => b.node('Concat', s.gates, { axis: 1 }))
  return [
    joined(
      b,
      steps.map((s) => s.hidden),
      shape,
    ),
    joined(
      b,
      steps.map((s) => s.cell),
      shape,
    ),
    joined(b, gates, [time, batch, 4, hidden]),
  ]
}

const times = (b: OnnxBuilder, x: string, y: string): string => b.node('Mul', [x, y])

/** x·(1 − y): with x a multiple of y this is the cotangent through a logistic function whose value is y. */
const throughLogistic = (b: OnnxBuilder, x: string, y: string): string =>
  times(b, x, b.node('Sub', [scalarNode(b, 1), y]))

/** x − xy·y = x·(1 − y²): the cotangent through tanh, whose value is y; `xy` is the product, which is needed anyway. */
const throughTanh = (b: OnnxBuilder, x: string, xy: string, y: string): string => b.node('Sub', [x, times(b, xy, y)])

/**
 * Cotangents of a step's pre-activations and of the cell before it; `before` undefined is zero. Products are shared, since
 * these small operators are what a second thread does not make faster.
 */
const cellBackwardNodes = (
  b: OnnxBuilder,
  [i = absent(), f = absent(), g = absent(), o = absent()]: readonly string[],
  cell: string,
  before: string | undefined,
  dHidden: string,
  dCell: string | undefined,
) => {
  const squashed = b.node('Tanh', [cell])
  const opened = times(b, dHidden, o)
  const bent = times(b, opened, squashed)
  const total = plus(b, dCell, throughTanh(b, opened, bent, squashed))
  const entered = times(b, total, i)
  const written = times(b, entered, g)
  const kept = times(b, total, f)
  const dForget = throughLogistic(b, times(b, kept, before ?? scalarNode(b, 0)), f)
  const parts = [
    throughLogistic(b, written, i),
    dForget,
    throughTanh(b, entered, written, g),
    throughLogistic(b, bent, o),
  ]
  return { dz: b.node('Concat', parts, { axis: 1 }), dCell: kept }
}

interface BackwardNames {
  readonly weight: string
  readonly gates: string
  readonly cell: string
  readonly start: string
  readonly dHidden: string
  readonly dCell: string
}

/** dz [time, batch, 4, hidden] and the cotangents of the initial states [2, batch, hidden]; `weight` is [4, hidden, previous]. */
export const lstmBackwardNodes = (b: OnnxBuilder, x: BackwardNames, shape: readonly number[]): readonly string[] => {
  const [time, batch, , hidden] = four(shape)
  const weight = reshapeNode(b, x.weight, [4 * hidden, hidden])
  const gates = stepsOf(b, x.gates, shape, 4 * hidden)
  const cells = stepsOf(b, x.cell, shape, hidden)
  const [dHidden, dCell] = [stepsOrScalar(b, x.dHidden, shape, hidden), stepsOrScalar(b, x.dCell, shape, hidden)]
  const rows: string[] = []
  let [h, c]: readonly (string | undefined)[] = []
  for (let t = time - 1; t >= 0; t--) {
    const before = t === 0 ? initial(b, x.start, [batch, hidden]) : cells[t - 1]
    const parts = b.nodes('Split', [at(gates, t)], 4, { axis: 1, num_outputs: 4 })
    const back = cellBackwardNodes(b, parts, at(cells, t), before, plus(b, dHidden[t], h), plus(b, dCell[t], c))
    rows[t] = back.dz
    h = b.node('MatMul', [back.dz, weight])
    c = back.dCell
  }
  return [joined(b, rows, shape), joined(b, [h ?? '', c ?? ''], [2, batch, hidden])]
}
