/** Gradients as a function of expressions: what they return, where they stop, forward mode, Hessians. */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { axis } from '../lib/axis.ts'
import { axesOf, type Expr, type Scalar } from '../lib/expr.ts'
import { gradient, hessianVector, jvp } from '../lib/grad.ts'
import { vjpOf, vjpWithin } from '../lib/ops/pull-back.ts'
import { contract } from '../lib/ops/contract.ts'
import { input, inputOf, reorder } from '../lib/ops/layout.ts'
import { add, cast, constant, cosine, exp, multiply, sine, square, stopGradient, tanh } from '../lib/ops/pointwise.ts'
import { sum, sumOver } from '../lib/ops/reduce.ts'
import { valuesOf } from './domains.ts'
import { thrown } from './thrown.ts'
import { near } from './near.ts'
import { declared } from '../lib/phantom.ts'

const [n, m] = [axis('n', 3), axis('m', 2)]
const x = input('x', n)
const w = input('w', n, m)
const data = { x: Float64Array.of(0.3, -1, 2), w: Float64Array.of(1, 2, 3, 4, 5, 6) }
const at = (...roots: readonly Expr[]): readonly (readonly number[])[] =>
  valuesOf(roots, [
    { node: x, data: data.x },
    { node: w, data: data.w },
  ]).map((v) => Array.from(v))

describe('gradient', () => {
  it('has the axes of each tensor, in its order, and their names', () => {
    const g = gradient(sumOver(n, m)(multiply(square(x), w)), { x, w })
    expect(Object.keys(g)).toEqual(['x', 'w'])
    expect([axesOf(g.x), axesOf(g.w)]).toEqual([[n], [n, m]])
    expect(at(g.x, g.w)).toEqual([near([1.8, -14, 44]), near([0.09, 0.09, 1, 1, 4, 4])])
  })

  it('is 0 with the right axes where the scalar does not depend on a tensor', () => {
    const other = input('other', m)
    const { other: g } = gradient(sum(n)(x), { other })
    expect(axesOf(g)).toEqual([m])
    expect(at(g)).toEqual([[0, 0]])
  })

  it('adds up where a tensor is used twice, and passes through what is not a leaf', () => {
    const y = exp(x)
    const g = gradient(sum(n)(multiply(y, y)), { y, x })
    expect(at(g.y, g.x)).toEqual([
      near([0.3, -1, 2].map((v) => 2 * Math.exp(v))),
      near(
        [0.3, -1, 2].map((v) => 2 * Math.exp(2 * v)),
        10,
      ),
    ])
  })

  it('stops at stop_gradient, at integers and at comparisons', () => {
    const g = gradient(sum(n)(multiply(stopGradient(x), x)), { x }).x
    expect(at(g)).toEqual([[0.3, -1, 2]])
    expect(at(gradient(sum(n)(cast('f32')(cast('i32')(x))), { x }).x)).toEqual([[0, 0, 0]])
    const i = inputOf('i32')('i', n)
    expect(vjpOf([sum(n)(cast('f32')(i))], [constant(1)], [i])).toEqual([undefined])
  })

  it('passes through an operation of which another operand depends on nothing that is asked for', () => {
    const product = sumOver(n, m)(multiply(x, w))
    expect(at(gradient(product, { x }).x, gradient(product, { w }).w)).toEqual([
      near([3, 7, 11]),
      near([0.3, 0.3, -1, -1, 2, 2]),
    ])
  })

  it('refuses a result with axes', () => {
    const dynamic: Scalar = declared(exp(x))
    expect(thrown(() => gradient(dynamic, { x }))).toMatchObject({
      tag: 'Shape',
      what: 'gradient: the result has axes n=3',
      remedy: 'sum it to a scalar first',
    })
  })

  it('is a small graph: shared parts stay shared', () => {
    let y = input('s')
    for (let i = 0; i < 30; i++) y = add(multiply(y, y), tanh(y))
    const s = input('s')
    const g = gradient(y, { s }).s
    const [value] = valuesOf([g], [{ node: s, data: Float64Array.of(1e-3) }])
    expect(Number.isFinite(value?.[0])).toBe(true)
  })
})

describe('vjpWithin', () => {
  it('takes its tensors for independent, though one is made of the other', () => {
    const y = square(x)
    const loss = sum(n)(multiply(x, y))
    const [dx, dy] = vjpWithin([loss], [constant(1)], [x, y])
    const [whole] = vjpOf([loss], [constant(1)], [x, y])
    const found = at(dx ?? x, dy ?? x, whole ?? x)
    expect(found[0]).toEqual(near([0.09, 1, 4]))
    expect(found[1]).toEqual([0.3, -1, 2])
    expect(found[2]).toEqual(near([0.27, 3, 12]))
  })
})

const reals = fc.double({ min: -2, max: 2, noNaN: true })
const triples = fc.tuple(reals, reals, reals)

describe('forward mode and curvature', () => {
  const v = input('v', n)

  test.prop([triples, triples], { seed: 31 })(
    'jvp of an elementwise function is slope times direction',
    (point, along) => {
      const pushed = jvp(multiply(sine(x), x), x, v, input('dummy', n))
      const [found] = valuesOf(
        [pushed],
        [
          { node: x, data: Float64Array.from(point) },
          { node: v, data: Float64Array.from(along) },
        ],
      )
      point.forEach((p, i) => {
        expect(found?.[i]).toBeCloseTo((Math.cos(p) * p + Math.sin(p)) * (along[i] ?? 0), 10)
      })
    },
  )

  test.prop([triples, triples], { seed: 32 })(
    'the Hessian of a quadratic form is its matrix, of a sum of cosines diagonal',
    (point, along) => {
      const k = axis('k', 3)
      const a = input('a', n, k)
      const matrix = Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9)
      const renamed = reorder(['k'])(input('xk', k))
      const form = sum(k)(multiply(contract(n)(x, a), renamed))
      const linear = hessianVector(form, x, v)
      const curved = hessianVector(sum(n)(cosine(x)), x, v)
      const known = [
        { node: x, data: Float64Array.from(point) },
        { node: v, data: Float64Array.from(along) },
        { node: a, data: matrix },
        { node: renamed, data: Float64Array.of(1, 1, 1) },
      ]
      const [h0, h1] = valuesOf([linear, curved], known)
      expect(Array.from(h0 ?? [])).toEqual([0, 0, 0])
      point.forEach((p, i) => {
        expect(h1?.[i]).toBeCloseTo(-Math.cos(p) * (along[i] ?? 0), 10)
      })
    },
  )

  it('a direction made of the point itself is taken for a direction', () => {
    expect(at(hessianVector(sum(n)(multiply(square(x), x)), x, x))).toEqual([near([0.3, -1, 2].map((v) => 6 * v * v))])
  })

  it('are zero where there is nothing to differentiate', () => {
    expect(at(hessianVector(sum(n)(x), x, x))).toEqual([[0, 0, 0]])
    expect(at(jvp(w, x, x, input('dummy', n, m)))).toEqual([[0, 0, 0, 0, 0, 0]])
  })
})
