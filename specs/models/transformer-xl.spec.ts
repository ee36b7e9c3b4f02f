/** Transformer-XL against PyTorch over two segments, its memory, masks and caches, and failures. */
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import type { NamedArrays } from '../../lib/codec/array.ts'
import type { Executor } from '../../lib/executor.ts'
import type { Expr } from '../../lib/expr.ts'
import { vjpOf } from '../../lib/ops/pull-back.ts'
import { key } from '../../lib/key.ts'
import { at } from '../../lib/at.ts'
import { type Parameters, keepAll } from '../../lib/models/autoregressive.ts'
import { parameterInputs, prefixed } from '../../lib/models/parameters.ts'
import { type TransformerXlSize, transformerXl } from '../../lib/models/transformer-xl.ts'
import { openOnnx } from '../../lib/onnx.ts'
import { gather } from '../../lib/ops/gather.ts'
import { input, inputOf } from '../../lib/ops/layout.ts'
import { constant, scale } from '../../lib/ops/pointwise.ts'
import { logSoftmax, sumOver } from '../../lib/ops/reduce.ts'
import { slice } from '../../lib/ops/slice.ts'
import { select } from '../../lib/ops/slice.ts'
import { sumToAxes } from '../../lib/ops/rules.ts'
import { reference } from '../../lib/reference.ts'
import { run } from '../either.ts'
import { thrown } from '../thrown.ts'
import { steppedLogits } from '../../lib/laws/stepping.ts'
import { type Comparison, above, parameterFeeds, relative, torchErrors, torchFixture, valuesOn } from './torch.ts'

const onnx = await run(openOnnx({ threads: 1 }))
// The bounds of transformer.spec.ts: rounding of the fixture to f32, and computation in f32.
const executors: readonly (readonly [string, Executor, number])[] = [
  ['the reference', reference, 1e-6],
  ['ONNX Runtime', onnx, 1e-4],
]

const torch = torchFixture('transformer-xl')
const [BATCH, TIME, FIRST] = [2, 9, 5]
const size: TransformerXlSize = {
  symbols: torch.size('symbols'),
  model: torch.size('model'),
  heads: torch.size('heads'),
  layers: torch.size('layers'),
  feedForward: torch.size('feed'),
  memory: torch.size('memory'),
  context: TIME,
  begin: torch.size('begin'),
}
const model = transformerXl(size)

/** Rows [from, from + rows) of a matrix with `columns` columns, transposed. */
const turned = (data: ArrayLike<number>, rows: number, columns: number, from = 0): readonly number[] =>
  Array.from({ length: rows * columns }, (_, i) => at(data, (from + (i % rows)) * columns + Math.floor(i / rows)))

const fromTorch = (arrays: NamedArrays): Parameters => {
  const values = (name: string) => Float32Array.from(arrays[name]?.data ?? [])
  const { model: m, feedForward: f } = size
  const layer = (l: number): Parameters => {
    const [theirs, ours] = [`layers.${l}`, `layer${l}`]
    const turn = (name: string, rows: number, columns: number, from = 0) =>
      turned(values(`${theirs}.${name}.weight`), rows, columns, from)
    return {
      [`${ours}.attention.input.weight`]: Float32Array.from([0, 1, 2].flatMap((p) => turn('qkv_net', m, m, p * m))),
      [`${ours}.attention.relative.weight`]: Float32Array.from(turn('r_net', m, m)),
      [`${ours}.attention.output.weight`]: Float32Array.from(turn('o_net', m, m)),
      [`${ours}.attention.norm.gain`]: values(`${theirs}.norm_1.weight`),
      [`${ours}.attention.norm.bias`]: values(`${theirs}.norm_1.bias`),
      [`${ours}.feed.norm.gain`]: values(`${theirs}.norm_2.weight`),
      [`${ours}.feed.norm.bias`]: values(`${theirs}.norm_2.bias`),
      [`${ours}.feed.input.weight`]: Float32Array.from(turn('core_1', f, m)),
      [`${ours}.feed.input.bias`]: values(`${theirs}.core_1.bias`),
      [`${ours}.feed.output.weight`]: Float32Array.from(turn('core_2', m, f)),
      [`${ours}.feed.output.bias`]: values(`${theirs}.core_2.bias`),
    }
  }
  return {
    'embedding.token': values('table'),
    'relative.content': values('u'),
    'relative.position': values('v'),
    ...layer(0),
    ...layer(1),
  }
}

const batch = axis('batch', BATCH)
const time = axis('time', TIME)
const later = axis('time', TIME - FIRST)
const tokens = inputOf('i32')('tokens', batch, time)
const rows = Int32Array.from(torch.given('tokens').data)
const fixed = fromTorch(torch.weights)

/** Two segments of one row: the second sees the memory of the first. */
const inSegments = (parameters: Readonly<Record<string, Expr>>) => {
  const first = model.segment(parameters, { tokens: slice(time, 0, FIRST)(tokens) })
  const second = model.segment(parameters, {
    tokens: slice(time, FIRST, TIME - FIRST)(tokens),
    previous: select(time, FIRST - 1)(tokens),
    memory: first.memory,
  })
  return { first, second }
}

const comparison: Comparison = {
  parameters: fixed,
  gradients: fromTorch(torch.gradients),
  axes: model.parameters,
  feeds: { tokens: rows },
  make: (parameters) => {
    const { first, second } = inSegments(parameters)
    const symbol = axis('symbol', size.symbols)
    const chosen = gather(symbol)(logSoftmax(symbol)(second.logits), slice(time, FIRST, later.size)(tokens))
    return {
      first: first.logits,
      logits: second.logits,
      loss: scale(-1 / (BATCH * later.size))(sumOver(batch, later)(chosen)),
      memory0: second.memory['layer0'] ?? constant(0),
      memory1: second.memory['layer1'] ?? constant(0),
    }
  },
}

describe('against PyTorch', () => {
  for (const [name, executor, bound] of executors)
    it(`the same logits of two segments, memories, loss and gradients on ${name}`, async () => {
      expect(above(bound, await torchErrors(executor, torch, comparison))).toEqual({})
    })
})

describe('the memory', () => {
  const inputs = parameterInputs(model.parameters)

  it('has the listed axes, and grows up to its size', () => {
    const { first, second } = inSegments(inputs)
    const axes = (x: Expr | undefined) => x?.types[0]?.axes
    expect(axes(first.memory['layer1'])).toEqual(model.memory(BATCH)['layer1'])
    expect(axes(second.memory['layer0'])).toEqual([batch, axis('time', 4), axis('model', 12)])
    const short = model.segment(inputs, { tokens: slice(time, 0, 2)(tokens) })
    expect(axes(short.memory['layer0'])).toEqual([batch, axis('time', 2), axis('model', 12)])
  })

  it('reaches further than a segment: an earlier token changes a later segment', async () => {
    const { second } = inSegments(inputs)
    const value = async (row: Int32Array) =>
      (await valuesOn(reference, { logits: second.logits }, { ...parameterFeeds(fixed), tokens: row }))('logits')
    const [before, after] = [await value(rows), await value(rows.map((x, i) => (i % TIME === 2 ? (x + 1) % 9 : x)))]
    expect(relative(before, after)).toBeGreaterThan(1e-3)
  })

  it('passes no gradient', () => {
    const axes = model.memory(BATCH)
    const memory = Object.fromEntries(
      Object.entries(axes).map(([name, own]) => [name, input(`memory/${name}`, ...own)]),
    )
    const { logits } = model.segment(inputs, { tokens, memory })
    const slopes = vjpOf([sumToAxes([])(logits)], [constant(1)], Object.values(memory))
    expect(slopes).toEqual([undefined, undefined])
  })

  it('that is long enough makes segments one row', async () => {
    const long = transformerXl({ ...size, memory: TIME })
    const first = long.segment(inputs, { tokens: slice(time, 0, FIRST)(tokens) })
    const second = long.segment(inputs, {
      tokens: slice(time, FIRST, later.size)(tokens),
      previous: select(time, FIRST - 1)(tokens),
      memory: first.memory,
    })
    const whole = slice(time, FIRST, later.size)(long.forward(inputs, tokens, keepAll).logits)
    const value = await valuesOn(
      reference,
      { pieces: second.logits, whole },
      { ...parameterFeeds(fixed), tokens: rows },
    )
    // f64: the same sums in another order.
    expect(relative(value('pieces'), value('whole'))).toBeLessThan(1e-12)
  })
})

describe('as an autoregressive model', () => {
  const { logits } = model.forward(parameterInputs(model.parameters), tokens, keepAll)

  for (const [name, executor, bound] of executors)
    it(`gives the same logits step by step on ${name}`, async () => {
      const whole = await valuesOn(executor, { logits }, { ...parameterFeeds(fixed), tokens: rows })
      const stepped = await steppedLogits(executor, model, parameterFeeds(fixed), {
        tokens: rows,
        batch: BATCH,
        time: TIME,
      })
      expect(relative(stepped, whole('logits'))).toBeLessThan(name === 'the reference' ? 1e-12 : bound * 0.1)
    })

  it('shows no later token to an earlier logit, to the bit', async () => {
    const value = async (row: Int32Array) =>
      (await valuesOn(reference, { logits }, { ...parameterFeeds(fixed), tokens: row }))('logits')
    const [before, after] = [await value(rows), await value(rows.map((x, i) => (i % TIME === 4 ? (x + 1) % 9 : x)))]
    const places = Array.from(before, (x, i) => (Object.is(x, after[i]) ? TIME : Math.floor(i / 9) % TIME))
    expect(Math.min(...places)).toBe(5)
  })

  it('starts with normal weights of deviation 0.02 from the key', () => {
    const parameters = transformerXl({ ...size, symbols: 500, model: 48, begin: 500 }).initialise(key(1))
    const table = parameters['embedding.token'] ?? new Float32Array(1)
    const deviation = Math.sqrt(table.reduce((total, w) => total + w * w, 0) / table.length)
    // 24 048 draws: the standard error of a deviation is 0.46 % of it.
    expect(Math.abs(deviation / 0.02 - 1)).toBeLessThan(0.025)
  })

  it('refuses impossible sizes and rows past its context', () => {
    expect(thrown(() => transformerXl({ ...size, heads: 5 }))?.what).toContain('not a multiple of heads (5)')
    const short = transformerXl({ ...size, context: 4 })
    expect(thrown(() => short.forward(parameterInputs(short.parameters), tokens, keepAll))?.what).toContain('rows of 9')
    expect(prefixed('a', {})).toEqual({})
  })
})
