/**
 * Element types and the plain arrays that hold them on the host.
 */

import * as E from 'fp-ts/lib/Either.js'

/** Element types by name. */
export const dtypes = ['f32', 'i32', 'u32', 'bool'] as const

/** Element types. `bool` is stored as u32 words 0 and 1 on a device. */
export type DType = (typeof dtypes)[number]

/** Element types with arithmetic. */
export type Numeric = 'f32' | 'i32' | 'u32'

/** The least and the greatest whole number of a type. */
export const RANGES: Readonly<Record<'i32' | 'u32', readonly [least: number, greatest: number]>> = {
  i32: [-(2 ** 31), 2 ** 31 - 1],
  u32: [0, 2 ** 32 - 1],
}

/** Values on the host. The reference computes f32 expressions in f64 and returns them as `Float64Array`. */
export type Values = Float64Array | Float32Array | Int32Array | Uint32Array

/** A fresh array of zeros in the type in which the reference computes: f64 for f32. */
export const allocate = (dtype: DType, n: number): Float64Array | Int32Array | Uint32Array =>
  dtype === 'f32' ? new Float64Array(n) : dtype === 'i32' ? new Int32Array(n) : new Uint32Array(n)

/** A fresh array of zeros in the type in which a device stores the dtype. */
export const allocateStorage = (dtype: DType, n: number): Float32Array | Int32Array | Uint32Array =>
  dtype === 'f32' ? new Float32Array(n) : dtype === 'i32' ? new Int32Array(n) : new Uint32Array(n)

/** Whether what was given is a list of numbers: a typed array of them, or a plain one. */
export const isNumbers = (given: unknown): boolean =>
  Array.isArray(given)
    ? !given.includes(undefined) && given.every((x) => typeof x === 'number')
    : ArrayBuffer.isView(given) &&
      !(given instanceof DataView || given instanceof BigInt64Array || given instanceof BigUint64Array)

/** Whether the memory of an array was transferred elsewhere: nothing can be read from it. */
export const isDetached = (given: unknown): boolean =>
  ArrayBuffer.isView(given) &&
  given.buffer.byteLength === 0 &&
  E.isLeft(E.tryCatch(() => new Uint8Array(given.buffer), E.toError))
