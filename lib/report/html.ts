/**
 * HTML as text: escaping, tables, figures and the page around them. The page links to nothing outside itself.
 */
import { orElse } from '../at.ts'
import type { Drawing } from './figures.ts'
import type { Piece } from './mark.ts'
import { styleSheet } from './style.ts'

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text as HTML text or attribute value. */
export const escaped = (text: string): string => text.replace(/[&<>"']/g, (symbol) => orElse(entities[symbol], symbol))

/** A cell of a table: its HTML and its class. */
export interface Cell {
  readonly html: string
  readonly className?: string
}

/** A plain cell from text. */
export const textCell = (text: string): Cell => ({ html: escaped(text) })

/** A right-aligned cell from text. */
export const numberCell = (text: string): Cell => ({ html: escaped(text), className: 'number' })

const cellOf =
  (tag: 'td' | 'th') =>
  ({ html, className }: Cell): string =>
    `<${tag}${className === undefined ? '' : ` class="${className}"`}>${html}</${tag}>`

/** A table; the first cell of each row is its heading. */
export const tableOf =
  (head: readonly Cell[]) =>
  (rows: readonly (readonly Cell[])[]): string => {
    const body = rows.map(([first, ...rest]) => {
      const heading = first === undefined ? '' : cellOf('th')(first)
      return `<tr>${heading}${rest.map(cellOf('td')).join('')}</tr>`
    })
    const top = head.length === 0 ? '' : `<thead><tr>${head.map(cellOf('th')).join('')}</tr></thead>`
    return `<div class="scroll"><table>${top}<tbody>${body.join('\n')}</tbody></table></div>`
  }

const marked = ({ text, kind }: Piece): string =>
  kind === 'whole' ? `<mark>${escaped(text)}</mark>` : kind === 'part' ? `<u>${escaped(text)}</u>` : escaped(text)

/** A string with its marked pieces, in fixed-width type. */
export const stringHtml = (pieces: readonly Piece[]): string =>
  `<span class="string">${pieces.map(marked).join('')}</span>`

/** A drawing set into the page; ids inside it are made unique by its name. */
export const figureHtml =
  (className: string) =>
  ({ name, svg }: Drawing): string => {
    const local = svg.replace(/\b(id="|url\(#|href="#)/g, `$1${name}-`)
    return `<figure${className === '' ? '' : ` class="${className}"`} id="figure-${name}">${local}</figure>`
  }

/** A complete page. */
export const page =
  (title: string) =>
  (body: string): string =>
    `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${styleSheet}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`
