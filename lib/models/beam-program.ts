/**
 * The programs of beam search: one step over caches that never move, the pass that fills them from prefixes, and what
 * holds them.
 *
 * Every prefix has its slots in the caches, each for one row, which all of its hypotheses read that go on from it: the row of
 * slot s of prefix g is row s·prefixes + g. So hypotheses change lanes without a copy of what they remember, what they have in
 * common is there once, and a step writes one row for each lane, into a slot that nobody needs (`beam-slots.ts`).
 */
import { field } from '../at.ts'
import { type AnyAxis, axis, findAxis } from '../axis.ts'
import type { Program } from '../executor.ts'
import { type Expr, type Tensor, axesOf } from '../expr.ts'
import { gather } from '../ops/gather.ts'
import { inputOf, literalIntegers, reorder, reshape } from '../ops/layout.ts'
import { logSoftmax } from '../ops/reduce.ts'
import { largest } from '../ops/top-k.ts'
import { program } from '../program.ts'
import { type Autoregressive, type CacheAxes, type Named, type StepInput, keepAll } from './autoregressive.ts'
import { type RowShape, fromZero, inputsOf } from './language-programs.ts'
import { parameterInputs, prefixed, withState } from './parameters.ts'
import { anyTensor } from '../typed.ts'

/** Lanes of the batch, those of each prefix, which lie side by side, and slots of the caches. */
interface BeamShape {
  readonly batch: number
  readonly width: number
  readonly slots: number
}

/** Rows of a value along the batch, of the lanes that an index names. */
const taken = <A extends string>(lanes: Tensor<A, 'i32'>, x: Expr): Expr => {
  const source = axis('source', findAxis('beam', axesOf(x), 'batch').size)
  return gather(source)(reshape(axesOf(x).map((a) => (a.name === 'batch' ? source : a)))(anyTensor('f32')(x)), lanes)
}

const each = (xs: Named, change: (x: Expr) => Expr): Named =>
  Object.fromEntries(Object.entries(xs).map(([name, x]: [string, Expr]) => [name, change(x)]))

/** The caches of so many rows [row, …] and the carried state [batch, …]. */
const axesOfMemory = (model: Autoregressive, batch: number, rows: number): CacheAxes => {
  const { appended, carried } = model.cache(batch, rows)
  const flat = ([, , ...rest]: readonly AnyAxis[]): readonly AnyAxis[] => [axis('row', rows), ...rest]
  return { appended: Object.fromEntries(Object.entries(appended).map(([name, own]) => [name, flat(own)])), carried }
}

/** What a search remembers, as inputs. */
const memoryOf = (model: Autoregressive, batch: number, rows: number) => {
  const axes = axesOfMemory(model, batch, rows)
  return { caches: inputsOf('cache/', axes.appended), carried: inputsOf('carried/', axes.carried) }
}

/** Holds the caches of so many lanes, and rows for each, for programs beside it; computes nothing. */
export const beamMemory = (model: Autoregressive, { batch, time }: RowShape): Program => {
  const { caches, carried } = memoryOf(model, batch, batch * time)
  const state = { ...prefixed('cache/', caches), ...prefixed('carried/', carried) }
  return program<string, string>(state, state, {})
}

/** What of a model's memory lanes take over from others: rows of caches, which they may share where the model can, and carried state. */
export const beamMemoryOf = (model: Autoregressive): Readonly<Record<'rows' | 'shares' | 'carries', boolean>> => {
  const { appended, carried } = model.cache(1, 1)
  const rows = Object.keys(appended).length > 0
  return { rows, shares: rows && model.shares === true, carries: Object.keys(carried).length > 0 }
}

/** A step of so many positions, whose lanes share rows or look up their own. */
interface StepShape extends BeamShape {
  readonly time: number
  readonly shared: boolean
}

/** What a step reads of the caches. */
const readingOf = (
  caches: Named,
  { batch, width, slots, time, shared: isShared }: StepShape,
): Pick<StepInput, 'appended' | 'seen'> => {
  const [group, rank] = [axis('group', batch / width), axis('rank', width)]
  if (isShared) {
    const rows = axis('time', slots)
    const shared = (x: Expr): Expr => reshape([rows, group, ...axesOf(x).slice(1)])(anyTensor('f32')(x))
    return { appended: each(caches, shared), seen: inputOf('bool')('seen', group, rank, rows) }
  }
  const ancestors = inputOf('i32')('ancestors', axis('time', time), axis('batch', batch))
  return { appended: each(caches, (x) => gather(axis('row', slots * group.size))(anyTensor('f32')(x), ancestors)) }
}

/**
 * One step. State: the parameters (which stay), `cache/…` [row, …] (written at `places`), `carried/…`. Feeds: `position`,
 * `previous` [batch] (x_{t−1} of every lane), and by what the model remembers: `places` [batch] (the row that each lane
 * writes); `seen` [group, rank, time] (the slots of its prefix that a lane goes on from) where rows are shared, else
 * `ancestors` [time, batch] (the rows that it goes on from); `from` [batch] (the lane that it continues). Outputs: the symbols
 * [batch, rank] with the largest logits of every lane, the largest first, and their log-probabilities [batch, rank] (nats).
 */
export const beamProgram = (model: Autoregressive, shape: StepShape): Program => {
  const { batch: size, width, slots } = shape
  const [batch, symbol] = [axis('batch', size), axis('symbol', model.symbols)]
  const parameters = parameterInputs(model.parameters)
  const { caches, carried } = memoryOf(model, size, (slots * size) / width)
  const [position, previous] = [inputOf('i32')('position'), inputOf('i32')('previous', batch)]
  const [places, from] = [inputOf('i32')('places', batch), inputOf('i32')('from', batch)]
  const step = model.step(parameters, {
    ...readingOf(caches, shape),
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
    Object.fromEntries(Object.keys(caches).map((name) => [`cache/${name}`, places])),
  )
}

/** Whether a pass needs a row for every lane: where parameters, such as what a source became, lie along the batch. */
export const lanesDiffer = (model: Autoregressive): boolean =>
  Object.values(model.parameters).some((axes) => axes.some((a) => a.name === 'batch'))

/**
 * Fills the first slots of every prefix from prefixes `tokens` [prefix, time] (one for every lane where lanes differ; those of
 * the first are kept). Only for models that carry no other state: theirs would be that of the last position, which is padding.
 */
export const beamPrefill = (model: Autoregressive, { batch: size, width, slots }: BeamShape): Program => {
  const parameters = parameterInputs(model.parameters)
  const [passed, prefixes] = [lanesDiffer(model) ? size : size / width, size / width]
  const tokens = inputOf('i32')('tokens', axis('batch', passed), axis('time', slots))
  const { rows } = model.forward(parameters, tokens, keepAll)
  const first = literalIntegers(
    Int32Array.from({ length: prefixes }, (_, g) => (g * passed) / prefixes),
    axis('batch', prefixes),
  )
  const kept = passed === prefixes ? rows : each(rows, (x) => taken(first, x))
  const { caches } = memoryOf(model, size, slots * prefixes)
  const flat = Object.fromEntries(
    Object.entries(kept).map(([name, x]: [string, Expr]) => {
      const rest = axesOf(field(caches, name)).slice(1)
      return [name, reshape(axesOf(field(caches, name)))(reorder(['time', 'batch', ...rest.map((a) => a.name)])(x))]
    }),
  )
  const frozen = parameters
  return program<string, string>(
    withState(frozen, prefixed('cache/', caches)),
    { ...frozen, ...prefixed('cache/', flat) },
    {},
  )
}
