/**
 * Rows that grow token by token as values, which may be copied, dropped and gone back to. What a model remembers of them lies on
 * the host: the state that it carries (an LSTM's), and what each step appends to its caches (keys and values of attention), once for
 * all rows that come from it. A step costs one token whatever came before.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { at, field } from '../at.ts'
import { type AnyAxis, axis, sizeOf } from '../axis.ts'
import { effect, fail } from '../effect.ts'
import { type Failure, failure } from '../errors.ts'
import type { Feeds, Program } from '../executor.ts'
import { inputOf, reorder } from '../ops/layout.ts'
import { spreadTo } from '../ops/rules.ts'
import { program } from '../program.ts'
import { startsOf } from '../scale/shards.ts'
import type { Autoregressive, Named, NamedAxes, Parameters } from './autoregressive.ts'
import { fromZero, inputsOf, type RowShape } from './language-programs.ts'
import { memoryLength, stepLength } from './language-sample.ts'
import { type Language, onLanes } from './language-score.ts'
import { parameterInputs, prefixed } from './parameters.ts'

/** What one step appended to the caches, and what the steps before it did. */
interface Appended {
  /** By name [count, …]. */
  readonly rows: Parameters
  /** Which row of the step before each row comes from. */
  readonly parents: Int32Array
  readonly before: Appended | undefined
}

/** Rows of `position` tokens. */
export interface GrownRows {
  readonly count: number
  readonly position: number
  /** Of the next token [count, symbol]. */
  readonly logits: Float32Array
  /** The carried state by name [count, …]. */
  readonly state: Parameters
  readonly appended: Appended
}

/** Rows that go on: row i of the next is row `parents[i]` of these, then `tokens[i]`. */
export interface Growth {
  readonly rows: GrownRows
  readonly parents: ArrayLike<number>
  readonly tokens: ArrayLike<number>
}

/** One row of each memory, by name [batch, …]: caches without their time. */
const rowAxes = (model: Autoregressive, batch: number, time: number): Readonly<Record<'state' | 'rows', NamedAxes>> => {
  const { appended, carried } = model.cache(batch, time)
  return {
    state: carried,
    rows: Object.fromEntries(Object.entries(appended).map(([name, own]) => [name, own.slice(1)])),
  }
}

const laidOut = (values: Named, axes: NamedAxes): Named =>
  Object.fromEntries(
    Object.entries(axes).map(([name, own]: [string, readonly AnyAxis[]]) => [
      name,
      reorder(own.map((a) => a.name))(spreadTo(own)(field(values, name))),
    ]),
  )

const stepProgram = (model: Autoregressive, { batch: rows, time }: RowShape): Program => {
  const batch = axis('batch', rows)
  const parameters = parameterInputs(model.parameters)
  const [position, previous] = [inputOf('i32')('position'), inputOf('i32')('previous', batch)]
  const axes = rowAxes(model, rows, time)
  const step = model.step(parameters, {
    appended: inputsOf('cache/', model.cache(rows, time).appended),
    carried: fromZero(position, inputsOf('carried/', axes.state)),
    previous,
    position,
  })
  return program<string, string>(parameters, parameters, {
    logits: reorder(['batch', 'symbol'])(step.logits),
    ...prefixed('carried/', laidOut(step.carried, axes.state)),
    ...prefixed('row/', laidOut(step.rows, axes.rows)),
  })
}

type Widths = Readonly<Record<string, number>>

const widthsOf = (axes: NamedAxes): Widths =>
  Object.fromEntries(Object.entries(axes).map(([name, own]) => [name, sizeOf(own)]))

const empty = (widths: Widths, count: number): Readonly<Record<string, Float32Array>> =>
  Object.fromEntries(Object.entries(widths).map(([name, width]) => [name, new Float32Array(count * width)]))

/** Writes row `row` of a value [rows, width] as row `place` of another. */
const copyRow = (from: Float32Array, row: number, to: Float32Array, place: number, width: number): void =>
  to.set(from.subarray(row * width, (row + 1) * width), place * width)

/** What rows `start …` of a growth remember, for a step of this shape: carried states, and caches [time, batch, …] as feeds. */
const memoryFeeds = (
  { state, rows }: Readonly<Record<'state' | 'rows', Widths>>,
  growth: Growth | undefined,
  start: number,
  { batch, time }: RowShape,
): Feeds => {
  const [carried, caches] = [empty(state, batch), empty(rows, time * batch)]
  if (growth === undefined) return { ...prefixed('carried/', carried), ...prefixed('cache/', caches) }
  const { parents, rows: grown } = growth
  for (let r = 0; r < batch && start + r < parents.length; r++) {
    let row = at(parents, start + r)
    for (const [name, width] of Object.entries(state))
      copyRow(field(grown.state, name), row, field(carried, name), r, width)
    let link: Appended | undefined = grown.appended
    for (let t = grown.position; link !== undefined; t--) {
      for (const [name, width] of Object.entries(rows))
        copyRow(field(link.rows, name), row, field(caches, name), t * batch + r, width)
      row = at(link.parents, row)
      link = link.before
    }
  }
  return { ...prefixed('carried/', carried), ...prefixed('cache/', caches) }
}

const full = (context: number): Failure =>
  failure('Shape', `rows of ${context} tokens fill the model's context`, 'give shorter rows', { context })

/** One row without tokens, or rows one token longer; the logits of what comes next, and what is remembered. */
export const grownRows = (
  language: Language,
  parameters: Parameters,
  growth?: Growth,
): TaskEither<Failure, GrownRows> =>
  effect(async (run) => {
    const { model } = language
    const count = growth === undefined ? 1 : growth.tokens.length
    const position = growth === undefined ? 0 : growth.rows.position + 1
    if (position >= model.context) fail(full(model.context))
    const shape: RowShape = {
      batch: growth === undefined ? 1 : language.batch,
      time: stepLength(position, memoryLength(model.context, model.context)),
    }
    const axes = rowAxes(model, 1, 1)
    const widths = { state: widthsOf(axes.state), rows: widthsOf(axes.rows) }
    const [state, rows] = [empty(widths.state, count), empty(widths.rows, count)]
    const logits = new Float32Array(count * model.symbols)
    const starts = startsOf(count, shape.batch)
    const step = onLanes(
      language,
      parameters,
    )(async (own, there, start: number) => {
      const name = `grown ${shape.batch}×${shape.time}`
      const prepared = await own(there.store.prepared(name, () => stepProgram(model, shape)))
      const previous = new Int32Array(shape.batch)
      for (let r = 0; r < Math.min(shape.batch, count - start); r++)
        previous[r] = growth === undefined ? 0 : at(growth.tokens, start + r)
      const remembered = memoryFeeds(widths, growth, start, shape)
      return own(prepared.run({ position: Int32Array.of(position), previous, ...remembered }))
    })
    await run(
      step(starts, (out, i) => {
        const start = at(starts, i)
        const kept = Math.min(shape.batch, count - start)
        const take = (to: Float32Array, name: string, width: number): void =>
          to.set(field(out, name).data.subarray(0, kept * width), start * width)
        take(logits, 'logits', model.symbols)
        for (const [name, width] of Object.entries(widths.state)) take(field(state, name), `carried/${name}`, width)
        for (const [name, width] of Object.entries(widths.rows)) take(field(rows, name), `row/${name}`, width)
      }),
    )
    const parents = growth === undefined ? new Int32Array(count) : Int32Array.from(growth.parents)
    return { count, position, logits, state, appended: { rows, parents, before: growth?.rows.appended } }
  })
