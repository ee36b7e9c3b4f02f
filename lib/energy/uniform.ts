/**
 * Randomness for the samplers: uniforms with 53 bits (two words each), and categorical draws by inverse distribution
 * function that never return a category of probability zero.
 */
import { at, lastOf } from '../at.ts'
import { type Key, wholeBelow, words } from '../key.ts'
import { checkProbabilities, proportions } from './finite.ts'

/**
 * `n` uniforms in the open interval (0, 1) with 53-bit resolution: draw i uses words 2i and 2i + 1 of the key.
 * Acceptance tests need this: with 23 bits no event of probability below 1e-7 can happen at its true rate.
 *
 * @example
 * fineUniforms(key(1), 2) // => [0.11815, 0.258604]
 */
export const fineUniforms = (key: Key, n: number): Float64Array => {
  const w = words(key, 2 * wholeBelow('the count', n, 2 ** 32))
  return Float64Array.from(
    { length: n },
    (_, i) => ((at(w, 2 * i) >>> 6) * 2 ** 26 + (at(w, 2 * i + 1) >>> 6) + 0.5) * 2 ** -52,
  )
}

/** Running sums of non-negative numbers. */
export const cumulative = (ps: ArrayLike<number>): Float64Array => {
  const out = new Float64Array(ps.length)
  let total = 0
  for (let i = 0; i < ps.length; i++) {
    total += at(ps, i)
    out[i] = total
  }
  return out
}

/** The first index whose running sum exceeds `u` times the total: a draw from the distribution for uniform `u`. */
export const invert =
  (sums: Float64Array) =>
  (u: number): number => {
    const total = at(sums, sums.length - 1)
    const level = Math.min(u * total, total * (1 - 2 ** -53))
    let low = 0
    let high = sums.length - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if (at(sums, middle) > level) high = middle
      else low = middle + 1
    }
    return low
  }

/**
 * `n` independent draws of an index with probability proportional to `ps`. Throws `NonFinite` for a negative or infinite one, `Support`
 * where all are 0.
 *
 * @example
 * categorical(key(1), [1, 1, 8], 8) // => [1, 2, 2, 2, 2, 2, 2, 1]
 */
export const categorical = (key: Key, ps: ArrayLike<number>, n: number): Int32Array => {
  checkProbabilities('the probability', ps)
  const sums = cumulative(ps)
  const draw = invert(lastOf(sums) < Number.POSITIVE_INFINITY ? sums : cumulative(proportions(ps)))
  return Int32Array.from(fineUniforms(key, n), draw)
}
