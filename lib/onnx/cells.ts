/**
 * Arrays of state on the host: what holds them, and their element types.
 */
import { sizeOf } from '../axis.ts'
import type { DType, Values } from '../dtype.ts'
import type { ArrayType } from '../expr.ts'

/** Storage of a value on the host: booleans are bytes. */
export type Storage = Float32Array | Int32Array | Uint32Array | Uint8Array

/** Zeros in the storage of an element type. */
export const store = (dtype: DType, n: number): Storage =>
  dtype === 'f32'
    ? new Float32Array(n)
    : dtype === 'i32'
      ? new Int32Array(n)
      : dtype === 'bool'
        ? new Uint8Array(n)
        : new Uint32Array(n)

/** Fed values in the type in which they are stored: themselves when they are so already. */
export const stored = (dtype: DType, data: Values): Storage => {
  if (dtype === 'f32' && data instanceof Float32Array) return data
  if (dtype === 'i32' && data instanceof Int32Array) return data
  if (dtype === 'u32' && data instanceof Uint32Array) return data
  const copy = store(dtype, data.length)
  if (dtype === 'bool') for (let i = 0; i < data.length; i++) copy[i] = Number(data[i] !== 0)
  else copy.set(data)
  return copy
}

/** What holds the array of a state. */
export interface Cell {
  /** Its elements, those of programs that have only the first rows of the state among them. */
  readonly size: number
  readonly data: () => Storage
  /** Takes another array in the place of its own. */
  readonly put: (data: Storage) => void
}

/** A cell of zeros. */
export const zeroCell = ({ axes, dtype }: ArrayType): Cell => {
  let data = store(dtype, sizeOf(axes))
  return {
    size: data.length,
    data: () => data,
    put: (other) => {
      data = other
    },
  }
}
