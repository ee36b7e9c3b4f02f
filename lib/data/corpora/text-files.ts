/**
 * Corpora whose package holds one text file a document: the State of the Union addresses, and Moby Dick by chapter.
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { Failure } from '../../errors.ts'
import { type Document, plainText } from '../documents.ts'
import { fileEffect, readBytes } from '../files.ts'
import { sources } from '../sources.ts'
import type { CorpusKind } from './corpus-kind.ts'

const document =
  (folder: string) =>
  (file: string): TE.TaskEither<Failure, Document> =>
    pipe(
      readBytes(join(folder, file)),
      TE.map((bytes) => ({
        name: file.replace(/\.txt$/u, ''),
        text: plainText(Buffer.from(bytes).toString('utf8')),
      })),
    )

/** Numbers within names by value, so that chapter 2 stands before chapter 10. */
const byName = new Intl.Collator('en', { numeric: true })

/** The files of a folder that `keep` accepts, as documents in order of their names. */
export const textFiles =
  (keep: RegExp) =>
  (folder: string): TE.TaskEither<Failure, readonly Document[]> =>
    pipe(
      fileEffect('list', folder, () => readdir(folder)),
      TE.map((names) => names.filter((name) => keep.test(name)).sort(byName.compare)),
      TE.chain(TE.traverseArray(document(folder))),
    )

/** 233 State of the Union addresses, 1790 to 2021, one document each. */
export const stateOfTheUnion: CorpusKind = {
  title: 'State of the Union addresses, 1790–2021',
  source: sources.stateOfTheUnion,
  revision: 1,
  documents: (folder) => textFiles(/^\d.*\.txt$/u)(join(folder, 'package', 'data')),
}

/** Moby Dick, one document a chapter. */
export const mobyDick: CorpusKind = {
  title: 'Moby Dick, by chapter',
  source: sources.mobyDick,
  revision: 1,
  documents: (folder) => textFiles(/^(?:chapter_\d+|epilogue)\.txt$/u)(join(folder, 'package', 'data')),
}
