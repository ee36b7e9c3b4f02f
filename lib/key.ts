/**
 * Random keys: Threefry-2x32 with 20 rounds (Salmon et al. 2011), a pure function of (key, counter).
 *
 * A key is two 32-bit words. Draw `i` of a key depends on `(key, i)` alone: not on batch size, backend or order of
 * evaluation. The same bits come from `shaders/threefry.wgsl` on every GPU stack.
 */
import { at, outside } from './at.ts'
import { failure, raise } from './errors.ts'

/** A whole number from 0 to below a bound, else `Domain`: one that were rounded would give the draws of another. */
export const wholeBelow = (what: string, n: number, below: number): number =>
  Number.isInteger(n) && n >= 0 && n < below
    ? n
    : raise(failure('Domain', `${what} ${n} is no whole number from 0 to ${below - 1}`, 'give one', { n: String(n) }))

/** Two unsigned 32-bit words. */
export type Key = readonly [number, number]

const isWord = (x: unknown): boolean => typeof x === 'number' && x >>> 0 === x

/** The key if it is one, else `Domain`: plain JavaScript may pass a seed, and all seeds would give one stream. */
const requireKey = (k: Key): Key => {
  const given: unknown = k
  return Array.isArray(given) && given.length === 2 && given.every(isWord)
    ? k
    : raise(failure('Domain', `a key of ${JSON.stringify(given)}`, 'give key(seed), or a child of one', { key: given }))
}

const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const

const rotateLeft = (x: number, r: number): number => (x << r) | (x >>> (32 - r))

/** Threefry-2x32-20: encrypts the counter `(c0, c1)` under `(k0, k1)` and writes two words at `out[place]`, `out[place + 1]`. */
export const threefryInto = (out: Uint32Array, place: number, k0: number, k1: number, c0: number, c1: number): void => {
  const ks = [k0 | 0, k1 | 0, (0x1bd11bda ^ k0 ^ k1) | 0] as const
  let x0 = (c0 + ks[0]) | 0
  let x1 = (c1 + ks[1]) | 0
  for (let group = 0; group < 5; group++) {
    const base = (group % 2) * 4
    for (let i = 0; i < 4; i++) {
      x0 = (x0 + x1) | 0
      x1 = rotateLeft(x1, ROTATIONS[base + i] ?? outside(ROTATIONS, base + i)) ^ x0
    }
    x0 = (x0 + (ks[(group + 1) % 3] ?? outside(ks, group))) | 0
    x1 = (x1 + (ks[(group + 2) % 3] ?? outside(ks, group)) + group + 1) | 0
  }
  out[place] = x0 >>> 0
  out[place + 1] = x1 >>> 0
}

/**
 * The block `(key, counter)` as a pair of words.
 *
 * @example
 * threefry([0, 0], 0, 0) // => [1797259609, 2579123966]
 */
export const threefry = (k: Key, c0: number, c1: number): Key => {
  const out = new Uint32Array(2)
  const [k0, k1] = requireKey(k)
  threefryInto(out, 0, k0, k1, c0, c1)
  return [at(out, 0), at(out, 1)]
}

/**
 * A key from a seed: an integer in [0, 2^53), else `Domain`.
 *
 * @example
 * key(5) // => [0, 5]
 */
export const key = (seed: number): Key => {
  const given = wholeBelow('the seed', seed, 2 ** 53)
  return [Math.floor(given / 2 ** 32), given >>> 0]
}

/** The number of a child of a key: an integer in [0, 2^32), else `Domain`. */
export const childNumber = (i: number): number => wholeBelow('the child', i, 2 ** 32)

/**
 * Child `i` of a key (an integer in [0, 2^32), else `Domain`), in a stream that no draw uses (its counter has the high bit set).
 *
 * @example
 * fold(key(1), 3) // => [1092751731, 2723636636]
 */
export const fold = (k: Key, i: number): Key => threefry(k, childNumber(i), 0x80000000)

/**
 * The first `n` children of a key.
 *
 * @example
 * split(key(1), 4).length // => 4
 */
export const split = (k: Key, n: number): readonly Key[] => Array.from({ length: n }, (_, i) => fold(k, i))

/**
 * `n` random words from word `from` on: word `i` is half `i mod 2` of block `(⌊i/2⌋, 0)`.
 * `from` and the number of words may be any whole numbers below 2^33, else `Domain`.
 *
 * @example
 * words(key(1), 2) // => [507451445, 1853169794]
 */
export const words = (k: Key, n: number, from = 0): Uint32Array => {
  const first = Math.floor(wholeBelow('the first word', from, 2 ** 33) / 2)
  const blocks = Math.ceil((from + wholeBelow('the count', n, 2 ** 33)) / 2) - first
  const out = new Uint32Array(2 * blocks)
  const [k0, k1] = requireKey(k)
  for (let b = 0; b < blocks; b++) threefryInto(out, 2 * b, k0, k1, (first + b) >>> 0, 0)
  return out.subarray(from - 2 * first, from - 2 * first + n)
}

/** A word as a uniform in the open interval (0, 1): `((w >> 9) + ½)·2⁻²³`, exact in f32 and never 0 or 1. */
export const unit = (word: number): number => ((word >>> 9) + 0.5) * 2 ** -23

/**
 * `n` uniforms in (0, 1), exactly the ones that the GPU draws for the same key.
 *
 * @example
 * uniforms(key(1), 2) // => [0.11815, 0.431475]
 */
export const uniforms = (k: Key, n: number, from = 0): Float64Array => Float64Array.from(words(k, n, from), unit)

/** A permutation of 0 … n−1 (Fisher–Yates on the uniforms of a key). */
export const permutation = (k: Key, n: number): Int32Array => {
  const order = Int32Array.from({ length: n }, (_, i) => i)
  const u = uniforms(k, n)
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(at(u, i) * (i + 1))
    const held = at(order, i)
    order[i] = at(order, j)
    order[j] = held
  }
  return order
}

/** The order of 0 … n−1 in an epoch, under the key of the epoch; that of the last one asked for is remembered. */
export const epochOrders = (keyOf: (epoch: number) => Key, n: number): ((epoch: number) => Int32Array) => {
  let last: { readonly epoch: number; readonly order: Int32Array } | undefined
  return (epoch) => {
    if (last?.epoch !== epoch) last = { epoch, order: permutation(keyOf(epoch), n) }
    return last.order
  }
}
