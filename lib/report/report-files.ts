/**
 * The files of a finished run of any system: `figures/*.svg` (and PNG on request), what the system has besides,
 * `report.html`, and last `results.json`, whose presence says that the run is complete.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type * as t from 'io-ts'
import { exactJson } from '../codec/exact-json.ts'
import { decodeJson } from '../codec/json.ts'
import { decodeText } from '../codec/text.ts'
import { type Failure, failure } from '../errors.ts'
import { type Drawing, drawAll, type Figure } from './figures.ts'
import { type Document, writeDocuments } from './files.ts'
import { toPng } from './svg.ts'

/** Which kinds of picture to write beside the report. */
export type PictureFormat = 'svg' | 'png'

/** What is shown of some results: figures to draw, documents besides, and the page, given the drawings. */
export interface ReportParts {
  readonly figures: readonly Figure[]
  readonly besides: readonly Document[]
  readonly page: (drawings: readonly Drawing[]) => string
}

/** A system's report: how its results are kept, and what is shown of them. */
export interface Report<R> {
  readonly codec: t.Type<R, unknown>
  readonly parts: (results: R) => ReportParts
}

const PIXELS_PER_UNIT = 2

/** Drawings as documents `figures/NAME.svg`, and `figures/NAME.png` where asked for. */
export const pictureDocuments =
  (formats: readonly PictureFormat[]) =>
  (drawings: readonly Drawing[]): TE.TaskEither<Failure, readonly Document[]> =>
    pipe(
      drawings.flatMap((drawing) => formats.map((format) => ({ drawing, format }))),
      TE.traverseSeqArray(({ drawing: { name, svg }, format }) =>
        format === 'svg'
          ? TE.right<Failure, Document>({ name: `figures/${name}.svg`, content: svg })
          : pipe(
              toPng(PIXELS_PER_UNIT)(svg),
              TE.map((content): Document => ({ name: `figures/${name}.png`, content })),
            ),
      ),
    )

/** Everything that a run leaves behind, as documents; all is drawn before anything is written. */
export const reportDocuments =
  <R>({ codec, parts }: Report<R>) =>
  (formats: readonly PictureFormat[]) =>
  (results: R): TE.TaskEither<Failure, readonly Document[]> => {
    const { figures, besides, page } = parts(results)
    return pipe(
      drawAll(figures),
      TE.bindTo('drawings'),
      TE.bind('pictures', ({ drawings }) => pictureDocuments(formats)(drawings)),
      TE.map(({ drawings, pictures }) => [
        ...pictures,
        ...besides,
        { name: 'report.html', content: page(drawings) },
        { name: 'results.json', content: exactJson(codec.encode(results)) },
      ]),
    )
  }

/** Writes the files of a run into its folder; returns their paths. */
export const writeReport =
  <R>(report: Report<R>) =>
  (directory: string, formats: readonly PictureFormat[]) =>
  (results: R): TE.TaskEither<Failure, readonly string[]> =>
    pipe(reportDocuments(report)(formats)(results), TE.chain(writeDocuments(directory)))

/** Reads `results.json` of a run folder; `File` when it is not there, `Format` when it is not the record. */
export const readRecord =
  <R>(codec: t.Type<R, unknown>) =>
  (directory: string): TE.TaskEither<Failure, R> => {
    const path = join(directory, 'results.json')
    return pipe(
      TE.tryCatch(
        () => readFile(path),
        () => failure('File', `${path} cannot be read`, 'give the folder of a finished run', { path }),
      ),
      TE.chainEitherK(decodeText(path)),
      TE.chainEitherK(decodeJson(codec, path)),
    )
  }
