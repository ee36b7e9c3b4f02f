/**
 * F18: what has a limit is taken at it and refused one beyond, with a failure that names it: sizes of models, and settings of
 * training. Every check is a row here.
 */
import { describe } from 'vitest'
import { axis } from '../../lib/axis.ts'
import { key } from '../../lib/key.ts'
import { keepAll } from '../../lib/models/autoregressive.ts'
import { checkedSides, type EncoderDecoderSize } from '../../lib/models/encoder-decoder-size.ts'
import { encoderDecoder } from '../../lib/models/encoder-decoder.ts'
import { afterSource } from '../../lib/models/encoder-decoder-source.ts'
import { energyNetwork } from '../../lib/models/energy-network.ts'
import { parameterInputs } from '../../lib/models/parameters.ts'
import { pixelCnn } from '../../lib/models/pixelcnn.ts'
import { checkedPixelCnn, type PixelCnnSize } from '../../lib/models/pixelcnn-size.ts'
import { ralm } from '../../lib/models/residual-lm.ts'
import { tableModel } from '../../lib/models/table-model.ts'
import { checkedSize, type TransformerSize } from '../../lib/models/transformer-size.ts'
import { transformer } from '../../lib/models/transformer.ts'
import { inputOf } from '../../lib/ops/layout.ts'
import { reference } from '../../lib/reference.ts'
import { openStore } from '../../lib/train/checkpoint.ts'
import { startStopping } from '../../lib/train/early-stopping.ts'
import { smallTransformer } from '../models/small-transformer.ts'
import { storeIn } from '../train/checkpoint-run.ts'
import { memoryFileSystem } from '../train/file-system-memory.ts'
import { checks, failing, throwing } from './limited.ts'

describe('F18: sizes of transformers', () => {
  const given = (more: Partial<TransformerSize>) => checkedSize({ ...smallTransformer, ...more })
  for (const name of ['symbols', 'model', 'heads', 'layers', 'feedForward', 'context'] as const)
    checks(
      name,
      throwing((n: number) => given({ heads: 1, begin: 0, [name]: n })),
      [1, 2],
      [0, -1, 1.5, Number.NaN],
    )
  checks(
    'heads that divide',
    throwing((heads: number) => given({ heads })),
    [1, 2, 4, 8],
    [3, 16],
  )
  checks(
    'an even depth',
    throwing((heads: number) => given({ heads, positions: 'rotary' })),
    [1, 2, 4],
    [8],
  )
  checks(
    'begin',
    throwing((begin: number) => given({ begin })),
    [0, 4, 5],
    [-1, 6, 0.5],
  )
  const short = transformer(smallTransformer)
  const tokens = (n: number) => inputOf('i32')('tokens', axis('batch', 1), axis('time', n))
  const whole = (n: number) => short.forward(parameterInputs(short.parameters), tokens(n), keepAll)
  checks('positions of a pass', throwing(whole), [1, 6], [7])
  const network = energyNetwork({ size: smallTransformer, direction: 'causal', head: 'mean-linear' })
  const pooled = (from: number) => network.energy(parameterInputs(network.parameters), tokens(6), from, keepAll)
  checks('the first position of an energy', throwing(pooled), [0, 5], [-1, 6, 0.5])
})

const sides: EncoderDecoderSize = {
  ...{ source: 5, symbols: 5, model: 8, heads: 2, layers: 1, feedForward: 8, context: 6, begin: 0 },
  ...{ norm: 'pre', activation: 'relu', shared: 'none' },
}

describe('F18: encoder–decoders and what they read', () => {
  checks(
    'source',
    throwing((source: number) => checkedSides({ ...sides, source })),
    [1, 9],
    [0, -1, 1.5],
  )
  const shared = (kind: EncoderDecoderSize['shared']) => (source: number) =>
    checkedSides({ ...sides, shared: kind, source })
  checks('one table for both', throwing(shared('all')), [5], [4, 6])
  checks('one table for the target', throwing(shared('target')), [4, 5, 6], [])
  const network = encoderDecoder(sides)
  const read = (tokens: readonly number[]) => afterSource(reference, network, network.initialise(key(1)))(tokens)
  checks(
    'tokens of a source',
    failing((n: number) => read(new Array<number>(n).fill(1))),
    [1, 6],
    [0, 7],
  )
  checks(
    'a token of a source',
    failing((token: number) => read([token, 1])),
    [0, 4],
    [-1, 5, 0.5],
  )
})

describe('F18: sizes of PixelCNNs', () => {
  const image = { height: 3, width: 4, channels: 1, levels: 2 }
  const size: PixelCnnSize = { image, encoding: 'scaled', features: 6, layers: 1, first: 3, window: 3, head: 6 }
  const sized = (more: Partial<PixelCnnSize>) => checkedPixelCnn({ ...size, ...more })
  for (const name of ['height', 'width', 'channels'] as const)
    checks(
      name,
      throwing((n: number) => sized({ image: { ...image, [name]: n } })),
      [1, 2],
      [0, -1, 1.5],
    )
  checks(
    'levels',
    throwing((levels: number) => sized({ image: { ...image, levels } })),
    [2, 3],
    [1, 2.5],
  )
  for (const name of ['features', 'layers', 'head'] as const)
    checks(
      name,
      throwing((n: number) => sized({ [name]: n })),
      [1, 2],
      [0, -1, 1.5],
    )
  for (const name of ['features', 'head'] as const)
    checks(
      `channels that divide ${name}`,
      throwing((n: number) => sized({ image: { ...image, channels: 3 }, [name]: n })),
      [3, 9],
      [4, 8],
    )
  for (const name of ['first', 'window'] as const)
    checks(
      name,
      throwing((n: number) => sized({ [name]: n })),
      [1, 3, 5],
      [-1, 0, 2, 1.5],
    )
  checks(
    'an embedding',
    throwing((embedding: number) => sized({ encoding: { embedding } })),
    [1, 2],
    [0, 1.5],
  )
  const model = pixelCnn(size)
  const tokens = (n: number) => inputOf('i32')('tokens', axis('batch', 1), axis('time', n))
  const whole = (n: number) => model.forward(parameterInputs(model.parameters), tokens(n), keepAll)
  checks('positions of a pass', throwing(whole), [1, 12], [13])
})

const table = tableModel({ symbols: 3, length: 4 })

describe('F18: tables and sums of models', () => {
  checks(
    'rows of a table',
    throwing((length: number) => tableModel({ symbols: 1, length })),
    [2 ** 20],
    [2 ** 20 + 1],
  )
  const joined = (symbols: number) => ralm(table, tableModel({ symbols, length: 4 }))
  checks('symbols of both', throwing(joined), [3], [2, 4])
})

describe('F18: training', () => {
  checks(
    'patience',
    throwing((patience: number) => startStopping({ patience })),
    [1, 2],
    [0, -1, 1.5, Number.NaN],
  )
  const gained = (leastGain: number) => startStopping({ patience: 1, leastGain })
  checks('the least gain', throwing(gained), [0, 1], [-1e-300, Number.NaN])
  const kept = (keep: number) => openStore(storeIn(memoryFileSystem().fileSystem, 'runs', keep))
  checks('checkpoints that are kept', failing(kept), [1, 2], [0, -1, 1.5])
  const named = (n: number) => openStore({ ...storeIn(memoryFileSystem().fileSystem, 'runs'), name: 'x'.repeat(n) })
  checks('letters of a name', failing(named), [1, 100], [0, 101])
})
