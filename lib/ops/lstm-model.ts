/**
 * The LSTM language model as expressions: its parts, their packed form for the kernels, and its logits.
 */
import { lastOf } from '../at.ts'
import { axis, findAxis, hasAxis, type AnyAxis, type Axis } from '../axis.ts'
import { failure, raise } from '../errors.ts'
import { axesOf, type Attributes, type Expr, type Tensor } from '../expr.ts'
import { contract } from './contract.ts'
import { gather } from './gather.ts'
import { rename, reorder, reshape } from './layout.ts'
import { slice, sliceNode } from './slice.ts'
import { concatNodes } from './join.ts'
import { type LstmLayer, gate, lstm } from './lstm.ts'
import { add, cast, constant, constantOf, equal, lessEqual, subtract } from './pointwise.ts'
import { cumulativeSum, broadcast } from './reduce.ts'
import { readAxes, writeAxes } from './rules.ts'
import { declared } from '../phantom.ts'

/** Packed parameters. Axis sizes: row = V + L + (2L − 1)·hidden, outputRow = hidden + 1. */
export interface PackedLstm {
  readonly weights: Tensor<'row' | 'gate' | 'hidden' | '1'>
  readonly output: Tensor<'outputRow' | 'symbol' | '1'>
}

interface Sizes {
  readonly hidden: Axis<'hidden'>
  readonly previous: Axis<'previous'>
  readonly symbol: Axis<'symbol'>
  readonly depth: number
}

/** The sizes that packed parameters imply; throws a `Shape` failure when they do not fit each other. */
export const sizesOf = (weights: readonly AnyAxis[], output: readonly AnyAxis[]): Sizes => {
  const hidden = findAxis('lstm', weights, 'hidden').size
  const symbol = findAxis('lstm', output, 'symbol').size
  const layers = (findAxis('lstm', weights, 'row').size - symbol + hidden) / (2 * hidden + 1)
  return Number.isInteger(layers) && layers > 0 && findAxis('lstm', output, 'outputRow').size === hidden + 1
    ? {
        hidden: axis('hidden', hidden),
        previous: axis('previous', hidden),
        symbol: axis('symbol', symbol),
        depth: layers,
      }
    : raise(
        failure(
          'Shape',
          'lstm: the packed parameters have sizes that do not fit each other',
          'pack them with `packLstm`',
          { weights, output },
        ),
      )
}

/** Hidden or cell state of a batch. */
export type Cell = Tensor<'batch' | 'hidden' | '1'>

type Weight = Tensor<'previous' | 'gate' | 'hidden' | '1'>

type Bias = Tensor<'gate' | 'hidden' | '1'>

/** The parameters of an LSTM language model, part by part; layer 0 reads a symbol, further layers the one below. */
export interface LstmModel {
  readonly symbol: Axis<'symbol'>
  readonly hidden: Axis<'hidden'>
  readonly previous: Axis<'previous'>
  readonly embedding: Tensor<'symbol' | 'gate' | 'hidden' | '1'>
  readonly layers: readonly { readonly bias: Bias; readonly input?: Weight; readonly recurrent: Weight }[]
  readonly outputWeight: Tensor<'previous' | 'symbol' | '1'>
  readonly outputBias: Tensor<'symbol' | '1'>
}

/** The parts of packed parameters, as slices. */
export const unpack = (weights: Expr, output: Expr): LstmModel => {
  const { hidden, previous, symbol, depth } = sizesOf(axesOf(weights), axesOf(output))
  const rows = <N extends string>(start: number, as: Axis<N>): Tensor<N | 'gate' | 'hidden' | '1'> =>
    declared(reshape([as, gate, hidden])(sliceNode('row', start, as.size)(weights)))
  const first = symbol.size + depth
  return {
    symbol,
    hidden,
    previous,
    embedding: rows(0, symbol),
    layers: Array.from({ length: depth }, (_, l) => ({
      bias: declared(reshape([gate, hidden])(sliceNode('row', symbol.size + l, 1)(weights))),
      ...(l === 0 ? {} : { input: rows(first + (2 * l - 1) * hidden.size, previous) }),
      recurrent: rows(first + 2 * l * hidden.size, previous),
    })),
    outputWeight: declared(reshape([previous, symbol])(sliceNode('outputRow', 0, hidden.size)(output))),
    outputBias: declared(reshape([symbol])(sliceNode('outputRow', hidden.size, 1)(output))),
  }
}

/** The batch and time axes in an attribute `axes`. */
export const rowsOf = (attrs: Attributes): readonly [batch: Axis<'batch'>, time: Axis<'time'>] => {
  const axes = readAxes(attrs['axes'])
  return [axis('batch', findAxis('lstm', axes, 'batch').size), axis('time', findAxis('lstm', axes, 'time').size)]
}

/** 1 up to and with the first EOS, 0 after it. */
export const untilEnd = (
  symbol: Axis<'symbol'>,
  time: Axis<'time'>,
  tokens: Tensor<'batch' | 'time' | '1', 'i32'>,
): Tensor<'batch' | 'time' | '1'> => {
  const ends = cast('f32')(equal(tokens, constantOf('i32', symbol.size - 1)))
  return cast('f32')(lessEqual(subtract(cumulativeSum(time)(ends), ends), constant(0)))
}

/**
 * Packs the parts for `lstmSample` and `lstmScore`.
 *
 * @example
 * const size = { symbols: 3, hidden: 2, layers: 1 }
 * const { output } = packLstm(lstmModel(size, parameterInputs(lstmParameterAxes(size))))
 * print(output).split(' : ').at(-1) // => 'f32[outputRow=3, symbol=3]'
 */
export const packLstm = (model: LstmModel): PackedLstm => {
  const rows = (x: Expr): Expr => {
    const leading = [model.symbol, model.previous].filter((a) => hasAxis(axesOf(x), a.name))
    const [first] = leading
    const size = first === undefined ? 1 : first.size
    return reshape([{ name: 'row', size }, gate, model.hidden])(
      reorder([...leading.map((a) => a.name), 'gate', 'hidden'])(x),
    )
  }
  const matrices = model.layers.flatMap((layer) =>
    layer.input === undefined ? [layer.recurrent] : [layer.input, layer.recurrent],
  )
  const bias = reshape([{ name: 'outputRow', size: 1 }, model.symbol])(model.outputBias)
  const weight = reshape([{ name: 'outputRow', size: model.hidden.size }, model.symbol])(
    reorder(['previous', 'symbol'])(model.outputWeight),
  )
  return {
    weights: concatNodes('row')([model.embedding, ...model.layers.map((l) => l.bias), ...matrices].map(rows)),
    output: concatNodes('outputRow')([weight, bias]),
  }
}

/** Dropout between layers: multiplies the hidden states that enter layer l > 0 (PyTorch's convention). */
type BetweenLayers = (
  layer: number,
  hidden: Tensor<'time' | 'batch' | 'hidden' | '1'>,
) => Tensor<'time' | 'batch' | 'hidden' | '1'>

/** Hidden and cell state of a layer before the first symbol. */
export interface CellState {
  readonly hidden: Cell
  readonly cell: Cell
}

type Read = Tensor<'time' | 'batch' | '1', 'i32'>

type Logits = Tensor<'time' | 'batch' | 'symbol' | '1'>

/** What every layer computes from the symbols that are read [time, batch], from given initial states. */
export const lstmLayers = (
  model: LstmModel,
  read: Read,
  initial: (layer: number) => CellState,
  between: BetweenLayers = (_layer, hidden) => hidden,
): readonly LstmLayer[] => {
  const { symbol, hidden, previous } = model
  const made: LstmLayer[] = []
  model.layers.forEach((layer, l) => {
    const below = made.at(-1)?.hidden
    const input: Tensor<'time' | 'batch' | 'gate' | 'hidden' | '1'> =
      layer.input === undefined || below === undefined
        ? gather(symbol)(model.embedding, read)
        : contract(previous)(rename(hidden, previous)(between(l, below)), layer.input)
    made.push(lstm(add(input, layer.bias), layer.recurrent, initial(l)))
  })
  return made
}

/** Logits of the symbols after the hidden states of the last layer. */
export const lstmOutput = (model: LstmModel, last: Tensor<'time' | 'batch' | 'hidden' | '1'>): Logits =>
  add(contract(model.previous)(rename(model.hidden, model.previous)(last), model.outputWeight), model.outputBias)

/**
 * Logits [time, batch, symbol] of every next symbol: position t has read the symbols before t (EOS before the first).
 *
 * @param tokens [batch, time], symbols in [0, V)
 *
 * @example
 * const size = { symbols: 3, hidden: 2, layers: 1 }
 * const tokens = inputOf('i32')('tokens', axis('batch', 2), axis('time', 4))
 * const logits = lstmLogits(lstmModel(size, parameterInputs(lstmParameterAxes(size))), tokens)
 * print(logits).split(' : ').at(-1) // => 'f32[time=4, batch=2, symbol=3]'
 */
export const lstmLogits = (
  model: LstmModel,
  tokens: Tensor<'batch' | 'time' | '1', 'i32'>,
  between?: BetweenLayers,
): Logits => {
  const { symbol, hidden } = model
  const [batch, time] = rowsOf({ axes: writeAxes(axesOf(tokens)) })
  const zero: Cell = broadcast(batch, hidden)(constant(0))
  const layers = lstmLayers(model, shifted(symbol, time, tokens), () => ({ hidden: zero, cell: zero }), between)
  return lstmOutput(model, lastOf(layers).hidden)
}

/** What the model reads: EOS, then the symbols before each position; [time, batch]. */
export const shifted = (
  symbol: Axis<'symbol'>,
  time: Axis<'time'>,
  tokens: Tensor<'batch' | 'time' | '1', 'i32'>,
): Tensor<'time' | 'batch' | '1', 'i32'> => {
  const last = slice(time, 0, time.size - 1)(tokens)
  const [batch] = rowsOf({ axes: writeAxes(axesOf(tokens)) })
  const begin = broadcast(batch, axis('time', 1))(constantOf('i32', symbol.size - 1))
  return reorder(['time', 'batch'])(concatNodes('time')([begin, reorder(['batch', 'time'])(last)]))
}
