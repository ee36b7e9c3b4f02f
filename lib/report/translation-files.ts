/**
 * The report of a translation experiment: `report.html`, `figures/*`, `results.json`.
 */
import { join } from 'node:path'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { type Failure, failure } from '../errors.ts'
import { type TranslationResults, translationResultsCodec } from '../systems/e-arm/translation-results.ts'
import { type Report, readRecord } from './report-files.ts'
import { translationFigures } from './translation-charts.ts'
import { translationPage } from './translation-page.ts'

/** The files of `exptilt earm translate`. */
export const translationReport: Report<TranslationResults> = {
  codec: translationResultsCodec,
  parts: (results) => ({
    figures: translationFigures(results),
    besides: [],
    page: (drawings) => translationPage(drawings)(results),
  }),
}

/** Reads `results.json` of a run folder; `File` when it is not there, `Format` when it is of no translation run. */
export const readTranslation = (directory: string): TE.TaskEither<Failure, TranslationResults> => {
  const path = join(directory, 'results.json')
  const remedy = 'give the folder of a finished run of exptilt earm translate'
  return pipe(
    readRecord(translationResultsCodec)(directory),
    TE.mapLeft((found) =>
      found.tag === 'File'
        ? { ...found, remedy }
        : failure('Format', `${path} is not of a translation run`, remedy, { path, found: found.what }),
    ),
  )
}
