/**
 * LibreOffice's help in two languages, aligned: every paragraph and heading has the same id in the same page of every
 * language.
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at, four } from '../../at.ts'
import type { Failure } from '../../errors.ts'
import { fileEffect, readBytes } from '../files.ts'
import { textOf } from './markup.ts'

/** A sentence pair and the page (or chapter) that it is from. */
export interface AlignedPair {
  readonly page: string
  readonly source: string
  readonly target: string
}

const PARAGRAPH = /<(p|h[1-6])\b[^>]*?\bid="([^"]+)"[^>]*>(.*?)<\/\1>/gsu

/** What the page's own frame holds after the content. */
const FOOTER = '<div id="SearchFrame">'

/** The paragraphs of a page by id; an id that occurs twice keeps its first text. */
export const paragraphsOf = (html: string): ReadonlyMap<string, string> => {
  const content = at(html.split(FOOTER), 0)
  const found = new Map<string, string>()
  for (const match of content.matchAll(PARAGRAPH)) {
    const [, , id, markup] = four(match)
    const text = textOf(markup)
    if (text !== '' && !found.has(id)) found.set(id, text)
  }
  return found
}

const pagesOf = (root: string): TE.TaskEither<Failure, readonly string[]> =>
  pipe(
    fileEffect('list', root, () => readdir(root, { recursive: true, encoding: 'utf8' })),
    TE.map((names) => names.filter((name) => name.endsWith('.html')).sort()),
  )

const page = (root: string, name: string): TE.TaskEither<Failure, ReadonlyMap<string, string>> =>
  pipe(
    readBytes(join(root, name)),
    TE.map((bytes) => paragraphsOf(Buffer.from(bytes).toString('utf8'))),
  )

/** The folder of a language's pages below the unpacked package. */
export const helpFolder = (folder: string, language: string): string =>
  join(folder, 'usr', 'share', 'libreoffice', 'help', language)

/** Pairs from two folders of pages: the paragraphs that both have. `File` when a folder cannot be read. */
export const alignPages = (sources: string, targets: string): TE.TaskEither<Failure, readonly AlignedPair[]> =>
  pipe(
    TE.Do,
    TE.apS('left', pagesOf(sources)),
    TE.apS('right', pagesOf(targets)),
    TE.map(({ left, right }) => {
      const both = new Set(right)
      return left.filter((name) => both.has(name))
    }),
    TE.chain(
      TE.traverseSeqArray((name) =>
        pipe(
          TE.Do,
          TE.apS('source', page(sources, name)),
          TE.apS('target', page(targets, name)),
          TE.map(({ source, target }) =>
            [...source].flatMap(([id, text]): readonly AlignedPair[] => {
              const other = target.get(id)
              return other === undefined ? [] : [{ page: name, source: text, target: other }]
            }),
          ),
        ),
      ),
    ),
    TE.map((pages) => pages.flat()),
  )
