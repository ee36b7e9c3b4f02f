/** Layer normalisation on a WebGPU against the reference, also with more rows than one invocation sums. */
import { axis } from '../../lib/axis.ts'
import { gradient } from '../../lib/grad.ts'
import { fold, key, uniforms } from '../../lib/key.ts'
import { layerNorm } from '../../lib/ops/layer-norm.ts'
import { input } from '../../lib/ops/layout.ts'
import { multiply } from '../../lib/ops/pointwise.ts'
import { sumOver } from '../../lib/ops/reduce.ts'
import { type Comparison, type Fed, farFromReference, type Suite } from '../webgpu/operation-comparisons.ts'

const noise = (seed: number, n: number): Float64Array =>
  Float64Array.from(uniforms(fold(key(82), seed), n), (u) => Math.fround(2 * u - 1))

const programOf = (rows: number, size: number): Fed => {
  const [row, model] = [axis('row', rows), axis('model', size)]
  const [x, weights] = [input('x', row, model), input('weights', row, model)]
  const [gain, bias] = [input('gain', model), input('bias', model)]
  const y = layerNorm(model)(x, gain, bias)
  const slopes = gradient(sumOver(row, model)(multiply(y, weights)), { x, gain, bias })
  const feeds = { x: noise(1, rows * size), weights: noise(2, rows * size), gain: noise(3, size), bias: noise(4, size) }
  return { named: { y, ...slopes }, feeds }
}

const sizes: readonly (readonly [rows: number, size: number])[] = [
  [200, 70],
  [65, 1],
  [3, 1000],
]

const sized = ([rows, size]: readonly [number, number]): Comparison => ({
  title: `T32: ${rows} rows of ${size}`,
  complaints: farFromReference(programOf(rows, size), { tolerance: 1e-5, least: 1 }),
})

/** Layer normalisation and its gradient. */
export const layerNormSuite: Suite = {
  title: 'layer normalisation',
  names: ['layer_norm', 'layer_norm_backward'],
  trials: { cases: 3 },
  more: sizes.map(sized),
}
