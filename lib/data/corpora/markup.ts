/** Text from the small markup of packages: elements with their content removed, tags stripped, entities decoded. */
import { orElse } from '../../at.ts'

const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
}

const character = (code: number, entity: string): string =>
  code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : entity

/** Decodes `&amp;`, `&#228;`, `&#xe4;` and the other named entities of XML; unknown ones stay. */
export const decodeEntities = (text: string): string =>
  text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]+));/giu, (entity, decimal?: string, hex?: string, name = '') =>
    decimal !== undefined
      ? character(Number.parseInt(decimal, 10), entity)
      : hex !== undefined
        ? character(Number.parseInt(hex, 16), entity)
        : orElse(NAMED[String(name)], entity),
  )

/** Removes the elements of these names with all they hold (they must not nest in themselves). */
export const dropElements =
  (...names: readonly string[]) =>
  (markup: string): string =>
    markup.replace(new RegExp(`<(${names.join('|')})\\b[^>]*?(?:/>|>.*?</\\1>)`, 'gsu'), '')

/** The text of markup on one line: tags are nothing, white space is one blank. */
export const textOf = (markup: string): string =>
  decodeEntities(markup.replace(/<[^>]*>/gu, ''))
    .replace(/\s+/gu, ' ')
    .trim()
