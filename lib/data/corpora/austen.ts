/** Jane Austen's six novels as a corpus, one document a chapter. */
import { join } from 'node:path'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { type Document, plainText } from '../documents.ts'
import { sources } from '../sources.ts'
import type { CorpusKind } from './corpus-kind.ts'
import { readRData } from './r-data.ts'

const HEADING = /^\s*chapter\s+(?:\d+|[ivxlc]+)\b/iu

/** Lines are joined to paragraphs: the books break them at 70 characters. */
const paragraphs = (lines: readonly string[]): string =>
  plainText(lines.map((line) => line.trim()).join('\n'))
    .split(/\n{2,}/u)
    .map((paragraph) => paragraph.replaceAll('\n', ' '))
    .join('\n')

/** The chapters of a novel: a document begins at each heading; what precedes the first one is the title page. */
export const chaptersOf =
  (novel: string) =>
  (lines: readonly string[]): readonly Document[] => {
    const starts = lines.flatMap((line, i) => (HEADING.test(line) ? [i] : []))
    return starts.map((start, i) => ({
      name: `${novel}.${i + 1}`,
      text: paragraphs(lines.slice(start, starts[i + 1])),
    }))
  }

/** Emma, Mansfield Park, Northanger Abbey, Persuasion, Pride and Prejudice, Sense and Sensibility. */
export const austen: CorpusKind = {
  title: 'Jane Austen’s six novels, by chapter',
  source: sources.austen,
  revision: 1,
  documents: (folder) =>
    pipe(
      readRData(join(folder, 'usr', 'lib', 'R', 'site-library', 'janeaustenr', 'data')),
      TE.map((novels) => [...novels].flatMap(([novel, lines]) => chaptersOf(novel)(lines))),
    ),
}
