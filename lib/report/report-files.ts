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
import type { Document } from './document.ts'
import { htmlOf } from './document-html.ts'
import { drawDocument, type PictureFormat, pictureFiles } from './draw.ts'
import { type OutputFile, writeFiles } from './files.ts'

/** What is shown of some results: the document, and files besides its page and its figures. */
interface ReportParts {
  readonly document: Document
  readonly besides: readonly OutputFile[]
}

/** A system's report: how its results are kept, and what is shown of them. */
export interface Report<R> {
  readonly codec: t.Type<R, unknown>
  readonly parts: (results: R) => ReportParts
}

/** The files of a document: its figures, and its page under a name; all is drawn before anything is written. */
export const documentFiles =
  (page: string, formats: readonly PictureFormat[]) =>
  (document: Document, besides: readonly OutputFile[] = []): TE.TaskEither<Failure, readonly OutputFile[]> =>
    pipe(
      drawDocument(document),
      TE.bindTo('drawn'),
      TE.bind('pictures', ({ drawn }) => pictureFiles(formats)(drawn)),
      TE.map(({ drawn, pictures }) => [...pictures, ...besides, { name: page, content: htmlOf(drawn) }]),
    )

/** Everything that a run leaves behind, the record last. */
export const reportFiles =
  <R>({ codec, parts }: Report<R>) =>
  (formats: readonly PictureFormat[]) =>
  (results: R): TE.TaskEither<Failure, readonly OutputFile[]> => {
    const { document, besides } = parts(results)
    return pipe(
      documentFiles('report.html', formats)(document, besides),
      TE.map((files) => [...files, { name: 'results.json', content: exactJson(codec.encode(results)) }]),
    )
  }

/** Writes the files of a run into its folder; returns their paths. */
export const writeReport =
  <R>(report: Report<R>) =>
  (directory: string, formats: readonly PictureFormat[]) =>
  (results: R): TE.TaskEither<Failure, readonly string[]> =>
    pipe(reportFiles(report)(formats)(results), TE.chain(writeFiles(directory)))

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
