/** The encoder–decoder transformer against PyTorch's own layers, its masks, caches and memory, and failures. */
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import type { NamedArrays } from '../../lib/codec/array.ts'
import type { Executor } from '../../lib/executor.ts'
import type { Expr } from '../../lib/expr.ts'
import { key } from '../../lib/key.ts'
import { at } from '../../lib/at.ts'
import { type Parameters, keepAll } from '../../lib/models/autoregressive.ts'
import { type EncoderDecoderSize, encoderDecoder } from '../../lib/models/encoder-decoder.ts'
import { parameterInputs, prefixed } from '../../lib/models/parameters.ts'
import { iwsltBase, wmtLarge } from '../../lib/models/table-6.ts'
import { openOnnx } from '../../lib/onnx.ts'
import { gather } from '../../lib/ops/gather.ts'
import { inputOf } from '../../lib/ops/layout.ts'
import { scale } from '../../lib/ops/pointwise.ts'
import { logSoftmax, sumOver } from '../../lib/ops/reduce.ts'
import { reference } from '../../lib/reference.ts'
import { run } from '../either.ts'
import { thrown } from '../thrown.ts'
import { steppedLogits } from '../../lib/laws/stepping.ts'
import {
  type Comparison,
  type Torch,
  above,
  parameterFeeds,
  relative,
  torchErrors,
  torchFixture,
  valuesOn,
} from './torch.ts'

const onnx = await run(openOnnx({ threads: 1 }))
// The bounds of transformer.spec.ts: rounding of the fixture to f32, and computation in f32.
const executors: readonly (readonly [string, Executor, number])[] = [
  ['the reference', reference, 1e-6],
  ['ONNX Runtime', onnx, 1e-4],
]

/** Rows [from, from + rows) of a matrix with `columns` columns, transposed. */
const turned = (data: ArrayLike<number>, rows: number, columns: number, from = 0): Float32Array =>
  Float32Array.from({ length: rows * columns }, (_, i) =>
    at(data, (from + (i % rows)) * columns + Math.floor(i / rows)),
  )

const flat = (parts: readonly Float32Array[]): Float32Array => Float32Array.from(parts.flatMap((p) => [...p]))

/** PyTorch's names of one side's layers as ours. */
const sideParameters = (arrays: NamedArrays, side: 'encoder' | 'decoder', size: EncoderDecoderSize): Parameters => {
  const values = (name: string): Float32Array => Float32Array.from(arrays[`${side}.${name}`]?.data ?? [])
  const { model } = size
  const norm = (theirs: string, ours: string): readonly [string, Float32Array][] => [
    [`${ours}.norm.gain`, values(`${theirs}.weight`)],
    [`${ours}.norm.bias`, values(`${theirs}.bias`)],
  ]
  const attention = (theirs: string, ours: string): readonly [string, Float32Array][] => [
    [
      `${ours}.input.weight`,
      flat([0, 1, 2].map((p) => turned(values(`${theirs}.in_proj_weight`), model, model, p * model))),
    ],
    [`${ours}.input.bias`, values(`${theirs}.in_proj_bias`)],
    [`${ours}.output.weight`, turned(values(`${theirs}.out_proj.weight`), model, model)],
    [`${ours}.output.bias`, values(`${theirs}.out_proj.bias`)],
  ]
  const layer = (l: number): readonly [string, Float32Array][] => {
    const [theirs, ours] = [`layers.${l}`, `layer${l}`]
    return [
      ...attention(`${theirs}.self_attn`, `${ours}.attention`),
      ...norm(`${theirs}.norm1`, `${ours}.attention`),
      ...(side === 'decoder' ? attention(`${theirs}.multihead_attn`, `${ours}.cross`) : []),
      ...(side === 'decoder' ? norm(`${theirs}.norm2`, `${ours}.cross`) : []),
      ...norm(side === 'decoder' ? `${theirs}.norm3` : `${theirs}.norm2`, `${ours}.feed`),
      [`${ours}.feed.input.weight`, turned(values(`${theirs}.linear1.weight`), size.feedForward, model)],
      [`${ours}.feed.input.bias`, values(`${theirs}.linear1.bias`)],
      [`${ours}.feed.output.weight`, turned(values(`${theirs}.linear2.weight`), model, size.feedForward)],
      [`${ours}.feed.output.bias`, values(`${theirs}.linear2.bias`)],
    ]
  }
  const final = size.norm === 'pre' ? norm('norm', 'final') : []
  return prefixed(
    `${side}/`,
    Object.fromEntries([...Array.from({ length: size.layers }, (_, l) => layer(l)).flat(), ...final]),
  )
}

const fromTorch = (arrays: NamedArrays, size: EncoderDecoderSize): Parameters => ({
  'embedding.token': Float32Array.from(arrays['table']?.data ?? []),
  ...sideParameters(arrays, 'encoder', size),
  ...sideParameters(arrays, 'decoder', size),
})

const sizeOfFixture = (torch: Torch, norm: 'pre' | 'post'): EncoderDecoderSize => ({
  source: torch.size('symbols'),
  symbols: torch.size('symbols'),
  model: torch.size('model'),
  heads: torch.size('heads'),
  layers: torch.size('layers'),
  feedForward: torch.size('feed'),
  context: torch.size('context'),
  begin: torch.size('begin'),
  norm,
  activation: 'relu',
  shared: 'all',
})

const [BATCH, SOURCE, TIME] = [3, 6, 5]
const batch = axis('batch', BATCH)
const source = inputOf('i32')('source', batch, axis('source', SOURCE))
const lengths = inputOf('i32')('lengths', batch)
const tokens = inputOf('i32')('tokens', batch, axis('time', TIME))

const comparison = (torch: Torch, size: EncoderDecoderSize): Comparison => {
  const network = encoderDecoder(size)
  const symbol = axis('symbol', size.symbols)
  const integers = (name: string) => Int32Array.from(torch.given(name).data)
  return {
    parameters: fromTorch(torch.weights, size),
    gradients: fromTorch(torch.gradients, size),
    axes: network.parameters,
    feeds: { source: integers('source'), lengths: integers('lengths'), tokens: integers('tokens') },
    make: (parameters) => {
      const memory = network.encode(parameters, source, { lengths })
      const { logits } = network.decoder(memory).forward(parameters, tokens, keepAll)
      const chosen = gather(symbol)(logSoftmax(symbol)(logits), tokens)
      return { logits, loss: scale(-1 / (BATCH * TIME))(sumOver(batch, axis('time', TIME))(chosen)) }
    },
  }
}

const fixtures = [
  ['encoder-decoder', 'post'],
  ['encoder-decoder-pre', 'pre'],
] as const

describe('against PyTorch', () => {
  for (const [fixture, norm] of fixtures)
    for (const [name, executor, bound] of executors)
      it(`the same logits, loss and gradients, ${norm}-norm, on ${name}`, async () => {
        const torch = torchFixture(fixture)
        const errors = await torchErrors(executor, torch, comparison(torch, sizeOfFixture(torch, norm)))
        expect(above(bound, errors)).toEqual({})
      })
})

const torch = torchFixture('encoder-decoder')
const size = sizeOfFixture(torch, 'post')
const network = encoderDecoder(size)
const fixed = fromTorch(torch.weights, size)
const inputs = parameterInputs(network.parameters)
const given = comparison(torch, size).feeds
const memoryOf = network.encode(inputs, source, { lengths })

/** Bits that differ, as positions on the second axis of [batch, time, …]. */
const differing = (x: ArrayLike<number>, y: ArrayLike<number>, time: number): readonly number[] => {
  const width = x.length / (BATCH * time)
  const places = Array.from(x, (a, i) => (Object.is(a, y[i]) ? -1 : Math.floor(i / width) % time))
  return [...new Set(places)].filter((t) => t >= 0).sort((a, b) => a - b)
}

describe('what the decoder sees', () => {
  const { logits } = network.decoder(memoryOf).forward(inputs, tokens, keepAll)
  const value = async (feeds: Readonly<Record<string, Int32Array>>) =>
    (await valuesOn(reference, { logits }, { ...parameterFeeds(fixed), ...given, ...feeds }))('logits')

  it('is no later target token, to the bit', async () => {
    const rows = Int32Array.from(given['tokens'] ?? [])
    const changed = rows.map((x, i) => (i % TIME === 2 ? (x + 1) % 9 : x))
    expect(differing(await value({ tokens: rows }), await value({ tokens: changed }), TIME)).toEqual([3, 4])
  })

  it('is no padding of the source, to the bit', async () => {
    const rows = Int32Array.from(given['source'] ?? [])
    const counts = given['lengths'] ?? []
    const padding = rows.map((x, i) => (i % SOURCE >= at(counts, Math.floor(i / SOURCE)) ? (x + 1) % 9 : x))
    expect(padding).not.toEqual(rows)
    expect(differing(await value({ source: rows }), await value({ source: padding }), TIME)).toEqual([])
    const real = rows.map((x, i) => (i % SOURCE === 0 ? (x + 1) % 9 : x))
    expect(differing(await value({ source: rows }), await value({ source: real }), TIME)).toEqual([0, 1, 2, 3, 4])
  })
})

describe('stepping', () => {
  const conditional = network.conditional(BATCH, SOURCE)

  it('lists the memory among its parameters, with the axes that encoding gives', () => {
    const axes = (x: Expr) => x.types[0]?.axes
    const listed = Object.fromEntries(Object.entries(memoryOf).map(([name, x]) => [name, axes(x)]))
    expect(network.memory(BATCH, SOURCE)).toEqual(listed)
    expect(conditional.parameters).toEqual({ ...network.parameters, ...prefixed('memory/', listed) })
  })

  for (const [name, executor, bound] of executors)
    it(`over a memory computed once gives the logits of a whole pass on ${name}`, async () => {
      const { tokens: rows = new Int32Array(0), ...encoded } = given
      const names = Object.keys(memoryOf)
      const once = await valuesOn(executor, memoryOf, {
        ...parameterFeeds(
          Object.fromEntries(
            Object.entries(fixed).filter(([own]) => !/^decoder.*(attention|feed|cross\.(output|norm))/.test(own)),
          ),
        ),
        ...encoded,
      })
      const memory = Object.fromEntries(names.map((own) => [own, Float32Array.from(once(own))]))
      const feeds = parameterFeeds({ ...fixed, ...prefixed('memory/', memory) })
      const read = Object.fromEntries(Object.entries(feeds).filter(([own]) => !/encoder\//.test(own)))
      const stepped = await steppedLogits(executor, conditional, read, {
        tokens: Int32Array.from(rows),
        batch: BATCH,
        time: TIME,
      })
      // f32: the memory is rounded once on the reference too.
      expect(relative(stepped, torch.given('logits').data)).toBeLessThan(Math.max(1e-5, bound * 0.1))
    })
})

describe('sizes', () => {
  it('of Table 6 are there, and count their parameters', () => {
    const count = (one: EncoderDecoderSize): number =>
      Object.values(encoderDecoder(one).parameters).reduce(
        (total, axes) => total + axes.reduce((n, a) => n * a.size, 1),
        0,
      )
    const common = { source: 10_000, symbols: 10_000, context: 256, begin: 2, shared: 'all' } as const
    // Per layer: encoder 4·m² + 2·m·f and biases and norms; decoder twice the attention.
    const expected = (m: number, f: number) => {
      const attention = 4 * m * m + 4 * m + 2 * m
      const feed = 2 * m * f + f + m + 2 * m
      return 10_000 * m + 6 * (attention + feed) + 6 * (2 * attention + feed)
    }
    expect(count({ ...iwsltBase, ...common })).toBe(expected(512, 1024))
    expect(count({ ...wmtLarge, ...common })).toBe(expected(1024, 4096))
  })

  it('that do not fit are refused by name', () => {
    expect(thrown(() => encoderDecoder({ ...size, source: 5 }))?.what).toContain(
      '5 source symbols and 9 target symbols',
    )
    expect(thrown(() => encoderDecoder({ ...size, heads: 5 }))?.what).toContain('not a multiple of heads (5)')
    const long = inputOf('i32')('source', batch, axis('source', 9))
    expect(thrown(() => network.encode(inputs, long))?.what).toContain('longer than the transformer')
  })

  it('with three tables have three', () => {
    const names = Object.keys(encoderDecoder({ ...size, source: 5, shared: 'none' }).parameters)
    expect(names.filter((name) => /embedding|output\.weight$/.test(name) && !/layer/.test(name))).toEqual([
      'encoder/embedding.token',
      'decoder/embedding.token',
      'output.weight',
    ])
    expect(encoderDecoder(size).initialise(key(1))['embedding.token']?.length).toBe(9 * 12)
  })
})
