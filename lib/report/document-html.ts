/**
 * A document as one HTML page that needs nothing beside it. Tables scroll in boxes of their own, or fold into lines, where
 * the screen is narrow; figures have a name for those who do not see them, and a caption.
 */
import { at } from '../at.ts'
import {
  type Block,
  type Document,
  type Figure,
  type Group,
  pageBlocks,
  type Piece,
  plainText,
  type Table,
  type Words,
} from './document.ts'
import { type Drawn, isImage } from './draw.ts'
import { escaped, page } from './html.ts'

const TAGS: Readonly<Record<Piece['kind'], readonly [open: string, close: string]>> = {
  plain: ['', ''],
  whole: ['<mark>', '</mark>'],
  part: ['<u>', '</u>'],
  code: ['<code>', '</code>'],
  below: ['<sub>', '</sub>'],
  base: ['<i class="base">', '</i>'],
  tilt: ['<i class="tilt">', '</i>'],
  distilled: ['<i class="distilled">', '</i>'],
}

const pieceHtml = (piece: string | Piece): string => {
  if (typeof piece === 'string') return escaped(piece)
  const [open, close] = TAGS[piece.kind]
  return `${open}${escaped(piece.text)}${close}`
}

const wordsHtml = (words: Words): string => (typeof words === 'string' ? [words] : words).map(pieceHtml).join('')

const stringHtml = (words: Words): string => `<span class="string">${wordsHtml(words)}</span>`

/** Columns of numbers that a narrow screen has room for, beside the first. */
const NARROW = 2

/** Tables with prose or strings beyond their first column fold, and those of many numbers; those of two columns wrap. */
const isFolding = ({ columns }: Table): boolean =>
  columns.length > 2 && (columns.length > NARROW + 1 || columns.some(({ kind }, i) => i > 0 && kind !== 'number'))

const classed = (column: Table['columns'][number]): string =>
  column.kind === 'number' || column.kind === 'quiet' ? ` class="${column.kind}"` : ''

const cellHtml =
  ({ columns }: Table) =>
  (words: Words, i: number): string => {
    const column = at(columns, i)
    const inner = column.kind === 'string' ? stringHtml(words) : wordsHtml(words)
    const named = column.head === '' ? '' : ` data-head="${escaped(column.head)}"`
    return i === 0 ? `<th scope="row"${classed(column)}>${inner}</th>` : `<td${classed(column)}${named}>${inner}</td>`
  }

const boxed = (title: string, isFolding: boolean, rows: string): string =>
  `<div class="box${isFolding ? ' fold' : ''}"><p class="caption">${escaped(title)}</p>
<div class="scroll" role="region" aria-label="${escaped(title)}" tabindex="0"><table aria-label="${escaped(title)}">${rows}</table></div></div>`

const tableHtml = (table: Table): string => {
  const { title, columns, rows } = table
  if (rows.length === 0) return ''
  const heads = columns.map((one) => `<th scope="col"${classed(one)}>${escaped(one.head)}</th>`).join('')
  const top = columns.some(({ head }) => head !== '') ? `<thead><tr>${heads}</tr></thead>` : ''
  const body = rows.map((cells) => `<tr>${cells.map(cellHtml(table)).join('')}</tr>`).join('\n')
  return boxed(title, isFolding(table), `${top}<tbody>${body}</tbody>`)
}

const groupHtml = ({ label, texts }: Group): string =>
  `<tr><th scope="row">${wordsHtml(label)}</th><td>${texts.map(stringHtml).join('')}</td></tr>`

/** An SVG with a role and a name, shown on wide or on narrow screens, its ids made its own by `place`. */
const svgHtml = (place: string, className: string, alt: string, svg: string): string =>
  svg
    .replace(/\b(id="|url\(#|href="#)/g, `$1${place}-`)
    .replace(/^<svg( class="marks")?/, `<svg class="${className}" role="img" aria-label="${escaped(alt)}"`)

const pictureHtml = ({ name, alt, picture }: Figure<Drawn>): string =>
  isImage(picture)
    ? `<img alt="${escaped(alt)}" src="data:image/png;base64,${Buffer.from(picture.png).toString('base64')}"/>`
    : svgHtml(name, 'on-wide', alt, picture.svg) + svgHtml(`${name}-narrow`, 'on-narrow', alt, picture.narrow)

const figureHtml = (figure: Figure<Drawn>): string => {
  const { name, caption, wide } = figure
  return `<figure id="figure-${escaped(name)}" role="figure" aria-label="${escaped(caption.title)}"${wide ? ' class="wide"' : ''}>
<div class="picture">${pictureHtml(figure)}</div>
<figcaption><b>${escaped(caption.title)}</b> ${escaped(caption.text)}</figcaption></figure>`
}

const blockHtml = (block: Block<Drawn>): string => {
  switch (block.kind) {
    case 'title':
      return `<h1>${escaped(block.text)}</h1>`
    case 'heading':
      return `<h2>${escaped(block.text)}</h2>`
    case 'note':
      return plainText(block.words) === '' ? '' : `<p class="${block.role}">${wordsHtml(block.words)}</p>`
    case 'cards':
      return `<div class="cards">${block.cards
        .map(
          ({ value, meaning, look }) =>
            `<div class="card"><b class="${look}">${escaped(value)}</b><span>${escaped(meaning)}</span></div>`,
        )
        .join('')}</div>`
    case 'table':
      return tableHtml(block)
    case 'samples':
      return boxed(block.title, false, `<tbody>${block.groups.map(groupHtml).join('\n')}</tbody>`)
    case 'figure':
      return figureHtml(block)
    case 'paged':
      return htmlParts(block.blocks)
  }
}

/** Figures that follow each other share a grid. */
const htmlParts = (document: Document<Drawn>): string => {
  const blocks = pageBlocks(document)
  const isFigure = (i: number): boolean => blocks[i]?.kind === 'figure'
  return blocks
    .map((block, i) => {
      const own = blockHtml(block)
      if (!isFigure(i)) return own
      return `${isFigure(i - 1) ? '' : '<div class="figures">'}${own}${isFigure(i + 1) ? '' : '</div>'}`
    })
    .filter((html) => html !== '')
    .join('\n')
}

/** The page of a document whose figures are drawn, called after its title. */
export const htmlOf = (document: Document<Drawn>): string => {
  const named = pageBlocks(document).find(({ kind }) => kind === 'title')
  return page(`exptilt: ${named?.kind === 'title' ? named.text : 'a report'}`)(htmlParts(document))
}
