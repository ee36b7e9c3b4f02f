/** The makers of operations: walking strides, attributes, summing to axes and spreading as adjoints. */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { axis, sizeOf, stridesAlong } from '../../lib/axis.ts'
import { axesOf, type Expr, type Tensor } from '../../lib/expr.ts'
import { input, inputOf } from '../../lib/ops/layout.ts'
import { and, exp, multiply } from '../../lib/ops/pointwise.ts'
import {
  readAxes,
  readNames,
  readNumber,
  requireDType,
  spreadTo,
  sumToAxes,
  walk,
  writeAxes,
} from '../../lib/ops/rules.ts'
import { axesUpTo } from '../../lib/laws/arbitraries/tensors.ts'
import { valuesOf } from '../domains.ts'
import { thrown } from '../thrown.ts'
import { declared } from '../../lib/phantom.ts'

describe('walk', () => {
  test.prop([axesUpTo(5), fc.nat()], { seed: 41 })(
    'visits the domain in order with the offset of each operand',
    (axes, which) => {
      const own = axes.filter((_, i) => ((which >> i) & 1) === 1)
      const strides = [stridesAlong(axes, axes), stridesAlong(axes, own), stridesAlong(axes, [...own].reverse())]
      let count = 0
      walk(axes, strides, (i, ...offsets) => {
        expect(i).toBe(count)
        const position = axes.map((a, d) => Math.floor(i / sizeOf(axes.slice(d + 1))) % a.size)
        expect(offsets[0]).toBe(i)
        expect(offsets).toEqual(strides.map((along) => position.reduce((n, p, d) => n + p * at(along, d), 0)))
        count += 1
      })
      expect(count).toBe(sizeOf(axes))
    },
  )
})

describe('sums and repetition', () => {
  const [n, m] = [axis('n', 2), axis('m', 3)]
  const [x, u] = [input('x', n), input('u', n, m)]

  it('repeat along what is lacking, and sum over what is too much; nothing to do is nothing done', () => {
    expect(spreadTo([n])(x)).toBe(x)
    expect(sumToAxes([m, n])(u)).toBe(u)
    expect(axesOf(spreadTo([n, m])(x))).toEqual([n, m])
    expect(axesOf(sumToAxes([m])(u))).toEqual([m])
  })

  it('F2: are adjoint: ⟨u, spread x⟩ = ⟨sum u, x⟩', () => {
    const wide: Tensor<'n' | 'm' | '1'> = declared(spreadTo([n, m])(x))
    const narrow: Tensor<'n' | '1'> = declared(sumToAxes([n])(u))
    const [left, right] = [sumToAxes([])(multiply(wide, u)), sumToAxes([])(multiply(narrow, x))]
    const [a, b] = valuesOf(
      [left, right],
      [
        { node: x, data: Float64Array.of(2, -3) },
        { node: u, data: Float64Array.of(1, 2, 3, 4, 5, 6) },
      ],
    )
    expect([a?.[0], b?.[0]]).toEqual([-33, -33])
  })
})

describe('attributes', () => {
  it('are read back as they were written, and anything else as nothing', () => {
    const axes = [axis('n', 2), axis('m', 0)]
    expect(readAxes(writeAxes(axes))).toEqual(axes)
    expect([readAxes(3), readAxes([{ name: 1, size: 2 }, null])]).toEqual([[], []])
    expect([readNames(['a', 'b']), readNames('a'), readNames(1), readNames([1])]).toEqual([['a', 'b'], ['a'], [], []])
    expect([readNumber(2), readNumber('2')]).toEqual([2, 0])
  })
})

describe('element types', () => {
  it('name the operation and the type that it does not take', () => {
    const i: Expr = inputOf('i32')('i')
    expect(
      thrown(() => {
        requireDType('lstm', 'f32', { axes: [], dtype: 'i32' })
      }),
    ).toEqual({
      tag: 'DType',
      what: 'lstm takes f32, not i32',
      remedy: 'cast the operand to f32',
      facts: { op: 'lstm', dtype: 'i32' },
    })
    const untyped: Tensor<'1'> = declared(i)
    expect(thrown(() => exp(untyped))).toMatchObject({
      tag: 'DType',
      what: 'exp does not take i32',
      remedy: 'cast the operands to one type that it takes',
    })
    const flag: Tensor<'1', 'bool'> = declared(i)
    expect(thrown(() => and(flag, flag))?.what).toBe('and does not take i32, i32')
    expect(thrown(() => multiply(untyped, input('f')))?.what).toBe('multiply does not take i32, f32')
  })
})
