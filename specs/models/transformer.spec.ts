/**
 * The transformer against PyTorch (forward and gradients, GPT-2 and RoBERTa form), its masks, its caches, its initial
 * parameters, and the sizes that it refuses.
 */
import { fc } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import type { Executor } from '../../lib/executor.ts'
import type { Expr } from '../../lib/expr.ts'
import { key } from '../../lib/key.ts'
import { at } from '../../lib/at.ts'
import { type Autoregressive, type Parameters, keepAll } from '../../lib/models/autoregressive.ts'
import { parameterCount, parameterInputs } from '../../lib/models/parameters.ts'
import { type TransformerSize, transformer, transformerHidden } from '../../lib/models/transformer.ts'
import { openOnnx } from '../../lib/onnx.ts'
import { inputOf } from '../../lib/ops/layout.ts'
import { reference } from '../../lib/reference.ts'
import { webGpuExecutor } from '../../lib/webgpu.ts'
import { describeOnDevice } from '../adapter.ts'
import { run } from '../either.ts'
import { thrown } from '../thrown.ts'
import { smallTransformer as small } from './small-transformer.ts'
import { steppedLogits } from '../../lib/laws/stepping.ts'
import { type Comparison, parameterFeeds, relative, torchErrors, torchFixture, valuesOn } from './torch.ts'
import { fixtureSize, gpt2Comparison, tokensOf, torchComparisons } from './transformer-torch.ts'

const onnx = await run(openOnnx({ threads: 1 }))

// The fixtures are f64 numbers rounded to f32. The reference computes in f64 on the same f32 weights, so it differs by
// that rounding alone (6e-8 of a value, a little more of a small one); ONNX Runtime and WebGPU compute in f32.
const F32 = 1e-4
const executors: readonly (readonly [string, Executor, number])[] = [
  ['the reference', reference, 1e-6],
  ['ONNX Runtime', onnx, F32],
]

const agreesWithTorch = (name: string, executor: () => Executor, bound: number): void => {
  for (const { title, above } of torchComparisons)
    it(`${title} on ${name}`, { timeout: 300_000 }, async () => expect(await above(bound, executor())).toEqual({}))
}

describe('against PyTorch', () => {
  for (const [name, executor, bound] of executors) agreesWithTorch(name, () => executor, bound)

  it('notices a wrong activation', async () => {
    const torch = torchFixture('gpt2')
    const size = fixtureSize(torch, { norm: 'pre', activation: 'relu', begin: torch.size('begin') })
    const { tokens } = tokensOf(torch)
    const model = transformer(size)
    const make: Comparison['make'] = (p) => ({ logits: model.forward(p, tokens, keepAll).logits })
    const errors = await torchErrors(reference, torch, { ...gpt2Comparison(torch), make })
    expect(errors['logits']).toBeGreaterThan(1e-2)
  })
})

const kinds: readonly (readonly [string, TransformerSize])[] = [
  ['learned positions, pre-norm', small],
  ['rotary positions, post-norm, untied', { ...small, positions: 'rotary', norm: 'post', tied: false, begin: 0 }],
  ['learned positions, post-norm, ReLU', { ...small, norm: 'post', activation: 'relu', begin: 4 }],
]

const [BATCH, TIME] = [2, 6]
const batch = axis('batch', BATCH)
const time = axis('time', TIME)
const tokens = inputOf('i32')('tokens', batch, time)

/** Initial parameters, ten times as wide. */
const wide = (model: Pick<Autoregressive, 'initialise'>, seed: number): Parameters =>
  Object.fromEntries(
    Object.entries(model.initialise(key(seed))).map(([name, data]) => [
      name,
      name.endsWith('gain') ? data : data.map((w) => 10 * w),
    ]),
  )

const rowsArbitrary = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: BATCH * TIME, maxLength: BATCH * TIME })

/** The first position at which two arrays [batch, time, …] differ in any bit. */
const firstDifference = (x: ArrayLike<number>, y: ArrayLike<number>): number => {
  const width = x.length / (BATCH * TIME)
  const different = Array.from(x, (a, i) => (Object.is(a, y[i]) ? TIME : Math.floor(i / width) % TIME))
  return Math.min(...different)
}

describe('masks', () => {
  for (const [kind, size] of kinds)
    it(`a later token changes no earlier logit, to the bit: ${kind}`, async () => {
      const model = transformer(size)
      const { logits } = model.forward(parameterInputs(model.parameters), tokens, keepAll)
      const feeds = parameterFeeds(wide(model, 1))
      const value = async (rows: readonly number[]) =>
        (await valuesOn(reference, { logits }, { ...feeds, tokens: Int32Array.from(rows) }))('logits')
      await fc.assert(
        fc.asyncProperty(rowsArbitrary, fc.nat(TIME - 2), async (rows, changed) => {
          const other = rows.map((x, i) => (i % TIME === changed ? (x + 1) % 5 : x))
          // Token t is an input of the logits after t: those up to and at t stay, and those at t + 1 do change.
          expect(firstDifference(await value(rows), await value(other))).toBe(changed + 1)
        }),
        { seed: 11, numRuns: 5 },
      )
    })

  it('an encoder does not see what lies past the length of a row, to the bit', async () => {
    const lengths = inputOf('i32')('lengths', batch)
    const model = transformer(small)
    const hidden = transformerHidden(small, 'bidirectional')(parameterInputs(model.parameters), tokens, { lengths })
    const feeds = { ...parameterFeeds(wide(model, 2)), lengths: Int32Array.of(4, 4) }
    const value = async (rows: readonly number[]) =>
      (await valuesOn(reference, { hidden }, { ...feeds, tokens: Int32Array.from(rows) }))('hidden')
    const rows = [1, 2, 3, 4, 0, 1, 4, 3, 2, 1, 0, 4]
    const padded = rows.map((x, i) => (i % TIME >= 4 ? (x + 2) % 5 : x))
    const seen = rows.map((x, i) => (i % TIME === 3 ? (x + 2) % 5 : x))
    expect(firstDifference(await value(rows), await value(padded))).toBe(4)
    expect(firstDifference(await value(rows), await value(seen))).toBe(0)
  })
})

const stepsAsWhole = (name: string, executorOf: () => Executor, bound: number): void => {
  const rows = Int32Array.of(1, 2, 3, 4, 0, 1, 4, 4, 2, 1, 0, 3)
  for (const [kind, size] of kinds)
    it(`step by step gives the logits of a whole pass on ${name}: ${kind}`, { timeout: 120_000 }, async () => {
      const [model, executor] = [transformer(size), executorOf()]
      const feeds = parameterFeeds(wide(model, 3))
      const { logits } = model.forward(parameterInputs(model.parameters), tokens, keepAll)
      const whole = await valuesOn(executor, { logits }, { ...feeds, tokens: rows })
      const stepped = await steppedLogits(executor, model, feeds, { tokens: rows, batch: BATCH, time: TIME })
      // f64 on the reference; f32 elsewhere, where sums of a few dozen terms are ordered differently.
      expect(relative(stepped, whole('logits'))).toBeLessThan(name === 'the reference' ? 1e-12 : bound * 0.1)
    })
}

await describeOnDevice('a transformer on WebGPU', (device) => {
  agreesWithTorch('WebGPU', () => webGpuExecutor()(device), F32)
  stepsAsWhole('WebGPU', () => webGpuExecutor()(device), F32)
})

describe('caches', () => {
  for (const [name, executor, bound] of executors) stepsAsWhole(name, () => executor, bound)

  it('lists as rows what the steps would append', async () => {
    const model = transformer(small)
    const forward = model.forward(parameterInputs(model.parameters), tokens, keepAll)
    const { appended, carried } = model.cache(BATCH, TIME)
    expect(Object.keys(forward.rows)).toEqual(Object.keys(appended))
    expect(Object.keys(carried)).toEqual([])
    const named = (x: Expr) => x.types[0]?.axes
    expect(Object.values(forward.rows).map(named)).toEqual(Object.values(appended))
  })
})

describe('parameters', () => {
  it('begin as in GPT-2: normal 0.02, residual projections less by √(2·layers), gains 1, biases 0', () => {
    const size: TransformerSize = { ...small, model: 64, feedForward: 256, layers: 8 }
    const parameters = transformer(size).initialise(key(5))
    const deviation = (name: string): number => {
      const data = parameters[name] ?? new Float32Array(1)
      return Math.sqrt(data.reduce((sum, w) => sum + w * w, 0) / data.length)
    }
    // 4096 draws or more: the standard error of a deviation is 1.1 % of it, and 5 % leaves 4.5 of those.
    for (const [name, expected] of [
      ['layer0.attention.input.weight', 0.02],
      ['layer3.attention.output.weight', 0.005],
      ['layer7.feed.output.weight', 0.005],
      ['layer7.feed.input.weight', 0.02],
    ] as const)
      expect(Math.abs(deviation(name) / expected - 1)).toBeLessThan(0.05)
    expect(new Set(parameters['layer1.feed.norm.gain'])).toEqual(new Set([1]))
    expect(new Set(parameters['layer1.attention.input.bias'])).toEqual(new Set([0]))
  })

  it('are as many as in GPT-2 small', () => {
    const gpt2: TransformerSize = {
      ...{ ...small, symbols: 50257, model: 768, heads: 12, layers: 12, feedForward: 3072 },
      ...{ context: 1024, begin: 50256, activation: 'gelu-tanh' },
    }
    expect(parameterCount(transformer(gpt2).parameters)).toBe(124_439_808)
  })

  it('depend on the key alone', () => {
    const model = transformer(small)
    expect(model.initialise(key(7))).toEqual(transformer({ ...small }).initialise(key(7)))
    expect(at(model.initialise(key(8))['embedding.token'] ?? [], 0)).not.toBe(
      at(model.initialise(key(7))['embedding.token'] ?? [], 0),
    )
  })
})

describe('what it refuses', () => {
  const refused = (change: Partial<TransformerSize>) => thrown(() => transformer({ ...small, ...change }))?.what

  it('names the wrong size', () => {
    expect(refused({ heads: 3 })).toBe("a transformer's model is 8, not a multiple of heads (3)")
    expect(refused({ layers: 0 })).toBe("a transformer's layers is 0, not a whole number above 0")
    expect(refused({ begin: 6 })).toContain('begin is 6')
    expect(refused({ positions: 'rotary', heads: 8 })).toContain('depth of a head is 1')
  })

  it('rows longer than the context', () => {
    const model = transformer({ ...small, context: 5 })
    const failure = thrown(() => model.forward(parameterInputs(model.parameters), tokens, keepAll))
    expect(failure?.what).toBe("rows of 6 tokens are longer than the transformer's context of 5")
  })

  it('a record without one of its parameters', () => {
    const model = transformer(small)
    const { 'layer1.feed.input.bias': _bias, ...others } = parameterInputs(model.parameters)
    expect(thrown(() => model.forward(others, tokens, keepAll))?.what).toContain("'layer1.feed.input.bias'")
  })
})
