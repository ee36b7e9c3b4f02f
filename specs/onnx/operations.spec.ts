/** Every operation, forward and backward: ONNX Runtime agrees with the f64 reference in f32. */
import { describe, expect, it } from 'vitest'
import { sizeOf } from '../../lib/axis.ts'
import { type Tensor, typeOf } from '../../lib/expr.ts'
import { gradient } from '../../lib/grad.ts'
import { fold, key, uniforms } from '../../lib/key.ts'
import { openOnnx } from '../../lib/onnx.ts'
import { literal } from '../../lib/ops/layout.ts'
import { add, constant, multiply } from '../../lib/ops/pointwise.ts'
import { sumAll } from '../../lib/ops/reduce.ts'
import { operations } from '../../lib/ops/table.ts'
import { domains, type How, realInputs, realResults, type Sample, sample, small, wild } from '../domains.ts'
import { disagreements } from './agreement.ts'
import { right } from '../either.ts'
import { anyTensor } from '../../lib/typed.ts'

const executor = right(await openOnnx({ threads: 1 })())
/** All but the placeholder of a loop's body, which only has a value inside a loop. */
const names = [...operations.keys()].filter((name) => name in domains && name !== 'argument')

const SEED = key(20_241)
const moderate: How = { ...wild, sizes: [0, 1, 2, 3, 7, 65], rank: 4, elements: 600 }

/**
 * The gates of an LSTM use the operator Sigmoid, whose error is small against 1 and not against its value, so these are
 * compared by norm; and their sums of products of the extreme values overflow f32, so they get smooth values.
 */
const loops = new Set(['lstm', 'lstm_backward', 'lstm_sample', 'lstm_score'])
const hows: readonly How[] = [small, { ...small, values: 'edge' }, moderate]

/** ⟨u, results⟩ for random u: a scalar whose gradient is the vector-Jacobian product. */
const pairing = (s: Sample, seed: number): Tensor<'1'> =>
  realResults(s).reduce((total: Tensor<'1'>, y, i) => {
    const { axes } = typeOf(y)
    const u = literal(
      Float64Array.from(uniforms(fold(key(seed), i), sizeOf(axes)), (x) => Math.fround(2 * x - 1)),
      ...axes,
    )
    return add(total, sumAll(multiply(u, anyTensor('f32')(y))))
  }, constant(0))

describe.each(names)('%s on ONNX Runtime', (name) => {
  const cases = loops.has(name) ? 3 : 8
  it.each(hows.map((how, i) => [i, how] as const))('T32: forward, sizes and values %i', async (h, how) => {
    for (let i = 0; i < cases; i++) {
      const s = sample(
        name,
        fold(fold(SEED, h), i),
        loops.has(name) ? { ...small, sizes: [1, 2, 5], elements: 60 } : how,
      )
      expect(await disagreements(executor, s.results, s.inputs, { normwise: loops.has(name) }), `case ${i}`).toEqual([])
    }
  })

  it('T32: backward', async () => {
    for (let i = 0; i < cases; i++) {
      const s = sample(name, fold(fold(SEED, 9), i), small)
      const inputs = realInputs(s)
      if (inputs.length === 0 || realResults(s).length === 0) continue
      const loss = pairing(s, i)
      const slopes = gradient(
        loss,
        Object.fromEntries(inputs.map(({ node }, j): [string, Tensor<string>] => [`x${j}`, anyTensor('f32')(node)])),
      )
      expect(
        await disagreements(executor, Object.values(slopes), s.inputs, { normwise: loops.has(name) }),
        `case ${i}`,
      ).toEqual([])
    }
  })
})
