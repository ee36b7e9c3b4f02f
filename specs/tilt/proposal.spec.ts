/** What particles that stand alike make once. */
import { describe, expect, it } from 'vitest'
import { logSumExp } from '../../lib/math.ts'
import { ngramModel } from '../../lib/tilt/adapters.ts'
import { characters } from '../../lib/tilt/lengths.ts'
import { proposalOf } from '../../lib/tilt/proposal.ts'
import { tilting } from '../../lib/tilt/samplers.ts'
import { prepare } from '../../lib/tilt/target.ts'
import { containingNone } from '../../lib/tilt/words.ts'
import { right, run } from '../either.ts'
import { bigram } from './small.ts'

const prepared = run(
  prepare({ model: ngramModel(bigram(['a', 'b'], 4)), constraint: characters({ least: 2, most: 3 }), limit: 3 }),
)

describe('what particles that stand alike share', () => {
  it('is the running sums of a proposal, made once', async () => {
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

  it('asks what is ahead where the state changes from token to token, not of every token', async () => {
    const own = await run(
      prepare({
        model: ngramModel(bigram(['a', 'b', 'c', 'd'], 4)),
        constraint: right(containingNone(['ad'])),
        limit: 3,
      }),
    )
    const asked: number[] = []
    const twist = (state: number, left: number): number => {
      asked.push(state)
      return -state - left
    }
    const logs = own.rows.logs[0] ?? new Float64Array(0)
    const proposal = proposalOf.adapted(
      { prepared: own, twist, check: undefined },
      { tokens: [], state: 0, logs, proposals: undefined, left: 3 },
    )
    const { tokens, targets } = own.lifted.mask(0)
    const runs = targets.filter((target, k) => k === 0 || target !== targets[k - 1])
    expect(tokens.length).toBeGreaterThan(runs.length)
    expect(asked).toEqual([...runs, 0])
    const terms = Array.from(tokens, (token, k) => (logs[token] ?? 0) - (targets[k] ?? 0) - 2)
    expect(proposal.logWeight).toBe(logSumExp([...terms, logs[4] ?? 0]) + 3)
  })
})
