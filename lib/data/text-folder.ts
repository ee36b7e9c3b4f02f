/**
 * A text that comes in three files, in a folder: WikiText as it is unpacked (`wiki.train.tokens`, `wiki.valid.tokens`,
 * `wiki.test.tokens`, or `.raw`), or `train.txt`, `valid.txt`, `test.txt`. The parts are kept as they are.
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { decodeText } from '../codec/text.ts'
import { effect, fail } from '../effect.ts'
import { type Failure, failure } from '../errors.ts'
import { type Document, plainText, type Splits } from './documents.ts'
import { fileEffect, readBytes, sha256 } from './files.ts'

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

const lacks = (folder: string, wanted: readonly string[]): Failure =>
  failure(
    'File',
    `${folder} has no ${wanted.join(', ').replace(/, (?=[^,]*$)/u, ' or ')}`,
    'give a folder with the three parts of a text',
    {
      folder,
    },
  )

/** The three parts of a folder, with a checksum of them. `File` where one is not there, cannot be read or is no text. */
export const readTextFolder = (
  folder: string,
): TE.TaskEither<Failure, Splits<readonly Document[]> & { readonly sha256: string }> =>
  effect(async (run) => {
    const there = await run(fileEffect('read', folder, () => readdir(folder)))
    const part = async (wanted: readonly string[]): Promise<readonly Document[]> => {
      const name = wanted.find((each) => there.includes(each))
      if (name === undefined) return fail(lacks(folder, wanted))
      const found = documentsOf(name, await run(textPieces(join(folder, name))))
      return found.length > 0
        ? found
        : fail(
            failure('File', `${join(folder, name)} is empty`, 'give a folder with the three parts of a text', { name }),
          )
    }
    const parts = {
      training: await part(names.training),
      validation: await part(names.validation),
      test: await part(names.test),
    }
    const all = Object.values(parts).flat()
    return { ...parts, sha256: sha256(all.map(({ text }) => sha256(text)).join('')) }
  })
