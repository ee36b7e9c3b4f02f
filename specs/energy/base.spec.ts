/** Finite bases: normalised, sampled at their probabilities, and honest about points that they lack. */
import { describe, expect, it } from 'vitest'
import { enumerable } from '../../lib/energy/index.ts'
import { key } from '../../lib/key.ts'
import { at } from '../../lib/at.ts'
import { logSumExp } from '../../lib/math.ts'
import { chiSquareDesign, standard } from '../statistics.ts'
import { left, run } from '../either.ts'
import { countsOf } from './support.ts'

describe('enumerable', () => {
  const base = enumerable({ points: ['a', 'b', 'c'], probabilities: [1, 3, 0] })

  it('normalises and scores', async () => {
    expect(logSumExp(base.logProbabilities)).toBeCloseTo(0, 14)
    const found = await run(base.logProbability(['b', 'a', 'c']))
    expect(at(found, 0)).toBeCloseTo(Math.log(0.75), 14)
    expect(at(found, 2)).toBe(Number.NEGATIVE_INFINITY)
  })

  it('samples its law (χ², α = 1e-9, TV .02)', async () => {
    const design = chiSquareDesign({ ...standard, minDiscrepancy: 0.02 }, 3)
    const samples = await run(base.sample(key(1), design.n))
    const counts = countsOf(
      samples.map((s) => base.points.indexOf(s)),
      3,
    )
    expect(design.check(counts, [0.25, 0.75, 0]).passed).toBe(true)
  })

  it('names a point that is not in the list', async () => {
    expect(left(await base.logProbability(['a', 'z'])()).what).toContain('z')
  })

  it('tells structured points apart by a name', async () => {
    const pairs = enumerable({ points: [[0], [1]], probabilities: [1, 1], name: (x) => x.join() })
    expect(at(await run(pairs.logProbability([[1]])), 0)).toBeCloseTo(-Math.LN2, 14)
  })
})
