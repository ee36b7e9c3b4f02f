/** RALM: logits are sums, the base is frozen, caches of both, and failures. */
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import { vjpOf } from '../../lib/ops/pull-back.ts'
import { key } from '../../lib/key.ts'
import { at } from '../../lib/at.ts'
import { type Parameters, keepAll } from '../../lib/models/autoregressive.ts'
import { parameterInputs, prefixed, under } from '../../lib/models/parameters.ts'
import { ralm } from '../../lib/models/residual-lm.ts'
import { transformer } from '../../lib/models/transformer.ts'
import { type TransformerXlSize, transformerXl } from '../../lib/models/transformer-xl.ts'
import { openOnnx } from '../../lib/onnx.ts'
import { inputOf } from '../../lib/ops/layout.ts'
import { constant } from '../../lib/ops/pointwise.ts'
import { sumToAxes } from '../../lib/ops/rules.ts'
import { reference } from '../../lib/reference.ts'
import { run } from '../either.ts'
import { thrown } from '../thrown.ts'
import { smallTransformer } from './small-transformer.ts'
import { steppedLogits } from '../../lib/laws/stepping.ts'
import { parameterFeeds, relative, valuesOn } from './torch.ts'

const size = { ...smallTransformer, layers: 1 }
const { positions: _p, norm: _n, activation: _a, tied: _t, ...common } = size
const xl: TransformerXlSize = { ...common, memory: 4, context: 8 }
const [base, residual] = [transformer(size), transformerXl(xl)]
const joint = ralm(base, residual)
const [BATCH, TIME] = [2, 5]
const tokens = inputOf('i32')('tokens', axis('batch', BATCH), axis('time', TIME))
const rows = Int32Array.of(1, 2, 3, 4, 0, 4, 4, 2, 1, 0)
const inputs = parameterInputs(joint.parameters)
const wide: Parameters = Object.fromEntries(
  Object.entries(joint.initialise(key(1))).map(([name, x]) => [name, name.endsWith('gain') ? x : x.map((w) => 10 * w)]),
)
const feeds = parameterFeeds(wide)

describe('a residual language model', () => {
  it('has the sum of both logits, and both parameters, symbols and the shorter context', async () => {
    const parts = {
      joint: joint.forward(inputs, tokens, keepAll).logits,
      base: base.forward(under('base/', inputs), tokens, keepAll).logits,
      residual: residual.forward(under('residual/', inputs), tokens, keepAll).logits,
    }
    const value = await valuesOn(reference, parts, { ...feeds, tokens: rows })
    expect(Array.from(value('joint'))).toEqual(Array.from(value('base'), (x, i) => x + at(value('residual'), i)))
    expect(joint.parameters).toEqual({
      ...prefixed('base/', base.parameters),
      ...prefixed('residual/', residual.parameters),
    })
    expect([joint.symbols, joint.context]).toEqual([5, 6])
  })

  it('passes gradients to the residual network alone', () => {
    const total = sumToAxes([])(joint.forward(inputs, tokens, keepAll).logits)
    const names = Object.keys(joint.parameters)
    const slopes = vjpOf(
      [total],
      [constant(1)],
      names.flatMap((name) => inputs[name] ?? []),
    )
    expect(names.filter((_, i) => slopes[i] !== undefined)).toEqual(
      names.filter((name) => name.startsWith('residual/')),
    )
  })

  it('gives the same logits step by step', async () => {
    const { logits } = joint.forward(inputs, tokens, keepAll)
    const onnx = await run(openOnnx({ threads: 1 }))
    // f64: the same sums; f32: sums of a few dozen terms in another order.
    for (const [executor, bound] of [
      [reference, 1e-12],
      [onnx, 1e-5],
    ] as const) {
      const whole = await valuesOn(executor, { logits }, { ...feeds, tokens: rows })
      const stepped = await steppedLogits(executor, joint, feeds, { tokens: rows, batch: BATCH, time: TIME })
      expect(relative(stepped, whole('logits'))).toBeLessThan(bound)
    }
  })

  it('starts both parts from keys of their own', () => {
    const twins = ralm(base, base).initialise(key(2))
    expect(twins['base/embedding.token']).not.toEqual(twins['residual/embedding.token'])
  })

  it('needs the same symbols on both sides', () => {
    expect(thrown(() => ralm(base, transformerXl({ ...xl, symbols: 6 })))?.what).toBe(
      'the base model has 5 symbols and the residual network 6',
    )
  })
})
