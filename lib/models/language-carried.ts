/**
 * Steps of rows whose memory is a state of fixed size (an LSTM's), kept on the host: rows as values, which may be copied, dropped
 * and gone back to, at the cost of one step a token whatever came before.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { at, field } from '../at.ts'
import { axis, sizeOf } from '../axis.ts'
import { effect } from '../effect.ts'
import type { Failure } from '../errors.ts'
import type { Program } from '../executor.ts'
import { inputOf, reorder } from '../ops/layout.ts'
import { program } from '../program.ts'
import { startsOf } from '../scale/shards.ts'
import type { Autoregressive, Parameters } from './autoregressive.ts'
import { fromZero, inputsOf } from './language-programs.ts'
import { type Language, onLanes } from './language-score.ts'
import { parameterInputs, prefixed } from './parameters.ts'

/** Rows of `position` tokens. */
export interface CarriedRows {
  readonly count: number
  readonly position: number
  /** Of the next token [count, symbol]. */
  readonly logits: Float32Array
  /** The carried state by name [count, …]. */
  readonly state: Parameters
}

/** Rows that go on: row i of the next is row `parents[i]` of these, then `tokens[i]`. */
export interface Growth {
  readonly rows: CarriedRows
  readonly parents: ArrayLike<number>
  readonly tokens: ArrayLike<number>
}

/** Whether all that a model remembers is a state of fixed size. */
export const onlyCarries = (model: Autoregressive): boolean => {
  const { appended, carried } = model.cache(1, 1)
  return Object.keys(appended).length === 0 && Object.keys(carried).length > 0
}

const stepProgram = (model: Autoregressive, rows: number): Program => {
  const batch = axis('batch', rows)
  const parameters = parameterInputs(model.parameters)
  const [position, previous] = [inputOf('i32')('position'), inputOf('i32')('previous', batch)]
  const carried = fromZero(position, inputsOf('carried/', model.cache(rows, 1).carried))
  const step = model.step(parameters, { appended: {}, carried, previous, position })
  return program<string, string>(parameters, parameters, {
    logits: reorder(['batch', 'symbol'])(step.logits),
    ...prefixed('carried/', step.carried),
  })
}

/** Rows `parents[from …]` of a value [rows, width], as many as fit into `out` rows. */
const gathered = (values: Float32Array, width: number, parents: ArrayLike<number>, from: number, rows: number) => {
  const out = new Float32Array(rows * width)
  for (let r = 0; r < rows && from + r < parents.length; r++) {
    const row = at(parents, from + r)
    out.set(values.subarray(row * width, (row + 1) * width), r * width)
  }
  return out
}

/** One row without tokens, or rows one token longer; the logits of what comes next, and the state after it. */
export const carriedStep = (
  language: Language,
  parameters: Parameters,
  growth?: Growth,
): TaskEither<Failure, CarriedRows> =>
  effect(async (run) => {
    const { model } = language
    const count = growth === undefined ? 1 : growth.tokens.length
    const position = growth === undefined ? 0 : growth.rows.position + 1
    const batch = growth === undefined ? 1 : language.batch
    const axes = model.cache(1, 1).carried
    const widths = Object.fromEntries(Object.entries(axes).map(([name, own]) => [name, sizeOf(own)]))
    const state: Record<string, Float32Array> = Object.fromEntries(
      Object.entries(widths).map(([name, width]) => [name, new Float32Array(count * width)]),
    )
    const logits = new Float32Array(count * model.symbols)
    const starts = startsOf(count, batch)
    const step = onLanes(
      language,
      parameters,
    )(async (own, there, start: number) => {
      const prepared = await own(there.store.prepared(`carried step ${batch}`, () => stepProgram(model, batch)))
      const previous = new Int32Array(batch)
      for (let r = 0; r < Math.min(batch, count - start); r++)
        previous[r] = growth === undefined ? 0 : at(growth.tokens, start + r)
      const carried = Object.entries(widths).map(([name, width]): [string, Float32Array] => [
        `carried/${name}`,
        growth === undefined
          ? new Float32Array(batch * width)
          : gathered(field(growth.rows.state, name), width, growth.parents, start, batch),
      ])
      return own(prepared.run({ position: Int32Array.of(position), previous, ...Object.fromEntries(carried) }))
    })
    await run(
      step(starts, (out, i) => {
        const start = at(starts, i)
        const rows = Math.min(batch, count - start)
        logits.set(field(out, 'logits').data.subarray(0, rows * model.symbols), start * model.symbols)
        for (const [name, width] of Object.entries(widths))
          field(state, name).set(field(out, `carried/${name}`).data.subarray(0, rows * width), start * width)
      }),
    )
    return { count, position, logits, state }
  })
