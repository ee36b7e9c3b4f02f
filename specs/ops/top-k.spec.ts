/** The largest elements of rows: by hand, at ties, as a gather's index, and what cannot be had. */
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import { gradient } from '../../lib/grad.ts'
import { gather } from '../../lib/ops/gather.ts'
import { input, literal } from '../../lib/ops/layout.ts'
import { sumOver } from '../../lib/ops/reduce.ts'
import { largest } from '../../lib/ops/top-k.ts'
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
