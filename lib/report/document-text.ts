/**
 * A document as plain text, for a terminal or a log. The title, figures, and blocks for the page alone are left to the page.
 */
import {
  type Block,
  type ColumnKind,
  type Document,
  type Group,
  plainText,
  type Table,
  type Words,
} from './document.ts'
import { type Alignment, textTable } from './text-table.ts'

/** Words on one line: white space is one space, and nothing in them can steer a terminal. */
const onOneLine = (words: Words): string => plainText(words).replace(/[\s\p{Cc}]+/gu, ' ')

const alignments: Readonly<Record<ColumnKind, Alignment>> = {
  words: 'left',
  number: 'right',
  quiet: 'left',
  string: 'left',
}

const tableLines = ({ title, columns, rows }: Table): readonly string[] => {
  if (rows.length === 0) return []
  const lines = textTable(columns.map(({ kind }) => alignments[kind]))(
    columns.map(({ head }) => onOneLine(head)),
    rows.map((cells) => cells.map(onOneLine)),
  )
  return [`${onOneLine(title)}:`, ...(columns.some(({ head }) => head !== '') ? lines : lines.slice(2))]
}

const groupLines = ({ label, texts }: Group): readonly string[] => [
  `${onOneLine(label)}:`,
  ...texts.map((text, i) => `  ${i + 1}. ${JSON.stringify(plainText(text))}`),
]

const linesOf = (block: Block<unknown>): readonly string[] => {
  switch (block.kind) {
    case 'heading':
      return [onOneLine(block.text)]
    case 'note':
      return [onOneLine(block.words)].filter((line) => line !== '')
    case 'cards':
      return textTable(['right', 'left'])(
        ['', ''],
        block.cards.map(({ value, meaning }) => [value, meaning].map(onOneLine)),
      ).slice(2)
    case 'table':
      return tableLines(block)
    case 'samples':
      return [`${onOneLine(block.title)}:`, ...block.groups.flatMap(groupLines)]
    case 'title':
    case 'figure':
    case 'paged':
      return []
  }
}

/** What follows a heading, and prose after prose, is not set apart by an empty line. */
const isJoined = (before: Block<unknown> | undefined, { kind }: Block<unknown>): boolean =>
  before?.kind === 'heading' || (before?.kind === 'note' && kind === 'note')

/** A document as text that begins with an empty line and ends with one, ready to print. */
export const textOf = (document: Document<unknown>): string => {
  const shown = document.map((block) => ({ block, lines: linesOf(block) })).filter(({ lines }) => lines.length > 0)
  const lines = shown.flatMap(({ block, lines: own }, i) => (isJoined(shown[i - 1]?.block, block) ? own : ['', ...own]))
  return `${[...lines, ''].join('\n')}\n`
}
