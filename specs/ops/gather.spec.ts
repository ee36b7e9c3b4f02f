/** Indexing: elements by hand, clamped indices, batch axes, adjoints, and what cannot be indexed. */
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import { axesOf, type Expr, type Tensor } from '../../lib/expr.ts'
import { gradient } from '../../lib/grad.ts'
import { gather, gatherAxes, oneHot, scatterAdd } from '../../lib/ops/gather.ts'
import { input, inputOf, literal, literalIntegers, reorder } from '../../lib/ops/layout.ts'
import { contract } from '../../lib/ops/contract.ts'
import { multiply } from '../../lib/ops/pointwise.ts'
import { sumOver } from '../../lib/ops/reduce.ts'
import { valuesOf } from '../domains.ts'
import { thrown } from '../thrown.ts'
import { declared } from '../../lib/phantom.ts'

const [v, h, b, p] = [axis('v', 3), axis('h', 2), axis('b', 2), axis('p', 4)]
const table = literal(Float64Array.of(10, 11, 20, 21, 30, 31), v, h)
const run = (...roots: readonly Expr[]): readonly (readonly number[])[] => valuesOf(roots, []).map((x) => Array.from(x))

describe('gather', () => {
  it('takes rows by index, clamped to the axis', () => {
    const index = literalIntegers(Int32Array.of(2, 0, -5, 99), p)
    const rows = gather(v)(table, index)
    expect(new Set(axesOf(rows).map((a) => a.name))).toEqual(new Set(['p', 'h']))
    expect(run(reorder(['p', 'h'])(rows))).toEqual([[30, 31, 10, 11, 10, 11, 30, 31]])
  })

  it('walks axes together that both have', () => {
    const scores = literal(Float64Array.of(1, 2, 3, 4, 5, 6), b, v)
    const index = literalIntegers(Int32Array.of(2, 0), b)
    expect(run(gather(v)(scores, index))).toEqual([[3, 4]])
    expect(gatherAxes('v', [b, v, h], [b, p])).toEqual({ batch: [b], picks: [p], inner: [h] })
  })

  it('is the contraction with one-hot vectors', () => {
    const index = literalIntegers(Int32Array.of(1, 1, 2, 0), p)
    const [left, right] = run(
      reorder(['p', 'h'])(gather(v)(table, index)),
      reorder(['p', 'h'])(contract(v)(oneHot(v)(index), table)),
    )
    expect(left).toEqual(right)
  })

  it('its gradient adds up where a row was taken twice', () => {
    const x = input('x', v)
    const index = literalIntegers(Int32Array.of(1, 1, 2, 1), p)
    const weight = literal(Float64Array.of(1, 10, 100, 1000), p)
    const g = gradient(sumOver(p)(multiply(gather(v)(x, index), weight)), { x }).x
    expect(Array.from(valuesOf([g], [{ node: x, data: new Float64Array(3) }])[0] ?? [])).toEqual([0, 1011, 100])
  })
})

describe('scatter', () => {
  it('sums updates by index, integers too', () => {
    const index = literalIntegers(Int32Array.of(1, 1, 2, 1), p)
    expect(run(scatterAdd(v, p)(literal(Float64Array.of(1, 10, 100, 1000), p), index))).toEqual([[0, 1011, 100]])
    expect(run(scatterAdd(v, p)(literalIntegers(Int32Array.of(1, 2, 3, 4), p), index))).toEqual([[0, 7, 3]])
  })

  it('keeps the other axes of the index apart', () => {
    const index = literalIntegers(Int32Array.of(0, 1, 1, 1), b, axis('q', 2))
    const updates = literal(Float64Array.of(1, 2, 3, 4), b, axis('q', 2))
    expect(run(reorder(['b', 'v'])(scatterAdd(v, axis('q', 2))(updates, index)))).toEqual([[1, 2, 0, 0, 7, 0]])
  })
})

describe('failures', () => {
  it('name what is wrong with the axis or the element type', () => {
    const index = inputOf('i32')('i', p)
    const wrong: Tensor<'p' | '1', 'i32'> = declared(input('f', p))
    expect(thrown(() => gather(v)(table, wrong))).toMatchObject({ tag: 'DType', what: 'gather takes i32, not f32' })
    expect(thrown(() => gather(v)(table, inputOf('i32')('j', v)))).toMatchObject({
      tag: 'Shape',
      what: "gather: axis 'v' is empty or belongs to the index too",
      remedy: 'gather along an axis that only the source has',
    })
    const none = axis('none', 0)
    expect(thrown(() => gather(none)(input('e', none), index))?.tag).toBe('Shape')
    const loose: Tensor<'v' | 'h' | 'z' | '1'> = declared(table)
    expect(thrown(() => gather(axis('z', 2))(loose, index))?.what).toBe("gather: there is no axis 'z' among v=3, h=2")
  })
})
