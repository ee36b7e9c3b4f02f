/**
 * Rotary positions (Su et al. 2021): the two halves of a head's query or key are turned by an angle that grows with the
 * position, so that scores depend on distances only.
 */
import type { Tensor } from '../expr.ts'
import { literal } from '../ops/layout.ts'
import { concat } from '../ops/join.ts'
import { add, cast, cosine, multiply, negate, sine } from '../ops/pointwise.ts'
import { slice } from '../ops/slice.ts'
import type { Heads } from './transformer-block.ts'
import type { TransformerAxes } from './transformer-size.ts'

/** x at position p with (x_i, x_{i+d/2}) turned by p·10000^(−2i/d) (the half-split form of GPT-NeoX). */
export const rotated = <R extends string, T extends string>(
  { depth }: TransformerAxes,
  at: Tensor<T | '1', 'i32'>,
  x: Heads<R | T>,
): Heads<R | T> => {
  const half = depth.size / 2
  const rates = Float64Array.from({ length: depth.size }, (_, i) => 10000 ** ((-2 * (i % half)) / depth.size))
  const angle = multiply(cast('f32')(at), literal(rates, depth))
  const [first, second] = [slice(depth, 0, half)(x), slice(depth, half, half)(x)]
  const other = concat(depth)(negate(second), first)
  return add(multiply(x, cosine(angle)), multiply(other, sine(angle)))
}
