/**
 * Sampling from and scoring with an LSTM language model, the whole loop over time in one dispatch.
 *
 * Parameters are packed as the kernels want them (see `lstm_tile.wgsl`): `weights` [row, gate, hidden] holds the V rows of
 * layer 0's input weights, the L biases, layer 0's recurrent weights, then input and recurrent weights of each further
 * layer; `output` [outputRow, symbol] the output weights and, last, the output bias. EOS is symbol V − 1 and is also
 * what the model reads before the first symbol.
 */
import { absent, at, field, two } from '../at.ts'
import type { Axis } from '../axis.ts'
import {
  apply,
  axesOf,
  type ArrayType,
  type Attributes,
  type Expr,
  type Op,
  type Tensor,
  type AnyTensor,
} from '../expr.ts'
import { contract } from './contract.ts'
import { extentsOf } from './emit.ts'
import { gather } from './gather.ts'
import { iota, rename, reorder } from './layout.ts'
import { select } from './slice.ts'
import { gate } from './lstm.ts'
import { lstmSampleNodes } from './lstm-sample-nodes.ts'
import { tileCall, tileShape } from './lstm-tile.ts'
import {
  add,
  annihilate,
  cast,
  constant,
  constantOf,
  greater,
  less,
  lessEqual,
  minimum,
  multiply,
  scale,
  sigmoid,
  tanh,
  where,
} from './pointwise.ts'
import { type KeyTensor, uniform } from './random.ts'
import { cumulativeSum, logSoftmax, max, softmax, sum, broadcast } from './reduce.ts'
import { readNumber, requireDType, requireNumber, writeAxes } from './rules.ts'
import { scan } from './scan.ts'
import { part } from './scan-op.ts'
import { lstmLogits, rowsOf, sizesOf, type Cell, type PackedLstm, unpack, untilEnd } from './lstm-model.ts'
import { declared, typedRecord } from '../phantom.ts'

/** One step of one layer on [batch, …]: gates i, f, g, o of z. */
const advance = (z: Tensor<'batch' | 'gate' | 'hidden' | '1'>, cell: Cell): readonly [hidden: Cell, cell: Cell] => {
  const at = (i: number): Cell => select(gate, i)(z)
  const next = add(multiply(sigmoid(at(1)), cell), multiply(sigmoid(at(0)), tanh(at(2))))
  return [multiply(sigmoid(at(3)), tanh(next)), next]
}

type Carry = Readonly<Record<string, string>>

const sampleDefinition = (attrs: Attributes, [weights, output, k]: readonly Expr[]): readonly Expr[] => {
  if (weights === undefined || output === undefined || k === undefined) return []
  const model = unpack(weights, output)
  const { symbol, hidden, previous } = model
  const [batch, time] = rowsOf(attrs)
  const key: KeyTensor = declared(k)
  const zero: Cell = broadcast(batch, hidden)(constant(0))
  const states = model.layers.map((_, l) => [`h${l}`, `c${l}`]).flat()
  const end = symbol.size - 1
  const start = broadcast(batch)(constant(1))
  const initial: Readonly<Record<string, AnyTensor>> = carried({
    ...Object.fromEntries(states.map((name) => [name, zero])),
    alive: start,
    symbol: broadcast(batch)(constant(end)),
  })
  const { out } = scan(time)<
    Carry,
    { readonly u: 'batch' | '1' },
    { readonly token: 'batch' | '1'; readonly term: 'batch' | '1'; readonly alive: 'batch' | '1' }
  >(initial, { u: uniform(key)(batch, time) }, (carry, at) => {
    const alive: Tensor<'batch' | '1'> = declared(field(carry, 'alive'))
    const read: Tensor<'batch' | '1', 'i32'> = cast('i32')(declared(field(carry, 'symbol')))
    let below: Cell = zero
    const next: Record<string, Expr> = {}
    model.layers.forEach((layer, l) => {
      const input =
        layer.input === undefined
          ? gather(symbol)(model.embedding, read)
          : contract(previous)(rename(hidden, previous)(below), layer.input)
      const state: Cell = declared(field(carry, `h${l}`))
      const z = add(add(input, layer.bias), contract(previous)(rename(hidden, previous)(state), layer.recurrent))
      const [h, c] = advance(z, declared(field(carry, `c${l}`)))
      next[`h${l}`] = h
      next[`c${l}`] = c
      below = h
    })
    const logits = scale(1 / readNumber(attrs['temperature']))(
      add(contract(previous)(rename(hidden, previous)(below), model.outputWeight), model.outputBias),
    )
    const drawn = inverseCdf(symbol, softmax(symbol)(logits), at.u)
    const living = greater(alive, constant(0))
    const token = where(living, cast('f32')(drawn), constant(end))
    const term = annihilate(alive, gather(symbol)(logSoftmax(symbol)(logits), drawn))
    const following = carried({
      ...next,
      alive: multiply(alive, cast('f32')(less(token, constant(end)))),
      symbol: token,
    })
    return { carry: following, out: { token, term, alive } }
  })
  return [reorder(['batch', 'time'])(cast('i32')(out.token)), sum(time)(out.term), cast('i32')(sum(time)(out.alive))]
}

/** States of as many layers as there are: a scan's carry whose axes the compiler does not know. */
const carried = (states: Readonly<Record<string, Expr>>): Readonly<Record<string, AnyTensor>> => typedRecord(states)

/** The first symbol whose cumulative probability exceeds u·total; never one of probability 0. */
const inverseCdf = (
  symbol: Axis<'symbol'>,
  p: Tensor<'batch' | 'symbol' | '1'>,
  u: Tensor<'batch' | '1'>,
): Tensor<'batch' | '1', 'i32'> => {
  const running = cumulativeSum(symbol)(p)
  const total = select(symbol, symbol.size - 1)(running)
  const below = sum(symbol)(cast('i32')(lessEqual(running, multiply(u, total))))
  const lastPositive = max(symbol)(where(greater(p, constant(0)), iota(symbol), constantOf('i32', 0)))
  return minimum(below, lastPositive)
}

/** tokens [batch, time] → Σ log-probability [batch] and its terms [batch, time], up to and with the first EOS. */
const scoreDefinition = (attrs: Attributes, [weights, output, tokens]: readonly Expr[]): readonly Expr[] => {
  if (weights === undefined || output === undefined || tokens === undefined) return []
  const strings: Tensor<'batch' | 'time' | '1', 'i32'> = declared(tokens)
  const [, time] = rowsOf({ axes: writeAxes(axesOf(tokens)) })
  const model = unpack(weights, output)
  const logits = scale(1 / readNumber(attrs['temperature']))(lstmLogits(model, strings))
  const terms = gather(model.symbol)(logSoftmax(model.symbol)(logits), strings)
  const kept = annihilate(untilEnd(model.symbol, time, strings), terms)
  return [reorder(['batch'])(sum(time)(kept)), reorder(['batch', 'time'])(kept)]
}

const drawnTypes = (attrs: Attributes): readonly ArrayType[] => {
  const [batch, time] = rowsOf(attrs)
  return [
    { axes: [batch, time], dtype: 'i32' },
    { axes: [batch], dtype: 'f32' },
    { axes: [batch], dtype: 'i32' },
  ]
}

const sampleOp: Op = {
  name: 'lstm_sample',
  kind: 'kernel',
  types: (attrs, [weights, output, k]) => {
    if (weights === undefined || output === undefined || k === undefined) return []
    requireDType('lstm_sample', 'u32', k)
    sizesOf(weights.axes, output.axes)
    return drawnTypes(attrs)
  },
  definition: sampleDefinition,
  lower: (attrs, [drawn], [weights, output], on) => {
    const shape = tileShape(weights?.axes ?? [], output?.axes ?? [], rowsOf({ axes: writeAxes(drawn?.axes ?? []) }), on)
    if (shape === undefined) return []
    const params = { ...shape.params, row_offset: 0, temperature: readNumber(attrs['temperature']) }
    return [
      shape.pack,
      tileCall('lstm_sample', ['threefry'], shape, params, [{ in: 1 }, { in: 2 }, { out: 0 }, { out: 1 }, { out: 2 }]),
    ]
  },
  onnx: (attrs, b, [weights = absent(), output = absent(), k = absent()], out, args) => {
    const { hidden, symbol, depth } = sizesOf(at(args, 0).axes, at(args, 1).axes)
    const [batch, time] = two(extentsOf(at(out, 0).axes))
    return lstmSampleNodes(
      b,
      { weights, output, key: k },
      { hidden: hidden.size, symbols: symbol.size, depth, batch, time, temperature: readNumber(attrs['temperature']) },
    )
  },
  vjp: () => [],
}

const scoreOp: Op = {
  name: 'lstm_score',
  kind: 'kernel',
  types: (_attrs, [weights, output, tokens]) => {
    if (weights === undefined || output === undefined || tokens === undefined) return []
    requireDType('lstm_score', 'i32', tokens)
    sizesOf(weights.axes, output.axes)
    const [batch, time] = rowsOf({ axes: writeAxes(tokens.axes) })
    return [
      { axes: [batch], dtype: 'f32' },
      { axes: [batch, time], dtype: 'f32' },
    ]
  },
  definition: scoreDefinition,
  lower: (attrs, _out, [weights, output, tokens], on) => {
    const shape = tileShape(
      weights?.axes ?? [],
      output?.axes ?? [],
      rowsOf({ axes: writeAxes(tokens?.axes ?? []) }),
      on,
    )
    if (shape === undefined) return []
    const params = { ...shape.params, temperature: readNumber(attrs['temperature']) }
    return [shape.pack, tileCall('lstm_score', [], shape, params, [{ in: 1 }, { in: 2 }, { out: 0 }, { out: 1 }])]
  },
}

/** Strings drawn from a model, with their log-probability (nats, EOS included if drawn) and length (EOS included). */
interface DrawnStrings {
  readonly tokens: Tensor<'batch' | 'time' | '1', 'i32'>
  readonly logProbability: Tensor<'batch' | '1'>
  readonly length: Tensor<'batch' | '1', 'i32'>
}

/**
 * Exact ancestral samples: symbol t of row r is drawn by the inverse distribution function at uniform r·time + t of the
 * key; a row ends with EOS or at `time` symbols. A symbol of probability 0 is never drawn (M1).
 *
 * @example
 * const size = { symbols: 3, hidden: 2, layers: 1 }
 * const packed = packLstm(lstmModel(size, parameterInputs(lstmParameterAxes(size))))
 * const { tokens } = lstmSample(packed, inputKey('key'), axis('batch', 2), axis('time', 4), 1)
 * print(tokens).split(' : ').at(-1) // => 'i32[batch=2, time=4]'
 */
export const lstmSample = (
  model: PackedLstm,
  k: KeyTensor,
  batch: Axis<'batch'>,
  time: Axis<'time'>,
  temperature: number,
): DrawnStrings => {
  const attrs = { axes: writeAxes([batch, time]), temperature: aboveZero(temperature) }
  const node = apply(sampleOp, attrs, laidOut(model.weights), model.output, k)
  return { tokens: part(0)(node), logProbability: part(1)(node), length: part(2)(node) }
}

/**
 * log p(x) [batch] (nats) of strings [batch, time], EOS-padded, and its terms [batch, time]: 0 after the first EOS.
 *
 * @example
 * const size = { symbols: 3, hidden: 2, layers: 1 }
 * const packed = packLstm(lstmModel(size, parameterInputs(lstmParameterAxes(size))))
 * const { logProbability } = lstmScore(packed, inputOf('i32')('tokens', axis('batch', 2), axis('time', 4)), 1)
 * print(logProbability).split(' : ').at(-1) // => 'f32[batch=2]'
 */
export const lstmScore = (
  model: PackedLstm,
  tokens: Tensor<'batch' | 'time' | '1', 'i32'>,
  temperature: number,
): { readonly logProbability: Tensor<'batch' | '1'>; readonly terms: Tensor<'batch' | 'time' | '1'> } => {
  const attrs = { temperature: aboveZero(temperature) }
  const node = apply(scoreOp, attrs, laidOut(model.weights), model.output, reorder(['batch', 'time'])(tokens))
  return { logProbability: part(0)(node), terms: part(1)(node) }
}

const aboveZero = (temperature: number): number =>
  requireNumber(
    'a temperature of',
    temperature,
    temperature > 0 && Number.isFinite(temperature),
    'give a number above 0',
  )

const laidOut = (weights: Expr): Expr => reorder(['row', 'gate', 'hidden'])(weights)

/** The operations of this file, for the table. */
export const lstmLanguageOps: readonly Op[] = [sampleOp, scoreOp]
