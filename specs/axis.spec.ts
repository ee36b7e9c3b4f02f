/** Axes: strides, unions, and failures that name the operation, the axis, both sizes and the remedy. */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import {
  axis,
  findAxis,
  hasAxis,
  sameAxes,
  showAxes,
  sizeOf,
  stridesAlong,
  stridesOf,
  unionAxes,
  without,
} from '../lib/axis.ts'
import { axesUpTo } from '../lib/laws/arbitraries/tensors.ts'
import { thrown } from './thrown.ts'

const [a, b, c] = [axis('a', 2), axis('b', 3), axis('c', 4)]

describe('axis', () => {
  it('has a size that is a whole number, 0 or more', () => {
    expect(axis('time', 0)).toEqual({ name: 'time', size: 0 })
    for (const size of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])
      expect(thrown(() => axis('time', size))).toEqual({
        tag: 'Shape',
        what: `axis 'time' has size ${size}`,
        remedy: 'give a whole number, 0 or more',
        facts: { axis: 'time', size },
      })
  })
})

describe('strides', () => {
  test.prop([axesUpTo(5)], { seed: 1 })('are row-major: the last axis is next to itself', (axes) => {
    const strides = stridesOf(axes)
    expect(strides.length).toBe(axes.length)
    axes.forEach((x, i) => {
      expect((strides[i] ?? 0) * x.size).toBe(sizeOf(axes.slice(i)))
    })
  })

  test.prop([axesUpTo(5, 1), fc.nat()], { seed: 2 })(
    'along a larger domain are 0 where the tensor lacks the axis',
    (axes, which) => {
      const own = axes.filter((_, i) => ((which >> i) & 1) === 1)
      const along = stridesAlong(axes, own)
      axes.forEach((x, i) => {
        const at = own.findIndex((y) => y.name === x.name)
        expect(along[i]).toBe(at < 0 ? 0 : stridesOf(own)[at])
      })
    },
  )
})

describe('sets of axes', () => {
  it('the widest operand comes first in a union, then what it lacks', () => {
    expect(unionAxes('add', [c], [a, b])).toEqual([a, b, c])
    expect(unionAxes('add')).toEqual([])
    expect(unionAxes('add', [], [])).toEqual([])
  })

  test.prop([axesUpTo(4), axesUpTo(4)], { seed: 3 })(
    'a union has every name once, or says which sizes differ',
    (xs, ys) => {
      const clash = xs.find((x) => ys.some((y) => y.name === x.name && y.size !== x.size))
      if (clash === undefined) {
        const union = unionAxes('op', xs, ys)
        expect(new Set(union.map((x) => x.name)).size).toBe(union.length)
        expect([...xs, ...ys].every((x) => hasAxis(union, x.name))).toBe(true)
        expect(union.length).toBe(Math.max(xs.length, ys.length))
      } else expect(thrown(() => unionAxes('op', xs, ys))?.tag).toBe('Shape')
    },
  )

  it('names operation, axis and both sizes when two operands disagree', () => {
    expect(thrown(() => unionAxes('multiply', [a, b], [axis('b', 5)]))).toEqual({
      tag: 'Shape',
      what: "multiply: axis 'b' has size 3 in one operand and 5 in another",
      remedy: 'rename one of them, or make the sizes agree',
      facts: { op: 'multiply', axis: 'b', sizes: [3, 5] },
    })
  })

  it('names operation, axis and what there is when an axis is missing', () => {
    expect(thrown(() => findAxis('sum', [a, b], 'z'))?.what).toBe("sum: there is no axis 'z' among a=2, b=3")
    expect(thrown(() => findAxis('sum', [], 'z'))?.what).toBe("sum: there is no axis 'z' among a scalar")
    expect(findAxis('sum', [a, b], 'b')).toBe(b)
  })

  it('are compared with their order and sizes, and shown for people', () => {
    expect([
      sameAxes([a, b], [a, b]),
      sameAxes([a, b], [b, a]),
      sameAxes([a], [axis('a', 9)]),
      sameAxes([a], [a, b]),
    ]).toEqual([true, false, false, false])
    expect(without([a, b, c], ['b', 'z'])).toEqual([a, c])
    expect([showAxes([a, b]), showAxes([])]).toEqual(['a=2, b=3', 'a scalar'])
  })
})
