/**
 * The files of a residual-model run: `report.html`, `figures/*`, `sheets/*`, `samples.jsonl`, and last `results.json`.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { decodeJson } from '../codec/json.ts'
import { type Failure, failure } from '../errors.ts'
import { key } from '../key.ts'
import { residualResultsCodec } from '../systems/residual/results-codec.ts'
import type { ResidualResults } from '../systems/residual/results.ts'
import { drawAll } from './figures.ts'
import { type Document, writeDocuments } from './files.ts'
import { humanSheets } from './human-sheets.ts'
import { residualFigures } from './residual-charts.ts'
import { residualPage } from './residual-page.ts'
import { pictureDocuments, type PictureFormat } from './run-files.ts'

const sampleDocuments = ({ generation, options }: ResidualResults): readonly Document[] =>
  generation === undefined
    ? []
    : [
        { name: 'samples.jsonl', content: generation.samples.map((sample) => `${JSON.stringify(sample)}\n`).join('') },
        ...humanSheets(generation.samples, key(options.seed)),
      ]

/** Everything a run leaves behind, as documents; all is drawn before anything is written. */
export const residualDocuments =
  (formats: readonly PictureFormat[]) =>
  (results: ResidualResults): TE.TaskEither<Failure, readonly Document[]> =>
    pipe(
      drawAll(residualFigures(results)),
      TE.chain((drawings) =>
        pipe(
          pictureDocuments(formats)(drawings),
          TE.map((pictures) => [
            ...pictures,
            ...sampleDocuments(results),
            { name: 'report.html', content: residualPage(drawings)(results) },
            {
              name: 'results.json',
              content: `${JSON.stringify(residualResultsCodec.encode(results), null, 2)}\n`,
            },
          ]),
        ),
      ),
    )

/** Writes the files of a run into its folder; returns their paths. */
export const writeResidual =
  (directory: string, formats: readonly PictureFormat[]) =>
  (results: ResidualResults): TE.TaskEither<Failure, readonly string[]> =>
    pipe(residualDocuments(formats)(results), TE.chain(writeDocuments(directory)))

/** Reads `results.json` of a run folder; `File` when it is not there, `Format` when it is not the record. */
export const readResidual = (directory: string): TE.TaskEither<Failure, ResidualResults> => {
  const path = join(directory, 'results.json')
  return pipe(
    TE.tryCatch(
      () => readFile(path, 'utf8'),
      () => failure('File', `${path} cannot be read`, 'give the folder of a finished run', { path }),
    ),
    TE.chainEitherK((text): E.Either<Failure, ResidualResults> => decodeJson(residualResultsCodec, path)(text)),
  )
}
