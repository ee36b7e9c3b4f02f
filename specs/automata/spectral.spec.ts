/** The spectral radius: exact for small components whatever their period, from above for large ones. */
import { describe, expect, it } from 'vitest'
import { DENSE } from '../../lib/automata/blocks.ts'
import { fromTriples, type SparseMatrix } from '../../lib/automata/matrix.ts'
import { resolvent } from '../../lib/automata/resolvent.ts'
import { right } from '../either.ts'

const radius = (m: SparseMatrix): number => right(resolvent(m)).spectralRadius

/** Arcs p → p + 1 of the given weights, and back to the first state. */
const ring = (weights: readonly number[]): SparseMatrix => {
  const states = weights.map((_, p) => p)
  return fromTriples(
    weights.length,
    states,
    states.map((p) => (p + 1) % weights.length),
    weights,
  )
}

const geometricMean = (weights: readonly number[]): number =>
  Math.exp(weights.reduce((total, w) => total + Math.log(w), 0) / weights.length)

describe('the spectral radius', () => {
  it.each([[[0.9, 0.1]], [[0.5, 0.2, 0.8]], [[0.99, 0.98, 0.97, 0.1]]])(
    'of a ring of %j is its geometric mean',
    (weights) => {
      expect(Math.abs(radius(ring(weights)) / geometricMean(weights) - 1)).toBeLessThan(1e-9)
    },
  )

  it('of two states that know each other and themselves is the larger eigenvalue', () => {
    const m = fromTriples(2, [0, 0, 1, 1], [0, 1, 0, 1], [0.5, 0.1, 0.3, 0.2])
    expect(radius(m)).toBeCloseTo(0.35 + Math.sqrt(0.0225 + 0.03), 12)
  })

  it('is the largest of the components, 0 without a cycle', () => {
    expect(radius(fromTriples(3, [0, 0, 1, 2], [0, 1, 1, 2], [0.25, 5, 0.75, 0.5]))).toBeCloseTo(0.75, 15)
    expect(radius(fromTriples(3, [0, 1], [1, 2], [5, 7]))).toBe(0)
  })

  it('of a large component is never below the truth, and near it', () => {
    const n = DENSE + 20
    const rows = Array.from({ length: n }, (_, p) => [p, p]).flat()
    const columns = Array.from({ length: n }, (_, p) => [p, (p + 1) % n]).flat()
    // Every row sums to 0.9: so does the radius.
    const found = radius(fromTriples(n, rows, columns, Array.from({ length: n }, () => [0.3, 0.6]).flat()))
    expect(found).toBeGreaterThanOrEqual(0.9 - 1e-12)
    expect(found).toBeLessThan(0.9 + 1e-9)
  })
})
