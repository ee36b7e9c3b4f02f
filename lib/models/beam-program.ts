/**
 * One step of beam search: caches are taken from the hypotheses that go on, the new row is put in its place, and the
 * logits are read.
 */
import { axis, findAxis } from '../axis.ts'
import type { Program } from '../executor.ts'
import { type Expr, axesOf } from '../expr.ts'
import { gather } from '../ops/gather.ts'
import { input, inputOf, iota, reorder, reshape } from '../ops/layout.ts'
import { constant, constantOf, equal, where } from '../ops/pointwise.ts'
import { program } from '../program.ts'
import type { Autoregressive, Named, NamedAxes } from './autoregressive.ts'
import type { RowShape } from './language-programs.ts'
import { parameterInputs, parameterOf, prefixed } from './parameters.ts'

/** Rows of a value along the batch. */
const taken = (from: Expr, x: Expr): Expr => {
  const source = axis('source', findAxis('beam', axesOf(x), 'batch').size)
  return gather(source)(reshape(axesOf(x).map((a) => (a.name === 'batch' ? source : a)))(x), from)
}

const withRow = (position: Expr, row: Expr, cache: Expr): Expr => {
  const time = axis('time', findAxis('beam', axesOf(cache), 'time').size)
  return where(equal(iota(time), position), row, cache)
}

const each = (xs: Named, change: (x: Expr, name: string) => Expr): Named =>
  Object.fromEntries(Object.entries(xs).map(([name, x]: [string, Expr]) => [name, change(x, name)]))

const inputsOf = (prefix: string, axes: NamedAxes): Named =>
  Object.fromEntries(Object.entries(axes).map(([name, own]) => [name, input(`${prefix}${name}`, ...own)]))

/**
 * State: `parameter/…`, `cache/…`, `carried/…`. Feeds: `position`, `previous` [batch] (x_{t−1} of every lane), `from`
 * [batch] (the lane that each continues). Output `logits` [batch, symbol].
 */
export const beamProgram = (model: Autoregressive, { batch: size, time }: RowShape): Program => {
  const batch = axis('batch', size)
  const axes = model.cache(size, time)
  const parameters = prefixed('parameter/', parameterInputs(model.parameters))
  const [caches, states] = [inputsOf('cache/', axes.appended), inputsOf('carried/', axes.carried)]
  const [position, previous] = [inputOf('i32')('position'), inputOf('i32')('previous', batch)]
  const from = inputOf('i32')('from', batch)
  const appended = each(caches, (x) => taken(from, x))
  const carried = each(states, (x) => where(equal(position, constantOf('i32', 0)), constant(0), taken(from, x)))
  const step = model.step(parameterInputs(model.parameters), { appended, carried, previous, position })
  const next = each(appended, (cache, name) => withRow(position, parameterOf(step.rows, name), cache))
  return program<string, string>(
    { ...parameters, ...prefixed('cache/', caches), ...prefixed('carried/', states) },
    { ...parameters, ...prefixed('cache/', next), ...prefixed('carried/', step.carried) },
    { logits: reorder(['batch', 'symbol'])(step.logits) },
  )
}
