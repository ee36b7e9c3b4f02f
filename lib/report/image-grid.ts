/**
 * A grid of images as one PNG file, for reports: rows from left to right, with lines between.
 */
import { encode } from 'fast-png'
import { orElse, outside } from '../at.ts'
import { type ImageShape, imageTokens } from '../data/images-shape.ts'
import type { TokenRows } from '../data/strings.ts'
import { failure, raise } from '../errors.ts'

/** How a grid is drawn. */
interface ImageGrid {
  readonly image: ImageShape
  /** Images in a row of the grid. */
  readonly across: number
  /** Pixels of the file for a pixel of an image. */
  readonly scale: number
  /** Pixels between images, and the grey (0 to 255) that they have. */
  readonly gap: number
  readonly background: number
}

const checked = ({ image, across, scale, gap }: ImageGrid, rows: TokenRows): void => {
  const tokens = imageTokens(image)
  if (rows.time !== tokens || (image.channels !== 1 && image.channels !== 3))
    raise(
      failure(
        'Shape',
        `rows of ${rows.time} tokens are no images of ${image.height} × ${image.width} with ${image.channels} channels`,
        `give rows of ${tokens} tokens, of 1 or 3 channels`,
        { time: rows.time, tokens },
      ),
    )
  if (![across, scale].every((n) => Number.isInteger(n) && n >= 1) || !Number.isInteger(gap) || gap < 0)
    raise(failure('Domain', `a grid ${across} across, scaled ${scale} times`, 'give whole numbers of at least 1'))
}

/** The file's pixels: [height, width, channels] of bytes. */
export const gridPixels = (
  grid: ImageGrid,
  rows: TokenRows,
): { readonly width: number; readonly height: number; readonly data: Uint8Array } => {
  checked(grid, rows)
  const { image, across, scale, gap, background } = grid
  const { channels } = image
  const [cellWidth, cellHeight] = [image.width * scale + gap, image.height * scale + gap]
  const [width, height] = [gap + across * cellWidth, gap + Math.ceil(rows.count / across) * cellHeight]
  const data = new Uint8Array(width * height * channels).fill(background)
  for (let n = 0; n < rows.count; n++) {
    const [left, top] = [gap + (n % across) * cellWidth, gap + Math.floor(n / across) * cellHeight]
    for (let i = 0; i < image.width * scale * image.height * scale; i++) {
      const [x, y] = [i % (image.width * scale), Math.floor(i / (image.width * scale))]
      const pixel = n * rows.time + (Math.floor(y / scale) * image.width + Math.floor(x / scale)) * channels
      for (let c = 0; c < channels; c++)
        data[((top + y) * width + left + x) * channels + c] = Math.round(
          ((rows.tokens[pixel + c] ?? outside(rows.tokens, pixel + c)) * 255) / (image.levels - 1),
        )
    }
  }
  return { width, height, data }
}

/**
 * Images as one PNG file, the highest level white. Throws `Shape` for rows that are no images of this shape.
 *
 * @example
 * const image = { height: 2, width: 2, channels: 1, levels: 2 }
 * const rows = { tokens: Int32Array.of(0, 1, 1, 0), count: 1, time: 4 }
 * imageGrid({ image, across: 1, scale: 4, gap: 2, background: 128 }, rows).length > 0   // true
 */
export const imageGrid = (grid: ImageGrid, rows: TokenRows): Uint8Array => imageGrids(grid, [rows])

/** Several grids as one PNG file, one below the other. Throws as `imageGrid`. */
export const imageGrids = (grid: ImageGrid, tables: readonly TokenRows[]): Uint8Array => {
  const parts = tables.map((rows) => gridPixels(grid, rows))
  const height = parts.reduce((total, part) => total + part.height, 0)
  const data = Buffer.concat(parts.map((part) => part.data))
  return encode({ width: orElse(parts[0]?.width, 0), height, data, channels: grid.image.channels, depth: 8 })
}

/** Pixels that a grid in a report is about as wide as. */
const GRID_WIDTH = 480

/** A grid for so many images, about as high as wide, of about 480 pixels. */
export const squareGrid = (image: ImageShape, count: number): ImageGrid => {
  const across = Math.max(1, Math.ceil(Math.sqrt(count)))
  const scale = Math.max(1, Math.floor(GRID_WIDTH / (across * image.width)))
  return { image, across, scale, gap: 2, background: 128 }
}
