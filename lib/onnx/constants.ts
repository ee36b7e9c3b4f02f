/**
 * Constants of a graph: their bytes, and keys by which equal ones are found.
 */
import type { Values } from '../dtype.ts'

type ConstantType = 'f32' | 'i32' | 'u32' | 'i64' | 'bool'

/** The bytes of a constant, little-endian. */
export const encodeValues = (dtype: ConstantType, data: readonly number[] | Values): Uint8Array => {
  const array =
    dtype === 'f32'
      ? Float32Array.from(data)
      : dtype === 'i32'
        ? Int32Array.from(data)
        : dtype === 'u32'
          ? Uint32Array.from(data)
          : dtype === 'bool'
            ? Uint8Array.from(data)
            : BigInt64Array.from([...data].map(BigInt))
  return new Uint8Array(array.buffer)
}

/** A number for every long array that became a constant. */
const arrays = new WeakMap<object, number>()
const counter = { next: 0 }

const arrayNumber = (data: object): number => {
  const known = arrays.get(data)
  if (known !== undefined) return known
  counter.next += 1
  arrays.set(data, counter.next)
  return counter.next
}

/** Equal for equal constants: by value when short, else by identity of the array. */
export const constantKey = (dtype: string, shape: readonly number[], data: readonly number[] | Values): string => {
  const type = `${dtype}[${shape.join()}]`
  if (data.length <= 64) return `${type}${Array.from(data, (x) => (Object.is(x, -0) ? '-0' : x)).join()}`
  return `${type}@${arrayNumber(data)}`
}
