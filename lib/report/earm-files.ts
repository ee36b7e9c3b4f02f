/**
 * The report of an E-ARM experiment: `report.html`, `figures/*`, `samples.jsonl` for text, `results.json`.
 */
import { orElse } from '../at.ts'
import { type EArmResults, eArmResultsCodec } from '../systems/e-arm/experiment-results.ts'
import { eArmFigures } from './earm-charts.ts'
import { type SampleGrid, eArmPage } from './earm-page.ts'
import type { OutputFile } from './files.ts'
import { imageGrid, squareGrid } from './image-grid.ts'
import type { Report } from './report-files.ts'

/** The images of each variant as a grid about as high as wide; none for text. */
export const sampleGrids = ({ image, samples }: EArmResults): readonly SampleGrid[] =>
  image === undefined
    ? []
    : Object.entries(samples).flatMap(([variant, rows]) => {
        const grid = squareGrid(image, rows.length)
        const tokens = { tokens: Int32Array.from(rows.flat()), count: rows.length, time: orElse(rows[0]?.length, 0) }
        return rows.length === 0 ? [] : [{ variant, png: imageGrid(grid, tokens) }]
      })

const textDocuments = ({ texts }: EArmResults): readonly OutputFile[] => {
  const lines = Object.entries(texts).flatMap(([variant, each]) =>
    each.map((text) => `${JSON.stringify({ variant, text })}\n`),
  )
  return lines.length === 0 ? [] : [{ name: 'samples.jsonl', content: lines.join('') }]
}

/** The files of `exptilt earm lm|image`. */
export const eArmReport: Report<EArmResults> = {
  codec: eArmResultsCodec,
  parts: (results) => {
    const grids = sampleGrids(results)
    return {
      figures: eArmFigures(results),
      besides: [
        ...grids.map(({ variant, png }) => ({ name: `figures/samples-${variant}.png`, content: png })),
        ...textDocuments(results),
      ],
      page: (drawings) => eArmPage(drawings, grids)(results),
    }
  },
}
