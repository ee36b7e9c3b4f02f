/**
 * A text that comes in three files, in a folder: WikiText as it is unpacked (`wiki.train.tokens`, `wiki.valid.tokens`,
 * `wiki.test.tokens`, or `.raw`), or `train.txt`, `valid.txt`, `test.txt`. The parts are kept as they are.
 */
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { decodeText } from '../codec/text.ts'
import { type Failure, failure } from '../errors.ts'
import { type Document, plainText, type Splits } from './documents.ts'
import { readBytes } from './files.ts'
import { readParts } from './part-files.ts'

/** The names that the three files may have, the first of which is taken. */
const names: Splits<readonly string[]> = {
  training: ['wiki.train.tokens', 'wiki.train.raw', 'train.txt'],
  validation: ['wiki.valid.tokens', 'wiki.valid.raw', 'valid.txt'],
  test: ['wiki.test.tokens', 'wiki.test.raw', 'test.txt'],
}

/** The most bytes of a file that become one string. */
const PIECE = 2 ** 28

/** The bytes in pieces that end where lines end, so that files of any size can be read. */
const pieces = (bytes: Uint8Array, most: number): readonly Uint8Array[] => {
  const found: Uint8Array[] = []
  for (let from = 0; from < bytes.length; ) {
    const last = bytes.length - from <= most ? bytes.length : bytes.lastIndexOf(10, from + most - 1) + 1
    const to = last > from ? last : Math.min(bytes.length, from + most)
    found.push(bytes.subarray(from, to))
    from = to
  }
  return found
}

/** The texts of a file, in pieces that end where lines end. `File` when it cannot be read or is no text. */
export const textPieces = (file: string, most: number = PIECE): TE.TaskEither<Failure, readonly string[]> =>
  pipe(
    readBytes(file),
    TE.chainEitherK((bytes) => E.traverseArray(decodeText(file))(pieces(bytes, most))),
  )

/** Articles of WikiText begin with a line ` = Title = `; sections have more signs. */
const ARTICLE = /^(?= = [^=\n]+ = \n)/mu

/** The documents of a file: articles, or one document where none begins. */
const documentsOf = (name: string, texts: readonly string[]): readonly Document[] =>
  texts
    .flatMap((text) => text.split(ARTICLE))
    .map((text, i) => ({ name: `${name}#${i + 1}`, text: plainText(text) }))
    .filter(({ text }) => text !== '')

const refused = (what: string, facts: Readonly<Record<string, string>>): TE.TaskEither<Failure, never> =>
  TE.left(failure('File', what, 'give a folder with the three parts of a text', facts))

const partOf =
  (folder: string) =>
  (there: readonly string[], wanted: readonly string[]): TE.TaskEither<Failure, readonly Document[]> => {
    const name = wanted.find((each) => there.includes(each))
    if (name === undefined)
      return refused(`${folder} has no ${wanted.join(', ').replace(/, (?=[^,]*$)/u, ' or ')}`, { folder })
    return pipe(
      textPieces(join(folder, name)),
      TE.map((texts) => documentsOf(name, texts)),
      TE.chain((found) => (found.length > 0 ? TE.right(found) : refused(`${join(folder, name)} is empty`, { name }))),
    )
  }

/** The three parts of a folder, with a checksum of them. `File` where one is not there, cannot be read or is no text. */
export const readTextFolder = (
  folder: string,
): TE.TaskEither<Failure, Splits<readonly Document[]> & { readonly sha256: string }> =>
  readParts(folder, names, partOf(folder), ({ text }) => text)
