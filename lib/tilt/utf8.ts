/**
 * From an automaton over characters to one over bytes: a decision diagram that reads the bytes of one character and says of
 * which class the character is. Parts that are alike are one node, so its size is that of the classes' bounds.
 */
import { at } from '../at.ts'
import type { CharacterClass } from '../automata/regex-classes.ts'
import { classesBy } from './constraint.ts'

/** A diagram: `next[node * 256 + byte]` is a node ≥ 0, `INVALID`, or a class c as `-2 - c`. Node 0 begins a character. */
interface Decoder {
  readonly nodes: number
  readonly next: Int32Array
  readonly classes: Uint8Array
}

/** What no character of the classes continues with. */
export const INVALID = -1

/** A range of code points and its class. */
type Range = readonly [first: number, last: number, number: number]

const rangesOf = (classes: readonly CharacterClass[]): readonly Range[] =>
  classes
    .flatMap(({ ranges }, number) => ranges.map(([first, last]): Range => [first, last, number]))
    .sort(([a], [b]) => a - b)

/** The place of the last range that begins at or before a point. */
const placeOf = (ranges: readonly Range[], point: number): number => {
  let [low, high] = [0, ranges.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (at(ranges, middle)[0] <= point) low = middle + 1
    else high = middle
  }
  return low - 1
}

/** The one class of all points from `first` to `last`, `INVALID` when none has one, `undefined` when they differ. */
const classOf = (ranges: readonly Range[], first: number, last: number): number | undefined => {
  const place = placeOf(ranges, first)
  const found = ranges[place]
  if (found !== undefined && found[1] >= first) return found[1] >= last ? -2 - found[2] : undefined
  const next = ranges[place + 1]
  return next === undefined || next[0] > last ? INVALID : undefined
}

/** The bytes that begin a character of several bytes, how many follow, and the points that they are for. */
const LEADS = [
  { from: 0xc2, to: 0xdf, more: 1, mask: 0x1f, least: 0x80 },
  { from: 0xe0, to: 0xef, more: 2, mask: 0x0f, least: 0x800 },
  { from: 0xf0, to: 0xf4, more: 3, mask: 0x07, least: 0x10000 },
] as const

/** The ways of writing characters by name. */
export const writings = ['plain', 'json'] as const

/** How a decoder's characters are written: as they are, or as in a JSON string, where some are escaped. */
export type Writing = (typeof writings)[number]

/** The letters of JSON's short escapes, and what they stand for (RFC 8259, section 7). */
const SHORT: readonly (readonly [letter: string, point: number])[] = [
  ['b', 0x08],
  ['t', 0x09],
  ['n', 0x0a],
  ['f', 0x0c],
  ['r', 0x0d],
]

/**
 * The diagram of classes that do not overlap; characters of no class are invalid. In a JSON string quotes, backslashes and
 * control characters have one spelling each, that of `JSON.stringify`.
 */
export const decoderOf = (classes: readonly CharacterClass[], writing: Writing = 'plain'): Decoder => {
  const ranges = rangesOf(classes)
  const rows: Int32Array[] = [new Int32Array(256).fill(INVALID)]
  const numbers = new Map<string, number>()
  const nodeOf = (row: Int32Array): number => {
    if (row.every((target) => target === INVALID)) return INVALID
    const name = row.join()
    const known = numbers.get(name)
    if (known !== undefined) return known
    numbers.set(name, rows.length)
    return rows.push(row) - 1
  }
  const alike = new Map<string, number>()
  /** What reads `more` further bytes of the points from `first` on, of which those below `least` are written otherwise. */
  const reading = (first: number, more: number, least: number): number => {
    const last = first + 64 ** more - 1
    const one = first < least ? undefined : classOf(ranges, first, last)
    if (more === 0 || one === INVALID) return first < least ? INVALID : (one ?? INVALID)
    const known = one === undefined ? undefined : alike.get(`${more} ${one}`)
    if (known !== undefined) return known
    const row = new Int32Array(256).fill(INVALID)
    for (let k = 0; k < 64; k++) row[0x80 + k] = reading(first + k * 64 ** (more - 1), more - 1, least)
    const node = nodeOf(row)
    if (one !== undefined) alike.set(`${more} ${one}`, node)
    return node
  }
  const root = at(rows, 0)
  for (let byte = 0; byte < 0x80; byte++) root[byte] = classOf(ranges, byte, byte) ?? INVALID
  for (const { from, to, more, mask, least } of LEADS)
    for (let byte = from; byte <= to; byte++) root[byte] = reading((byte & mask) * 64 ** more, more, least)
  if (writing === 'json') {
    const classAt = (point: number): number => classOf(ranges, point, point) ?? INVALID
    /** A node with some bytes. */
    const choice = (entries: readonly (readonly [byte: number, target: number])[]): number => {
      const row = new Int32Array(256).fill(INVALID)
      for (const [byte, target] of entries) row[byte] = target
      return nodeOf(row)
    }
    const code = (text: string): number => text.charCodeAt(0)
    const long = (high: number): number =>
      choice(
        Array.from({ length: 16 }, (_, low) => [16 * high + low, code(low.toString(16))] as const)
          .filter(([point]) => !SHORT.some(([, short]) => short === point))
          .map(([point, byte]) => [byte, classAt(point)]),
      )
    const hex = choice([0, 1].map((high) => [code(String(high)), long(high)]))
    const escape = choice([
      [0x22, classAt(0x22)],
      [0x5c, classAt(0x5c)],
      ...SHORT.map(([letter, point]): readonly [number, number] => [code(letter), classAt(point)]),
      [code('u'), choice([[code('0'), choice([[code('0'), hex]])]])],
    ])
    root.fill(INVALID, 0, 0x20)
    root[0x22] = INVALID
    root[0x5c] = escape
  }
  const next = new Int32Array(rows.length * 256)
  rows.forEach((row, node) => next.set(row, node * 256))
  return { nodes: rows.length, next, classes: classesBy((byte) => rows.map((row) => at(row, byte)).join()) }
}
