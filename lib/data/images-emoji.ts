/**
 * Emoji of 32 × 32 pixels in colour, cut from a vendor's sheet: cells of 34 pixels with a border of one. What is
 * transparent is white.
 */
import { decode } from 'fast-png'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import { outside } from '../at.ts'
import { decodeJson } from '../codec/json.ts'
import { type Failure, failure } from '../errors.ts'
import type { ImageShape } from './images-shape.ts'
import { pngCore } from './png-core.ts'

/** What an emoji looks like to a network. */
export const emojiShape: ImageShape = { height: 32, width: 32, channels: 3, levels: 256 }

const SIDE = 32
const CELL = 34

/** Vendors whose drawings are free. */
export const emojiVendors = ['google', 'twitter'] as const

/** One of them. */
type EmojiVendor = (typeof emojiVendors)[number]

const place = t.type({ sheet_x: t.number, sheet_y: t.number, has_img_google: t.boolean, has_img_twitter: t.boolean })
const emojiList = t.readonlyArray(
  t.intersection([place, t.partial({ skin_variations: t.record(t.string, place) })]),
  'emoji',
)

/** The cells of one emoji and of its skin tones. */
type EmojiCells = readonly { readonly x: number; readonly y: number; readonly vendors: readonly EmojiVendor[] }[]

/** The emoji of `emoji.json`, in its order. */
export const readEmojiList =
  (file: string) =>
  (text: string): E.Either<Failure, readonly EmojiCells[]> =>
    pipe(
      decodeJson(emojiList, file)(text),
      E.map((all) =>
        all.map(({ skin_variations: tones = {}, ...own }) =>
          [own, ...Object.values(tones)].map(({ sheet_x: x, sheet_y: y, has_img_google, has_img_twitter }) => ({
            x,
            y,
            vendors: emojiVendors.filter((v) => (v === 'google' ? has_img_google : has_img_twitter)),
          })),
        ),
      ),
    )

/** A sheet of cells, white under what is transparent: RGB bytes. */
interface EmojiSheet {
  readonly width: number
  readonly height: number
  readonly rgb: Uint8Array
}

/** The pixels of a sheet. Left `Format`: no PNG file, or one of another kind than 8-bit RGBA in whole cells. */
export const readEmojiSheet =
  (file: string) =>
  (bytes: Uint8Array): E.Either<Failure, EmojiSheet> =>
    pipe(
      pngCore(bytes),
      E.mapLeft((why) => failure('Format', `${file} ${why}`, 'get the file again', { file })),
      E.flatMap((core) =>
        E.tryCatch(
          () => decode(core),
          () => failure('Format', `${file} is a damaged PNG file`, 'get the file again', { file }),
        ),
      ),
      E.flatMap((png) => {
        const { width, height, data } = png
        if (data.length !== width * height * 4 || width % CELL !== 0 || height % CELL !== 0)
          return E.left(
            failure(
              'Format',
              `${file} has ${width} × ${height} pixels, which is no sheet of cells of ${CELL}`,
              'get the file again; it is not the one that the package had',
              { file, width, height },
            ),
          )
        const rgb = new Uint8Array(width * height * 3)
        for (let i = 0; i < width * height; i++) {
          const alpha = (data[4 * i + 3] ?? outside(data, 4 * i + 3)) / 255
          for (let c = 0; c < 3; c++)
            rgb[3 * i + c] = Math.round(255 + alpha * ((data[4 * i + c] ?? outside(data, 4 * i + c)) - 255))
        }
        return E.right({ width, height, rgb })
      }),
    )

/** The 32 × 32 pixels of a cell. Cells outside the sheet are white. */
export const cutEmoji = ({ width, height, rgb }: EmojiSheet, x: number, y: number): Uint8Array => {
  const levels = new Uint8Array(SIDE * SIDE * 3).fill(255)
  const [left, top] = [x * CELL + 1, y * CELL + 1]
  if (left + SIDE > width || top + SIDE > height || left < 0 || top < 0) return levels
  for (let r = 0; r < SIDE; r++) {
    const from = ((top + r) * width + left) * 3
    levels.set(rgb.subarray(from, from + SIDE * 3), r * SIDE * 3)
  }
  return levels
}
