/** What particles that stand alike make once. */
import { describe, expect, it } from 'vitest'
import { ngramModel } from '../../lib/tilt/adapters.ts'
import { characters } from '../../lib/tilt/lengths.ts'
import { proposalOf } from '../../lib/tilt/proposal.ts'
import { tilting } from '../../lib/tilt/samplers.ts'
import { prepare } from '../../lib/tilt/target.ts'
import { run } from '../either.ts'
import { bigram } from './small.ts'

const prepared = run(
  prepare({ model: ngramModel(bigram(['a', 'b'], 4)), constraint: characters({ least: 2, most: 3 }), limit: 3 }),
)

describe('what particles that stand alike share', () => {
  it('is the running sums of a proposal, made at its first draw', async () => {
    const own = await prepared
    const proposal = proposalOf.adapted(tilting(own, 'surrogate'), {
      tokens: [],
      state: 0,
      logs: own.rows.logs[0] ?? new Float64Array(0),
      proposals: undefined,
      left: 3,
    })
    const seen: Float64Array[] = []
    const draw = () => proposal.draw((sums) => seen.push(sums) && 0)
    expect(draw()).toEqual(draw())
    expect(seen[0]).toBe(seen[1])
  })
})
