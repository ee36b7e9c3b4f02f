/**
 * Reads the character vectors of an R package's lazy-load database (`Rdata.rdx`, `Rdata.rdb`) without R: the index is a
 * gzipped, each entry a zlib-compressed XDR serialisation (R Internals, §1.8), of which the few types here occur.
 */
import { absent, at, two } from '../../at.ts'
import { gunzipSync, inflateSync } from 'node:zlib'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { type Failure, failure, raise } from '../../errors.ts'
import { readBytes } from '../files.ts'

/** The most bytes that a part unpacks to. */
const LARGEST = 2 ** 28

/** What is kept of an R value: strings, numbers, lists; names and other attributes beside them. */
interface RValue {
  readonly strings: readonly string[]
  readonly numbers: readonly number[]
  readonly items: readonly RValue[]
  readonly names: readonly string[]
}

const empty: RValue = { strings: [], numbers: [], items: [], names: [] }

/** Type codes of serialised R values. */
const TYPE = {
  null: 254,
  reference: 255,
  symbol: 1,
  pairs: 2,
  text: 9,
  logical: 10,
  integer: 13,
  real: 14,
  strings: 16,
  list: 19,
} as const

/** Takes big-endian values off a serialisation, one after the other. */
interface Cursor {
  readonly integer: () => number
  readonly real: () => number
  readonly bytes: (length: number) => Buffer
  /** Symbols met so far: later ones are references to these. */
  readonly symbols: string[]
}

const cursor = (source: Uint8Array): Cursor => {
  const buffer = Buffer.from(source.buffer, source.byteOffset, source.byteLength)
  let at = 0
  const past = (length: number): number => {
    at += length
    return at - length
  }
  return {
    integer: () => buffer.readInt32BE(past(4)),
    real: () => buffer.readDoubleBE(past(8)),
    bytes: (length) => buffer.subarray(past(length), at),
    symbols: [],
  }
}

const many = <A>(n: number, read: () => A): readonly A[] => Array.from({ length: n }, read)

const text = (c: Cursor): string => {
  c.integer()
  const length = c.integer()
  return length < 0 ? '' : c.bytes(length).toString('utf8')
}

/** The tag of a pair: a symbol seen for the first time, or a reference to one. */
const tag = (c: Cursor): string => {
  const flags = c.integer()
  if ((flags & 255) === TYPE.reference) return at(c.symbols, (flags >>> 8) - 1)
  const name = text(c)
  c.symbols.push(name)
  return name
}

/** A pair list (attributes, mostly); the names among them. */
const pairs = (c: Cursor, flags: number): readonly string[] => {
  let names: readonly string[] = []
  let here = flags
  while ((here & 255) === TYPE.pairs) {
    const name = (here & 0x400) === 0 ? '' : tag(c)
    const value = read(c)
    if (name === 'names') names = value.strings
    here = c.integer()
  }
  return names
}

const body = (c: Cursor, type: number): RValue => {
  const n = c.integer()
  switch (type) {
    case TYPE.logical:
    case TYPE.integer:
      return { ...empty, numbers: many(n, c.integer) }
    case TYPE.real:
      return { ...empty, numbers: many(n, c.real) }
    case TYPE.strings:
      return { ...empty, strings: many(n, () => text(c)) }
    case TYPE.list:
      return { ...empty, items: many(n, () => read(c)) }
    default:
      return raise(failure('Format', `R's type ${type} is not read here`, 'fetch the package again', { type }))
  }
}

const read = (c: Cursor): RValue => {
  const flags = c.integer()
  const type = flags & 255
  if (type === TYPE.null) return empty
  if (type === TYPE.pairs) return { ...empty, names: pairs(c, flags) }
  const value = body(c, type)
  return (flags & 0x200) === 0 ? value : { ...value, names: pairs(c, c.integer()) }
}

/** The value of a serialisation: `X\n`, version, two R versions, the native encoding in version 3, then the value. */
const unserialise = (bytes: Uint8Array): RValue => {
  const c = cursor(bytes)
  c.bytes(2)
  const version = c.integer()
  c.bytes(8)
  if (version === 3) c.bytes(c.integer())
  return read(c)
}

const variables = (index: Uint8Array, data: Uint8Array): ReadonlyMap<string, readonly string[]> => {
  const root = unserialise(gunzipSync(index, { maxOutputLength: LARGEST }))
  const table = at(root.items, root.names.indexOf('variables'))
  return new Map(
    table.names.map((name, i) => {
      const [offset, size] = two(at(table.items, i).numbers)
      return [
        name,
        unserialise(inflateSync(data.subarray(offset + 4, offset + size), { maxOutputLength: LARGEST })).strings,
      ] as const
    }),
  )
}

/**
 * The character vectors of a package's data by name. `folder` holds `Rdata.rdx` and `Rdata.rdb`. `Format` when they are
 * not such a database.
 */
export const readRData = (folder: string): TE.TaskEither<Failure, ReadonlyMap<string, readonly string[]>> =>
  pipe(
    [`${folder}/Rdata.rdx`, `${folder}/Rdata.rdb`],
    TE.traverseArray(readBytes),
    TE.chainEitherK(([index = absent(), data = absent()]) =>
      E.tryCatch(
        () => variables(index, data),
        () =>
          failure('Format', `${folder} is no R data that can be read`, 'delete the cache folder and fetch it again', {
            folder,
          }),
      ),
    ),
  )
