/** The makers of operations: walking strides, attributes, summing to axes and spreading as adjoints. */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { axis, sizeOf, stridesAlong } from '../../lib/axis.ts'
import { axesOf, type Expr, type Tensor } from '../../lib/expr.ts'
import { softmaxCrossEntropy } from '../../lib/ops/cross-entropy.ts'
import { layerNorm } from '../../lib/ops/layer-norm.ts'
import { input, inputOf, literal, literalIntegers, rename, split } from '../../lib/ops/layout.ts'
import { stack } from '../../lib/ops/join.ts'
import { lstmSample, lstmScore } from '../../lib/ops/lstm-language.ts'
import { packLstm } from '../../lib/ops/lstm-model.ts'
import { and, constant, constantOf, exp, multiply, scale, shift } from '../../lib/ops/pointwise.ts'
import { bernoulli, dropout, foldKey, inputKey, uniform } from '../../lib/ops/random.ts'
import { broadcast } from '../../lib/ops/reduce.ts'
import { pad, select, slice } from '../../lib/ops/slice.ts'
import { filterLogits } from '../../lib/ops/top-k.ts'
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
import type { DType } from '../../lib/dtype.ts'
import { lstmModel, lstmParameterAxes } from '../../lib/models/lstm.ts'
import { parameterInputs } from '../../lib/models/parameters.ts'
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

/** Anything at all as what JavaScript gives where an `A` is wanted. */
const wild = <A>(given: unknown, wanted: A): A => {
  const isWanted = (_: unknown): _ is A => true
  return isWanted(given) ? given : wanted
}

/** No numbers. */
const none: readonly unknown[] = ['3', undefined, null, true, {}]

describe('numbers and values that an operation is given', () => {
  const [n, m] = [axis('n', 3), axis('m', 3)]
  const x = input('x', n)
  const [batch, time] = [axis('batch', 2), axis('time', 4)]
  const size = { symbols: 3, hidden: 2, layers: 1 }
  const model = packLstm(lstmModel(size, parameterInputs(lstmParameterAxes(size))))
  const gain = input('gain', n)

  /** What takes a number, with numbers that it must not take. */
  const numbers: Readonly<Record<string, readonly [(value: number) => unknown, readonly number[]]>> = {
    'the start of slice': [(v) => slice(n, v, 1)(x), [0.5, -1, 3, Number.NaN, Number.POSITIVE_INFINITY]],
    'the size of slice': [(v) => slice(n, 1, v)(x), [0.5, -1, 3, Number.NaN, Number.POSITIVE_INFINITY]],
    'the index of select': [(v) => select(n, v)(x), [0.5, -1, 3, Number.NaN]],
    'zeros before': [(v) => pad(n, v, 0)(x), [0.5, -1, Number.NaN, Number.POSITIVE_INFINITY]],
    'zeros after': [(v) => pad(n, 0, v)(x), [0.5, -1, Number.NaN, Number.POSITIVE_INFINITY]],
    constant: [constant, []],
    scale: [(v) => scale(v)(x), []],
    shift: [(v) => shift(v)(x), []],
    'an i32': [(v) => constantOf('i32', v), [0.5, 2 ** 31, -(2 ** 31) - 1, Number.NaN]],
    'a u32': [(v) => constantOf('u32', v), [0.5, -1, 2 ** 32, Number.POSITIVE_INFINITY]],
    'the child of a key': [(v) => foldKey(v)(inputKey('k')), [0.5, -1, 2 ** 32, Number.NaN]],
    bernoulli: [(v) => bernoulli(inputKey('k'), v)(n), [-0.1, 1.1, Number.NaN]],
    dropout: [(v) => dropout(inputKey('k'), v)(n)(x), [-0.1, 1, Number.NaN]],
    'top-k': [(v) => filterLogits(n, { k: v })(x), [0, 1.5, -1, Number.NaN]],
    'top-p': [(v) => filterLogits(n, { p: v })(x), [0, 1.5, -1, Number.NaN]],
    temperature: [
      (v) => lstmSample(model, inputKey('k'), batch, time, v),
      [0, -1, Number.NaN, Number.POSITIVE_INFINITY],
    ],
    'temperature of a score': [(v) => lstmScore(model, inputOf('i32')('tokens', batch, time), v), [0, -1, Number.NaN]],
    smoothing: [(v) => softmaxCrossEntropy(n, { smoothing: v })(x, inputOf('i32')('target')), [-0.1, 1.1, Number.NaN]],
    'ε of a layer norm': [(v) => layerNorm(n)(x, gain, gain, v), [-1, Number.NaN, Number.POSITIVE_INFINITY]],
  }

  it.each(Object.entries(numbers))('%s', (name, [make, wrong]) => {
    const given = new Map<unknown, number>(wrong.map((v) => [v, v]))
    for (const v of none) if (!(v === undefined && /top-|smoothing|layer/u.test(name))) given.set(v, wild(v, 0))
    for (const [shown, value] of given)
      expect([name, shown, thrown(() => make(value))?.tag]).toEqual([
        name,
        shown,
        /slice|select|zeros/u.test(name) ? 'Shape' : 'Domain',
      ])
  })

  it('a literal takes the arrays of its type and no others, an input the element types that there are', () => {
    const arrays: readonly unknown[] = [[1, 2, 3], BigInt64Array.of(1n, 2n, 3n), Uint8Array.of(1, 2, 3), '123', null]
    for (const data of [...arrays, Int32Array.of(1, 2, 3)])
      expect(thrown(() => literal(wild(data, new Float64Array(3)), n))?.tag).toBe('DType')
    for (const data of [...arrays, Float64Array.of(1, 2, 3)])
      expect(thrown(() => literalIntegers(wild(data, new Int32Array(3)), n))?.tag).toBe('DType')
    expect(thrown(() => inputOf(wild<DType>('f16', 'f32'))('x', n))?.tag).toBe('DType')
  })

  it('an axis name stands once in whatever makes axes', () => {
    const twice = [
      () => input('x', n, n),
      () => literal(new Float64Array(9), n, n),
      () => uniform(inputKey('k'))(n, n),
      () => broadcast(m, m)(x),
      () => rename(n, m)(input('y', n, m)),
      () => split(n, axis('a', 3), axis('a', 1))(x),
      () => stack(n)(x, x, x),
    ]
    for (const make of twice)
      expect(thrown(make)).toMatchObject({ tag: 'Shape', what: expect.stringContaining('occurs twice') })
  })

  it('a filter of logits looks for its axis, whatever it keeps', () => {
    expect(thrown(() => filterLogits(axis('other', 2), { k: 5 })(declared(x)))?.tag).toBe('Shape')
  })
})
