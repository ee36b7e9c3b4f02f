/**
 * PixelCNN and Gated PixelCNN as autoregressive models: tokens are the levels of an image in raster order, the channels of a
 * pixel one after the other, and the network predicts each from those before it (van den Oord, Kalchbrenner & Kavukcuoglu
 * 2016; van den Oord et al. 2016). A channel sees the earlier channels of its own pixel.
 *
 * Parameters: `first`, `blockL.reduce`, `blockL.convolution`, `blockL.expand`; or `verticalL`, `linkL`, `horizontalL`,
 * `projectL`; then `head.first` and `head.last`; each with `.weight` ([tap, input, output], or [input, output]) and `.bias`
 * (not `linkL`); `embedding` where levels are embedded.
 */
import { axis, findAxis } from '../axis.ts'
import { imageTokens } from '../data/images-shape.ts'
import { failure, raise } from '../errors.ts'
import { type Tensor, axesOf } from '../expr.ts'
import { gather } from '../ops/gather.ts'
import { reorder, reshape } from '../ops/layout.ts'
import { constantOf, multiply, relu, remainder } from '../ops/pointwise.ts'
import { spreadTo } from '../ops/rules.ts'
import { pad, slice } from '../ops/slice.ts'
import {
  type Autoregressive,
  type Drop,
  type Forward,
  type Named,
  type TokenLogits,
  type Tokens,
  keepAll,
} from './autoregressive.ts'
import type { EmbeddedModel, Embeddings } from './embedded.ts'
import { axesOfInitials, drawParameters, type Initials } from './parameters.ts'
import { type PixelCnnBody, gatedBody, pointwiseInitials, residualBody } from './pixelcnn-body.ts'
import {
  carriedAfter,
  carriedAxes,
  encodedStep,
  embeddingInitials,
  embeddingsOf,
  encodedTokens,
  mapsOf,
  shownInStep,
} from './pixelcnn-input.ts'
import { pixelCnnLines } from './pixelcnn-lines.ts'
import { type PixelCnnSize, checkedPixelCnn } from './pixelcnn-size.ts'
import {
  type Maps,
  type Rows,
  featureCaches,
  pointwiseMaps,
  sizeAlong,
  stepSweep,
  untilColour,
  wholeSweep,
} from './pixelcnn-sweep.ts'
import { uncached } from './uncached.ts'
import { typed, typedOf, anyTensor } from '../typed.ts'

/** A network with its size. */
interface Network {
  readonly size: PixelCnnSize
  readonly body: PixelCnnBody
}

/** What the logits are a linear function of: relu(W₁ relu h). */
const headed = ({ size }: Network, parameters: Named, maps: Maps): Maps =>
  relu(pointwiseMaps(parameters, 'head.first', size.image.channels)(relu(maps)))

const logitsOf = ({ size }: Network, parameters: Named, hidden: Maps): Maps =>
  pointwiseMaps(parameters, 'head.last', size.image.channels)(hidden)

const rowsFor = (size: PixelCnnSize, time: number): number => {
  const { width, channels } = size.image
  return time <= imageTokens(size.image)
    ? Math.ceil(time / (width * channels))
    : raise(
        failure(
          'Shape',
          `rows of ${time} tokens are longer than an image of ${imageTokens(size.image)}`,
          'give the tokens of one image, or of its beginning',
          { time, tokens: imageTokens(size.image) },
        ),
      )
}

/** As many rows of the image as the tokens reach into: [batch, row, column, colour], 0 after the last token. */
const imageOf = (size: PixelCnnSize, tokens: Tokens): Tensor<'batch' | 'row' | 'column' | 'colour' | '1', 'i32'> => {
  const { width, channels } = size.image
  const known = axis('time', sizeAlong(tokens, 'time'))
  const rows = rowsFor(size, known.size)
  const whole = pad(known, 0, rows * width * channels - known.size)(tokens)
  const batch = axis('batch', sizeAlong(tokens, 'batch'))
  const axes = [batch, axis('row', rows), axis('column', width), axis('colour', channels)]
  return typedOf('i32')('batch', 'row', 'column', 'colour')(reshape(axes)(reorder(['batch', 'time'])(whole)))
}

const encodedImage = (size: PixelCnnSize, parameters: Named, tokens: Tokens): Maps =>
  encodedTokens(size, parameters, anyTensor('i32')(imageOf(size, tokens)))

/** Hidden features of each token: those of its pixel, as far as the token may see them. */
const hiddenRows = ({ size }: Network, time: number, maps: Maps): Embeddings => {
  const tokens = sizeAlong(maps, 'row') * sizeAlong(maps, 'column') * size.image.channels
  const input = sizeAlong(maps, 'input')
  const colour = axis('colour', size.image.channels)
  const each = colour.size === 1 ? maps : multiply(maps, untilColour(colour, input))
  const order = ['batch', 'row', 'column', ...(colour.size === 1 ? [] : ['colour']), 'input']
  const axes = [axis('batch', sizeAlong(maps, 'batch')), axis('time', tokens), axis('model', input)]
  const flat = typed('batch', 'time', 'model')(reshape(axes)(reorder(order)(each)))
  return slice(axis('time', tokens), 0, time)(flat)
}

/** What a network computes of whole rows. */
interface Swept {
  readonly hidden: Maps
  readonly rows: Rows
}

const swept = ({ network, parameters, time, drop }: Pass, maps: Maps): Swept => {
  const { size, body } = network
  const rows: Rows = {}
  const sweep = wholeSweep(size, parameters, time, rows)
  const seen = sweep.feature({ name: 'pixels', maps, delay: 1, grouped: false })
  const above = body.above(sweep, seen, drop)
  return { hidden: headed(network, parameters, body.run(sweep, { seen, own: maps }, above, drop)), rows }
}

/** A pass over the first `time` tokens of images. */
interface Pass {
  readonly network: Network
  readonly parameters: Named
  readonly time: number
  readonly drop: Drop
}

/** Logits [batch, time, symbol] of the tokens of a pass. */
const tokenLogits = ({ network, parameters, time }: Pass, hidden: Maps): TokenLogits => {
  const { image } = network.size
  const logits = logitsOf(network, parameters, hidden)
  const all = axis('time', sizeAlong(logits, 'row') * sizeAlong(logits, 'column') * image.channels)
  const flat = reshape([axis('batch', sizeAlong(logits, 'batch')), all, axis('symbol', image.levels)])(
    reorder(['batch', 'row', 'column', 'input'])(logits),
  )
  return slice(all, 0, time)(typed('batch', 'time', 'symbol')(flat))
}

const forward =
  (network: Network) =>
  (parameters: Named, tokens: Tokens, drop: Drop): Forward => {
    const pass = { network, parameters, time: sizeAlong(tokens, 'time'), drop }
    const { hidden, rows } = swept(pass, encodedImage(network.size, parameters, tokens))
    return {
      logits: tokenLogits(pass, hidden),
      hidden: hiddenRows(network, pass.time, hidden),
      rows,
      carried: carriedAfter(network.size, tokens),
    }
  }

/** The levels as the first masked convolution reads them, which may then be any numbers, and the network above. */
const halves = (network: Network): Pick<EmbeddedModel, 'embed' | 'fromEmbeddings'> => ({
  embed: (parameters, tokens) =>
    embeddingsOf(network.size, sizeAlong(tokens, 'time'), encodedImage(network.size, parameters, tokens)),
  fromEmbeddings: (parameters, embeddings, drop) => {
    const pass = { network, parameters, time: sizeAlong(embeddings, 'time'), drop }
    const maps = mapsOf(network.size, rowsFor(network.size, pass.time), embeddings)
    return tokenLogits(pass, swept(pass, maps).hidden)
  },
})

const cached = (network: Network): Pick<Autoregressive, 'cache' | 'step'> => {
  const { size, body } = network
  const { channels, levels } = size.image
  return {
    cache: (batch, time) => ({
      appended: featureCaches({ pixels: shownInStep(size), ...body.remembered }, batch, time),
      carried: carriedAxes(size, batch),
    }),
    step: (parameters, at) => {
      const rows: Rows = {}
      const sweep = stepSweep(size, parameters, at, rows)
      const { before, own, carried } = encodedStep(size, parameters, at)
      const seen = sweep.feature({ name: 'pixels', maps: before, delay: 1, grouped: false })
      const above = body.above(sweep, seen, keepAll)
      const hidden = headed(network, parameters, body.run(sweep, { seen, own }, above, keepAll))
      const all = logitsOf(network, parameters, hidden)
      const [colour, symbol] = [axis('colour', channels), axis('symbol', levels)]
      const batch = findAxis('pixelcnn', axesOf(at.previous), 'batch')
      const turns = reshape(channels === 1 ? [batch, symbol] : [batch, colour, symbol])(
        reorder(['batch', 'input'])(spreadTo([batch])(all)),
      )
      const turn = remainder(at.position, constantOf('i32', channels))
      const logits = channels === 1 ? turns : gather(colour)(turns, turn)
      return { logits: typed('batch', symbol)(logits), rows, carried }
    },
  }
}

const model = (network: Network): EmbeddedModel => {
  const { size, body } = network
  const { levels, channels, width } = size.image
  const initials: Initials = {
    ...embeddingInitials(size),
    ...body.initials,
    ...pointwiseInitials('head.first', body.output, size.head),
    ...pointwiseInitials('head.last', size.head, channels * levels),
  }
  const whole = {
    symbols: levels,
    context: imageTokens(size.image),
    parameters: axesOfInitials(initials),
    initialise: drawParameters(initials),
    forward: forward(network),
  }
  const drawn = (p: Named, maps: Maps): Maps => logitsOf(network, p, headed(network, p, maps))
  const lines = pixelCnnLines({ size, body, logits: drawn })
  const stepped = body.delay <= width ? { ...whole, ...cached(network) } : uncached(whole)
  return { ...stepped, ...halves(network), ...(lines === undefined ? {} : { lines }) }
}

/**
 * PixelCNN: masked convolutions in residual blocks. Dropout sites: l for block l (from 1). Throws a `Shape` failure for an
 * impossible size.
 *
 * @example
 * const image = { height: 8, width: 8, channels: 1, levels: 17 }
 * const size = { encoding: 'scaled', features: 8, layers: 3, first: 5, window: 3, head: 16 } as const
 * pixelCnn({ image, ...size }).context // => 64
 */
export const pixelCnn = (given: PixelCnnSize): EmbeddedModel => {
  const size = checkedPixelCnn(given)
  return model({ size, body: residualBody(size) })
}

/**
 * Gated PixelCNN: a vertical and a horizontal stack, without blind spot. Dropout sites: 2l + 1 and 2l + 2 for the stacks of
 * layer l. Its caches hold as many rows as the stacks look ahead in a row; where that is more than the image is wide, a step
 * computes the whole image instead.
 *
 * @example
 * const image = { height: 8, width: 8, channels: 1, levels: 17 }
 * const size = { encoding: 'scaled', features: 8, layers: 3, first: 5, window: 3, head: 16 } as const
 * gatedPixelCnn({ image, ...size }).context // => 64
 */
export const gatedPixelCnn = (given: PixelCnnSize): EmbeddedModel => {
  const size = checkedPixelCnn(given)
  return model({ size, body: gatedBody(size) })
}
