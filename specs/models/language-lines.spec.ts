/** Drawing images row by row: the tokens of the steps for the same key, their probabilities, prefixes, and rows cut short. */
import { describe, expect, it } from 'vitest'
import type { Executor } from '../../lib/executor.ts'
import { key } from '../../lib/key.ts'
import { at } from '../../lib/at.ts'
import type { Autoregressive, Parameters } from '../../lib/models/autoregressive.ts'
import { languageRuntime } from '../../lib/models/language-runtime.ts'
import { gatedPixelCnn, pixelCnn } from '../../lib/models/pixelcnn.ts'
import { openOnnx } from '../../lib/onnx.ts'
import { reference } from '../../lib/reference.ts'
import { webGpuExecutor } from '../../lib/webgpu.ts'
import { describeOnDevice } from '../adapter.ts'
import { right, run } from '../either.ts'

const image = { height: 3, width: 3, channels: 1, levels: 4 }
const size = { image, encoding: 'scaled', features: 4, layers: 2, head: 6 } as const

const models: readonly (readonly [string, Autoregressive])[] = [
  ['PixelCNN of 3 × 3 windows', pixelCnn({ ...size, first: 3, window: 3 })],
  ['PixelCNN of 5 × 5, then single pixels', pixelCnn({ ...size, first: 5, window: 1 })],
  ['Gated PixelCNN of 3 × 3 windows', gatedPixelCnn({ ...size, first: 3, window: 3 })],
  ['Gated PixelCNN of 7 × 7, then 5 × 5', gatedPixelCnn({ ...size, encoding: 'one-hot', first: 7, window: 5 })],
  ['PixelCNN of 1 100 levels', pixelCnn({ ...size, image: { ...image, levels: 1100 }, first: 3, window: 3 })],
  ['Gated PixelCNN of a single pixel at first', gatedPixelCnn({ ...size, first: 1, window: 3 })],
]

/** Fresh weights, with biases moved from zero. */
const parametersOf = (model: Autoregressive): Parameters =>
  Object.fromEntries(
    Object.entries(model.initialise(key(1))).map(([name, data], i) => [
      name,
      data.map((w, j) => 1.5 * w + 0.3 * Math.sin(i + 3 * j)),
    ]),
  )

/** The model without its lines. */
const stepped = (model: Autoregressive): Autoregressive => {
  const { lines: _lines, ...others } = model
  return others
}

const drawsTheSame = (executorOf: () => Executor, some: typeof models = models): void => {
  it.each(some)('%s', async (_name, model) => {
    const parameters = parametersOf(model)
    const own = languageRuntime(executorOf(), model, { batch: 4 })
    const oracle = languageRuntime(reference, stepped(model), { batch: 4 })
    const prefix = { tokens: Int32Array.from({ length: 24 }, (_, i) => (7 * i) % 4), count: 6, time: 4 }
    const options = { key: key(3), count: 6, length: 9 }
    for (const wanted of [
      options,
      { ...options, length: 5, decoding: { temperature: 0.7, topK: 3 } },
      { ...options, prefix },
    ]) {
      const [got, expected] = [await run(own.sample(parameters, wanted)), await run(oracle.sample(parameters, wanted))]
      expect([...got.tokens]).toEqual([...expected.tokens])
      const scores = await run(oracle.score(parameters, got, 'prefix' in wanted ? prefix.time : 0))
      got.logProbability.forEach((l, r) => {
        expect(Math.abs(l - at(scores, r))).toBeLessThan(1e-4)
      })
    }
    own.release()
    oracle.release()
  })
}

describe('drawing by lines has the tokens and log-probabilities of drawing by steps', () => {
  describe('on the reference', () => drawsTheSame(() => reference))
  it('is what these models offer, and colour images do not', () => {
    for (const [, model] of models) expect(model.lines?.length).toBe(3)
    const colour = { ...image, channels: 3 }
    expect(pixelCnn({ ...size, image: colour, features: 6, first: 3, window: 3 }).lines).toBeUndefined()
  })
})

const onnx = right(await openOnnx({ threads: 1 })())

describe('drawing by lines on ONNX Runtime', () => drawsTheSame(() => onnx))

await describeOnDevice('drawing by lines on WebGPU', (device) =>
  drawsTheSame(() => webGpuExecutor()(device), [...models.slice(0, 1), ...models.slice(2, 3)]),
)
