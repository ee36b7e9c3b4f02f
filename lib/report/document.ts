/**
 * A report as a list of blocks: written once, then read as HTML (`htmlOf`), as text for a terminal (`textOf`), and for the
 * pictures beside the page (`picturesOf`). A figure stands in its block, so nothing is named twice and nothing gets lost.
 */
import { at } from '../at.ts'
import type { TitledChart } from './chart.ts'

/** How a piece of a line looks; text keeps only the words, and writes what stands below the line as P_joint. */
type Look = 'plain' | 'whole' | 'part' | 'code' | 'below' | 'base' | 'tilt' | 'distilled'

/** A piece of a line. `whole` is a match, `part` the best that was found instead of one. */
export interface Piece {
  readonly text: string
  readonly kind: Look
}

/** A line: plain, or of plain and other pieces. */
export type Words = string | readonly (string | Piece)[]

/** The parts of a page's prose, from the first sentence to the last. */
type Role = 'setting' | 'lead' | 'note' | 'foot'

interface Title {
  readonly kind: 'title'
  readonly text: string
}

interface Heading {
  readonly kind: 'heading'
  readonly text: string
}

interface Note {
  readonly kind: 'note'
  readonly role: Role
  readonly words: Words
}

/** A number that is to be seen first, and what it means; `look` is its colour. */
interface Card {
  readonly value: string
  readonly meaning: string
  readonly look: Look
}

interface Cards {
  readonly kind: 'cards'
  readonly cards: readonly Card[]
}

/** What a column holds: words, numbers (to the right), quiet words, or strings in fixed-width type. */
export type ColumnKind = 'words' | 'number' | 'quiet' | 'string'

interface Head {
  readonly head: string
  readonly kind: ColumnKind
}

/** A table, laid out: [rows] of [columns] cells; the first cell of a row is its heading. */
export interface Table {
  readonly kind: 'table'
  readonly title: string
  readonly columns: readonly Head[]
  readonly rows: readonly (readonly Words[])[]
}

/** Strings under a label. */
export interface Group {
  readonly label: Words
  readonly texts: readonly Words[]
}

interface Samples {
  readonly kind: 'samples'
  readonly title: string
  readonly groups: readonly Group[]
}

/** A picture that is there already, as PNG. */
export interface Image {
  readonly png: Uint8Array
}

/** What a figure shows before it is drawn. */
export type Picture = TitledChart | Image

/** A caption: what a figure is called, and how it is to be read. */
interface Caption {
  readonly title: string
  readonly text: string
}

/**
 * A picture in its place: a chart, or what has been drawn of it (`P`). `name` is that of its files, `caption` stands below
 * it, `alt` is what is read to those who do not see it; `wide` takes the whole width of a page.
 */
export interface Figure<P = Picture> {
  readonly kind: 'figure'
  readonly name: string
  readonly caption: Caption
  readonly alt: string
  readonly wide: boolean
  readonly picture: P
}

interface Paged<P> {
  readonly kind: 'paged'
  readonly blocks: readonly Block<P>[]
}

/** A block of a report whose figures are charts, or have been drawn. */
export type Block<P = Picture> = Title | Heading | Note | Cards | Table | Samples | Figure<P> | Paged<P>

/** A report: blocks in the order of reading. */
export type Document<P = Picture> = readonly Block<P>[]

/** What the whole is called: its first block. */
export const title = (text: string): Title => ({ kind: 'title', text })

/** What a section is called. */
export const heading = (text: string): Heading => ({ kind: 'heading', text })

const noteAs =
  (role: Role) =>
  (words: Words): Note => ({ kind: 'note', role, words })

/** What was run, in one line. */
export const setting: (words: Words) => Note = noteAs('setting')

/** The outcome in a sentence. */
export const lead: (words: Words) => Note = noteAs('lead')

/** How what follows is to be read. */
export const note: (words: Words) => Note = noteAs('note')

/** Where and how long it was computed, and what else there is. */
export const foot: (words: Words) => Note = noteAs('foot')

/** The few numbers to be seen first. */
export const cards = (...all: readonly Card[]): Cards => ({ kind: 'cards', cards: all })

/** One of them. */
export const card = (value: string, meaning: string, look: Look = 'plain'): Card => ({ value, meaning, look })

/** A column of a table of `R`: its head and how its cell is made of a row; an undefined cell is empty. */
export interface Column<R> extends Head {
  readonly cell: (row: R, index: number) => Words | undefined
}

type MakeColumn = <R>(head: string, cell: Column<R>['cell']) => Column<R>

const columnOf =
  (kind: ColumnKind): MakeColumn =>
  (head, cell) => ({ head, kind, cell })

/** A column of words. */
export const column: MakeColumn = columnOf('words')

/** A column of numbers, ready to print. */
export const numeric: MakeColumn = columnOf('number')

/** A column of words that may be passed over. */
export const quiet: MakeColumn = columnOf('quiet')

/** A column of strings as they stand. */
export const verbatim: MakeColumn = columnOf('string')

/** Columns of cells that are ready, by their heads: the first of words, the others of numbers. */
export const readyColumns = (heads: readonly string[]): readonly Column<readonly string[]>[] =>
  heads.map((head, i) => (i === 0 ? column : numeric)<readonly string[]>(head, (row) => row[i]))

/**
 * A table of rows under a title, which says what its rows are. A column that is empty in every row is left out, and a table
 * without rows is not shown.
 */
export const table = <R>(title: string, rows: readonly R[], columns: readonly Column<R>[]): Table => {
  const laid = rows.map((row, i) => columns.map(({ cell }): Words => cell(row, i) ?? ''))
  const isUsed = (_: unknown, c: number): boolean => laid.some((cells) => plainText(at(cells, c)) !== '')
  return {
    kind: 'table',
    title,
    columns: columns.filter(isUsed).map(({ head, kind }) => ({ head, kind })),
    rows: laid.map((cells) => cells.filter(isUsed)),
  }
}

/** Strings as they were found or drawn, in groups. */
export const samples = (title: string, groups: readonly Group[]): Samples => ({ kind: 'samples', title, groups })

const sentenceOf = (subtitle: string | readonly string[]): string =>
  typeof subtitle === 'string' ? subtitle : subtitle.join(' ')

/** A chart in its place; its title and subtitle become the caption. */
export const figure = (name: string, chart: TitledChart, alt: string): Figure => {
  const { text, subtitle } = chart.title
  return {
    kind: 'figure',
    name,
    caption: { title: text, text: sentenceOf(subtitle) },
    alt,
    wide: false,
    picture: chart,
  }
}

/** A figure as wide as the page. */
export const wide = (narrow: Figure): Figure => ({ ...narrow, wide: true })

/** A picture that is no chart in its place. */
export const image = (name: string, png: Uint8Array, caption: Caption, alt: string): Figure => ({
  kind: 'figure',
  name,
  caption,
  alt,
  wide: false,
  picture: { png },
})

/** Blocks for the page alone: what would fill a terminal. */
export const onPage = (...blocks: readonly Block[]): Paged<Picture> => ({ kind: 'paged', blocks })

/** Blocks that are there only with something to show. */
export const whenSome = <A>(found: A | undefined, blocks: (found: A) => Document): Document =>
  found === undefined ? [] : blocks(found)

/** The words of a line alone. */
export const plainText = (words: Words): string =>
  typeof words === 'string'
    ? words
    : words
        .map((piece) => (typeof piece === 'string' ? piece : `${piece.kind === 'below' ? '_' : ''}${piece.text}`))
        .join('')

/** The blocks of a page, those for the page alone in their places. */
export const pageBlocks = <P>(document: Document<P>): readonly Exclude<Block<P>, Paged<P>>[] =>
  document.flatMap((block) => (block.kind === 'paged' ? pageBlocks(block.blocks) : [block]))

/** The figures of a report in the order of reading. */
export const figuresOf = <P>(document: Document<P>): readonly Figure<P>[] =>
  pageBlocks(document).flatMap((block) => (block.kind === 'figure' ? [block] : []))

/**
 * The document with each picture replaced by what `draw` makes of its figure. Figures get names of their own, as their files and
 * their places on the page must have: a second `size` is called `size-2`.
 */
export const drawnWith =
  <P, Q>(draw: (figure: Figure<P>) => Q) =>
  (document: Document<P>): Document<Q> => {
    const taken = new Map<string, number>()
    const own = (name: string): string => {
      const count = (taken.get(name) ?? 0) + 1
      taken.set(name, count)
      return count === 1 ? name : own(`${name}-${count}`)
    }
    const drawn = (block: Block<P>): Block<Q> => {
      if (block.kind === 'paged') return { ...block, blocks: block.blocks.map(drawn) }
      if (block.kind !== 'figure') return block
      return { ...block, name: own(block.name), picture: draw(block) }
    }
    return document.map(drawn)
  }
