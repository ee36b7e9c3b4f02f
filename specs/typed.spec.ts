/** Narrowing by looking: what fits is the same node, what does not is named with both sides. */
import { describe, expect, it } from 'vitest'
import { axis } from '../lib/axis.ts'
import type { Expr } from '../lib/expr.ts'
import { parameterInputs, tensorOf } from '../lib/models/parameters.ts'
import { input, inputOf } from '../lib/ops/layout.ts'
import { exp } from '../lib/ops/pointwise.ts'
import { anyTensor, typed, typedOf } from '../lib/typed.ts'
import { thrown } from './thrown.ts'

const [row, model] = [axis('row', 4), axis('model', 8)]
const x: Expr = input('x', row, model)

describe('typed', () => {
  it('is the expression itself, whatever the order of the axes', () => {
    expect(typed(row, model)(x)).toBe(x)
    expect(typed(model, row)(x)).toBe(x)
    expect(typed('model', 'row')(x)).toBe(x)
    expect(typed(model, 'row')(x)).toBe(x)
    const [scalar, count] = [input('s'), inputOf('i32')('n', row)]
    expect(typed()(scalar)).toBe(scalar)
    expect(typedOf('i32')(row)(count)).toBe(count)
  })

  it('names the axes that were expected and those that are there', () => {
    expect(thrown(() => typed(row)(x))).toEqual({
      tag: 'Shape',
      what: "input 'x' is f32 over row=4, model=8, not f32 over row=4",
      remedy: 'name the axes and the element type that it has, or rename, sum or cast it first',
      facts: {
        op: 'input',
        expected: { axes: [row], dtype: 'f32' },
        found: { axes: [row, model].map(({ name, size }) => ({ name, size })), dtype: 'f32' },
      },
    })
    expect(thrown(() => typed(row, axis('model', 9))(exp(input('x', row, model))))?.what).toBe(
      "'exp' is f32 over row=4, model=8, not f32 over row=4, model=9",
    )
    expect(thrown(() => typed('row', 'depth')(x))?.what).toBe(
      "input 'x' is f32 over row=4, model=8, not f32 over row, depth",
    )
    expect(thrown(() => typed()(x))?.what).toBe("input 'x' is f32 over row=4, model=8, not f32 over a scalar")
    expect(thrown(() => typed(row, model, 'depth')(x))?.tag).toBe('Shape')
    expect(thrown(() => typed('row', 'row')(x))?.tag).toBe('Shape')
  })

  it('names the element type where the axes fit', () => {
    expect(thrown(() => typedOf('i32')(row, model)(x))).toMatchObject({
      tag: 'DType',
      what: "input 'x' is f32 over row=4, model=8, not i32 over row=4, model=8",
    })
    expect(thrown(() => typed(row)(inputOf('bool')('flag', row)))?.tag).toBe('DType')
  })

  it('with axes that only matter at run time looks at the element type alone', () => {
    expect(anyTensor('f32')(x)).toBe(x)
    expect(thrown(() => anyTensor('u32')(x))?.tag).toBe('DType')
  })
})

describe('parameters', () => {
  it('are looked up with their axes', () => {
    const parameters = parameterInputs({ gain: [model] })
    expect(tensorOf(parameters, 'gain', model)).toBe(parameters['gain'])
    expect(thrown(() => tensorOf(parameters, 'gain', row))?.what).toBe(
      "input 'parameter/gain' is f32 over model=8, not f32 over row=4",
    )
    expect(thrown(() => tensorOf(parameters, 'bias', model))).toMatchObject({
      tag: 'Feed',
      facts: { parameter: 'bias' },
    })
  })
})
