/**
 * Half-precision numbers (IEEE 754 binary16, and bfloat16) as JavaScript has them in Node: words of 16 bits.
 */

import { at, outside } from '../at.ts'

/** The number that a word stands for. */
export const fromHalf = (word: number): number => {
  const [sign, exponent, fraction] = [word >>> 15 === 1 ? -1 : 1, (word >>> 10) & 31, word & 1023]
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/** The number that a word of bfloat16 stands for: the upper half of an f32. */
export const fromBfloat = (word: number): number => {
  scratch.setUint32(0, word * 65536)
  return scratch.getFloat32(0)
}

const scratch = new DataView(new ArrayBuffer(4))

/** The nearest whole number, the even one of two that are as near. */
const roundedEven = (x: number): number => {
  const below = Math.floor(x)
  return x - below > 0.5 || (x - below === 0.5 && below % 2 === 1) ? below + 1 : below
}

/** The word of the nearest half-precision number, the even one of two that are as near. */
export const toHalf = (x: number): number => {
  if (Number.isNaN(x)) return 0x7e00
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0
  const size = Math.abs(x)
  if (size >= 65_520) return sign + 0x7c00
  if (size < 2 ** -14) return sign + roundedEven(size * 2 ** 24)
  const guess = Math.floor(Math.log2(size))
  const exponent = size < 2 ** guess ? guess - 1 : size >= 2 ** (guess + 1) ? guess + 1 : guess
  return sign + ((exponent + 15) << 10) + roundedEven((size / 2 ** exponent - 1) * 1024)
}

const scratchFloat = new Float32Array(1)
const scratchBits = new Uint32Array(scratchFloat.buffer)

/** The word of the nearest half-precision number to an f32 of these bits, as `toHalf`, in integers. */
const halfOfBits = (bits: number): number => {
  const [sign, size] = [(bits >>> 16) & 0x8000, bits & 0x7fff_ffff]
  if (size >= 0x3880_0000) return sign | ((size - 0x3800_0000 + 0xfff + ((size >>> 13) & 1)) >>> 13)
  // Below 2⁻¹⁴ halves are multiples of 2⁻²⁴, as f32 are above ½.
  scratchBits[0] = size
  scratchFloat[0] = at(scratchFloat, 0) + 0.5
  return sign | (at(scratchBits, 0) - 0x3f00_0000)
}

/** The first of the numbers that no half is near: not finite, or 65 520 and more; −1 where there is none. */
export const beyondHalves = (data: Float32Array): number => data.findIndex((x) => !(Math.abs(x) < 65_520))

/** f32 as the nearest halves, two in a word, the first in its lower bits; all must be within their range. */
export const packedHalves = (data: Float32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> => {
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length)
  const words = new Uint32Array(Math.ceil(data.length / 2))
  for (let i = 0; i < data.length; i++) {
    const half = halfOfBits(bits[i] ?? outside(bits, i))
    words[i >>> 1] = (words[i >>> 1] ?? outside(words, i >>> 1)) | (half << (16 * (i & 1)))
  }
  return words
}

/** Numbers as f32: words of 16 bits are half-precision. */
export const asFloats = (data: Float32Array | Uint16Array): Float32Array =>
  data instanceof Float32Array ? data : Float32Array.from(data, fromHalf)
