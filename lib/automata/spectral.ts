/**
 * The spectral radius of M ≥ 0 by inverse iteration on each component: with `R = (I − B)⁻¹ ≥ 0`, the Perron root of B
 * is the eigenvalue nearest 1, and Collatz–Wielandt gives `min (R·v)/v ≤ 1/(1 − ρ) ≤ max (R·v)/v` for every v > 0.
 */
import { at } from '../math.ts'
import type { Block, Blocks } from './blocks.ts'

const ITERATIONS = 60
const LARGE_ITERATIONS = 4

const bracket = (before: Float64Array, after: Float64Array): readonly [low: number, high: number] => {
  let low = Number.POSITIVE_INFINITY
  let high = 0
  for (let i = 0; i < before.length; i++) {
    const ratio = at(after, i) / at(before, i)
    low = Math.min(low, ratio)
    high = Math.max(high, ratio)
  }
  return [low, high]
}

const ofBlock = ({ members, cyclic, solve }: Block): number => {
  if (!cyclic) return 0
  let v = new Float64Array(members.length).fill(1)
  let best = Number.POSITIVE_INFINITY
  const iterations = members.length > 32 ? LARGE_ITERATIONS : ITERATIONS
  for (let i = 0; i < iterations; i++) {
    const image = solve(v).values
    const [low, high] = bracket(v, image)
    best = Math.min(best, high)
    if (high - low <= 1e-13 * high) break
    v = image.map((x) => x / high)
  }
  return 1 - 1 / best
}

/**
 * An upper estimate of ρ(M), exact to rounding when the iteration closes the bracket (every component of at most 32
 * states whose spectral gap is not tiny); 0 for an acyclic matrix. Meaningful only when ρ(M) < 1 is already certified.
 */
export const spectralRadius = ({ blocks }: Blocks): number =>
  blocks.reduce((high, block) => Math.max(high, ofBlock(block)), 0)
