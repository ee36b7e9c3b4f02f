/**
 * Parts of a report page that every experiment has: figures by name, tables of text, and the settings.
 */
import type { Drawing } from './figures.ts'
import { figureHtml, numberCell, tableOf, textCell } from './html.ts'

/** The drawings of these names, in this order; those that are missing are left out. */
export const figuresHtml = (drawings: readonly Drawing[], names: readonly string[], className = ''): string =>
  names
    .flatMap((name) => drawings.filter((drawing) => drawing.name === name))
    .map(figureHtml(className))
    .join('\n')

/** A table of text whose first column is a heading and whose others are numbers. */
export const textTableHtml = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  tableOf(head.map((name, i) => (i === 0 ? textCell(name) : numberCell(name))))(
    rows.map(([first = '', ...rest]) => [textCell(first), ...rest.map(numberCell)]),
  )

const settingText = (value: unknown): string => {
  if (value === undefined) return 'whole rows'
  if (value === Number.POSITIVE_INFINITY) return 'all'
  if (Array.isArray(value)) return value.map(settingText).join(', ')
  return typeof value === 'string' || typeof value === 'number' ? String(value) : JSON.stringify(value)
}

/** Options as a table without `out`: a record within them becomes a row for each entry; what is undefined is of whole rows. */
export const settingsHtml = ({ out: _, ...options }: { readonly out?: string }): string => {
  const entries = Object.entries(options).flatMap(([name, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.entries(value).map(([inner, one]) => [`${name} ${inner}`, settingText(one)] as const)
      : [[name, settingText(value)] as const],
  )
  return tableOf([])(entries.map(([name, value]) => [textCell(name), textCell(value)]))
}
