/** Exported transformers: any batch and any length up to the context, by code that shares nothing with ours. */
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import { key, words } from '../../lib/key.ts'
import type { Autoregressive } from '../../lib/models/autoregressive.ts'
import { type EnergyHead, energyNetwork } from '../../lib/models/energy-network.ts'
import { encoderDecoder } from '../../lib/models/encoder-decoder.ts'
import { fileModel, logitsProgram, logProbabilityProgram, type RowSizes } from '../../lib/models/file-programs.ts'
import { pixelCnn } from '../../lib/models/pixelcnn.ts'
import { keepAll } from '../../lib/models/autoregressive.ts'
import { transformer, transformerHidden, type TransformerSize } from '../../lib/models/transformer.ts'
import { transformerXl } from '../../lib/models/transformer-xl.ts'
import { attention } from '../../lib/ops/attention.ts'
import { input, inputOf, reorder } from '../../lib/ops/layout.ts'
import type { Program } from '../../lib/executor.ts'
import { outputs } from '../../lib/program.ts'
import { smallTransformer } from '../models/small-transformer.ts'
import { agree, exported, refused } from './exported.ts'
import { runForeign, tokenTensor } from './foreign.ts'

const SYMBOLS = 5
const size: TransformerSize = { ...smallTransformer, symbols: SYMBOLS, feedForward: 16, context: 12, begin: 0 }
const rotary: TransformerSize = { ...size, positions: 'rotary', norm: 'post', activation: 'relu', tied: false }
const { positions: _p, norm: _n, activation: _a, tied: _t, ...bare } = size

/** The shapes [batch, time] at which a file is asked: one position, an odd length, the whole context. */
const SHAPES: readonly (readonly [number, number])[] = [
  [3, 1],
  [2, 7],
  [1, 12],
]

const rowsOf = (batch: number, time: number): Int32Array =>
  Int32Array.from(words(key(11), batch * time), (w) => w % SYMBOLS)

const inputsOf = (parameters: Autoregressive['parameters']) =>
  Object.fromEntries(Object.entries(parameters).map(([name, axes]) => [name, input(name, ...axes)]))

const tokensOf = ({ batch, time }: RowSizes) => inputOf('i32')('tokens', axis('batch', batch), axis('time', time))

/** Exports with a free batch and length, and compares with the reference at all shapes. */
const holds = async (make: (sizes: RowSizes) => Program, values: Readonly<Record<string, Float32Array>>) => {
  const file = await exported({ program: make, values, dynamic: ['batch', 'time'], limits: { time: 12 } })
  const {
    inputs,
    outputs: made,
    results,
  } = runForeign(
    file,
    SHAPES.map(([batch, time]) => ({ tokens: tokenTensor(rowsOf(batch, time), [batch, time]) })),
  )
  expect(inputs.map((i) => [i.name, i.shape])).toEqual([['tokens', ['batch', 'time']]])
  expect(made[0]?.shape[0]).toBe('batch')
  for (const [i, [batch, time]] of SHAPES.entries())
    await agree(make({ batch, time }), { tokens: rowsOf(batch, time), ...values }, results[i] ?? {})
}

describe('a file with a free batch and length', () => {
  const models: Readonly<Record<string, Autoregressive>> = {
    'learned positions, pre-norm': transformer(size),
    'rotary positions, post-norm, untied': transformer(rotary),
    'Transformer-XL': transformerXl({ ...bare, memory: 4 }),
  }
  it.each(Object.entries(models))('logits: %s', async (_name, model) => {
    await holds(logitsProgram(fileModel(model)), model.initialise(key(1)))
  })

  it('log-probability', async () => {
    const model = transformer(size)
    await holds(logProbabilityProgram(fileModel(model, 1)), model.initialise(key(2)))
  })

  it.each(['mean-linear', 'logsumexp'] satisfies EnergyHead[])(
    'energy of a bidirectional network: %s',
    async (head) => {
      const network = energyNetwork({ size, direction: 'bidirectional', head })
      const make = (s: RowSizes): Program =>
        outputs({ energy: network.energy(inputsOf(network.parameters), tokensOf(s), 0, keepAll) })
      await holds(make, network.initialise(key(3)))
    },
  )

  it('hidden states of padded rows', async () => {
    const model = transformer(size)
    const make = ({ batch, time }: RowSizes): Program => {
      const lengths = inputOf('i32')('lengths', axis('batch', batch))
      const hidden = transformerHidden(size, 'causal')(inputsOf(model.parameters), tokensOf({ batch, time }), {
        lengths,
      })
      return outputs({ hidden: reorder(['batch', 'time', 'model'])(hidden) })
    }
    const values = model.initialise(key(4))
    const file = await exported({ program: make, values, dynamic: ['batch', 'time'], limits: { time: 12 } })
    const lengths = Int32Array.of(3, 9)
    const [tokens] = [rowsOf(2, 9)]
    const { results } = runForeign(file, [{ tokens: tokenTensor(tokens, [2, 9]), lengths: tokenTensor(lengths, [2]) }])
    await agree(make({ batch: 2, time: 9 }), { tokens, lengths, ...values }, results[0] ?? {})
  })

  it('a decoder over a source of its own free length', async () => {
    const model = encoderDecoder({ ...bare, source: 6, norm: 'pre', activation: 'relu', shared: 'none' })
    const make = ({ batch, source, time }: RowSizes & { readonly source: number }): Program => {
      const parameters = inputsOf(model.parameters)
      const given = inputOf('i32')('source', axis('batch', batch), axis('source', source))
      const lengths = inputOf('i32')('lengths', axis('batch', batch))
      const decoder = model.decoder(model.encode(parameters, given, { lengths }))
      const { logits } = decoder.forward(parameters, tokensOf({ batch, time }), keepAll)
      return outputs({ logits: reorder(['batch', 'time', 'symbol'])(logits) })
    }
    const values = model.initialise(key(5))
    const limits = { source: 12, time: 12 }
    const file = await exported({ program: make, values, dynamic: ['batch', 'source', 'time'], limits })
    const shapes = [
      [1, 4, 1],
      [2, 12, 5],
      [2, 3, 12],
    ] as const
    const feeds = shapes.map(([batch, source, time]) => ({
      tokens: rowsOf(batch, time),
      source: rowsOf(batch, source),
      lengths: Int32Array.from({ length: batch }, (_, i) => source - i),
    }))
    const { results } = runForeign(
      file,
      shapes.map(([batch, source, time], i) => ({
        tokens: tokenTensor(feeds[i]?.tokens ?? [], [batch, time]),
        source: tokenTensor(feeds[i]?.source ?? [], [batch, source]),
        lengths: tokenTensor(feeds[i]?.lengths ?? [], [batch]),
      })),
    )
    for (const [i, [batch, source, time]] of shapes.entries())
      await agree(make({ batch, source, time }), { ...values, ...feeds[i] }, results[i] ?? {})
  })
})

describe('what such a file refuses', () => {
  it('rows longer than the context, whatever the positions', async () => {
    for (const s of [size, rotary]) {
      const model = transformer(s)
      const file = await exported({
        program: logitsProgram(fileModel(model)),
        values: model.initialise(key(1)),
        dynamic: ['batch', 'time'],
        limits: { time: model.context },
      })
      expect(() => runForeign(file, [{ tokens: tokenTensor(rowsOf(1, 13), [1, 13]) }])).toThrow(/out of data bounds/)
    }
  })

  it('no causal attention, whose queries go in one piece there', async () => {
    const [head, depth] = [axis('head', 2), axis('depth', 4)]
    const make = ({ batch, time }: RowSizes) => {
      const keys = (name: string) => input(name, axis('batch', batch), head, axis('keyTime', time), depth)
      const query = input('query', axis('batch', batch), head, axis('time', time), depth)
      return outputs({ y: attention({ causal: true }, query, keys('keys'), keys('values')) })
    }
    expect(await refused({ program: make, dynamic: ['batch', 'time'] })).toBe('exported')
  })

  it('a context with too few lengths to find out how sizes depend on it', async () => {
    const model = transformer({ ...size, context: 3 })
    expect(
      await refused({ program: logitsProgram(fileModel(model)), dynamic: ['batch', 'time'], limits: { time: 3 } }),
    ).toBe("Shape: axis 'time' has too few sizes up to 3: export with a fixed size of 'time'")
  })

  it('an image model with a free number of pixels', async () => {
    const image = { height: 12, width: 12, channels: 1, levels: 2 }
    const model = pixelCnn({ image, encoding: 'scaled', features: 4, layers: 2, first: 3, window: 3, head: 4 })
    const sizes = { program: logitsProgram(fileModel(model)), limits: { time: model.context } }
    expect(await refused({ ...sizes, dynamic: ['batch', 'time'] })).toMatch(
      /^Shape: .*axis 'time'.*: export with a fixed size of/,
    )
    const make = ({ batch }: { readonly batch: number }) =>
      logitsProgram(fileModel(model))({ batch, time: model.context })
    expect(await refused({ program: make, dynamic: ['batch'] })).toBe('exported')
  })
})
