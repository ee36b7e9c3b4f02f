/** log Z in one call is that of its three parts, and fails as they do. */
import { describe, expect, it } from 'vitest'
import { enumerable, energyOf, importance, logPartition, logZ, weigh } from '../../lib/energy/index.ts'
import { key } from '../../lib/key.ts'
import { left, right, run } from '../either.ts'

const base = enumerable({ points: [0, 1, 2], probabilities: [1, 2, 3] })

describe('log Z in one call', () => {
  it('is the log-partition of the weights of as many draws, with the same key', async () => {
    const tilt = { base, energy: energyOf((x: number) => x / 2) }
    const { logWeights } = await run(importance(key(3), 500)(tilt))
    expect(await run(logZ(key(3), 500)(tilt))).toEqual(logPartition(right(weigh(logWeights))))
    expect((await run(logZ(key(4), 500)(tilt))).lower).not.toBe((await run(logZ(key(3), 500)(tilt))).lower)
    expect((await run(logZ(key(3), 500)(tilt))).n).toBe(500)
  })

  it('fails where nothing has weight, and where an energy is no number', async () => {
    const of = (value: number) => logZ(key(1), 50)({ base, energy: energyOf(() => value) })
    expect(left(await of(Number.POSITIVE_INFINITY)()).tag).toBe('Support')
    expect(left(await of(Number.NaN)()).tag).toBe('NonFinite')
  })
})
