/**
 * The table of faults: whatever a file's format, each kind of fault of its row, enumerated. `same` are those that say the same to a
 * person: such a file gives what the good one gives, or a failure. `lost` are those that have lost something: such a file is refused.
 */
export type FormatKind = 'bytes' | 'text' | 'json'

/** One damaged file. */
export interface Faulty {
  readonly fault: string
  readonly bytes: Uint8Array
  readonly law: 'any' | 'same' | 'lost'
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const textOf = (bytes: Uint8Array): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
const join = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))
const any = (fault: string, bytes: Uint8Array): Faulty => ({ fault, bytes, law: 'any' })

/** At most `n` whole numbers from 0 to `size`, the first and the last ones among them. */
const places = (size: number, n: number): readonly number[] =>
  size <= n
    ? Array.from({ length: size }, (_, i) => i)
    : [...new Set(Array.from({ length: n }, (_, i) => Math.floor((i * (size - 1)) / (n - 1))))]

/** How many files of the size of this one may be tried: from 8 to 200. */
const affordable = ({ length }: Uint8Array, bytes: number): number =>
  Math.max(8, Math.min(200, Math.floor(bytes / length)))

const NEWLINE = 10

/** Cut off. Where a format says how much there is, or how it ends, each beginning of a file is refused. */
const cuts = (good: Uint8Array, law: 'any' | 'lost', effort: number): readonly Faulty[] =>
  places(good.length - Number(good.at(-1) === NEWLINE), affordable(good, 50_000 * effort)).map((length) => ({
    fault: `cut to ${length} bytes`,
    bytes: good.subarray(0, length),
    law,
  }))

const VALUES = [0, 1, 0x7f, 0x80, 0xff]

/** Counts, sizes and offsets that lie: each of the first bytes, and each word of them. */
const lyingBytes = (good: Uint8Array): readonly Faulty[] => {
  const near = places(Math.min(good.length, 96), 96)
  const single = near.flatMap((i) =>
    VALUES.map((value) =>
      any(
        `byte ${i} is ${value}`,
        Uint8Array.from(good, (byte, j) => (j === i ? value : byte)),
      ),
    ),
  )
  const words = near
    .filter((i) => i % 4 === 0 && i + 8 <= good.length)
    .flatMap((i) =>
      [4, 8].map((width) =>
        any(
          `bytes ${i} to ${i + width} are 255`,
          Uint8Array.from(good, (byte, j) => (j >= i && j < i + width ? 255 : byte)),
        ),
      ),
    )
  return [...single, ...words]
}

const inTheMiddle = (good: Uint8Array, ...more: readonly number[]): Uint8Array => {
  const middle = Math.floor(good.length / 2)
  return join(good.subarray(0, middle), Uint8Array.from(more), good.subarray(middle))
}

/** Encodings, line ends, and signs that are not for people. */
const encodings = (good: Uint8Array): readonly Faulty[] => {
  const text = textOf(good)
  const utf16 = Buffer.from(text, 'utf16le')
  const same = (fault: string, bytes: Uint8Array): Faulty => ({ fault, bytes, law: 'same' })
  return [
    same('a byte order mark', join(Uint8Array.of(0xef, 0xbb, 0xbf), good)),
    same('lines that end as those of Windows', utf8(text.replaceAll('\n', '\r\n'))),
    same('a blank line at the end', join(good, utf8('\n'))),
    same('UTF-16 with a mark', join(Uint8Array.of(0xff, 0xfe), utf16)),
    any('UTF-16 without a mark', new Uint8Array(utf16)),
    any(
      'UTF-16, the other way, with a mark',
      join(Uint8Array.of(0xfe, 0xff), new Uint8Array(Buffer.from(text, 'utf16le').swap16())),
    ),
    any('a zero', inTheMiddle(good, 0)),
    any('a byte of Latin-1', inTheMiddle(good, 0xe9)),
    any('half of a pair', inTheMiddle(good, 0xed, 0xa0, 0x80)),
    any('a no-break space', inTheMiddle(good, 0xc2, 0xa0)),
    any('a byte order mark inside', inTheMiddle(good, 0xef, 0xbb, 0xbf)),
    any('lines that end as those of old machines', utf8(text.replaceAll('\n', '\r'))),
  ]
}

/** What is long or deep. */
const large = (good: Uint8Array): readonly Faulty[] => [
  any('a line of a million signs', join(good, utf8('a'.repeat(1_000_000)))),
  any('a million blanks in a line', join(good, utf8(`a${' \t'.repeat(500_000)}b`))),
  any('a hundred thousand blank lines', join(good, utf8('\n'.repeat(100_000)))),
  any('a million zeros', join(good, new Uint8Array(1_000_000))),
  any('a hundred thousand brackets', utf8('['.repeat(100_000))),
  any('a hundred thousand fields in each other', utf8('{"a":'.repeat(100_000))),
]

/** What may stand for any part of a JSON value. */
const PARTS: readonly string[] = [
  ...['null', 'true', '-1', '-0', '0.5', '1e7', '4294967296', '9007199254740993', '1e308', '1e400'],
  ...[
    '""',
    '"NaN"',
    '"a\\u0000b"',
    '"\\ud800"',
    '"(a+)+$"',
    '[]',
    '{}',
    '[[]]',
    `${'['.repeat(100)}${']'.repeat(100)}`,
  ],
]

interface Part {
  readonly path: string
  readonly from: number
  readonly to: number
  /** With the comma beside it, and its name. */
  readonly whole: string
}

/** Where the parts of a compact JSON text stand: of long lists and records those at their ends alone. */
const partsOf = (value: unknown, path: string, at: number, whole?: string): readonly Part[] => {
  const text = JSON.stringify(value)
  const own: Part = { path, from: at, to: at + text.length, whole: whole ?? text }
  if (typeof value !== 'object' || value === null) return [own]
  let next = at + 1
  const inner: Part[] = []
  const entries = Object.entries(value)
  for (const [i, [name, each]] of entries.entries()) {
    const label = Array.isArray(value) ? '' : `${JSON.stringify(name)}:`
    const found = JSON.stringify(each)
    if (i < 3 || i === entries.length - 1)
      inner.push(...partsOf(each, `${path}/${name}`, next + label.length, `${label}${found}`))
    next += label.length + found.length + 1
  }
  return [own, ...inner]
}

/** Every field: another value in its place, twice, or not there. */
const fields = (good: Uint8Array, effort: number): readonly Faulty[] => {
  const value: unknown = JSON.parse(textOf(good))
  const text = JSON.stringify(value)
  const parts = partsOf(value, '', 0)
  return places(parts.length, affordable(good, 20_000 * effort)).flatMap((k): readonly Faulty[] => {
    const part = parts[k]
    if (part === undefined) return []
    const { path, from, to, whole } = part
    const start = to - whole.length
    const gone =
      text[to] === ','
        ? text.slice(0, start) + text.slice(to + 1)
        : text.slice(0, start).replace(/,$/u, '') + text.slice(to)
    return [
      ...PARTS.map((other) =>
        any(`${path} is ${other.slice(0, 20)}`, utf8(text.slice(0, from) + other + text.slice(to))),
      ),
      any(`${path} is not there`, utf8(gone)),
      any(`${path} stands twice`, utf8(`${text.slice(0, to)},${whole}${text.slice(to)}`)),
    ]
  })
}

/** The kinds of faults of each kind of format; with more `effort` more places of a file are tried. */
export const faults: Readonly<
  Record<FormatKind, readonly ((good: Uint8Array, effort: number) => readonly Faulty[])[]>
> = {
  bytes: [(good, effort) => cuts(good, 'lost', effort), lyingBytes, large],
  text: [(good, effort) => cuts(good, 'any', effort), encodings, large],
  json: [(good, effort) => cuts(good, 'lost', effort), encodings, large, fields],
}
