/**
 * The element types of safetensors files, and what each becomes here: reals f32 or f64, whole numbers i32, u32 or, where
 * those are too narrow, f64. Every value is kept exactly; a type or a value for which that is impossible is left unread.
 */
import { at } from '../at.ts'
import * as E from 'fp-ts/lib/Either.js'
import type { Values } from '../dtype.ts'
import { type ArrayType, arrayTypeOf, valuesOf } from './array.ts'
import { fromBfloat, fromHalf } from './half.ts'

/** What is known of a stored type: bytes an element, and how to read it (Left: why nothing here can hold it). */
interface StoredType {
  readonly size: number
  readonly read: (bytes: Uint8Array) => E.Either<string, Values>
}

const native = (dtype: ArrayType, size: number): StoredType => ({
  size,
  read: (bytes) => E.right(valuesOf(dtype, bytes)),
})

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength)

const filled = <V extends Values>(data: V, value: (i: number) => number): E.Either<string, V> => {
  for (let i = 0; i < data.length; i++) data[i] = value(i)
  return E.right(data)
}

/** Numbers of 16 bits by a table of all of them. */
const short = (of: (word: number) => number): StoredType => {
  let table: Float32Array | undefined
  return {
    size: 2,
    read: (bytes) => {
      const known = table ?? Float32Array.from({ length: 65536 }, (_, word) => of(word))
      table = known
      const view = viewOf(bytes)
      return filled(new Float32Array(bytes.length / 2), (i) => at(known, view.getUint16(2 * i, true)))
    },
  }
}

/** Whole numbers of 64 bits: i32 where all fit, else f64 where all are below 2⁵³ in size. */
const long = (upper: (view: DataView, offset: number) => number): StoredType => ({
  size: 8,
  read: (bytes) => {
    const view = viewOf(bytes)
    const value = (i: number): number => upper(view, 8 * i + 4) * 2 ** 32 + view.getUint32(8 * i, true)
    let narrow = true
    for (let i = 0; i < bytes.length / 8; i++) {
      const x = value(i)
      narrow &&= x === (x | 0)
      if (!Number.isSafeInteger(x)) return E.left('it holds whole numbers past 2⁵³ − 1')
    }
    return narrow ? filled(new Int32Array(bytes.length / 8), value) : filled(new Float64Array(bytes.length / 8), value)
  },
})

/** Whole numbers of 16 bits. */
const pairs = (
  value: (view: DataView, offset: number) => number,
  Held: typeof Int32Array | typeof Uint32Array,
): StoredType => ({
  size: 2,
  read: (bytes) => {
    const view = viewOf(bytes)
    return filled(new Held(bytes.length / 2), (i) => value(view, 2 * i))
  },
})

const unheld = (size: number): StoredType => ({ size, read: () => E.left('nothing here holds numbers of its type') })

/** The types of the format that fill whole bytes. */
const storedTypes: ReadonlyMap<string, StoredType> = new Map([
  ['F64', native('f64', 8)],
  ['F32', native('f32', 4)],
  ['F16', short(fromHalf)],
  ['BF16', short(fromBfloat)],
  ['I64', long((view, offset) => view.getInt32(offset, true))],
  ['U64', long((view, offset) => view.getUint32(offset, true))],
  ['I32', native('i32', 4)],
  ['U32', native('u32', 4)],
  ['I16', pairs((view, at) => view.getInt16(at, true), Int32Array)],
  ['U16', pairs((view, at) => view.getUint16(at, true), Uint32Array)],
  ['I8', { size: 1, read: (bytes) => E.right(Int32Array.from(new Int8Array(bytes))) }],
  ['U8', { size: 1, read: (bytes) => E.right(Uint32Array.from(bytes)) }],
  ['BOOL', { size: 1, read: (bytes) => E.right(Uint32Array.from(bytes, (byte) => Number(byte !== 0))) }],
  ['F8_E4M3', unheld(1)],
  ['F8_E5M2', unheld(1)],
  ['F8_E8M0', unheld(1)],
  ['C64', unheld(8)],
])

/** Every type by name. */
export const storedNames: readonly string[] = [...storedTypes.keys()]

/** Bytes of an element of a stored type; `undefined` for a name that the format does not have. */
export const storedSize = (name: string): number | undefined => storedTypes.get(name)?.size

/** The values of bytes of a stored type, and the type that holds them. Left says why nothing here can. */
export const readStored = (
  name: string,
  bytes: Uint8Array,
): E.Either<string, { readonly dtype: ArrayType; readonly data: Values }> =>
  E.map((data: Values) => ({ dtype: arrayTypeOf(data), data }))(
    storedTypes.get(name)?.read(bytes) ?? E.left(`no type is called ${name}`),
  )
