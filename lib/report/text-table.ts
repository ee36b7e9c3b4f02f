/**
 * Tables as plain text, for a terminal or a log: columns padded to their widest cell, within 80 columns. Where they are wider,
 * words are broken over lines, and columns that still do not fit follow in a table of their own.
 */
import { at, orElse } from '../at.ts'

/** How a column is aligned. */
export type Alignment = 'left' | 'right'

/** Columns of a terminal as narrow as they come. */
const WIDTH = 80

const GAP = '  '

/** Characters of a word that is not broken. */
const LONGEST_WORD = 24

const lengthOf = (text: string): number => [...text].length

/** A word in pieces of at most `width` characters. */
const pieces = (word: string, width: number): readonly string[] =>
  lengthOf(word) <= width ? [word] : (word.match(new RegExp(`.{1,${width}}`, 'gsu')) ?? [])

/** Text in lines of at most `width` characters, broken between words where it can be. */
const wrapped = (text: string, width: number): readonly string[] => {
  if (lengthOf(text) <= width) return [text]
  const lines: string[] = []
  for (const word of text.split(' ').flatMap((each) => pieces(each, width))) {
    const last = lines.at(-1)
    if (last !== undefined && lengthOf(last) + 1 + lengthOf(word) <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

/** A column: its alignment, its head, its cells. */
interface Column {
  readonly alignment: Alignment
  readonly head: string
  readonly cells: readonly string[]
}

const widest = (texts: readonly string[]): number => texts.reduce((most, text) => Math.max(most, lengthOf(text)), 0)

const widthOf = ({ head, cells }: Column): number => widest([head, ...cells])

/** The least width of a column: numbers are never broken; words of more characters are. */
const leastWidth = ({ alignment, head, cells }: Column): number => {
  const words = head.split(' ')
  return alignment === 'right'
    ? widest([...words, ...cells])
    : Math.min(LONGEST_WORD, widest([...words, ...cells.flatMap((cell) => cell.split(' '))]))
}

const total = (widths: readonly number[]): number => widths.reduce((sum, n) => sum + n + GAP.length, -GAP.length)

/** Widths that fit: what is left over the least ones goes to the columns that want more, first to those that want little. */
const fitted = (columns: readonly Column[]): readonly number[] => {
  const wanted = columns.map(widthOf)
  if (total(wanted) <= WIDTH) return wanted
  const widths = columns.map(leastWidth)
  const byWant = widths.map((_, i) => i).sort((a, b) => at(wanted, a) - at(widths, a) - at(wanted, b) + at(widths, b))
  byWant.forEach((column, turn) => {
    const share = Math.floor((WIDTH - total(widths)) / (byWant.length - turn))
    widths[column] = Math.min(at(wanted, column), at(widths, column) + Math.max(0, share))
  })
  return widths
}

const padded = (cell: string, width: number, alignment: Alignment): string => {
  const space = ' '.repeat(Math.max(0, width - lengthOf(cell)))
  return alignment === 'right' ? space + cell : cell + space
}

const linesOf = (columns: readonly Column[]): readonly string[] => {
  const widths = fitted(columns)
  const rowLines = (row: readonly string[]): readonly string[] => {
    const cells = row.map((cell, column) => wrapped(cell, at(widths, column)))
    const height = cells.reduce((most, lines) => Math.max(most, lines.length), 1)
    return Array.from({ length: height }, (_, line) =>
      cells
        .map((lines, column) => padded(orElse(lines[line], ''), at(widths, column), at(columns, column).alignment))
        .join(GAP)
        .trimEnd(),
    )
  }
  const rule = widths.map((width) => '─'.repeat(width)).join(GAP)
  const rows = Array.from({ length: at(columns, 0).cells.length }, (_, row) =>
    columns.map(({ cells }) => at(cells, row)),
  )
  return [...rowLines(columns.map(({ head }) => head)), rule, ...rows.flatMap(rowLines)]
}

/** Columns in groups that fit side by side; those that name the rows, before the first number, begin each. */
const groupsOf = (columns: readonly Column[]): readonly (readonly Column[])[] => {
  const named = Math.max(
    1,
    columns.findIndex(({ alignment }) => alignment === 'right'),
  )
  const names = columns.slice(0, named)
  const groups: (readonly Column[])[] = [names]
  for (const column of columns.slice(named)) {
    const last = at(groups, groups.length - 1)
    const isFull = last.length > named && total([...last, column].map(leastWidth)) > WIDTH
    if (isFull) groups.push([...names, column])
    else groups[groups.length - 1] = [...last, column]
  }
  return groups
}

/** Lines of a table; columns that are empty in every row (the head aside) are left out. */
export const textTable =
  (alignments: readonly Alignment[]) =>
  (head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] => {
    const columns = head
      .map((title, i) => ({
        alignment: at(alignments, i),
        head: title,
        cells: rows.map((row) => orElse(row[i], '')),
      }))
      .filter(({ cells }) => cells.some((cell) => cell !== ''))
    if (columns.length === 0) return []
    return groupsOf(columns).flatMap((group, i) => (i === 0 ? linesOf(group) : ['', ...linesOf(group)]))
  }
