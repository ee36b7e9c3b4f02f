/** Damaged files from good ones: bytes flipped, cut, doubled, put in; numbers replaced; JSON rebuilt with foreign parts. */
import fc from 'fast-check'

/** A change of bytes. */
type Change = (bytes: Uint8Array) => Uint8Array

const join = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))

const NUMBERS = [
  '-1',
  '0',
  '1e400',
  '-0',
  '0.5',
  '4294967296',
  '9007199254740993',
  '1e9',
  '10000000',
  '-5',
  'NaN',
  '""',
  'null',
  '99999999999999999999',
  '[]',
  '{}',
]

const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })

const flip = fc.tuple(place, fc.integer({ min: 1, max: 255 })).map(
  ([at, bits]): Change =>
    (bytes) => {
      const out = new Uint8Array(bytes)
      const i = Math.floor(at * out.length)
      if (i < out.length) out[i] = (out[i] ?? 0) ^ bits
      return out
    },
)
const cut = place.map(
  (at): Change =>
    (bytes) =>
      bytes.slice(0, Math.floor(at * bytes.length)),
)
const remove = fc.tuple(place, fc.integer({ min: 1, max: 64 })).map(
  ([at, n]): Change =>
    (bytes) => {
      const i = Math.floor(at * bytes.length)
      return join(bytes.subarray(0, i), bytes.subarray(i + n))
    },
)
const double = fc.tuple(place, fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 8 })).map(
  ([at, n, times]): Change =>
    (bytes) => {
      const i = Math.floor(at * bytes.length)
      const piece = bytes.subarray(i, i + n)
      return join(bytes.subarray(0, i), ...Array.from({ length: times + 1 }, () => piece), bytes.subarray(i + n))
    },
)
const insert = fc.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 12 })).map(
  ([at, more]): Change =>
    (bytes) => {
      const i = Math.floor(at * bytes.length)
      return join(bytes.subarray(0, i), more, bytes.subarray(i))
    },
)
/** Another number where the text has one. */
const number = fc.tuple(place, fc.constantFrom(...NUMBERS)).map(
  ([at, value]): Change =>
    (bytes) => {
      const text = Buffer.from(bytes).toString('latin1')
      const found = [...text.matchAll(/-?\d+(?:\.\d+)?/gu)]
      const one = found[Math.floor(at * found.length)]
      return one === undefined
        ? bytes
        : new Uint8Array(
            Buffer.from(text.slice(0, one.index) + value + text.slice(one.index + one[0].length), 'latin1'),
          )
    },
)

/** A value with one of its parts, the `at`-th of all in order, replaced, removed or doubled. */
const edited = (value: unknown, at: number, part: unknown, how: 'replace' | 'remove' | 'double'): unknown => {
  let left = at
  const walk = (x: unknown): unknown => {
    if (left-- === 0) return part
    if (Array.isArray(x)) {
      const items: readonly unknown[] = x
      return items.flatMap((each) => {
        const hit = left === 0
        const changed = walk(each)
        return hit && how === 'remove' ? [] : hit && how === 'double' ? [each, each] : [changed]
      })
    }
    return typeof x === 'object' && x !== null
      ? Object.fromEntries(
          Object.entries(x).flatMap(([name, each]) => {
            const hit = left === 0
            const changed = walk(each)
            return hit && how === 'remove' ? [] : [[hit && how === 'double' ? `${name}!` : name, changed] as const]
          }),
        )
      : x
  }
  return walk(value)
}

const sizeOf = (value: unknown): number =>
  typeof value === 'object' && value !== null
    ? 1 + Object.values(value).reduce((n: number, each) => n + sizeOf(each), 0)
    : 1

const structure = fc
  .tuple(
    place,
    fc.constantFrom<unknown>(null, true, -1, 0.5, 1e300, 2 ** 32, 1e7, '', 'x', [], {}, [[]], { a: 1 }, '\u{1f4a5}'),
    fc.constantFrom('replace' as const, 'remove' as const, 'double' as const),
  )
  .map(
    ([at, part, how]): Change =>
      (bytes) => {
        try {
          const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'))
          const text = JSON.stringify(edited(value, Math.floor(at * sizeOf(value)), part, how))
          return new Uint8Array(Buffer.from(text))
        } catch {
          return bytes
        }
      },
  )

/** One to four changes, one after the other. */
export const changes = (kind: 'bytes' | 'text' | 'json'): fc.Arbitrary<readonly Change[]> =>
  fc.array(
    kind === 'bytes'
      ? fc.oneof(flip, cut, remove, double, insert)
      : kind === 'text'
        ? fc.oneof(flip, cut, remove, double, insert, { arbitrary: number, weight: 3 })
        : fc.oneof(
            flip,
            cut,
            remove,
            double,
            insert,
            { arbitrary: number, weight: 2 },
            { arbitrary: structure, weight: 6 },
          ),
    { minLength: 1, maxLength: 4 },
  )

/** The bytes after the changes; structures are changed first, while the text can still be parsed. */
export const applied = (bytes: Uint8Array, all: readonly Change[]): Uint8Array =>
  all.reduce((before, change) => change(before), bytes)
