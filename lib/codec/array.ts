/**
 * Named arrays: what a file stores of a tensor. The bytes are the values: nothing here goes through a number where a
 * NaN's payload or the sign of a zero could be lost.
 */
import { outside } from '../at.ts'
import type { Values } from '../dtype.ts'
import { failure, raise } from '../errors.ts'

/** The element types a file may hold. */
export type ArrayType = 'f32' | 'f64' | 'i32' | 'u32'

/** A tensor as stored: element type, sizes of the axes (outermost first; `[]` is one scalar) and values, row-major. */
export interface NamedArray {
  readonly dtype: ArrayType
  readonly shape: readonly number[]
  readonly data: Values
}

/** Arrays by name. Records made by this library have no prototype, so `toString` and `__proto__` are ordinary names. */
export type NamedArrays = Readonly<Record<string, NamedArray>>

/** Bytes per element. */
export const itemSize: Readonly<Record<ArrayType, 4 | 8>> = { f32: 4, f64: 8, i32: 4, u32: 4 }

/** The element type of host values. */
export const arrayTypeOf = (data: Values): ArrayType =>
  data instanceof Float64Array
    ? 'f64'
    : data instanceof Float32Array
      ? 'f32'
      : data instanceof Int32Array
        ? 'i32'
        : 'u32'

/** The number of elements of a shape, `Π shape`, exact for any sizes (an empty product is 1). */
export const elementCount = (shape: readonly number[]): bigint => shape.reduce((n, size) => n * BigInt(size), 1n)

/** Host values with a shape; throws `Shape` when `Π shape` is not the number of values. */
export const namedArray = (shape: readonly number[], data: Values): NamedArray =>
  shape.every((size) => Number.isSafeInteger(size) && size >= 0) && elementCount(shape) === BigInt(data.length)
    ? { dtype: arrayTypeOf(data), shape, data }
    : raise(
        failure(
          'Shape',
          `an array of shape [${shape.join(', ')}] was given ${data.length} values`,
          'give sizes that are natural numbers and whose product is the number of values',
          { shape, values: data.length },
        ),
      )

const hostIsLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/** A copy of `bytes` with the bytes of each item reversed: between big- and little-endian. */
export const reverseItems =
  (size: 4 | 8) =>
  (bytes: Uint8Array): Uint8Array<ArrayBuffer> => {
    const out = new Uint8Array(bytes.length)
    for (let i = 0; i < bytes.length; i++)
      out[i] =
        bytes[i - (i % size) + (size - 1 - (i % size))] ?? outside(bytes, i - (i % size) + (size - 1 - (i % size)))
    return out
  }

/** The little-endian bytes of the values, one after the other. A view where the host is little-endian: do not write to it. */
export const bytesOf = (data: Values): Uint8Array => {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return hostIsLittleEndian ? bytes : reverseItems(data instanceof Float64Array ? 8 : 4)(bytes)
}

/** Values from little-endian bytes: always a fresh, aligned copy. */
export const valuesOf = (dtype: ArrayType, bytes: Uint8Array): Values => {
  const buffer = (hostIsLittleEndian ? new Uint8Array(bytes) : reverseItems(itemSize[dtype])(bytes)).buffer
  switch (dtype) {
    case 'f32':
      return new Float32Array(buffer)
    case 'f64':
      return new Float64Array(buffer)
    case 'i32':
      return new Int32Array(buffer)
    case 'u32':
      return new Uint32Array(buffer)
  }
}

/** Whether two arrays have the same type, shape and bits (so −0 ≠ 0, and a NaN equals itself only with its payload). */
export const sameBits = (a: NamedArray, b: NamedArray): boolean => {
  const left = bytesOf(a.data)
  const right = bytesOf(b.data)
  return (
    a.dtype === b.dtype &&
    a.shape.length === b.shape.length &&
    a.shape.every((size, i) => size === b.shape[i]) &&
    left.length === right.length &&
    left.every((byte, i) => byte === right[i])
  )
}

/** A record without a prototype. */
export const plainRecord = <A>(entries: Iterable<readonly [string, A]>): Readonly<Record<string, A>> => {
  const record: Record<string, A> = {}
  Object.setPrototypeOf(record, null)
  for (const [name, value] of entries) record[name] = value
  return record
}
