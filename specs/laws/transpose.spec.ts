/** F2: the vector-Jacobian product is the transpose of the Jacobian-vector product, for every operation. */
import { fc } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { key } from '../../lib/key.ts'
import { operations } from '../../lib/ops/table.ts'
import { sample, small } from '../domains.ts'
import { linearise, transposeGap } from '../../lib/laws/derivatives.ts'

const slow = new Set(['scan', 'part', 'lstm', 'lstm_backward', 'lstm_score', 'lstm_sample'])

describe('F2: transpose identity', () => {
  it.each([...operations.keys()])('F2: %s: ⟨v, Jᵀu⟩ = ⟨Jv, u⟩ within 1e-11·(1 + Σ|terms|)', (name) => {
    fc.assert(
      fc.property(fc.nat(1e6), (seed) => {
        const s = sample(name, key(seed), { ...small, sizes: slow.has(name) ? [1, 2] : [0, 1, 2, 3] })
        const { gap, scale } = transposeGap(linearise(s, key(seed + 1)))
        expect(gap).toBeLessThanOrEqual(1e-11 * (1 + scale))
      }),
      { seed: 2, numRuns: slow.has(name) ? 4 : 25 },
    )
  })
})
