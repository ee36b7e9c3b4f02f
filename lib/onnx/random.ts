/**
 * Random values in bulk on the host, the same bits as `key.ts`: words, uniforms, and comparisons of uniforms with a
 * threshold. Threefry-2x32-20 written out round by round, a block of words at a time, since dropout asks for millions
 * of words before every step.
 */
import { outside } from '../at.ts'
import type { Key } from '../key.ts'

/** Words made at a time: they stay in the processor's first cache until they are converted. */
const CHUNK = 2048

/** Fills `out` with words 2·first, 2·first + 1, … of a key (an even number of them). */
const fill = (out: Int32Array, length: number, [key0, key1]: Key, first: number): void => {
  const k0 = key0 | 0
  const k1 = key1 | 0
  const k2 = 0x1bd11bda ^ k0 ^ k1
  for (let i = 0; i < length; i += 2) {
    let x = (first + (i >>> 1) + k0) | 0
    let y = k1
    x = (x + y) | 0
    y = ((y << 13) | (y >>> 19)) ^ x
    x = (x + y) | 0
    y = ((y << 15) | (y >>> 17)) ^ x
    x = (x + y) | 0
    y = ((y << 26) | (y >>> 6)) ^ x
    x = (x + y) | 0
    y = ((y << 6) | (y >>> 26)) ^ x
    x = (x + k1) | 0
    y = (y + k2 + 1) | 0
    x = (x + y) | 0
    y = ((y << 17) | (y >>> 15)) ^ x
    x = (x + y) | 0
    y = ((y << 29) | (y >>> 3)) ^ x
    x = (x + y) | 0
    y = ((y << 16) | (y >>> 16)) ^ x
    x = (x + y) | 0
    y = ((y << 24) | (y >>> 8)) ^ x
    x = (x + k2) | 0
    y = (y + k0 + 2) | 0
    x = (x + y) | 0
    y = ((y << 13) | (y >>> 19)) ^ x
    x = (x + y) | 0
    y = ((y << 15) | (y >>> 17)) ^ x
    x = (x + y) | 0
    y = ((y << 26) | (y >>> 6)) ^ x
    x = (x + y) | 0
    y = ((y << 6) | (y >>> 26)) ^ x
    x = (x + k0) | 0
    y = (y + k1 + 3) | 0
    x = (x + y) | 0
    y = ((y << 17) | (y >>> 15)) ^ x
    x = (x + y) | 0
    y = ((y << 29) | (y >>> 3)) ^ x
    x = (x + y) | 0
    y = ((y << 16) | (y >>> 16)) ^ x
    x = (x + y) | 0
    y = ((y << 24) | (y >>> 8)) ^ x
    x = (x + k1) | 0
    y = (y + k2 + 4) | 0
    x = (x + y) | 0
    y = ((y << 13) | (y >>> 19)) ^ x
    x = (x + y) | 0
    y = ((y << 15) | (y >>> 17)) ^ x
    x = (x + y) | 0
    y = ((y << 26) | (y >>> 6)) ^ x
    x = (x + y) | 0
    y = ((y << 6) | (y >>> 26)) ^ x
    out[i] = (x + k2) | 0
    out[i + 1] = (y + k0 + 5) | 0
  }
}

/** Runs `use(words, from, length)` over the first `n` words of a key. */
const chunks = (key: Key, n: number, use: (words: Int32Array, from: number, length: number) => void): void => {
  const words = new Int32Array(CHUNK)
  for (let from = 0; from < n; from += CHUNK) {
    const length = Math.min(CHUNK, n - from)
    fill(words, length, key, from / 2)
    use(words, from, length)
  }
}

/** The first words of a key, as many as `out` holds. */
export const fillWords = (out: Uint32Array, key: Key): void =>
  chunks(key, out.length, (words, from, length) => {
    for (let i = 0; i < length; i++) out[from + i] = words[i] ?? outside(words, i)
  })

/** The uniforms ((w >> 9) + ½)·2⁻²³ of those words, exact in f32. */
export const fillUniforms = (out: Float32Array, key: Key): void =>
  chunks(key, out.length, (words, from, length) => {
    for (let i = 0; i < length; i++) out[from + i] = (((words[i] ?? outside(words, i)) >>> 9) + 0.5) * 2 ** -23
  })

/** 1 where that uniform is less than the threshold (rounded to f32), else 0. */
export const fillBelow = (out: Uint8Array, key: Key, threshold: number): void => {
  const bound = Math.fround(threshold) * 2 ** 23 - 0.5
  chunks(key, out.length, (words, from, length) => {
    for (let i = 0; i < length; i++) out[from + i] = (words[i] ?? outside(words, i)) >>> 9 < bound ? 1 : 0
  })
}
