/** Layout operations: where each element goes, and what cannot be done. Inverses are in specs/laws/layout.spec.ts. */
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import type { Values } from '../../lib/dtype.ts'
import { axesOf, type Expr, type Tensor } from '../../lib/expr.ts'
import {
  has,
  input,
  inputOf,
  iota,
  like,
  literal,
  literalIntegers,
  merge,
  rename,
  reorder,
  reshape,
  split,
} from '../../lib/ops/layout.ts'
import { pad, reverse, select, slice } from '../../lib/ops/slice.ts'
import { concat, stack } from '../../lib/ops/join.ts'
import { constant } from '../../lib/ops/pointwise.ts'
import { valuesOf } from '../domains.ts'
import { thrown } from '../thrown.ts'
import { declared } from '../../lib/phantom.ts'

const [r, c] = [axis('r', 2), axis('c', 3)]
const x = input('x', r, c)
const data = Float64Array.of(1, 2, 3, 4, 5, 6)
const on = (root: Expr, values: Values = data): readonly number[] =>
  Array.from(valuesOf([root], [{ node: x, data: values }])[0] ?? [])

describe('elements', () => {
  it('slice, select, pad, reverse', () => {
    expect(on(slice(c, 1, 2)(x))).toEqual([2, 3, 5, 6])
    expect([on(select(r, 1)(x)), on(select(c, 0)(x))]).toEqual([
      [4, 5, 6],
      [1, 4],
    ])
    expect(on(pad(c, 1, 0)(x))).toEqual([0, 1, 2, 3, 0, 4, 5, 6])
    expect(on(pad(r, 0, 1)(x))).toEqual([1, 2, 3, 4, 5, 6, 0, 0, 0])
    expect([on(reverse(c)(x)), on(reverse(r)(x))]).toEqual([
      [3, 2, 1, 6, 5, 4],
      [4, 5, 6, 1, 2, 3],
    ])
    expect(axesOf(select(c, 0)(x))).toEqual([r])
    expect(slice(c, 0, 3)(x)).toBe(x)
  })

  it('concat joins in order whatever the storage order, stack puts a new axis first', () => {
    expect(on(concat(c)(x, reorder(['c', 'r'])(x)))).toEqual([1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6])
    const stacked = stack(axis('k', 2))(x, reverse(c)(x))
    expect(axesOf(stacked).map((a) => a.name)).toEqual(['k', 'r', 'c'])
    expect(on(stacked)).toEqual([1, 2, 3, 4, 5, 6, 3, 2, 1, 6, 5, 4])
  })

  it('split and merge count as they say: i ↦ (⌊i / inner⌋, i mod inner)', () => {
    const [outer, inner] = [axis('outer', 3), axis('inner', 2)]
    const whole = iota(axis('all', 6))
    const parts = split(axis('all', 6), outer, inner)(whole)
    expect(valuesOf([select(outer, 2)(parts), select(inner, 1)(parts)], []).map((v) => Array.from(v))).toEqual([
      [4, 5],
      [1, 3, 5],
    ])
    const back = merge(inner, outer, axis('all', 6))(parts)
    expect(valuesOf([back], []).map((v) => Array.from(v))).toEqual([[0, 2, 4, 1, 3, 5]])
  })

  it('rename keeps values and storage', () => {
    const k = axis('k', 3)
    expect(axesOf(rename(c, k)(x))).toEqual([r, k])
    expect(on(rename(c, k)(x))).toEqual([1, 2, 3, 4, 5, 6])
    expect([has(x, 'c'), has(rename(c, k)(x), 'c')]).toEqual([true, false])
  })

  it('another storage order is the transpose; twice is one; back is nothing', () => {
    const turned = reorder(['c', 'r'])(x)
    expect(on(turned)).toEqual([1, 4, 2, 5, 3, 6])
    expect(reorder(['r', 'c'])(turned)).toBe(x)
    expect(reorder(['r', 'c'])(x)).toBe(x)
    expect(reshape([r, c])(x)).toBe(x)
  })

  it('a cotangent is brought to the axes and the order of its tensor', () => {
    expect(on(like(x)(constant(2)))).toEqual([2, 2, 2, 2, 2, 2])
    expect(on(like(input('y', r))(x))).toEqual([6, 15])
    expect(axesOf(like(x)(reorder(['c', 'r'])(x)))).toEqual([r, c])
  })
})

describe('what is given when an expression is built', () => {
  it('literals and positions', () => {
    expect(valuesOf([literal(data, r, c), literalIntegers(Int32Array.of(7, 8), r), iota(c)], [])).toEqual([
      data,
      Int32Array.of(7, 8),
      Int32Array.of(0, 1, 2),
    ])
    expect(inputOf('bool')('flag').types).toEqual([{ axes: [], dtype: 'bool' }])
  })
})

describe('failures', () => {
  const any = (node: Expr): Tensor<'r' | 'c' | 'z' | '1'> => declared(node)
  const cases: Readonly<Record<string, readonly [() => unknown, string, string]>> = {
    'a range outside the axis': [
      () => slice(c, 2, 2)(x),
      "slice: [2, 4) does not lie in axis 'c' of size 3",
      'take a range of whole numbers inside the axis',
    ],
    'an index outside the axis': [
      () => select(r, 2)(x),
      "slice: [2, 3) does not lie in axis 'r' of size 2",
      'take a range of whole numbers inside the axis',
    ],
    'an axis that is not there': [
      () => reverse(axis('z', 1))(any(x)),
      "reverse: there is no axis 'z' among r=2, c=3",
      'use one of the axes of the tensor',
    ],
    'a name that is taken': [
      () => rename(c, axis('r', 3))(any(x)),
      'reshape: an axis name occurs twice in r=2, r=3',
      'give every axis of a tensor a name of its own',
    ],
    'another number of elements': [
      () => split(c, axis('o', 2), axis('i', 2))(x),
      'reshape: r=2, c=3 does not fit r=2, o=2, i=2',
      'give axes whose sizes have the same product',
    ],
    'a literal of another length': [
      () => literal(data, c),
      'literal: 6 values do not fill c=3',
      'give as many values as the axes hold',
    ],
    'nothing to join': [() => concat(c)(), 'concat: there is nothing to join', 'give at least one tensor'],
    'other axes to join': [
      () => concat(c)(x, input('w', axis('r', 9), c)),
      "concat: r=9, c=3 does not fit r=2, c=3 along 'c'",
      'all tensors need the same other axes and element type',
    ],
    'too few to stack': [
      () => stack(axis('k', 3))(x, x),
      "stack: 2 tensors for axis 'k' of size 3",
      'give as many tensors as the axis has elements',
    ],
    'an order that leaves an axis out': [
      () => reorder(['c'])(x),
      "reorder: 'c' is not an order of r=2, c=3",
      'name every axis once',
    ],
  }

  it.each(Object.entries(cases))(
    '%s: names the operation, the axis, the sizes and the remedy',
    (_name, [build, what, remedy]) => {
      expect(thrown(build)).toMatchObject({ tag: 'Shape', what, remedy })
    },
  )
})
