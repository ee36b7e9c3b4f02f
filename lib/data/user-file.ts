/**
 * A text file of the user's own as a corpus: documents between blank lines, or parts by position when there are too few.
 */
import { basename } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { type Failure, failure } from '../errors.ts'
import { type Document, divideDocuments, plainText, type Splits, usualShares } from './documents.ts'
import { readBytes } from './files.ts'

const FEWEST_DOCUMENTS = 10

const refuse = (file: string, why: string, remedy: string): E.Either<Failure, never> =>
  E.left(failure('File', `${file} ${why}`, remedy, { file }))

const PLAIN = 'give a plain text file in UTF-8'

/** The text of bytes in UTF-8 as it is; `File` when they are empty, binary (a zero byte), or not UTF-8. */
export const decodeUtf8 =
  (file: string) =>
  (bytes: Uint8Array): E.Either<Failure, string> => {
    if (bytes.length === 0) return refuse(file, 'is empty', PLAIN)
    if (bytes.includes(0)) return refuse(file, 'is a binary file', PLAIN)
    return E.tryCatch(
      () => new TextDecoder('utf-8', { fatal: true }).decode(bytes),
      () => failure('File', `${file} is not text in UTF-8`, 'convert it, for example with iconv', { file }),
    )
  }

/** The plain text of bytes in UTF-8; `File` as in `decodeUtf8`, and when there is nothing but white space. */
export const decodeText =
  (file: string) =>
  (bytes: Uint8Array): E.Either<Failure, string> =>
    pipe(
      decodeUtf8(file)(bytes),
      E.map(plainText),
      E.flatMap((text) => (text === '' ? refuse(file, 'holds nothing but white space', PLAIN) : E.right(text))),
    )

/** The place of the last line end or blank before `at`, so that no word is cut. */
const seam = (text: string, at: number): number => {
  const line = text.lastIndexOf('\n', at)
  const blank = text.lastIndexOf(' ', at)
  const place = line > at - 2000 && line > 0 ? line : blank
  return place > 0 ? place + 1 : at
}

/** One text in three: its last tenth is validation and test, in this order. */
const byPosition = (name: string, text: string): Splits<readonly Document[]> => {
  const { validation, test } = usualShares
  const first = seam(text, Math.floor(text.length * (1 - validation - test)))
  const second = Math.max(first, seam(text, Math.floor(text.length * (1 - test))))
  const part = (from: number, to?: number): readonly Document[] =>
    [{ name: `${name}:${from}`, text: text.slice(from, to).trim() }].filter((piece) => piece.text !== '')
  return { training: part(0, first), validation: part(first, second), test: part(second) }
}

/**
 * Divides a text: from ten documents between blank lines on whole documents as every corpus does, else by position.
 */
export const divideText =
  (name: string) =>
  (text: string): Splits<readonly Document[]> => {
    const documents = text
      .split(/\n(?:[ \t]*\n)+/u)
      .map((piece, i) => ({ name: `${name}#${i + 1}`, text: piece.trim() }))
    return documents.length < FEWEST_DOCUMENTS ? byPosition(name, text) : divideDocuments(documents)
  }

const complete = (file: string, splits: Splits<readonly Document[]>): E.Either<Failure, Splits<readonly Document[]>> =>
  splits.training.length > 0 && splits.validation.length > 0 && splits.test.length > 0
    ? E.right(splits)
    : refuse(file, 'is too short to be divided into training, validation and test', 'give a longer text')

/** A text file, divided. `File` when it cannot be read, is empty, binary or too short. */
export const readTextFile = (file: string): TE.TaskEither<Failure, Splits<readonly Document[]>> =>
  pipe(
    readBytes(file),
    TE.chainEitherK(decodeText(file)),
    TE.map(divideText(basename(file))),
    TE.chainEitherK((splits) => complete(file, splits)),
  )
