/**
 * How levels enter a PixelCNN: as numbers, one-hot or embedded; all at once, or in a step from what is known by then.
 *
 * Features of a pixel are those of its first channel, then those of its second, so that they are channel groups.
 */
import { axis, findAxis } from '../axis.ts'
import { type Expr, type Tensor, axesOf, type AnyTensor } from '../expr.ts'
import { gather } from '../ops/gather.ts'
import { iota, reorder, reshape } from '../ops/layout.ts'
import { add, cast, constant, constantOf, equal, remainder, scale, shift, where } from '../ops/pointwise.ts'
import { pad, slice, sliceNode } from '../ops/slice.ts'
import type { Named, NamedAxes, StepInput, Tokens } from './autoregressive.ts'
import type { Embeddings } from './embedded.ts'
import { type Initials, tensorOf } from './parameters.ts'
import { type PixelCnnSize, encodedFeatures } from './pixelcnn-size.ts'
import { type Maps, sizeAlong } from './pixelcnn-sweep.ts'
import { typed, anyTensor } from '../typed.ts'

/** Levels of the channels of pixels: [batch, row, column, colour]; of one pixel, [batch, colour], in a step. */
type Levels = AnyTensor<'i32'>

/** The embedding's parameter, where there is one: [colour, level, feature]. */
export const embeddingInitials = ({ encoding, image }: PixelCnnSize): Initials =>
  typeof encoding === 'object'
    ? {
        embedding: {
          axes: [axis('colour', image.channels), axis('level', image.levels), axis('feature', encoding.embedding)],
          deviation: 1,
        },
      }
    : {}

/** Features that a step remembers of a pixel. */
export const shownInStep: (size: PixelCnnSize) => number = encodedFeatures

/** Each level as features: [… , colour, feature]. */
const encoded = ({ encoding, image }: PixelCnnSize, parameters: Named, levels: Levels): AnyTensor => {
  if (encoding === 'scaled') return shift(-1)(scale(2 / (image.levels - 1))(cast('f32')(levels)))
  if (encoding === 'one-hot') return cast('f32')(equal(levels, iota(axis('feature', image.levels))))
  const level = axis('level', image.levels)
  return gather(level)(tensorOf(parameters, 'embedding', 'colour', level, 'feature'), levels)
}

/** Levels as feature maps. */
export const encodedTokens = (size: PixelCnnSize, parameters: Named, levels: Levels): Maps => {
  const places = axesOf(levels).filter((a) => a.name !== 'colour')
  const features = encoded(size, parameters, levels)
  const order = [...places.map((a) => a.name), 'colour', ...(size.encoding === 'scaled' ? [] : ['feature'])]
  return reshape([...places, axis('input', encodedFeatures(size))])(reorder(order)(features))
}

/** Feature maps as embeddings of tokens: [batch, time, model], those of the first `time` tokens. */
export const embeddingsOf = ({ image: { channels } }: PixelCnnSize, time: number, maps: Maps): Embeddings => {
  const whole = axis('time', sizeAlong(maps, 'row') * sizeAlong(maps, 'column') * channels)
  const axes = [axis('batch', sizeAlong(maps, 'batch')), whole, axis('model', sizeAlong(maps, 'input') / channels)]
  const all = reshape(axes)(reorder(['batch', 'row', 'column', 'input'])(maps))
  return slice(whole, 0, time)(typed('batch', 'time', 'model')(all))
}

/** Embeddings of tokens as feature maps of as many rows as they reach into, 0 after the last. */
export const mapsOf = (size: PixelCnnSize, rows: number, embeddings: Embeddings): Maps => {
  const { width, channels } = size.image
  const known = axis('time', sizeAlong(embeddings, 'time'))
  const whole = pad(known, 0, rows * width * channels - known.size)(embeddings)
  const axes = [axis('batch', sizeAlong(embeddings, 'batch')), axis('row', rows), axis('column', width)]
  const rowsOf = anyTensor('f32')(reorder(['batch', 'time', 'model'])(whole))
  return reshape([...axes, axis('input', encodedFeatures(size))])(rowsOf)
}

type Known = Tensor<'batch' | 'colour' | '1'>

/** What a step carries where pixels have several channels: the levels of the pixel before, and those known of its own. */
export const carriedAxes = ({ image }: PixelCnnSize, batch: number): NamedAxes => {
  if (image.channels === 1) return {}
  const axes = [axis('batch', batch), axis('colour', image.channels)]
  return { before: axes, own: axes }
}

/** The levels of the pixel before and of the step's own pixel, its later channels 0. */
const knownInStep = (
  { image: { channels } }: PixelCnnSize,
  { previous, position, carried }: StepInput,
): { readonly before: Known; readonly own: Known } => {
  const colour = axis('colour', channels)
  const last: Tensor<'batch' | '1'> = cast('f32')(
    where(equal(position, constantOf('i32', 0)), constantOf('i32', 0), previous),
  )
  const turn = remainder(position, constantOf('i32', channels))
  const starts = equal(turn, constantOf('i32', 0))
  const told = equal(
    iota(colour),
    remainder(add(position, constantOf('i32', channels - 1)), constantOf('i32', channels)),
  )
  const state: { readonly before: Known; readonly own: Known } = {
    before: tensorOf(carried, 'before', 'batch', colour),
    own: tensorOf(carried, 'own', 'batch', colour),
  }
  const all: Known = where(told, last, state.own)
  return { before: where(starts, all, state.before), own: where(starts, constant(0), all) }
}

/** The pixel before and the step's own as feature maps, and what is carried on. */
export const encodedStep = (
  size: PixelCnnSize,
  parameters: Named,
  at: StepInput,
): { readonly before: Maps; readonly own: Maps; readonly carried: Named } => {
  if (size.image.channels === 1) {
    const batch = findAxis('pixelcnn', axesOf(at.previous), 'batch')
    const levels = reshape([batch, axis('colour', 1)])(anyTensor('i32')(at.previous))
    const before = encodedTokens(size, parameters, levels)
    return { before, own: before, carried: {} }
  }
  const carried = knownInStep(size, at)
  const shown = (x: Known): Maps => encodedTokens(size, parameters, cast('i32')(anyTensor('f32')(x)))
  return { before: shown(carried.before), own: shown(carried.own), carried }
}

/** What the step of the last of some tokens carries on. */
export const carriedAfter = ({ image: { channels } }: PixelCnnSize, tokens: Tokens): Named => {
  if (channels === 1) return {}
  const [batch, last] = [sizeAlong(tokens, 'batch'), Math.max(0, sizeAlong(tokens, 'time') - 1)]
  const [pixel, known] = [Math.floor(last / channels), last % channels]
  const levels = (start: number, count: number): Expr => {
    const part = sliceNode('time', start, count)(reorder(['batch', 'time'])(tokens))
    const full = pad(axis('time', count), 0, channels - count)(part)
    return cast('f32')(reshape([axis('batch', batch), axis('colour', channels)])(anyTensor('i32')(full)))
  }
  const none = levels(0, 0)
  return {
    before: pixel === 0 ? none : levels((pixel - 1) * channels, channels),
    own: known === 0 ? none : levels(pixel * channels, known),
  }
}
