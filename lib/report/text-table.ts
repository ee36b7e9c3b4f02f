/**
 * Tables as plain text: columns padded to their widest cell, for a terminal or a log.
 */
import { at, orElse } from '../at.ts'

/** How a column is aligned. */
export type Alignment = 'left' | 'right'

const padded = (cell: string, width: number, alignment: Alignment): string =>
  alignment === 'right' ? cell.padStart(width) : cell.padEnd(width)

/** Lines of a table; columns that are empty in every row (the head aside) are left out. */
export const textTable =
  (alignments: readonly Alignment[]) =>
  (head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] => {
    const used = head.map((_, column) => rows.some((row) => orElse(row[column], '') !== ''))
    const widths = head.map((title, column) =>
      Math.max(...[head, ...rows].map((row) => [...orElse(row[column], '')].length), title.length),
    )
    const line = (row: readonly string[]): string =>
      row
        .map((cell, column) => padded(cell, at(widths, column), at(alignments, column)))
        .filter((_, column) => used[column] === true)
        .join('  ')
        .trimEnd()
    const rule = line(widths.map((width) => '─'.repeat(width)))
    return [line(head), rule, ...rows.map(line)]
  }
