/**
 * A text file of the user's own as a corpus: documents between blank lines, or parts by position when there are too few.
 */
import { basename } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { decodeText } from '../codec/text.ts'
import { type Failure, failure } from '../errors.ts'
import { type Document, divideDocuments, plainText, type Splits, usualShares } from './documents.ts'
import { readBytes } from './files.ts'

const FEWEST_DOCUMENTS = 10

const refuse = (file: string, why: string, remedy: string): E.Either<Failure, never> =>
  E.left(failure('File', `${file} ${why}`, remedy, { file }))

const PLAIN = 'give a plain text file in UTF-8'

/** The text of a file as it is. `File` when it cannot be read, is no text, or is empty. */
export const readText = (file: string): TE.TaskEither<Failure, string> =>
  pipe(
    readBytes(file),
    TE.chainEitherK(decodeText(file)),
    TE.chainEitherK((text) => (text === '' ? refuse(file, 'is empty', PLAIN) : E.right(text))),
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
    readText(file),
    TE.map(plainText),
    TE.chainEitherK((text) => (text === '' ? refuse(file, 'holds nothing but white space', PLAIN) : E.right(text))),
    TE.map(divideText(basename(file))),
    TE.chainEitherK((splits) => complete(file, splits)),
  )
