/**
 * Steps for a model that only knows whole rows: the tokens so far are remembered, and every step computes the row again.
 */
import { axis, findAxis } from '../axis.ts'
import { axesOf } from '../expr.ts'
import { gather } from '../ops/gather.ts'
import { iota, reorder } from '../ops/layout.ts'
import { add, cast, constantOf, equal, less, where } from '../ops/pointwise.ts'
import { pad, slice } from '../ops/slice.ts'
import { type Autoregressive, keepAll, type Tokens } from './autoregressive.ts'
import { tensorOf } from './parameters.ts'

/**
 * A model without caches as one with a cache `previous` [time, batch], whose row t is the token before token t.
 *
 * @example
 * const { cache, step, ...model } = tableModel({ symbols: 3, length: 4 })
 * uncached(model).symbols // => 3
 */
export const uncached = (model: Omit<Autoregressive, 'cache' | 'step'>): Autoregressive => ({
  ...model,
  forward: (parameters, tokens, drop) => {
    const time = axis('time', findAxis('uncached', axesOf(tokens), 'time').size)
    const late: Tokens = pad(axis('time', time.size - 1), 1, 0)(slice(time, 0, time.size - 1)(tokens))
    return {
      ...model.forward(parameters, tokens, drop),
      rows: { previous: reorder(['time', 'batch'])(cast('f32')(late)) },
      carried: {},
    }
  },
  cache: (batch, time) => ({ appended: { previous: [axis('time', time), axis('batch', batch)] }, carried: {} }),
  step: (parameters, { appended, previous, position }) => {
    const rows = tensorOf(appended, 'previous', 'time', 'batch')
    const time = axis('time', findAxis('uncached', axesOf(rows), 'time').size)
    const next = pad(axis('time', time.size - 1), 0, 1)(slice(time, 1, time.size - 1)(cast('i32')(rows)))
    const now = add(iota(time), constantOf('i32', 1))
    const zero = constantOf('i32', 0)
    const tokens: Tokens = where(less(now, position), next, where(equal(now, position), previous, zero))
    const { logits } = model.forward(parameters, tokens, keepAll)
    const first = where(equal(position, zero), zero, previous)
    return { logits: gather(time)(logits, position), rows: { previous: cast('f32')(first) }, carried: {} }
  },
})
