/** Every autoregressive model of `exptilt earm lm|image` read from embeddings: its two halves, and Langevin steps over them. */
import { describe, expect, it } from 'vitest'
import { axis } from '../../../lib/axis.ts'
import { type Executor, type Feeds, feedsOf, inputName } from '../../../lib/executor.ts'
import { type Expr, axesOf } from '../../../lib/expr.ts'
import { key, uniforms } from '../../../lib/key.ts'
import { at } from '../../../lib/at.ts'
import { keepAll } from '../../../lib/models/autoregressive.ts'
import type { EmbeddedModel } from '../../../lib/models/embedded.ts'
import { parameterInputs } from '../../../lib/models/parameters.ts'
import { gatedPixelCnn, pixelCnn } from '../../../lib/models/pixelcnn.ts'
import { embeddedTransformer } from '../../../lib/models/transformer-embedded.ts'
import { transformerXl } from '../../../lib/models/transformer-xl.ts'
import { openOnnx } from '../../../lib/onnx.ts'
import { input, inputOf } from '../../../lib/ops/layout.ts'
import { constant } from '../../../lib/ops/pointwise.ts'
import { adam } from '../../../lib/optimise/index.ts'
import { evaluateOn, outputs } from '../../../lib/program.ts'
import { reference } from '../../../lib/reference.ts'
import { embeddingEnergies, langevinStep } from '../../../lib/systems/e-arm/langevin.ts'
import { tokenRows } from '../../../lib/systems/e-arm/row-kinds.ts'
import { isEmbedded, updateKinds } from '../../../lib/systems/e-arm/update-kinds.ts'
import { paperOptions } from '../../../lib/systems/e-arm/options.ts'
import { webGpuExecutor } from '../../../lib/webgpu.ts'
import { describeOnDevice } from '../../adapter.ts'
import { right, run } from '../../either.ts'
import { smallTransformer } from '../../models/small-transformer.ts'
import { typed } from '../../../lib/typed.ts'
import { broadcast } from '../../../lib/ops/reduce.ts'

const grey = { height: 3, width: 4, channels: 1, levels: 3 }
const colour = { height: 2, width: 2, channels: 3, levels: 4 }
const net = (channels: number) => ({ features: 2 * channels, layers: 2, first: 3, window: 3, head: 2 * channels })
const xl = {
  symbols: 5,
  model: 8,
  heads: 2,
  layers: 2,
  feedForward: 12,
  context: 6,
  memory: 6,
  begin: 5,
  deviation: 0.3,
}

const models: readonly (readonly [string, EmbeddedModel])[] = [
  ['the transformer', embeddedTransformer(smallTransformer)],
  ['Transformer-XL', transformerXl(xl)],
  ['PixelCNN, levels as numbers', pixelCnn({ image: grey, encoding: 'scaled', ...net(1) })],
  ['PixelCNN, levels embedded, three channels', pixelCnn({ image: colour, encoding: { embedding: 2 }, ...net(3) })],
  ['Gated PixelCNN, levels one-hot', gatedPixelCnn({ image: grey, encoding: 'one-hot', ...net(1) })],
  ['Gated PixelCNN, three channels', gatedPixelCnn({ image: colour, encoding: 'scaled', ...net(3) })],
]

const ROWS = 2
const STEP = 0.25

/** Everything that is asked of a model on rows of `time` tokens, and values for its inputs, biases moved from zero. */
const asked = (model: EmbeddedModel, time: number) => {
  const [batch, along] = [axis('batch', ROWS), axis('time', time)]
  const parameters = parameterInputs(model.parameters)
  const tokens = inputOf('i32')('tokens', batch, along)
  const embedded = model.embed(parameters, tokens)
  const like = typed('batch', 'time', 'model')
  const [from, added] = [like(input('h', ...axesOf(embedded))), like(input('noise', ...axesOf(embedded)))]
  const mask = broadcast(batch, along)(constant(1))
  const values = model.initialise(key(1))
  const feeds: Feeds = {
    ...Object.fromEntries(
      Object.entries(values).map(([name, v], i) => [
        `parameter/${name}`,
        Float64Array.from(v, (x, j) => x + 0.2 * Math.sin(i + 3 * j)),
      ]),
    ),
    tokens: Int32Array.from(uniforms(key(2), ROWS * time), (u) => Math.floor(u * model.symbols)),
  }
  return {
    size: axesOf(embedded).reduce((n, a) => n * a.size, 1),
    feeds,
    embedded,
    forward: model.forward(parameters, tokens, keepAll).logits,
    halves: model.fromEmbeddings(parameters, embedded, keepAll),
    energy: embeddingEnergies(model, parameters, from, mask),
    next: langevinStep(model, STEP)(parameters, from, mask, added),
  }
}

/** Values of expressions on an executor; of the feeds each takes those that it reads. */
const valuesOn = async (executor: Executor, named: Readonly<Record<string, Expr>>, feeds: Feeds) => {
  const wanted = outputs(named)
  const names = new Set(feedsOf(wanted).map(inputName))
  const own = Object.fromEntries(Object.entries(feeds).filter(([name]) => names.has(name)))
  const out = await run(evaluateOn(executor)(named, own))
  return Object.fromEntries(Object.keys(named).map((name) => [name, Float64Array.from(out[name]?.data ?? [])]))
}

const total = (xs: ArrayLike<number>): number => Array.from(xs).reduce((a, b) => a + b, 0)

const none = new Float64Array(0)

describe.each(models)('%s read from embeddings', (_name, model) => {
  it('gives the logits of its tokens, exactly, for whole rows and for their beginnings', async () => {
    for (const time of [model.context, model.context - 1]) {
      const { forward, halves, feeds } = asked(model, time)
      const found = await valuesOn(reference, { forward, halves }, feeds)
      expect(found['halves']).toEqual(found['forward'])
      expect(found['halves']?.length).toBe(ROWS * time * model.symbols)
    }
  })

  it('moves by h − (s²/2)·∂E/∂h + s·noise, with ∂E/∂h by central differences', async () => {
    const { embedded, energy, next, feeds, size } = asked(model, model.context)
    const h = (await valuesOn(reference, { embedded }, feeds))['embedded'] ?? none
    const noise = Float64Array.from({ length: size }, (_, i) => Math.sin(i))
    const moved = (await valuesOn(reference, { next }, { ...feeds, h, noise }))['next'] ?? none
    const energyAt = async (i: number, by: number): Promise<number> =>
      total(
        (await valuesOn(reference, { energy }, { ...feeds, h: h.map((v, j) => (j === i ? v + by : v)) }))['energy'] ??
          none,
      )
    for (const i of [0, Math.floor(size / 3), size - 2]) {
      const slope = ((await energyAt(i, 1e-5)) - (await energyAt(i, -1e-5))) / 2e-5
      expect(at(moved, i)).toBeCloseTo(at(h, i) - (STEP ** 2 / 2) * slope + STEP * at(noise, i), 7)
    }
  })

  it('has a lower energy after a small step without noise', async () => {
    const { embedded, energy, next, feeds, size } = asked(model, model.context)
    const h = (await valuesOn(reference, { embedded }, feeds))['embedded'] ?? none
    const before = total((await valuesOn(reference, { energy }, { ...feeds, h }))['energy'] ?? none)
    const moved = (await valuesOn(reference, { next }, { ...feeds, h, noise: new Float64Array(size) }))['next'] ?? none
    expect(moved).not.toEqual(h)
    expect(total((await valuesOn(reference, { energy }, { ...feeds, h: moved }))['energy'] ?? none)).toBeLessThan(
      before,
    )
  })

  it('is one of the models that Table 11 times Langevin dynamics for', () => {
    expect(isEmbedded(model)).toBe(true)
  })
})

/** The step of the reference on an executor in f32: sums of at most some hundred terms of size 1 to 10. */
const agrees = (executor: () => Executor, some: typeof models): void => {
  it.each(some)('a Langevin step of %s is the reference’s', async (_name, model) => {
    const { embedded, next, feeds, size } = asked(model, model.context)
    const h = (await valuesOn(reference, { embedded }, feeds))['embedded'] ?? none
    const all = { ...feeds, h, noise: Float64Array.from({ length: size }, (_, i) => Math.sin(i)) }
    const [exact, own] = [await valuesOn(reference, { next }, all), await valuesOn(executor(), { next }, all)]
    const gaps = Array.from(own['next'] ?? [], (x, i) => Math.abs(x - at(exact['next'] ?? [], i)))
    expect(gaps.length).toBe(size)
    expect(Math.max(...gaps)).toBeLessThan(1e-4)
  })
}

const onnx = right(await openOnnx({ threads: 1 })())

describe('on ONNX Runtime', () => {
  agrees(() => onnx, models)

  it.each([
    ['Transformer-XL', models[1]?.[1]],
    ['Gated PixelCNN', models[4]?.[1]],
  ])('Table 11 times Langevin negatives of %s', async (_name, model) => {
    if (model === undefined) expect.fail('no such model')
    const timed = await run(
      updateKinds(onnx, tokenRows(model), tokenRows(model), {
        options: { ...paperOptions, startEpoch: 0, length: model.context },
        batch: ROWS,
        time: model.context,
        optimiser: adam(1e-3),
        dropout: 0,
        feeds: { tokens: new Int32Array(ROWS * model.context) },
        parameters: model.initialise(key(1)),
        key: key(2),
        chains: [2],
      }),
    )
    const chain = timed.kinds.find(({ name }) => name === 'SGLD 2')
    expect(chain).toBeDefined()
    if (chain !== undefined) await run(chain.update(0))
    timed.release()
  })
})

await describeOnDevice('on WebGPU', (device) => {
  agrees(() => webGpuExecutor()(device), [...models.slice(1, 2), ...models.slice(3, 5)])
})
