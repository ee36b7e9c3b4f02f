/**
 * The spectral radius of M ≥ 0, one component at a time, from above: for every v > 0, `ρ(B) ≤ max_i (B·v)_i / v_i`
 * (Collatz–Wielandt). Small components improve v by inverse iteration, since the Perron root is the eigenvalue of B
 * nearest 1; large ones by damped power iteration from the witness of convergence.
 */
import { at, outside } from '../at.ts'
import { type Block, type Blocks, DENSE } from './blocks.ts'
import type { SparseMatrix } from './matrix.ts'

const INVERSE_ITERATIONS = 60
const POWER_ITERATIONS = 40

/** With `R = (I − B)⁻¹`: `1/(1 − ρ) ≤ max (R·v)/v`, for v ← R·v until the least and the largest ratio agree. */
const byInverseIteration = ({ members, solve }: Block): number => {
  let v: Float64Array = new Float64Array(members.length).fill(1)
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i < INVERSE_ITERATIONS; i++) {
    const before = v
    const image = solve(before).values
    const ratios = image.map((x, j) => x / (before[j] ?? outside(before, j)))
    const high = ratios.reduce((a, b) => Math.max(a, b), 0)
    best = Math.min(best, high)
    if (high - ratios.reduce((a, b) => Math.min(a, b), high) <= 1e-13 * high) break
    v = image.map((x) => x / high)
  }
  return 1 - 1 / best
}

/** `B·v` for a block inside the whole matrix: v is 0 outside the block. */
const applyWithin = (m: SparseMatrix, members: Uint32Array, v: Float64Array): Float64Array =>
  Float64Array.from(members, (p) => {
    const end = m.rowPointers[p + 1] ?? outside(m.rowPointers, p + 1)
    let total = 0
    for (let k = m.rowPointers[p] ?? outside(m.rowPointers, p); k < end; k++) {
      const j = m.columns[k] ?? outside(m.columns, k)
      total += (m.values[k] ?? outside(m.values, k)) * (v[j] ?? outside(v, j))
    }
    return total
  })

/** Damped power iteration `v ← (v + B·v/ρ)/2`, which periodic blocks do not upset. */
const byPowerIteration = (m: SparseMatrix, { members }: Block, witness: Float64Array): number => {
  const v = new Float64Array(m.size)
  for (const p of members) v[p] = witness[p] ?? outside(witness, p)
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i < POWER_ITERATIONS; i++) {
    const image = applyWithin(m, members, v)
    const high = image.reduce((most, x, j) => Math.max(most, x / at(v, members[j] ?? outside(members, j))), 0)
    best = Math.min(best, high)
    members.forEach((p, j) => {
      v[p] = ((v[p] ?? outside(v, p)) + (image[j] ?? outside(image, j)) / high) / 2
    })
  }
  return best
}

/**
 * An upper estimate of ρ(M) ≤ 1 − 1/max(witness): exact to rounding for components of at most 100 states whose spectral
 * gap is not tiny, 0 for an acyclic matrix. Meaningful only when ρ(M) < 1 is certified by the witness `(I − M)⁻¹·1`.
 */
export const spectralRadius = ({ matrix, diagonal, loops, larger }: Blocks, witness: Float64Array): number => {
  let high = 0
  for (let p = 0; p < matrix.size; p++)
    if (loops[p] === 1) high = Math.max(high, 1 - (diagonal[p] ?? outside(diagonal, p)))
  for (const block of larger.values()) {
    const { length } = block.members
    high = Math.max(high, length <= DENSE ? byInverseIteration(block) : byPowerIteration(matrix, block, witness))
  }
  return high
}
