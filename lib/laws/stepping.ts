/** Running an autoregressive model token by token through its caches, on any executor. */
import { at, field } from '../at.ts'
import { axis, sizeOf } from '../axis.ts'
import type { Values } from '../dtype.ts'
import { type Executor, type Feeds, feedsOf, inputName } from '../executor.ts'
import type { Expr, Value } from '../expr.ts'
import type { Autoregressive, Named, NamedAxes } from '../models/autoregressive.ts'
import { parameterInputs } from '../models/parameters.ts'
import { input, inputOf, reorder } from '../ops/layout.ts'
import { spreadTo } from '../ops/rules.ts'
import { outputs } from '../program.ts'
import { run } from '../outcome.ts'

const inputsOf = (prefix: string, axes: NamedAxes): Readonly<Record<string, Expr>> =>
  Object.fromEntries(Object.entries(axes).map(([name, own]) => [name, input(`${prefix}/${name}`, ...own)]))

const filled = (prefix: string, axes: NamedAxes, value: number): Record<string, Float64Array> =>
  Object.fromEntries(
    Object.entries(axes).map(([name, own]) => [`${prefix}/${name}`, new Float64Array(sizeOf(own)).fill(value)]),
  )

/** What a step remembers, laid out as its cache is, without the first `skip` axes. */
const laidOut = (values: Named, axes: NamedAxes, skip: number): Named =>
  Object.fromEntries(
    Object.entries(axes).map(([name, own]) => [
      name,
      reorder(own.slice(skip).map((a) => a.name))(spreadTo(own.slice(skip))(field(values, name))),
    ]),
  )

/** Logits [batch, time, symbol] of rows [batch, time], one step at a time; rows not yet written hold `stale`. */
export const steppedLogits = async (
  executor: Executor,
  model: Autoregressive,
  feeds: Readonly<Record<string, Values>>,
  {
    tokens,
    batch,
    time,
    stale = 3,
  }: {
    readonly tokens: Int32Array
    readonly batch: number
    readonly time: number
    readonly stale?: number
  },
): Promise<Float64Array> => {
  const { appended, carried } = model.cache(batch, time)
  const step = model.step(parameterInputs(model.parameters), {
    appended: inputsOf('appended', appended),
    carried: inputsOf('carried', carried),
    previous: inputOf('i32')('previous', axis('batch', batch)),
    position: inputOf('i32')('position'),
  })
  const named = {
    logits: reorder(['batch', 'symbol'])(step.logits),
    ...laidOut(step.rows, appended, 1),
    ...laidOut(step.carried, carried, 0),
  }
  const program = outputs(named)
  const wanted = new Set(feedsOf(program).map(inputName))
  const prepared = await run(executor.prepare(program))
  const rows = filled('appended', appended, stale)
  let state: Record<string, Values> = filled('carried', carried, 0)
  const logits = new Float64Array(batch * time * model.symbols)
  for (let t = 0; t < time; t++) {
    const previous = Int32Array.from({ length: batch }, (_, b) => (t === 0 ? 0 : at(tokens, b * time + t - 1)))
    const all: Feeds = { ...feeds, ...rows, ...state, previous, position: Int32Array.of(t) }
    const out: Partial<Record<string, Value>> = await run(
      prepared.run(Object.fromEntries(Object.entries(all).filter(([name]) => wanted.has(name)))),
    )
    for (const name of Object.keys(appended)) {
      const { data } = field(out, name)
      field(rows, `appended/${name}`).set(data, t * data.length)
    }
    state = Object.fromEntries(Object.keys(carried).map((name) => [`carried/${name}`, field(out, name).data]))
    const { data } = field(out, 'logits')
    for (let b = 0; b < batch; b++)
      logits.set(data.subarray(b * model.symbols, (b + 1) * model.symbols), (b * time + t) * model.symbols)
  }
  prepared.release()
  return logits
}
