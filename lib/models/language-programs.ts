/**
 * The programs of a language model: one step of sampling over its caches, log-probabilities of the tokens of rows, and
 * the logits after rows.
 */
import { type AnyAxis, type Axis, axis } from '../axis.ts'
import type { Program } from '../executor.ts'
import type { Tensor } from '../expr.ts'
import { categorical, logProbabilityAt } from '../ops/categorical.ts'
import { gather } from '../ops/gather.ts'
import { input, inputOf, reorder } from '../ops/layout.ts'
import { and, constantOf, constant, equal, greaterEqual, or, where } from '../ops/pointwise.ts'
import { inputKey } from '../ops/random.ts'
import { logSoftmax, sum } from '../ops/reduce.ts'
import { cast } from '../ops/pointwise.ts'
import { program } from '../program.ts'
import { type Autoregressive, type Named, type NamedAxes, keepAll } from './autoregressive.ts'
import { parameterInputs, prefixed, withState } from './parameters.ts'
import { type Decoding, decoded, temperatureOf } from './decoding.ts'
import { anyTensor } from '../typed.ts'

/** Rows that a program handles at once, and positions. */
export interface RowShape {
  readonly batch: number
  readonly time: number
}

/** A step's shape, and how it draws. */
interface StepShape extends RowShape {
  readonly decoding: Decoding
  /** The symbol that ends a row. */
  readonly end?: number
}

/** Inputs of these axes, called `PREFIXname`. */
export const inputsOf = (prefix: string, axes: NamedAxes): Named =>
  Object.fromEntries(
    Object.entries(axes).map(([name, own]: [string, readonly AnyAxis[]]) => [name, input(`${prefix}${name}`, ...own)]),
  )

type Row = Tensor<'batch' | '1', 'i32'>

/** Which rows still draw, and what follows from the token drawn. */
interface Drawing {
  readonly token: Row
  /** log q of the token (nats); 0 for tokens that were given, and after the end. */
  readonly score: Tensor<'batch' | '1'>
  readonly ended: Row
}

const zero = constantOf('i32', 0)

/** Chooses the next token: the one that is given (0 or more), the end of a row that has ended, else the one drawn. */
const chosen = (
  { batch, symbol }: { readonly batch: Axis<'batch'>; readonly symbol: Axis<'symbol'> },
  logits: Tensor<'batch' | 'symbol' | '1'>,
  drawn: Row,
  end: number | undefined,
): Drawing => {
  const [given, over] = [inputOf('i32')('given', batch), inputOf('i32')('ended', batch)]
  const [isGiven, isOver] = [greaterEqual(given, zero), equal(over, constantOf('i32', 1))]
  const free = end === undefined ? drawn : where(isOver, constantOf('i32', end), drawn)
  const token: Row = where(isGiven, given, free)
  const own = logProbabilityAt(symbol)(logits, token)
  const score = where(end === undefined ? isGiven : or(isGiven, isOver), constant(0), own)
  if (end === undefined) return { token, score, ended: over }
  const last = and(equal(free, constantOf('i32', end)), equal(cast('i32')(isGiven), zero))
  return { token, score, ended: cast('i32')(or(isOver, last)) }
}

/** Carried state as it is before the first step: zero. */
export const fromZero = (position: Tensor<'1', 'i32'>, carried: Named): Named =>
  Object.fromEntries(
    Object.entries(carried).map(([name, x]) => [name, where(equal(position, zero), constant(0), anyTensor('f32')(x))]),
  )

/** The state of sampling besides the parameters, as inputs. */
const memoryOf = (model: Autoregressive, shape: RowShape) => {
  const [batch, time] = [axis('batch', shape.batch), axis('time', shape.time)]
  const axes = model.cache(shape.batch, shape.time)
  const [appended, carried] = [inputsOf('cache/', axes.appended), inputsOf('carried/', axes.carried)]
  const grows = {
    ...prefixed('cache/', appended),
    tokens: inputOf('i32')('tokens', time, batch),
    scores: input('scores', time, batch),
  }
  const previous = inputOf('i32')('previous', batch)
  const state: Named = { ...grows, ...prefixed('carried/', carried), previous, ended: inputOf('i32')('ended', batch) }
  return { appended, carried, previous, grows: Object.keys(grows), state }
}

/** Holds the state of sampling for programs beside it; computes nothing. */
export const memoryProgram = (model: Autoregressive, shape: RowShape): Program => {
  const { state } = memoryOf(model, shape)
  withState<unknown>(model.parameters, state)
  return program<string, string>(state, state, {})
}

/**
 * One step of sampling. State: the parameters (which stay), `cache/…`, `tokens` and `scores` [time, batch] (grow at
 * `position`), `carried/…`, `previous` and `ended` [batch]. Feeds: `position`, `key`, `temperature` (unless it is 1), `given` [batch]
 * (tokens to take instead of drawing, −1 to draw). Output `live`: rows that have not ended.
 */
export const stepProgram = (model: Autoregressive, shape: StepShape): Program => {
  const [batch, symbol] = [axis('batch', shape.batch), axis('symbol', model.symbols)]
  const parameters = parameterInputs(model.parameters)
  const { appended, carried, previous, grows, state } = memoryOf(model, shape)
  const position = inputOf('i32')('position')
  const step = model.step(parameters, { appended, carried: fromZero(position, carried), previous, position })
  const drawn = categorical(symbol)(inputKey('key'), batch)(
    decoded(symbol, shape.decoding, temperatureOf(shape.decoding))(step.logits),
  )
  const { token, score, ended } = chosen({ batch, symbol }, step.logits, drawn, shape.end)
  const frozen = parameters
  const next: Named = {
    ...prefixed('cache/', step.rows),
    ...prefixed('carried/', step.carried),
    tokens: token,
    scores: score,
    previous: token,
    ended,
  }
  return program<string, string>(
    withState(frozen, state),
    { ...frozen, ...next },
    { live: sum(batch)(cast('f32')(equal(ended, zero))) },
    Object.fromEntries(grows.map((name) => [name, position])),
  )
}

/**
 * Fills the first rows of the caches from rows `tokens` [batch, time], without logits. Only for models that carry no other
 * state: theirs would be that of the last position, which is padding.
 */
export const prefillProgram = (model: Autoregressive, shape: RowShape): Program => {
  const parameters = parameterInputs(model.parameters)
  const { rows } = model.forward(parameters, tokensInput(shape), keepAll)
  const caches = prefixed('cache/', inputsOf('cache/', model.cache(shape.batch, shape.time).appended))
  const frozen = parameters
  return program<string, string>(withState(frozen, caches), { ...frozen, ...prefixed('cache/', rows) }, {})
}

const tokensInput = ({ batch, time }: RowShape) => inputOf('i32')('tokens', axis('batch', batch), axis('time', time))

/** Parameters as state that never changes: they are uploaded once for many runs. */
const frozen = (parameters: Named, outputs: Named): Program => {
  const state = parameters
  return program<string, string>(state, state, outputs)
}

/** log q(x_t | x_<t) (nats) of every token: output `scores` [batch, time], feed `tokens` [batch, time]. */
export const scoreProgram = (model: Autoregressive, shape: RowShape): Program => {
  const symbol = axis('symbol', model.symbols)
  const parameters = parameterInputs(model.parameters)
  const tokens = tokensInput(shape)
  const { logits } = model.forward(parameters, tokens, keepAll)
  const scores = gather(symbol)(logSoftmax(symbol)(logits), tokens)
  return frozen(parameters, { scores: reorder(['batch', 'time'])(scores) })
}

/** The logits [batch, symbol] at position `position` (fed) of rows `tokens` [batch, time]. */
export const nextProgram = (model: Autoregressive, shape: RowShape): Program => {
  const parameters = parameterInputs(model.parameters)
  const { logits } = model.forward(parameters, tokensInput(shape), keepAll)
  const next = gather(axis('time', shape.time))(logits, inputOf('i32')('position'))
  return frozen(parameters, { logits: reorder(['batch', 'symbol'])(next) })
}
