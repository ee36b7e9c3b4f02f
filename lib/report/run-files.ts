/**
 * The files of a finished run: `report.html`, `figures/*.svg` (and PNG on request), and last `results.json`, whose
 * presence says that the run is complete.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { decodeJson } from '../codec/json.ts'
import { type Failure, failure } from '../errors.ts'
import { type GamResults, gamResultsCodec } from '../systems/gam/results.ts'
import { type Drawing, drawAll, figuresOf } from './figures.ts'
import { type Document, writeDocuments } from './files.ts'
import { runPage } from './run-page.ts'
import { toPng } from './svg.ts'

/** Which kinds of picture to write beside the report. */
export type PictureFormat = 'svg' | 'png'

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

/** Results as the text of `results.json`. */
export const resultsText = (results: GamResults): string =>
  `${JSON.stringify(gamResultsCodec.encode(results), null, 2)}\n`

/** Everything a run leaves behind, as documents; all is drawn before anything is written. */
export const runDocuments =
  (formats: readonly PictureFormat[]) =>
  (results: GamResults): TE.TaskEither<Failure, readonly Document[]> =>
    pipe(
      drawAll(figuresOf(results)),
      TE.chain((drawings) =>
        pipe(
          pictureDocuments(formats)(drawings),
          TE.map((pictures) => [
            ...pictures,
            { name: 'report.html', content: runPage(drawings)(results) },
            { name: 'results.json', content: resultsText(results) },
          ]),
        ),
      ),
    )

/** Writes the files of a run into its folder; returns their paths. */
export const writeRun =
  (directory: string, formats: readonly PictureFormat[]) =>
  (results: GamResults): TE.TaskEither<Failure, readonly string[]> =>
    pipe(runDocuments(formats)(results), TE.chain(writeDocuments(directory)))

/** Reads `results.json` of a run folder; `File` when it is not there, `Format` when it is not the record. */
export const readResults = (directory: string): TE.TaskEither<Failure, GamResults> => {
  const path = join(directory, 'results.json')
  return pipe(
    TE.tryCatch(
      () => readFile(path, 'utf8'),
      () => failure('File', `${path} cannot be read`, 'give the folder of a finished run', { path }),
    ),
    TE.chainEitherK((text): E.Either<Failure, GamResults> => decodeJson(gamResultsCodec, path)(text)),
  )
}
