/**
 * The LSTM language model of the GAM paper (section 7): L layers, one-hot input, softmax output, EOS as symbol V − 1.
 *
 * Parameters are a record of arrays; axes and names: `layer0.input` [symbol, gate, hidden], `layerN.input` [previous,
 * gate, hidden], `layerN.recurrent` [previous, gate, hidden], `layerN.bias` [gate, hidden], `output.weight`
 * [previous, symbol], `output.bias` [symbol].
 */
import { type AnyAxis, axis, sizeOf } from '../axis.ts'
import type { FDivergence } from '../energy/policy.ts'
import type { AnyTensor, Expr, Scalar } from '../expr.ts'
import { type Key, fold, uniforms } from '../key.ts'
import { gather } from '../ops/gather.ts'
import { input, inputOf } from '../ops/layout.ts'
import { type LstmModel, lstmLogits, untilEnd } from '../ops/lstm-model.ts'
import { gate } from '../ops/lstm.ts'
import { constant, divide, multiply, negate } from '../ops/pointwise.ts'
import { dropout, foldKey, inputKey } from '../ops/random.ts'
import { logSoftmax, sum, sumAll, sumOver } from '../ops/reduce.ts'
import { parameterInputs, requireSizes, tensorOf } from './parameters.ts'
import { policyLoss } from './policy-loss.ts'

/** Sizes of a model: symbols (EOS included), hidden units of each layer, layers. */
export interface LstmSize {
  readonly symbols: number
  readonly hidden: number
  readonly layers: number
}

/** Parameter values by name. */
export type LstmParameters = Readonly<Record<string, Float32Array>>

const axesFor = ({
  symbols,
  hidden,
}: LstmSize): { readonly symbol: AnyAxis; readonly hidden: AnyAxis; readonly previous: AnyAxis } => ({
  symbol: axis('symbol', symbols),
  hidden: axis('hidden', hidden),
  previous: axis('previous', hidden),
})

/**
 * Names and axes of all parameters. Throws `Shape` for a size that is no whole number above 0.
 *
 * @example
 * Object.keys(lstmParameterAxes({ symbols: 3, hidden: 4, layers: 1 })).length // => 5
 */
export const lstmParameterAxes = (size: LstmSize): Readonly<Record<string, readonly AnyAxis[]>> => {
  const { symbols, layers: depth } = size
  requireSizes('an LSTM', { symbols, hidden: size.hidden, layers: depth })
  const { symbol, hidden, previous } = axesFor(size)
  type Entry = readonly [name: string, axes: readonly AnyAxis[]]
  const layers = Array.from({ length: depth }, (_, l): readonly Entry[] => [
    [`layer${l}.input`, [l === 0 ? symbol : previous, gate, hidden]],
    [`layer${l}.recurrent`, [previous, gate, hidden]],
    [`layer${l}.bias`, [gate, hidden]],
  ])
  const entries: readonly Entry[] = [...layers.flat(), ['output.weight', [previous, symbol]], ['output.bias', [symbol]]]
  return Object.fromEntries(entries)
}

/**
 * The number of parameters.
 *
 * @example
 * lstmParameterCount({ symbols: 3, hidden: 4, layers: 1 }) // => 143
 */
export const lstmParameterCount = (size: LstmSize): number =>
  Object.values(lstmParameterAxes(size)).reduce((n, axes) => n + sizeOf(axes), 0)

/**
 * Fresh parameters, uniform in ±1/√hidden (PyTorch's default).
 *
 * @example
 * Object.keys(initialiseLstm({ symbols: 3, hidden: 4, layers: 1 })(key(1))).length // => 5
 */
export const initialiseLstm =
  (size: LstmSize) =>
  (k: Key): LstmParameters => {
    const bound = 1 / Math.sqrt(size.hidden)
    const entries = Object.entries(lstmParameterAxes(size))
    return Object.fromEntries(
      entries.map(([name, axes], i) => [
        name,
        Float32Array.from(uniforms(fold(k, i), sizeOf(axes)), (u) => (2 * u - 1) * bound),
      ]),
    )
  }

/** The parameters as inputs of an expression, by name. */
export const lstmInputs = (size: LstmSize): Readonly<Record<string, AnyTensor>> =>
  parameterInputs(lstmParameterAxes(size))

/**
 * The model made of parameter expressions.
 *
 * @example
 * const size = { symbols: 3, hidden: 2, layers: 1 }
 * lstmModel(size, parameterInputs(lstmParameterAxes(size))).layers.length // => 1
 */
export const lstmModel = (size: LstmSize, parameters: Readonly<Record<string, Expr>>): LstmModel => {
  const [symbol, hidden] = [axis('symbol', size.symbols), axis('hidden', size.hidden)]
  const previous = axis('previous', size.hidden)
  const weight = (name: string) => tensorOf(parameters, name, previous, gate, hidden)
  return {
    symbol,
    hidden,
    previous,
    embedding: tensorOf(parameters, 'layer0.input', symbol, gate, hidden),
    layers: Array.from({ length: size.layers }, (_, l) => ({
      bias: tensorOf(parameters, `layer${l}.bias`, gate, hidden),
      ...(l === 0 ? {} : { input: weight(`layer${l}.input`) }),
      recurrent: weight(`layer${l}.recurrent`),
    })),
    outputWeight: tensorOf(parameters, 'output.weight', previous, symbol),
    outputBias: tensorOf(parameters, 'output.bias', symbol),
  }
}

/** Options of the training loss: rows of a batch, symbols of a row, dropout rate between layers. */
interface LstmLossOptions {
  readonly batch: number
  readonly time: number
  readonly dropout: number
}

/** Of rows `tokens` [batch, time] (EOS-padded), an input: log p of each token (nats), and 1 up to and with the first EOS, then 0. */
const tokenLogs = (size: LstmSize, parameters: Readonly<Record<string, Expr>>, options: LstmLossOptions) => {
  const [batch, time, hidden, symbol] = [
    axis('batch', options.batch),
    axis('time', options.time),
    axis('hidden', size.hidden),
    axis('symbol', size.symbols),
  ]
  const tokens = inputOf('i32')('tokens', batch, time)
  const masks = inputKey('key')
  const logits = lstmLogits(lstmModel(size, parameters), tokens, (layer, x) =>
    options.dropout === 0 ? x : dropout(foldKey(layer)(masks), options.dropout)(time, batch, hidden)(x),
  )
  return {
    batch,
    time,
    logs: gather(symbol)(logSoftmax(symbol)(logits), tokens),
    counts: untilEnd(symbol, time, tokens),
  }
}

/**
 * Cross-entropy in nats per symbol, EOS counted, of a batch: Σ_r w_r·(−log p(x_r)) / Σ_r w_r·|x_r|, and the symbols that it is
 * a mean over, Σ_r w_r·|x_r|. Inputs: `tokens` [batch, time] (EOS-padded), `rowWeight` [batch] (0 for rows that only fill up a
 * batch), `key` (dropout).
 */
export const lstmLossAndWeight = (
  size: LstmSize,
  parameters: Readonly<Record<string, Expr>>,
  options: LstmLossOptions,
): { readonly loss: Scalar; readonly weight: Scalar } => {
  const { batch, time, logs, counts } = tokenLogs(size, parameters, options)
  const kept = multiply(counts, input('rowWeight', batch))
  const weight = sumAll(kept)
  return { loss: negate(divide(sumOver(time, batch)(multiply(logs, kept)), weight)), weight }
}

/**
 * `policyLoss` of a batch of rows, and their number. Inputs: `tokens` [batch, time] (EOS-padded), `logTarget` and `logProposal`
 * [batch] (nats). Nothing is dropped: π is the model itself.
 */
export const lstmPolicyLoss = (
  name: FDivergence,
  size: LstmSize,
  parameters: Readonly<Record<string, Expr>>,
  rows: Omit<LstmLossOptions, 'dropout'>,
): { readonly loss: Scalar; readonly weight: Scalar } => {
  const { batch, time, logs, counts } = tokenLogs(size, parameters, { ...rows, dropout: 0 })
  const loss = policyLoss(
    name,
    batch,
  )({
    logModel: sum(time)(multiply(logs, counts)),
    logTarget: input('logTarget', batch),
    logProposal: input('logProposal', batch),
  })
  return { loss, weight: constant(rows.batch) }
}

/**
 * The loss of `lstmLossAndWeight`.
 *
 * @example
 * const size = { symbols: 3, hidden: 2, layers: 1 }
 * const loss = lstmLoss(size, parameterInputs(lstmParameterAxes(size)), { batch: 2, time: 4, dropout: 0 })
 * print(loss).split(' : ').at(-1) // => 'f32[]'
 */
export const lstmLoss = (
  size: LstmSize,
  parameters: Readonly<Record<string, Expr>>,
  options: LstmLossOptions,
): Scalar => lstmLossAndWeight(size, parameters, options).loss
