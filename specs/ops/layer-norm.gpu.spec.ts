/** Layer normalisation on the GPU, also with more rows than one invocation sums. */
import { expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import type { Executor } from '../../lib/executor.ts'
import { gradient } from '../../lib/grad.ts'
import { fold, key, uniforms } from '../../lib/key.ts'
import { at } from '../../lib/math.ts'
import { layerNorm } from '../../lib/ops/layer-norm.ts'
import { input } from '../../lib/ops/layout.ts'
import { multiply } from '../../lib/ops/pointwise.ts'
import { sumOver } from '../../lib/ops/reduce.ts'
import { outputs } from '../../lib/program.ts'
import { reference } from '../../lib/reference.ts'
import { right } from '../onnx/agreement.ts'
import { describeOperations } from '../webgpu/compare.ts'

const noise = (seed: number, n: number): Float64Array =>
  Float64Array.from(uniforms(fold(key(82), seed), n), (u) => Math.fround(2 * u - 1))

const run = async (executor: Executor, rows: number, size: number) => {
  const [row, model] = [axis('row', rows), axis('model', size)]
  const [x, weights] = [input('x', row, model), input('weights', row, model)]
  const [gain, bias] = [input('gain', model), input('bias', model)]
  const y = layerNorm(model)(x, gain, bias)
  const slopes = gradient(sumOver(row, model)(multiply(y, weights)), { x, gain, bias })
  const prepared = right(await executor.prepare(outputs({ y, ...slopes }))())
  const feeds = { x: noise(1, rows * size), weights: noise(2, rows * size), gain: noise(3, size), bias: noise(4, size) }
  const got = right(await prepared.run(feeds)())
  prepared.release()
  return got
}

await describeOperations('layer normalisation', ['layer_norm', 'layer_norm_backward'], { cases: 3 }, (executor) => {
  it.each([
    [200, 70],
    [65, 1],
    [3, 1000],
  ])('T32: %i rows of %i', { timeout: 60_000 }, async (rows, size) => {
    const [exact, got] = [await run(reference, rows, size), await run(executor, rows, size)]
    for (const [name, value] of Object.entries(exact)) {
      const own = Object.entries(got).find(([other]) => other === name)?.[1].data ?? []
      const most = Float64Array.from(value.data, Math.abs).reduce((m, x) => Math.max(m, x), 1)
      const far = Float64Array.from(value.data).findIndex((x, i) => !(Math.abs(x - at(own, i)) <= 1e-5 * most))
      expect(far, name).toBe(-1)
    }
  })
})
