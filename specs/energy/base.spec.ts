/** Finite bases: normalised, sampled at their probabilities, and honest about points that they lack. */
import { describe, expect, it } from 'vitest'
import { enumerable } from '../../lib/energy/index.ts'
import { key } from '../../lib/key.ts'
import { at } from '../../lib/at.ts'
import { logSumExp } from '../../lib/math.ts'
import { chiSquareDesign, standard } from '../../lib/laws/statistics.ts'
import { left, run } from '../either.ts'
import { thrown } from '../thrown.ts'
import { countsOf } from '../../lib/laws/space.ts'

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
    expect(design.check(counts, [0.25, 0.75, 0]).complaints).toEqual([])
  })

  it('names a point that is not in the list', async () => {
    expect(left(await base.logProbability(['a', 'z'])()).what).toContain('z')
  })

  it('tells structured points apart by a name', async () => {
    const pairs = enumerable({ points: [[0], [1]], probabilities: [1, 1], name: (x) => x.join() })
    expect(at(await run(pairs.logProbability([[1]])), 0)).toBeCloseTo(-Math.LN2, 14)
  })

  it.each<readonly [unknown, unknown]>([
    [{ x: 1 }, { x: 2 }],
    [['a,b'], ['a', 'b']],
    [1, '1'],
    [[1], ['1']],
    [null, 'null'],
    [undefined, null],
    [[], {}],
    [[[]], []],
    [{ a: { b: 1 } }, { a: 1, b: 1 }],
    [Float32Array.of(1), Float64Array.of(1)],
    [Int32Array.of(1, 2), Int32Array.of(1, 3)],
    [10n, 10],
    [true, 'true'],
  ])('tells %o from %o by its structure', async (x, y) => {
    const base = enumerable({ points: [x, y], probabilities: [1, 3] })
    const found = await run(base.logProbability([y, x]))
    expect(Math.exp(at(found, 0))).toBeCloseTo(0.75, 12)
    expect(Math.exp(at(found, 1))).toBeCloseTo(0.25, 12)
  })

  it('finds equal values whatever the order of their fields', async () => {
    const base = enumerable({ points: [{ a: 1, b: [2] }], probabilities: [1] })
    expect([...(await run(base.logProbability([{ b: [2], a: 1 }])))]).toEqual([0])
    expect(left(await base.logProbability([{ a: 1, b: [3] }])()).tag).toBe('Support')
  })

  const cyclic: unknown[] = []
  cyclic.push(cyclic)
  it.each<readonly [string, string, readonly unknown[], readonly number[]]>([
    ['all-zero weights', 'Support', [1, 2], [0, 0]],
    ['no points', 'Support', [], []],
    ['a negative weight', 'NonFinite', [1, 2], [2, -1]],
    ['a weight of NaN', 'NonFinite', [1, 2], [1, Number.NaN]],
    ['an infinite weight', 'NonFinite', [1, 2], [1, Number.POSITIVE_INFINITY]],
    ['a weight too few', 'Shape', [1, 2], [1]],
    ['a point twice', 'Domain', [1, 1], [1, 2]],
    ['0 beside −0', 'Domain', [0, -0], [1, 2]],
    ['a Map', 'Domain', [new Map()], [1]],
    ['a function', 'Domain', [() => 1], [1]],
    ['a symbol', 'Domain', [Symbol('a')], [1]],
    ['a cycle', 'Domain', [cyclic], [1]],
    ['a date', 'Domain', [new Date(0)], [1]],
  ])('refuses %s (%s)', (_title, tag, points, probabilities) => {
    expect(thrown(() => enumerable({ points, probabilities }))?.tag).toBe(tag)
  })

  it('weights near the largest number are no trouble', async () => {
    const base = enumerable({ points: ['a', 'b'], probabilities: [1.5e308, 1.5e308] })
    expect(base.logProbabilities[0]).toBeCloseTo(-Math.LN2, 12)
    expect(new Set(await run(base.sample(key(3), 64)))).toEqual(new Set(['a', 'b']))
  })
})
