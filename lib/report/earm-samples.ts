/**
 * Samples of a finished run: texts under headings, images as one PNG file with the variants one below the other, or all of
 * it as one JSON object.
 */
import { orElse } from '../at.ts'
import type { EArmSamples } from '../systems/e-arm/run-samples.ts'
import { imageGrids, squareGrid } from './image-grid.ts'

/** Every text under a line with its variant and number. */
export const samplesText = ({ texts }: EArmSamples): string =>
  Object.entries(texts)
    .flatMap(([variant, each]) => each.map((text, i) => `── ${variant} ${i + 1} ──\n${text}\n\n`))
    .join('')

/** Images as a PNG file: a square of each variant, the first one on top. `undefined` for text. */
export const samplesPng = ({ image, samples }: EArmSamples): Uint8Array | undefined => {
  const tables = Object.values(samples).map((rows) => ({
    tokens: Int32Array.from(rows.flat()),
    count: rows.length,
    time: orElse(rows[0]?.length, 0),
  }))
  return image === undefined ? undefined : imageGrids(squareGrid(image, orElse(tables[0]?.count, 1)), tables)
}

/** Rows of tokens by variant, with the texts or the shape of the images. */
export const samplesJson = ({ samples, texts, image, trained, adapter }: EArmSamples): string => {
  const shown = image === undefined ? { texts } : { image }
  return `${JSON.stringify({ trained, adapter, ...shown, samples })}\n`
}
