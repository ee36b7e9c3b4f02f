/** The King James Bible as a corpus, one document a chapter, one line a verse. */
import { join } from 'node:path'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { Document } from '../documents.ts'
import { sources } from '../sources.ts'
import type { CorpusKind } from './corpus-kind.ts'
import { readSword, type Verse } from './sword.ts'

/** Where a module's data lie below the unpacked package. */
export const moduleFolder = (folder: string, module: string): string =>
  join(folder, 'usr', 'share', 'sword', 'modules', 'texts', 'ztext', module)

const chapters = (verses: readonly Verse[]): readonly Document[] => {
  const lines = new Map<string, string[]>()
  for (const { chapter, text } of verses) {
    const held = lines.get(chapter)
    if (held === undefined) lines.set(chapter, [text])
    else held.push(text)
  }
  return [...lines].map(([name, all]) => ({ name, text: all.join('\n') }))
}

/** The King James Version (1769 text): 1 189 chapters, 31 102 verses. */
export const kingJames: CorpusKind = {
  title: 'King James Bible, by chapter',
  source: sources.kingJames,
  revision: 1,
  documents: (folder) => pipe(readSword(moduleFolder(folder, 'engKJV2006eb')), TE.map(chapters)),
}
