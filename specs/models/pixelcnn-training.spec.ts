/** A Gated PixelCNN learns on ONNX Runtime through a training program, and is sampled from its caches. */
import { expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import type { Scalar } from '../../lib/expr.ts'
import { fold, key, words } from '../../lib/key.ts'
import { at } from '../../lib/at.ts'
import { keepAll } from '../../lib/models/autoregressive.ts'
import { languageRuntime } from '../../lib/models/language-runtime.ts'
import { parameterInputs } from '../../lib/models/parameters.ts'
import { gatedPixelCnn } from '../../lib/models/pixelcnn.ts'
import { openOnnx } from '../../lib/onnx.ts'
import { adam } from '../../lib/optimise/parts.ts'
import { trainingProgram } from '../../lib/optimise/training.ts'
import { gather } from '../../lib/ops/gather.ts'
import { inputOf } from '../../lib/ops/layout.ts'
import { negate, scale } from '../../lib/ops/pointwise.ts'
import { logSoftmax, sumOver } from '../../lib/ops/reduce.ts'
import { right } from '../either.ts'

const image = { height: 5, width: 6, channels: 1, levels: 2 }
const model = gatedPixelCnn({ image, encoding: 'scaled', features: 8, layers: 3, first: 3, window: 3, head: 8 })
const [batch, time, symbol] = [axis('batch', 16), axis('time', model.context), axis('symbol', 2)]

/** Images of four kinds, of which the first row tells one: 2 bits in 30 pixels. */
const stripes = (seed: number): Int32Array => {
  const kinds = words(key(seed), batch.size)
  return Int32Array.from({ length: batch.size * time.size }, (_, i) => {
    const [kind, pixel] = [at(kinds, Math.floor(i / time.size)) % 4, i % time.size]
    const [row, column] = [Math.floor(pixel / image.width), pixel % image.width]
    return ((kind < 2 ? column : row) + kind) % 2
  })
}

it('trains to a third of the bits of a uniform model, and scores what it draws as it drew it', async () => {
  const executor = right(await openOnnx({ threads: 1 })())
  const parameters = parameterInputs(model.parameters)
  const tokens = inputOf('i32')('tokens', batch, time)
  const logs = gather(symbol)(logSoftmax(symbol)(model.forward(parameters, tokens, keepAll).logits), tokens)
  const loss: Scalar = negate(scale(1 / (batch.size * time.size))(sumOver(batch, time)(logs)))
  const training = right(await executor.prepare(trainingProgram({ parameters, loss, optimiser: adam(0.01) }))())
  right(await training.writeState(model.initialise(key(1)))())
  for (let s = 0; s < 40; s++) right(await training.run({ tokens: stripes(s) }, [])())
  const last = right(await training.run({ tokens: stripes(99) }, ['loss'])())['loss']
  expect(at(last?.data ?? [], 0) / Math.LN2).toBeLessThan(1 / 3)
  const state = right(await training.readState()())
  const trained = Object.fromEntries(
    Object.keys(model.parameters).map((name) => [name, Float32Array.from(state[name]?.data ?? [], Number)]),
  )
  const runtime = languageRuntime(executor, model, { batch: 16 })
  const drawn = right(await runtime.sample(trained, { key: fold(key(2), 0), count: 20, length: model.context })())
  const scores = right(await runtime.score(trained, drawn)())
  for (let r = 0; r < 20; r++) expect(Math.abs(at(scores, r) - at(drawn.logProbability, r))).toBeLessThan(1e-4)
  runtime.release()
  training.release()
})
