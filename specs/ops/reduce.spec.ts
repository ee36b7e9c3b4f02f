/** Reductions: values by hand, ties, extremes, empty axes, and what each says when it cannot be done. */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import type { Values } from '../../lib/dtype.ts'
import { axesOf, type Expr, type Tensor } from '../../lib/expr.ts'
import { gradient } from '../../lib/grad.ts'
import { logSumExp as exactLogSumExp } from '../../lib/math.ts'
import { input, inputOf, literal } from '../../lib/ops/layout.ts'
import { operations } from '../../lib/ops/table.ts'
import { less, constant } from '../../lib/ops/pointwise.ts'
import {
  argmax,
  argmin,
  broadcast,
  cumulativeSum,
  logSoftmax,
  logSumExp,
  max,
  mean,
  min,
  softmax,
  sum,
  sumOver,
  sumWhere,
} from '../../lib/ops/reduce.ts'
import { valuesOf } from '../domains.ts'
import { thrown } from '../thrown.ts'
import { near } from '../near.ts'
import { declared } from '../../lib/phantom.ts'

const [r, c] = [axis('r', 2), axis('c', 3)]
const x = input('x', r, c)
const data = Float64Array.of(1, 5, 5, -2, -2, 0)
const on = (root: Expr, values: Values = data): readonly number[] =>
  Array.from(valuesOf([root], [{ node: x, data: values }])[0] ?? [])

describe('reductions', () => {
  it('over one axis, over several, over the other', () => {
    expect([on(sum(c)(x)), on(sum(r)(x)), on(sumOver(r, c)(x)), on(mean(c)(x))]).toEqual([
      [11, -4],
      [-1, 3, 5],
      [7],
      near([11 / 3, -4 / 3]),
    ])
    expect([on(max(c)(x)), on(min(c)(x)), on(max(r)(x))]).toEqual([
      [5, 0],
      [1, -2],
      [1, 5, 5],
    ])
    expect(axesOf(sum(c)(x))).toEqual([r])
    expect(sumOver()(x)).toBe(x)
  })

  it('the first position wins a tie', () => {
    expect([on(argmax(c)(x)), on(argmin(c)(x)), on(argmax(r)(x))]).toEqual([
      [1, 2],
      [0, 0],
      [0, 0, 0],
    ])
  })

  it('equal extremes share the gradient', () => {
    expect(on(gradient(sum(r)(max(c)(x)), { x }).x)).toEqual([0, 0.5, 0.5, 0, 0, 1])
    expect(on(gradient(sum(r)(min(c)(x)), { x }).x)).toEqual([1, 0, 0, 0.5, 0.5, 0])
  })

  it('running sums, forward and as their own adjoint', () => {
    expect(on(cumulativeSum(c)(x))).toEqual([1, 6, 11, -2, -4, -4])
    expect(on(cumulativeSum(r)(x))).toEqual([1, 5, 5, -1, 3, 5])
    expect(on(gradient(sumOver(r, c)(cumulativeSum(c)(x)), { x }).x)).toEqual([3, 2, 1, 3, 2, 1])
  })

  it('what is masked out counts as 0, whatever it is', () => {
    const wild = Float64Array.of(1, Number.POSITIVE_INFINITY, Number.NaN, 2, 3, 4)
    const keep = less(literal(Float64Array.of(0, 1, 1), c), constant(0.5))
    expect(on(sumWhere(c)(keep, x), wild)).toEqual([1, 2])
  })

  it('an empty sum is 0, and along an axis of size 0 nothing is left', () => {
    const [none, some] = [axis('none', 0), axis('some', 2)]
    const empty = input('empty', some, none)
    expect(
      valuesOf(
        [sum(none)(empty), sum(some)(empty), cumulativeSum(some)(empty)],
        [{ node: empty, data: new Float64Array(0) }],
      ).map((v) => Array.from(v)),
    ).toEqual([[0, 0], [], []])
  })

  it('integers stay integers', () => {
    const i = inputOf('u32')('i', c)
    const values = { node: i, data: Uint32Array.of(2 ** 32 - 1, 1, 5) }
    expect(valuesOf([sum(c)(i), max(c)(i)], [values])).toEqual([Uint32Array.of(5), Uint32Array.of(2 ** 32 - 1)])
  })
})

describe('log-sum-exp', () => {
  const wide = fc.array(fc.oneof(fc.double({ min: -800, max: 800, noNaN: true }), fc.constantFrom(3e38, -3e38, 0)), {
    minLength: 6,
    maxLength: 6,
  })

  test.prop([wide], { seed: 55, numRuns: 200 })(
    'is exact from −3e38 to 3e38, and softmax is what follows from it',
    (xs) => {
      const values = Float64Array.from(xs)
      const found = on(logSumExp(c)(x), values)
      const [top, bottom] = [values.subarray(0, 3), values.subarray(3)]
      expect(found[0]).toBeCloseTo(exactLogSumExp(top), 9)
      expect(found[1]).toBeCloseTo(exactLogSumExp(bottom), 9)
      const p = on(softmax(c)(x), values)
      const total = (p[0] ?? 0) + (p[1] ?? 0) + (p[2] ?? 0)
      // Subtracting the logarithm of the sum costs a rounding of it, and past 2⁵³ nothing of it is left.
      if (Math.max(...top.map(Math.abs)) <= 800) expect(total).toBeCloseTo(1, 12)
      else expect(total > 0.999 && total < 3.001).toBe(true)
      on(logSoftmax(c)(x), values).forEach((l) => {
        expect(l <= 1e-12 && !Number.isNaN(l)).toBe(true)
      })
    },
  )

  const usual = fc.array(fc.double({ min: -800, max: 800, noNaN: true }), { minLength: 6, maxLength: 6 })

  test.prop([usual], { seed: 56, numRuns: 100 })('its gradient is softmax, and that of its definition', (xs) => {
    const values = Float64Array.from(xs)
    const [meaning] = operations.get('log_sum_exp')?.definition?.({ over: ['c'] }, [x]) ?? []
    const total: Tensor<'r' | '1'> = declared(meaning ?? x)
    const own = on(gradient(sum(r)(logSumExp(c)(x)), { x }).x, values)
    const defined = on(gradient(sum(r)(total), { x }).x, values)
    const p = on(softmax(c)(x), values)
    own.forEach((g, i) => {
      expect(g).toBeCloseTo(p[i] ?? Number.NaN, 12)
      expect(g).toBeCloseTo(defined[i] ?? Number.NaN, 12)
    })
  })
})

describe('failures', () => {
  it('name the operation, the axis, the sizes and the remedy', () => {
    expect(thrown(() => sum(axis('c', 7))(x))).toEqual({
      tag: 'Shape',
      what: "sum: axis 'c' has size 3 in the tensor, not 7",
      remedy: 'use the axis with which the tensor was made',
      facts: { op: 'sum', axis: 'c', sizes: [3, 7] },
    })
    const loose: Tensor<'r' | 'c' | 'z' | '1'> = declared(x)
    expect(thrown(() => max(axis('z', 2))(loose))?.what).toBe("max: there is no axis 'z' among r=2, c=3")
    const none = axis('none', 0)
    const e = input('e', none)
    expect(thrown(() => argmax(none)(e))).toMatchObject({
      tag: 'Shape',
      remedy: 'reduce over an axis with at least one element',
      facts: { axis: 'none' },
    })
    const nothing = [{ node: e, data: new Float64Array(0) }]
    const empty = [sum(none)(e), max(none)(e), min(none)(e), logSumExp(none)(e)]
    expect(valuesOf(empty, nothing).map((v) => v[0])).toEqual([0, -Infinity, Infinity, -Infinity])
  })

  it('repeating along an axis that is there changes nothing, along another size fails', () => {
    expect(broadcast(c)(x)).toBe(x)
    expect(on(broadcast(axis('k', 2))(sum(c)(x)))).toEqual([11, -4, 11, -4])
  })
})
