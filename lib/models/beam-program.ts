/**
 * The programs of beam search: one step over caches that never move, the pass that fills them from prefixes, and what
 * holds them.
 *
 * A step reads the caches through a table of ancestors: the row at t of lane r is the one that lane `ancestors[t, r]` wrote.
 * So hypotheses change lanes without a copy of what they remember, and a step writes one row.
 */
import { axis, findAxis } from '../axis.ts'
import type { Program } from '../executor.ts'
import { type Expr, type Tensor, axesOf } from '../expr.ts'
import { gather } from '../ops/gather.ts'
import { inputOf, literalIntegers, reorder, reshape } from '../ops/layout.ts'
import { logSoftmax } from '../ops/reduce.ts'
import { largest } from '../ops/top-k.ts'
import { program } from '../program.ts'
import { type Autoregressive, type Named, keepAll } from './autoregressive.ts'
import { type RowShape, fromZero, inputsOf } from './language-programs.ts'
import { parameterInputs, prefixed, withState } from './parameters.ts'
import { anyTensor } from '../typed.ts'

/** Lanes of the batch, rows of the caches, and lanes of each prefix, which lie side by side. */
interface BeamShape extends RowShape {
  readonly width: number
}

/** Rows of a value along the batch, of the lanes that an index names. */
const taken = <A extends string>(lanes: Tensor<A, 'i32'>, x: Expr): Expr => {
  const source = axis('source', findAxis('beam', axesOf(x), 'batch').size)
  return gather(source)(reshape(axesOf(x).map((a) => (a.name === 'batch' ? source : a)))(anyTensor('f32')(x)), lanes)
}

const each = (xs: Named, change: (x: Expr) => Expr): Named =>
  Object.fromEntries(Object.entries(xs).map(([name, x]: [string, Expr]) => [name, change(x)]))

/** What a search remembers, as inputs. */
const memoryOf = (model: Autoregressive, { batch, time }: RowShape) => {
  const axes = model.cache(batch, time)
  return { caches: inputsOf('cache/', axes.appended), carried: inputsOf('carried/', axes.carried) }
}

/** Holds the caches for programs beside it; computes nothing. */
export const beamMemory = (model: Autoregressive, shape: RowShape): Program => {
  const { caches, carried } = memoryOf(model, shape)
  const state = { ...prefixed('cache/', caches), ...prefixed('carried/', carried) }
  return program<string, string>(state, state, {})
}

/** The inputs of a step by which lanes go on from others: those that the model's memory needs. */
export const beamInputs = (model: Autoregressive): { readonly ancestors: boolean; readonly from: boolean } => {
  const { appended, carried } = model.cache(1, 1)
  return { ancestors: Object.keys(appended).length > 0, from: Object.keys(carried).length > 0 }
}

/**
 * One step. State: the parameters (which stay), `cache/…` (grows at `position`), `carried/…`. Feeds: `position`, `previous`
 * [batch] (x_{t−1} of every lane), `ancestors` [time, batch] where there are caches, and `from` [batch] (the lane that each
 * continues) where there is carried state. Outputs: the symbols [batch, rank] with the largest logits of every lane, the
 * largest first, and their log-probabilities [batch, rank] (nats).
 */
export const beamProgram = (model: Autoregressive, { batch: size, time: rows, width }: BeamShape): Program => {
  const [batch, time, symbol] = [axis('batch', size), axis('time', rows), axis('symbol', model.symbols)]
  const parameters = parameterInputs(model.parameters)
  const { caches, carried } = memoryOf(model, { batch: size, time: rows })
  const [position, previous] = [inputOf('i32')('position'), inputOf('i32')('previous', batch)]
  const [ancestors, from] = [inputOf('i32')('ancestors', time, batch), inputOf('i32')('from', batch)]
  const step = model.step(parameters, {
    appended: each(caches, (x) => taken(ancestors, x)),
    carried: fromZero(
      position,
      each(carried, (x) => taken(from, x)),
    ),
    previous,
    position,
  })
  const symbols = largest(symbol, axis('rank', Math.min(width, model.symbols)))(step.logits)
  const best: Tensor<'batch' | 'rank' | '1'> = gather(symbol)(logSoftmax(symbol)(step.logits), symbols)
  const frozen = parameters
  return program<string, string>(
    withState(frozen, { ...prefixed('cache/', caches), ...prefixed('carried/', carried) }),
    { ...frozen, ...prefixed('cache/', step.rows), ...prefixed('carried/', step.carried) },
    {
      symbols: reorder(['batch', 'rank'])(symbols),
      logs: reorder(['batch', 'rank'])(best),
    },
    Object.fromEntries(Object.keys(caches).map((name) => [`cache/${name}`, position])),
  )
}

/** Whether a pass needs a row for every lane: where parameters, such as what a source became, lie along the batch. */
export const lanesDiffer = (model: Autoregressive): boolean =>
  Object.values(model.parameters).some((axes) => axes.some((a) => a.name === 'batch'))

/**
 * Fills the first rows of the caches of all lanes from prefixes `tokens` [prefix, time] (one for every lane where lanes
 * differ). Only for models that carry no other state: theirs would be that of the last position, which is padding.
 */
export const beamPrefill = (model: Autoregressive, { batch: size, time, width }: BeamShape): Program => {
  const parameters = parameterInputs(model.parameters)
  const passed = lanesDiffer(model) ? size : size / width
  const tokens = inputOf('i32')('tokens', axis('batch', passed), axis('time', time))
  const { rows } = model.forward(parameters, tokens, keepAll)
  const lanes = literalIntegers(
    Int32Array.from({ length: size }, (_, r) => Math.floor((r * passed) / size)),
    axis('batch', size),
  )
  const next = passed === size ? rows : each(rows, (x) => taken(lanes, x))
  const frozen = parameters
  return program<string, string>(
    withState(frozen, prefixed('cache/', memoryOf(model, { batch: size, time }).caches)),
    { ...frozen, ...prefixed('cache/', next) },
    {},
  )
}
