/**
 * The files of an E-ARM experiment: `report.html`, `figures/*`, `samples.jsonl` for text, and last `results.json`.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { decodeJson } from '../codec/json.ts'
import { type Failure, failure } from '../errors.ts'
import { type EArmResults, eArmResultsCodec } from '../systems/e-arm/experiment-results.ts'
import { eArmFigures } from './earm-charts.ts'
import { type SampleGrid, eArmPage } from './earm-page.ts'
import { drawAll } from './figures.ts'
import { type Document, writeDocuments } from './files.ts'
import { imageGrid, squareGrid } from './image-grid.ts'
import { pictureDocuments, type PictureFormat } from './run-files.ts'

/** The images of each variant as a grid about as high as wide; none for text. */
export const sampleGrids = ({ image, samples }: EArmResults): readonly SampleGrid[] =>
  image === undefined
    ? []
    : Object.entries(samples).flatMap(([variant, rows]) => {
        const grid = squareGrid(image, rows.length)
        const tokens = { tokens: Int32Array.from(rows.flat()), count: rows.length, time: rows[0]?.length ?? 0 }
        return rows.length === 0 ? [] : [{ variant, png: imageGrid(grid, tokens) }]
      })

const textDocuments = ({ texts }: EArmResults): readonly Document[] => {
  const lines = Object.entries(texts).flatMap(([variant, each]) =>
    each.map((text) => `${JSON.stringify({ variant, text })}\n`),
  )
  return lines.length === 0 ? [] : [{ name: 'samples.jsonl', content: lines.join('') }]
}

/** Everything that an experiment leaves behind, as documents; all is drawn before anything is written. */
export const eArmDocuments =
  (formats: readonly PictureFormat[]) =>
  (results: EArmResults): TE.TaskEither<Failure, readonly Document[]> => {
    const grids = sampleGrids(results)
    return pipe(
      drawAll(eArmFigures(results)),
      TE.chain((drawings) =>
        pipe(
          pictureDocuments(formats)(drawings),
          TE.map((pictures) => [
            ...pictures,
            ...grids.map(({ variant, png }) => ({ name: `figures/samples-${variant}.png`, content: png })),
            ...textDocuments(results),
            { name: 'report.html', content: eArmPage(drawings, grids)(results) },
            { name: 'results.json', content: `${JSON.stringify(eArmResultsCodec.encode(results), null, 2)}\n` },
          ]),
        ),
      ),
    )
  }

/** Writes the files of an experiment into its folder; returns their paths. */
export const writeEArm =
  (directory: string, formats: readonly PictureFormat[]) =>
  (results: EArmResults): TE.TaskEither<Failure, readonly string[]> =>
    pipe(eArmDocuments(formats)(results), TE.chain(writeDocuments(directory)))

/** Reads `results.json` of a run folder; `File` when it is not there, `Format` when it is not the record. */
export const readEArm = (directory: string): TE.TaskEither<Failure, EArmResults> => {
  const path = join(directory, 'results.json')
  return pipe(
    TE.tryCatch(
      () => readFile(path, 'utf8'),
      () => failure('File', `${path} cannot be read`, 'give the folder of a finished run', { path }),
    ),
    TE.chainEitherK((text): E.Either<Failure, EArmResults> => decodeJson(eArmResultsCodec, path)(text)),
  )
}
