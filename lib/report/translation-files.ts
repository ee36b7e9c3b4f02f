/**
 * The files of a translation experiment: `report.html`, `figures/*`, and last `results.json`.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { decodeJson } from '../codec/json.ts'
import { type Failure, failure } from '../errors.ts'
import { type TranslationResults, translationResultsCodec } from '../systems/e-arm/translation-results.ts'
import { drawAll } from './figures.ts'
import { type Document, writeDocuments } from './files.ts'
import { pictureDocuments, type PictureFormat } from './run-files.ts'
import { translationFigures } from './translation-charts.ts'
import { translationPage } from './translation-page.ts'

/** Everything that an experiment leaves behind, as documents; all is drawn before anything is written. */
export const translationDocuments =
  (formats: readonly PictureFormat[]) =>
  (results: TranslationResults): TE.TaskEither<Failure, readonly Document[]> =>
    pipe(
      drawAll(translationFigures(results)),
      TE.chain((drawings) =>
        pipe(
          pictureDocuments(formats)(drawings),
          TE.map((pictures) => [
            ...pictures,
            { name: 'report.html', content: translationPage(drawings)(results) },
            { name: 'results.json', content: `${JSON.stringify(translationResultsCodec.encode(results), null, 2)}\n` },
          ]),
        ),
      ),
    )

/** Writes the files of an experiment into its folder; returns their paths. */
export const writeTranslation =
  (directory: string, formats: readonly PictureFormat[]) =>
  (results: TranslationResults): TE.TaskEither<Failure, readonly string[]> =>
    pipe(translationDocuments(formats)(results), TE.chain(writeDocuments(directory)))

/** Reads `results.json` of a run folder; `File` when it is not there, `Format` when it is of no translation run. */
export const readTranslation = (directory: string): TE.TaskEither<Failure, TranslationResults> => {
  const path = join(directory, 'results.json')
  const remedy = 'give the folder of a finished run of exptilt earm translate'
  return pipe(
    TE.tryCatch(
      () => readFile(path, 'utf8'),
      () => failure('File', `${path} cannot be read`, remedy, { path }),
    ),
    TE.chainEitherK(decodeJson(translationResultsCodec, path)),
    TE.mapLeft((found) =>
      found.tag === 'File'
        ? found
        : failure('Format', `${path} is not of a translation run`, remedy, { path, found: found.what }),
    ),
  )
}
