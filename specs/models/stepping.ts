/** Running an autoregressive model token by token through its caches, on any executor. */
import { axis, sizeOf } from '../../lib/axis.ts'
import type { Values } from '../../lib/dtype.ts'
import type { Executor } from '../../lib/executor.ts'
import type { Expr } from '../../lib/expr.ts'
import { at } from '../../lib/at.ts'
import type { Autoregressive, NamedAxes } from '../../lib/models/autoregressive.ts'
import { parameterInputs } from '../../lib/models/parameters.ts'
import { input, inputOf } from '../../lib/ops/layout.ts'
import { outputs } from '../../lib/program.ts'
import { run } from '../either.ts'

const inputsOf = (prefix: string, axes: NamedAxes): Readonly<Record<string, Expr>> =>
  Object.fromEntries(Object.entries(axes).map(([name, own]) => [name, input(`${prefix}/${name}`, ...own)]))

const filled = (prefix: string, axes: NamedAxes, value: number): Record<string, Float64Array> =>
  Object.fromEntries(
    Object.entries(axes).map(([name, own]) => [`${prefix}/${name}`, new Float64Array(sizeOf(own)).fill(value)]),
  )

/** Logits [batch, time, symbol] of rows [batch, time], one step at a time; rows not yet written hold `stale`. */
export const steppedLogits = async (
  executor: Executor,
  model: Autoregressive,
  feeds: Readonly<Record<string, Values>>,
  { tokens, batch, time, stale = 3 }: { tokens: Int32Array; batch: number; time: number; stale?: number },
): Promise<Float64Array> => {
  const { appended, carried } = model.cache(batch, time)
  const step = model.step(parameterInputs(model.parameters), {
    appended: inputsOf('appended', appended),
    carried: inputsOf('carried', carried),
    previous: inputOf('i32')('previous', axis('batch', batch)),
    position: inputOf('i32')('position'),
  })
  const named: Record<string, Expr> = { logits: step.logits, ...step.rows, ...step.carried }
  const prepared = await run(executor.prepare(outputs(named)))
  const rows = filled('appended', appended, stale)
  let state: Record<string, Values> = filled('carried', carried, 0)
  const logits = new Float64Array(batch * time * model.symbols)
  for (let t = 0; t < time; t++) {
    const previous = Int32Array.from({ length: batch }, (_, b) => (t === 0 ? 0 : at(tokens, b * time + t - 1)))
    const out = await run(prepared.run({ ...feeds, ...rows, ...state, previous, position: Int32Array.of(t) }))
    for (const name of Object.keys(appended)) {
      const row = out[name]?.data ?? new Float64Array(0)
      rows[`appended/${name}`]?.set(row, t * row.length)
    }
    state = Object.fromEntries(
      Object.keys(carried).map((name) => [`carried/${name}`, out[name]?.data ?? new Float64Array(0)]),
    )
    for (let b = 0; b < batch; b++)
      for (let v = 0; v < model.symbols; v++)
        logits[(b * time + t) * model.symbols + v] = at(out['logits']?.data ?? [], b * model.symbols + v)
  }
  prepared.release()
  return logits
}
