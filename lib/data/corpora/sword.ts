/**
 * Reads a SWORD `zText` Bible (one book a compressed block): the verses of both testaments in the order of the module's
 * versification, so that two modules of one versification are aligned by place.
 *
 * Format: `.bzs` lists blocks (offset, compressed size, size; u32 each), `.bzv` entries (block u32, offset u32, size u16),
 * `.bzz` is the blocks, zlib each. Entries are two headings, then for each book a heading and its chapters, each a
 * heading (which opens `<chapter osisID=…>`) and its verses.
 */
import { inflateSync } from 'node:zlib'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at } from '../../at.ts'
import { type Failure, failure } from '../../errors.ts'
import { readBytes } from '../files.ts'
import { dropElements, textOf } from './markup.ts'

/** The most bytes that a part unpacks to. */
const LARGEST = 2 ** 28

/** A verse: its chapter as in `Gen.1`, its place among the module's entries (`ot.4`), and its plain text. */
export interface Verse {
  readonly chapter: string
  readonly place: string
  readonly text: string
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const blocksOf = (index: Uint8Array, packed: Uint8Array): readonly Uint8Array[] => {
  const view = viewOf(index)
  return Array.from({ length: Math.floor(index.length / 12) }, (_, i) => {
    const offset = view.getUint32(12 * i, true)
    const size = view.getUint32(12 * i + 4, true)
    return size === 0
      ? new Uint8Array(0)
      : inflateSync(packed.subarray(offset, offset + size), { maxOutputLength: LARGEST })
  })
}

/** The entries of one testament, as markup. */
const entriesOf = (index: Uint8Array, verses: Uint8Array, packed: Uint8Array): readonly string[] => {
  const blocks = blocksOf(index, packed)
  const view = viewOf(verses)
  return Array.from({ length: Math.floor(verses.length / 10) }, (_, i) => {
    const offset = view.getUint32(10 * i + 4, true)
    const block = at(blocks, view.getUint32(10 * i, true))
    return Buffer.from(block.subarray(offset, offset + view.getUint16(10 * i + 8, true))).toString('utf8')
  })
}

const verseText = (markup: string): string => textOf(dropElements('note', 'title')(markup)).replace(/¶/gu, '').trim()

const HEADING = /<chapter\b[^>]*\bosisID="([^"]+)"[^>]*\bsID=/u

/** What opens a book; the last verse of a book closes it (`eID`). */
const BOOK = /<div\b(?=[^>]*\btype="book")[^>]*\bsID=|x-importer/u

const versesOf = (testament: string, entries: readonly string[]): readonly Verse[] => {
  let chapter = ''
  const out: Verse[] = []
  for (const [i, entry] of entries.entries()) {
    const opened = HEADING.exec(entry)?.[1]
    const heading = opened !== undefined || BOOK.test(entry)
    chapter = opened ?? chapter
    const text = heading ? '' : verseText(entry)
    if (text !== '' && chapter !== '') out.push({ chapter, place: `${testament}.${i}`, text })
  }
  return out
}

const testament =
  (folder: string) =>
  (name: 'ot' | 'nt'): TE.TaskEither<Failure, readonly Verse[]> =>
    pipe(
      [`${name}.bzs`, `${name}.bzv`, `${name}.bzz`],
      TE.traverseArray((file) => readBytes(`${folder}/${file}`)),
      TE.chainEitherK(([index, verses, packed]) =>
        index === undefined || verses === undefined || packed === undefined
          ? E.right([])
          : E.tryCatch(
              () => versesOf(name, entriesOf(index, verses, packed)),
              () =>
                failure('Format', `${folder} is not a zText module`, 'delete the cache folder and fetch it again', {
                  folder,
                }),
            ),
      ),
    )

/** The verses of a module's data folder, Old Testament first. `File` or `Format` when it is not a zText module. */
export const readSword = (folder: string): TE.TaskEither<Failure, readonly Verse[]> =>
  pipe(
    ['ot', 'nt'] as const,
    TE.traverseArray(testament(folder)),
    TE.map((testaments) => testaments.flat()),
  )
