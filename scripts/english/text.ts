/**
 * The text that the English model is trained on: passages of one to a few sentences, cut out of the public-domain corpora of
 * the library, each followed by the end symbol.
 */
import type { Document } from '../../lib/data/documents.ts'

/** The longest passage of several sentences, in characters. */
const LONGEST = 180

/** Where sentences end; titles and initials before a name are no ends. */
const ENDS = /(?<=(?<!\b(?:Mr|Mrs|Messrs|Dr|St|Capt|Gen|Col|Hon|Esq|No|vol|[A-Z]))[.!?]["'”’)]*)\s+(?=["'“‘(]?[A-Z])/u

const isHeading = (line: string): boolean => /^(?:chapter|volume)\b/iu.test(line) || !/[a-z]/u.test(line)

/** The sentences of a paragraph, as many together as stay below the longest passage. */
export const passagesOf = (paragraph: string): readonly string[] => {
  const out: string[] = []
  for (const sentence of paragraph.split(ENDS)) {
    const last = out.at(-1)
    if (last !== undefined && last.length + sentence.length < LONGEST) out[out.length - 1] = `${last} ${sentence}`
    else out.push(sentence)
  }
  return out
}

/** The passages of documents in their order: lines are paragraphs, headings are left out. */
export const passages = (documents: readonly Document[]): readonly string[] =>
  documents.flatMap(({ text }) =>
    text
      .split('\n')
      .map((line) => line.replace(/\s+/gu, ' ').replaceAll('_', '').trim())
      .filter((line) => line !== '' && !isHeading(line))
      .flatMap(passagesOf),
  )
