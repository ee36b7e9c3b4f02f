/** PixelCNN and Gated PixelCNN against PyTorch's dense masked convolutions on the same weights (fixtures/models/pixelcnn.py). */
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import type { Scalar } from '../../lib/expr.ts'
import { keepAll } from '../../lib/models/autoregressive.ts'
import { gatedPixelCnn, pixelCnn } from '../../lib/models/pixelcnn.ts'
import type { PixelCnnSize } from '../../lib/models/pixelcnn-size.ts'
import { openOnnx } from '../../lib/onnx.ts'
import { gather } from '../../lib/ops/gather.ts'
import { inputOf } from '../../lib/ops/layout.ts'
import { negate, scale } from '../../lib/ops/pointwise.ts'
import { logSoftmax, sumOver } from '../../lib/ops/reduce.ts'
import { reference } from '../../lib/reference.ts'
import { right } from '../either.ts'
import { above, torchErrors, torchFixture } from './torch.ts'

const grey: PixelCnnSize = {
  image: { height: 5, width: 6, channels: 1, levels: 3 },
  encoding: 'scaled',
  features: 4,
  layers: 3,
  first: 5,
  window: 3,
  head: 6,
}
const colour: PixelCnnSize = {
  ...grey,
  image: { height: 4, width: 4, channels: 3, levels: 2 },
  features: 6,
  layers: 2,
  first: 3,
}

const torch = torchFixture('pixelcnn')
const onnx = right(await openOnnx({ threads: 1 })())

const errors = (name: string, executor: typeof reference) => {
  const size = name.endsWith('grey') ? grey : colour
  const model = name.startsWith('gated') ? gatedPixelCnn(size) : pixelCnn(size)
  const { levels } = size.image
  const [batch, time, symbol] = [axis('batch', 2), axis('time', model.context), axis('symbol', levels)]
  const tokens = inputOf('i32')('tokens', batch, time)
  const of = (kind: string) =>
    Object.fromEntries(
      Object.keys(model.parameters).map((p) => [
        p,
        Float32Array.from(torch.given(`${name}/${kind}/${p}`).data, Number),
      ]),
    )
  const given = { ...torch, given: (part: string) => torch.given(`${name}/${part}`) }
  return torchErrors(executor, given, {
    parameters: of('parameter'),
    gradients: of('gradient'),
    axes: model.parameters,
    feeds: { tokens: Int32Array.from(torch.given(`${name}/tokens`).data, Number) },
    make: (parameters) => {
      const { logits } = model.forward(parameters, tokens, keepAll)
      const own = gather(symbol)(logSoftmax(symbol)(logits), tokens)
      const loss: Scalar = negate(scale(1 / (2 * time.size))(sumOver(batch, time)(own)))
      return { logits, loss }
    },
  })
}

describe.each(['pixelcnn grey', 'pixelcnn colour', 'gated grey', 'gated colour'])('%s', (name) => {
  it.each([
    ['reference', reference, 1e-6],
    ['onnx', onnx, 1e-4],
  ] as const)('forward and every gradient are PyTorch’s on %s', async (_title, executor, bound) => {
    const all = await errors(name, executor)
    expect(Object.keys(all).length).toBeGreaterThan(10)
    expect(above(bound, all)).toEqual({})
  })
})
