/** The largest elements of rows: by hand, at ties, as a gather's index, and what cannot be had. */
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import { gradient } from '../../lib/grad.ts'
import { gather } from '../../lib/ops/gather.ts'
import { input, literal } from '../../lib/ops/layout.ts'
import { HIDDEN } from '../../lib/ops/numeric.ts'
import { sumOver } from '../../lib/ops/reduce.ts'
import { filterLogits, largest } from '../../lib/ops/top-k.ts'
import { valuesOf } from '../domains.ts'
import { thrown } from '../thrown.ts'

const [row, symbol, rank] = [axis('row', 2), axis('symbol', 4), axis('rank', 3)]
const data = Float64Array.of(1, 5, 5, 2, -1, -0, 0, -9)

describe('the largest elements of a row', () => {
  it('come by index, the largest first and the lower index first at a tie', () => {
    const [found] = valuesOf([largest(symbol, rank)(literal(data, row, symbol))], [])
    expect(Array.from(found ?? [])).toEqual([1, 2, 3, 1, 2, 0])
  })

  it('are found along an axis that is not the last', () => {
    const turned = literal(Float64Array.of(1, -1, 5, -0, 5, 0, 2, -9), symbol, row)
    const [found] = valuesOf([largest(symbol, rank)(turned)], [])
    expect(Array.from(found ?? [])).toEqual([1, 2, 3, 1, 2, 0])
  })

  it('are read by a gather, whose gradient goes to them alone', () => {
    const x = input('x', row, symbol)
    const values = gather(symbol)(x, largest(symbol, rank)(x))
    const slope = gradient(sumOver(row, rank)(values), { x }).x
    const placed = [{ node: x, data }]
    expect(valuesOf([values, slope], placed).map((v) => Array.from(v))).toEqual([
      [5, 5, 2, -0, 0, -1],
      [0, 1, 1, 1, 1, 1, 1, 0],
    ])
  })

  it('are at least one and at most all', () => {
    const wanted = (size: number) => thrown(() => largest(symbol, axis('rank', size))(literal(data, row, symbol)))
    expect([wanted(0), wanted(5)].map((failure) => [failure?.tag, failure?.what])).toEqual([
      ['Shape', 'largest: 0 of 4 elements'],
      ['Shape', 'largest: 5 of 4 elements'],
    ])
  })
})

describe('filtered logits', () => {
  /** The symbols that are kept of one row of four. */
  const kept = (logits: readonly number[], filter: Parameters<typeof filterLogits>[1]): readonly number[] => {
    const x = literal(Float64Array.from([...logits, ...logits]), row, symbol)
    const [found] = valuesOf([filterLogits(symbol, filter)(x)], [])
    const first = Array.from(found ?? []).slice(0, 4)
    expect(Array.from(found ?? []).slice(4)).toEqual(first)
    first.forEach((value, i) => expect([HIDDEN, logits[i]]).toContain(value))
    return first.flatMap((value, i) => (value === HIDDEN ? [] : [i]))
  }
  const logs = (...shares: readonly number[]): readonly number[] => shares.map(Math.log)

  it('a tie at the edge of top-p: at the edge so many symbols, above it one more, the lower ones first', () => {
    for (const [p, symbols] of [
      [0.25, [0]],
      [0.26, [0, 1]],
      [0.5, [0, 1]],
      [0.51, [0, 1, 2]],
      [0.75, [0, 1, 2]],
      [0.76, [0, 1, 2, 3]],
    ] as const)
      expect(kept([7, 7, 7, 7], { p })).toEqual(symbols)
  })

  it('keep the k largest, and of what those weigh the share p; one symbol in any case', () => {
    const logits = logs(0.1, 0.4, 0.2, 0.3)
    expect(kept(logits, { k: 3 })).toEqual([1, 2, 3])
    expect(kept(logits, { p: 0.65 })).toEqual([1, 3])
    expect(kept(logits, { p: 0.75 })).toEqual([1, 2, 3])
    // Of 1, 2 and 3, which weigh .9, the first two weigh 7/9.
    expect(kept(logits, { k: 3, p: 0.77 })).toEqual([1, 3])
    expect(kept(logits, { k: 3, p: 0.78 })).toEqual([1, 2, 3])
    expect(kept(logits, { p: 1e-9 })).toEqual([1])
    expect(kept(logits, { k: 1 })).toEqual([1])
    expect(kept(logits, { k: 9 })).toEqual([0, 1, 2, 3])
  })

  it('refuse a k that is no count and a p outside (0, 1]', () => {
    const x = literal(data, row, symbol)
    for (const filter of [{ k: 0 }, { k: 1.5 }, { p: 0 }, { p: 1.1 }, { p: Number.NaN }])
      expect(thrown(() => filterLogits(symbol, filter)(x))?.tag).toBe('Domain')
    expect(filterLogits(symbol, { k: 4, p: 1 })(x)).toBe(x)
  })
})
