/**
 * The LSTM language model of `lstm.ts` as an `Autoregressive`: EOS, the last symbol, is what it reads before the first
 * token. Its carried state is the hidden and the cell state of every layer, `layerN.hidden` and `layerN.cell`.
 */
import { lastOf } from '../at.ts'
import { type Axis, axis, findAxis } from '../axis.ts'
import { type Expr, axesOf } from '../expr.ts'
import { lstmSample, lstmScore } from '../ops/lstm-language.ts'
import { rename, reorder, reshape } from '../ops/layout.ts'
import type { LstmLayer } from '../ops/lstm.ts'
import {
  type Cell,
  type CellState,
  type PackedLstm,
  lstmLayers,
  lstmOutput,
  packLstm,
  shifted,
} from '../ops/lstm-model.ts'
import { constant, constantOf, equal, where } from '../ops/pointwise.ts'
import { broadcast } from '../ops/reduce.ts'
import { sliceNode } from '../ops/slice.ts'
import type {
  Autoregressive,
  Drop,
  Forward,
  Named,
  NamedAxes,
  Step,
  StepInput,
  Tokens,
  Whole,
} from './autoregressive.ts'
import { type LstmSize, initialiseLstm, lstmModel, lstmParameterAxes } from './lstm.ts'
import { tensorOf } from './parameters.ts'
import { typed, typedOf } from '../typed.ts'

const sizeAlong = (x: Expr, name: string): number => findAxis('lstm', axesOf(x), name).size

/** Step t of a value of every step. */
const stepOf = (x: Expr, t: number): Expr => {
  const one = sliceNode('time', t, 1)(x)
  return reshape(axesOf(one).filter((a) => a.name !== 'time'))(one)
}

/** The states of all layers after step t. */
const statesAfter = (layers: readonly LstmLayer[], t: number): Named =>
  Object.fromEntries(
    layers.flatMap(({ hidden, cell }, l) => [
      [`layer${l}.hidden`, stepOf(hidden, t)],
      [`layer${l}.cell`, stepOf(cell, t)],
    ]),
  )

const forward =
  (size: LstmSize) =>
  (parameters: Named, tokens: Tokens, drop: Drop): Forward => {
    const model = lstmModel(size, parameters)
    const [batch, time] = [axis('batch', sizeAlong(tokens, 'batch')), axis('time', sizeAlong(tokens, 'time'))]
    const zero: Cell = broadcast(batch, model.hidden)(constant(0))
    const read = shifted(model.symbol, time, tokens)
    const layers = lstmLayers(
      model,
      read,
      () => ({ hidden: zero, cell: zero }),
      (layer, x) => drop(layer)(x),
    )
    const last: LstmLayer['hidden'] = lastOf(layers).hidden
    const width: Axis<'model'> = axis('model', size.hidden)
    return {
      logits: lstmOutput(model, last),
      hidden: rename(model.hidden, width)(last),
      rows: {},
      carried: statesAfter(layers, time.size - 1),
    }
  }

const whole = (size: LstmSize): Whole => {
  const packed = (parameters: Named): PackedLstm => packLstm(lstmModel(size, parameters))
  return {
    end: size.symbols - 1,
    draw: (parameters, key, batch, time) => {
      const { tokens, logProbability } = lstmSample(packed(parameters), key, batch, time, 1)
      return { tokens, logProbability }
    },
    score: (parameters, tokens) => lstmScore(packed(parameters), tokens, 1).logProbability,
  }
}

const carriedAxes = (size: LstmSize, batch: number): NamedAxes =>
  Object.fromEntries(
    Array.from({ length: size.layers }, (_, l) => [`layer${l}.hidden`, `layer${l}.cell`])
      .flat()
      .map((name) => [name, [axis('batch', batch), axis('hidden', size.hidden)]]),
  )

const step =
  (size: LstmSize) =>
  (parameters: Named, { carried, previous, position }: StepInput): Step => {
    const model = lstmModel(size, parameters)
    const first = equal(position, constantOf('i32', 0))
    const symbol = where(first, constantOf('i32', size.symbols - 1), previous)
    const batch = axis('batch', sizeAlong(symbol, 'batch'))
    const time = axis('time', 1)
    const read = typedOf('i32')(time, batch)(reshape([time, batch])(symbol))
    const before = (name: string) => reorder(['batch', 'hidden'])(tensorOf(carried, name, batch, model.hidden))
    const initial = (l: number): CellState => ({ hidden: before(`layer${l}.hidden`), cell: before(`layer${l}.cell`) })
    const layers = lstmLayers(model, read, initial)
    const logits = typed(batch, model.symbol)(stepOf(lstmOutput(model, lastOf(layers).hidden), 0))
    return { logits, rows: {}, carried: statesAfter(layers, 0) }
  }

/**
 * An LSTM language model for sequences of at most `context` symbols, with the parameters of `lstm.ts`. Its last symbol is
 * EOS: a runtime with `end: symbols − 1` samples and scores strings by kernels that loop over time. Dropout site l is between
 * layers l − 1 and l.
 *
 * @example
 * lstmAutoregressive({ symbols: 3, hidden: 2, layers: 1 }, 10).context // => 10
 */
export const lstmAutoregressive = (size: LstmSize, context: number): Autoregressive => ({
  symbols: size.symbols,
  context,
  parameters: lstmParameterAxes(size),
  initialise: initialiseLstm(size),
  forward: forward(size),
  cache: (batch) => ({ appended: {}, carried: carriedAxes(size, batch) }),
  step: step(size),
  whole: whole(size),
})
