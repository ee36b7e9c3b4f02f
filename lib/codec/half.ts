/**
 * Half-precision numbers (IEEE 754 binary16, and bfloat16) as JavaScript has them in Node: words of 16 bits.
 */

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

/** Numbers as f32: words of 16 bits are half-precision. */
export const asFloats = (data: Float32Array | Uint16Array): Float32Array =>
  data instanceof Float32Array ? data : Float32Array.from(data, fromHalf)
