/** Dropout: which masks, and at which numbered sites every network drops: each has a site of its own. */
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import { type Autoregressive, type Drop, keepAll } from '../../lib/models/autoregressive.ts'
import { dropping } from '../../lib/models/drop.ts'
import { encoderDecoder } from '../../lib/models/encoder-decoder.ts'
import { energyNetwork } from '../../lib/models/energy-network.ts'
import { lstmAutoregressive } from '../../lib/models/lstm-autoregressive.ts'
import { parameterInputs } from '../../lib/models/parameters.ts'
import { gatedPixelCnn, pixelCnn } from '../../lib/models/pixelcnn.ts'
import { ralm } from '../../lib/models/residual-lm.ts'
import { transformerXl } from '../../lib/models/transformer-xl.ts'
import { transformer } from '../../lib/models/transformer.ts'
import { input, inputOf } from '../../lib/ops/layout.ts'
import { dropoutOf, foldKey, inputKey } from '../../lib/ops/random.ts'
import { smallTransformer } from './small-transformer.ts'

/** The sites at which something drops, in order. */
const sitesOf = (pass: (drop: Drop) => unknown): readonly number[] => {
  const sites: number[] = []
  pass((site) => {
    sites.push(site)
    return (x) => x
  })
  return sites.sort((a, b) => a - b)
}

const batch = axis('batch', 2)
const tokens = inputOf('i32')('tokens', batch, axis('time', 4))
const forwardOf = (model: Autoregressive) => (drop: Drop) =>
  model.forward(parameterInputs(model.parameters), tokens, drop)

const { positions: _p, norm: _n, activation: _a, tied: _t, ...common } = smallTransformer
const image = { image: { height: 2, width: 2, channels: 1, levels: 2 }, encoding: 'scaled', features: 2 } as const
const pixels = { ...image, first: 3, window: 3, head: 2 } as const
const network = encoderDecoder({ ...common, begin: 0, source: 3, norm: 'pre', activation: 'relu', shared: 'none' })
const inputs = parameterInputs(network.parameters)
const source = inputOf('i32')('source', batch, axis('source', 3))
const energy = energyNetwork({ size: smallTransformer, direction: 'bidirectional', head: 'mean-linear' })

describe('where networks drop', () => {
  it.each<readonly [string, (drop: Drop) => unknown, readonly number[]]>([
    ['a transformer of two layers', forwardOf(transformer(smallTransformer)), [0, 1, 2, 3, 4]],
    ['a post-norm one of one', forwardOf(transformer({ ...smallTransformer, layers: 1, norm: 'post' })), [0, 1, 2]],
    ['a Transformer-XL', forwardOf(transformerXl({ ...common, memory: 2 })), [0, 1, 2, 3, 4]],
    ['an LSTM of three layers', forwardOf(lstmAutoregressive({ symbols: 3, hidden: 2, layers: 3 }, 4)), [1, 2]],
    ['a PixelCNN of four layers', forwardOf(pixelCnn({ ...pixels, layers: 4 })), [1, 2, 3]],
    ['a Gated PixelCNN of three', forwardOf(gatedPixelCnn({ ...pixels, layers: 3 })), [1, 2, 3, 4]],
    ['a decoder of two', forwardOf(network.decoder(network.encode(inputs, source))), [0, 1, 2, 3, 4, 5, 6]],
    ['its encoder', (drop) => network.encode(inputs, source, { drop }), [7, 8, 9, 10, 11]],
    ['an energy', (drop) => energy.energy(parameterInputs(energy.parameters), tokens, 1, drop), [0, 1, 2, 3, 4]],
    [
      'the free one of two',
      forwardOf(ralm(transformer(smallTransformer), transformer({ ...smallTransformer, layers: 1 }))),
      [0, 1, 2],
    ],
  ])('%s', (_, pass, wanted) => expect(sitesOf(pass)).toEqual(wanted))

  it('a site has the mask of its child of the key, at the rate; at rate 0 nothing is dropped', () => {
    const [key, x] = [inputKey('key'), input('x', batch)]
    expect(dropping(0, key)).toBe(keepAll)
    expect(dropping(0.25, key)(3)(x)).toBe(dropoutOf(foldKey(3)(key), 0.25)(x))
    expect(dropping(0.25, key)(3)(x)).not.toBe(dropping(0.25, key)(4)(x))
  })
})
