/**
 * Images as bytes, one level a byte, and as rows of tokens: raster order, the channels of a pixel one after the other.
 */
import { at } from '../at.ts'
import type { TokenRows } from './strings.ts'

/** Images of H × W pixels of C channels, each one of `levels` levels. */
export interface ImageShape {
  readonly height: number
  readonly width: number
  readonly channels: number
  readonly levels: number
}

/** `count` images of a shape, one after the other. */
export interface Pictures {
  readonly image: ImageShape
  readonly count: number
  /** [count, height, width, channels], each below `image.levels`. */
  readonly levels: Uint8Array
}

/** Tokens of an image: its pixels times their channels. */
export const imageTokens = ({ height, width, channels }: ImageShape): number => height * width * channels

/** Images as rows of tokens. */
export const rowsOfPictures = ({ image, count, levels }: Pictures): TokenRows => ({
  tokens: Int32Array.from(levels),
  count,
  time: imageTokens(image),
})

/** Some images of others, in the order given. */
export const takePictures = ({ image, levels }: Pictures, some: ArrayLike<number>): Pictures => {
  const each = imageTokens(image)
  const taken = new Uint8Array(some.length * each)
  for (let i = 0; i < some.length; i++) {
    const from = at(some, i) * each
    taken.set(levels.subarray(from, from + each), i * each)
  }
  return { image, count: some.length, levels: taken }
}

/** Images of a shape one after the other. */
export const joined = (image: ImageShape, parts: readonly Uint8Array[]): Pictures => {
  const levels = Buffer.concat(parts)
  return { image, count: levels.length / imageTokens(image), levels }
}

/** So many levels of equal width: of two, 1 from half of the highest level on. */
export const quantised =
  (count: number) =>
  (pictures: Pictures): Pictures => ({
    ...pictures,
    image: { ...pictures.image, levels: count },
    levels: pictures.levels.map((level) => Math.floor((level * count) / pictures.image.levels)),
  })
