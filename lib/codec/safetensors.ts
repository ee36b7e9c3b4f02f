/**
 * The safetensors format: an 8-byte little-endian length, a JSON header `{name: {dtype, shape, data_offsets}}`, the bytes.
 *
 * The writer is canonical: header fields sorted by name (`__metadata__` first), no white space, padded with spaces to a
 * multiple of 8; data contiguous, eight-byte items first and then by name, so that every offset is aligned. The reader
 * takes any valid file and refuses any other, in time and memory linear in the file, without an exception.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { orElse } from '../at.ts'
import { type Failure, failure } from '../errors.ts'
import {
  arrayTypeOf,
  bytesOf,
  elementCount,
  itemSize,
  type NamedArray,
  type NamedArrays,
  plainRecord,
} from './array.ts'
import { quoted } from './quoted.ts'
import { LONGEST_HEADER, type Located, MOST_AXES, MOST_NAMES, readHeader } from './safetensors-header.ts'
import { readStored } from './safetensors-types.ts'

/** What a file holds: text about the file, and arrays by name. */
export interface Safetensors {
  readonly metadata: Readonly<Record<string, string>>
  readonly tensors: NamedArrays
}

/** What was read, and why which arrays were not: those whose values nothing here can hold exactly. */
export interface DecodedSafetensors extends Safetensors {
  readonly unread: Readonly<Record<string, string>>
}

/**
 * Reads a file. Arrays of F64, F32, F16, BF16, I8 … I64, U8 … U64 and BOOL hold the same numbers here, in a type that is
 * wide enough: f64 or f32, i32 or u32, f64 where whole numbers need more than 32 bits. Arrays of F8 or C64, and such of
 * whole numbers past 2⁵³, are named in `unread`: most models do without them. Left `Format` names the array and the rule
 * it breaks; the arrays are fresh copies. Never throws.
 */
export const decodeSafetensors = (bytes: Uint8Array): E.Either<Failure, DecodedSafetensors> =>
  pipe(
    readHeader(bytes),
    E.map(({ metadata, located, start }) => {
      const tensors: [string, NamedArray][] = []
      const unread: [string, string][] = []
      for (const { name, stored, shape, begin, end } of located)
        E.match<string, Pick<NamedArray, 'dtype' | 'data'>, unknown>(
          (why) => unread.push([name, `${why} (${stored})`]),
          (read) => tensors.push([name, { dtype: read.dtype, shape, data: read.data }]),
        )(readStored(stored, bytes.subarray(start + begin, start + end)))
      return { metadata, tensors: plainRecord(tensors), unread: plainRecord(unread) }
    }),
  )

const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const unwritable = (what: string): E.Either<Failure, never> =>
  E.left(failure('Format', `safetensors: ${what}`, 'correct it before writing the file'))

const checkText = (kind: string, text: string): E.Either<Failure, string> =>
  text.includes('\0') || /\p{Surrogate}/u.test(text)
    ? unwritable(`the ${kind} ${quoted(text)} holds a NUL or half a character`)
    : E.right(text)

const checkCount = (kind: string, entries: object): E.Either<Failure, unknown> =>
  Object.keys(entries).length > MOST_NAMES ? unwritable(`more than ${MOST_NAMES} ${kind}`) : E.right(entries)

const checkArray = (name: string, { dtype, shape, data }: NamedArray): E.Either<Failure, string> =>
  name === '__metadata__'
    ? unwritable('no array may be called __metadata__')
    : dtype !== arrayTypeOf(data)
      ? unwritable(`${quoted(name)} says ${dtype} and holds ${arrayTypeOf(data)} values`)
      : shape.length > MOST_AXES || !shape.every((size) => Number.isSafeInteger(size) && size >= 0)
        ? unwritable(`the shape of ${quoted(name)} is not at most ${MOST_AXES} natural numbers`)
        : elementCount(shape) !== BigInt(data.length)
          ? unwritable(`${quoted(name)} has shape [${shape.join(', ')}] and ${data.length} values`)
          : checkText('name', name)

/** Places the arrays: eight-byte items first, then by name, without holes. */
const locate = (tensors: NamedArrays): readonly Located[] => {
  let cursor = 0
  return Object.entries(tensors)
    .sort(([a, x], [b, y]) => itemSize[y.dtype] - itemSize[x.dtype] || byName(a, b))
    .map(([name, { dtype, shape, data }]) => {
      const begin = cursor
      cursor += data.byteLength
      return { name, stored: dtype.toUpperCase(), shape, begin, end: cursor }
    })
}

const headerBytes = (metadata: Readonly<Record<string, string>>, located: readonly Located[]): Uint8Array => {
  const about = Object.entries(metadata)
    .sort(([a], [b]) => byName(a, b))
    .map(([name, text]) => `${JSON.stringify(name)}:${JSON.stringify(text)}`)
  const entries = [...located]
    .sort((a, b) => byName(a.name, b.name))
    .map(
      ({ name, stored, shape, begin, end }) =>
        `${JSON.stringify(name)}:{"dtype":"${stored}","shape":[${shape.join(',')}],"data_offsets":[${begin},${end}]}`,
    )
  const fields = about.length === 0 ? entries : [`"__metadata__":{${about.join(',')}}`, ...entries]
  const text = new TextEncoder().encode(`{${fields.join(',')}}`)
  const padded = new Uint8Array(Math.ceil(text.length / 8) * 8).fill(0x20)
  padded.set(text)
  return padded
}

const assemble = (header: Uint8Array, located: readonly Located[], tensors: NamedArrays): Uint8Array => {
  const start = 8 + header.length
  const out = new Uint8Array(start + orElse(located.at(-1)?.end, 0))
  new DataView(out.buffer).setBigUint64(0, BigInt(header.length), true)
  out.set(header, 8)
  for (const { name, begin } of located) {
    const array = tensors[name]
    if (array !== undefined) out.set(bytesOf(array.data), start + begin)
  }
  return out
}

/**
 * Writes the canonical file: equal contents give equal bytes, and `decode(encode(x)) = x` to the bit.
 * Left `Format` when an array's type, shape and values disagree, or when a name cannot be written.
 */
export const encodeSafetensors = ({ metadata, tensors }: Safetensors): E.Either<Failure, Uint8Array> =>
  pipe(
    checkCount('arrays', tensors),
    E.chain(() => checkCount('metadata', metadata)),
    E.chain(() =>
      pipe(
        Object.entries(tensors),
        E.traverseArray(([name, array]) => checkArray(name, array)),
      ),
    ),
    E.chain(() =>
      pipe(
        Object.entries(metadata).flat(),
        E.traverseArray((text) => checkText('metadata', text)),
      ),
    ),
    E.chain(() => {
      const located = locate(tensors)
      const header = headerBytes(metadata, located)
      return header.length > LONGEST_HEADER
        ? unwritable(`the header would take ${header.length} bytes, more than the format's ${LONGEST_HEADER}`)
        : E.right(assemble(header, located, tensors))
    }),
  )
