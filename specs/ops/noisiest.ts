/** What the Gumbel maximum draws with given uniforms, in f64: at once, or by blocks. */
import { at } from '../../lib/at.ts'
import { logSumExp } from '../../lib/math.ts'

/** How near to each other rounding may decide which of two noisy logits is the larger. */
const NOISE = 2e-5

/** The symbol of the largest noisy logit; undefined where rounding decides. A logit of −∞ never wins. */
const noisiest = (logits: ArrayLike<number>, us: ArrayLike<number>): number | undefined => {
  const noisy = Array.from(logits, (x, s) => ({ s, value: x - Math.log(-Math.log(at(us, s))) }))
  const [first, second] = noisy.sort((x, y) => y.value - x.value)
  return first === undefined || (second !== undefined && first.value - second.value < NOISE) ? undefined : first.s
}

/**
 * The symbol of one maximum, or, given the length of blocks, of the noisiest block and then of its noisiest symbol: `us` has a
 * uniform for each block, then one for each place in a block.
 */
export const drawnOf = (logits: readonly number[], us: Float64Array, length?: number): number | undefined => {
  if (length === undefined) return noisiest(logits, us)
  const blocks = Array.from({ length: Math.ceil(logits.length / length) }, (_, b) =>
    logits.slice(b * length, (b + 1) * length),
  )
  const block = noisiest(blocks.map(logSumExp), us)
  const symbol = block === undefined ? undefined : noisiest(at(blocks, block), us.subarray(blocks.length))
  return block === undefined || symbol === undefined ? undefined : block * length + symbol
}

/** Uniforms of a row: one for each symbol, or for each block and each place in one. */
export const uniformsOf = (symbols: number, length?: number): number =>
  length === undefined ? symbols : Math.ceil(symbols / length) + length
