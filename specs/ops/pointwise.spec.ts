/** Pointwise operations: values against JavaScript, documented floors and ties, integers that wrap, broadcasting. */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import type { DType, Values } from '../../lib/dtype.ts'
import { axesOf, type Expr, type Tensor } from '../../lib/expr.ts'
import { gradient } from '../../lib/grad.ts'
import { vjpOf } from '../../lib/ops/pull-back.ts'
import { has, input, inputOf, reorder } from '../../lib/ops/layout.ts'
import * as p from '../../lib/ops/pointwise.ts'
import { sum } from '../../lib/ops/reduce.ts'
import { valuesOf, withoutGradient } from '../domains.ts'
import { thrown } from '../thrown.ts'

type Unary = (x: Tensor<'n' | '1'>) => Tensor<'n' | '1'>
const floor = 2 ** -126
const points = Float64Array.of(-700, -5.5, -1, -0.5, -1e-300, -0, 0, 1e-300, 1e-9, 0.5, 1, 1.5, 2, 88, 700)
const n = axis('n', points.length)
const x = input('x', n)
const on = (root: Expr, data: Values = points): Values =>
  valuesOf([root], [{ node: x, data }])[0] ?? new Float64Array(0)

const meanings: Readonly<Record<string, readonly [Unary, (v: number) => number]>> = {
  negate: [p.negate, (v) => -v],
  exp: [p.exp, Math.exp],
  log: [p.log, (v) => Math.log(v < floor ? floor : v)],
  expm1: [p.expm1, Math.expm1],
  log1p: [p.log1p, (v) => (v <= -1 ? Math.log(floor) : Math.log1p(v))],
  sqrt: [p.sqrt, (v) => (v < 0 ? 0 : Math.sqrt(v))],
  reciprocal: [p.reciprocal, (v) => 1 / v],
  absolute: [p.absolute, Math.abs],
  sign: [p.sign, Math.sign],
  floor: [p.floor, Math.floor],
  tanh: [p.tanh, Math.tanh],
  sigmoid: [p.sigmoid, (v) => (v >= 0 ? 1 / (1 + Math.exp(-v)) : Math.exp(v) / (1 + Math.exp(v)))],
  softplus: [p.softplus, (v) => (v > 40 ? v : Math.log1p(Math.exp(v)))],
  sine: [p.sine, Math.sin],
  cosine: [p.cosine, Math.cos],
  square: [p.square, (v) => v * v],
  relu: [p.relu, (v) => Math.max(v, 0)],
  'log of the sigmoid': [p.logSigmoid, (v) => (v < -40 ? v : -Math.log1p(Math.exp(-v)))],
  'scale by 3': [p.scale(3), (v) => 3 * v],
  'shift by 3': [p.shift(3), (v) => v + 3],
}

describe('functions of one operand', () => {
  it.each(Object.entries(meanings))(
    '%s: is what its name says, within two units of rounding',
    (_name, [f, meaning]) => {
      on(f(x)).forEach((v, i) => {
        const expected = meaning(points[i] ?? 0)
        if (Number.isFinite(expected))
          expect(Math.abs(v - expected)).toBeLessThanOrEqual(4e-16 * Math.abs(expected) + 1e-308)
        else expect(v).toBe(expected)
      })
    },
  )

  it('R8: softplus and the log of the sigmoid are finite and exact in both tails', () => {
    const far = Float64Array.from(
      { length: n.size },
      (_, i) => [88, -88, 1e3, -1e3, 1e4, -1e4, 3e38, -3e38][i % 8] ?? 0,
    )
    expect(Array.from(on(p.softplus(x), far).slice(0, 8))).toEqual([88, expect.closeTo(0, 30), 1e3, 0, 1e4, 0, 3e38, 0])
    expect(Array.from(on(p.logSigmoid(x), far).slice(1, 8), (v) => v + 0)).toEqual([
      -88,
      expect.closeTo(0, 30),
      -1e3,
      0,
      -1e4,
      0,
      -3e38,
    ])
    const g = gradient(sum(n)(p.logSigmoid(x)), { x }).x
    for (const v of on(g, far)) expect(v >= 0 && v <= 1).toBe(true)
  })
})

const [a, b] = [axis('a', 2), axis('b', 3)]
const [u, v] = [input('u', a), input('v', b)]
const ordered = (y: Expr): Expr => reorder(['a', 'b'].filter((name) => has(y, name)))(y)
const two = (
  f: (x: Tensor<'a' | '1'>, y: Tensor<'b' | '1'>) => Expr,
  xs: readonly number[] = [2, -3],
  ys: readonly number[] = [1, -2, 0.5],
): readonly number[] =>
  Array.from(
    valuesOf(
      [ordered(f(u, v))],
      [
        { node: u, data: Float64Array.from(xs) },
        { node: v, data: Float64Array.from(ys) },
      ],
    )[0] ?? [],
  )

describe('functions of two operands', () => {
  it('broadcast by the name of the axis', () => {
    const outer = p.subtract(u, v)
    expect(axesOf(outer)).toEqual([a, b])
    expect(two(p.subtract)).toEqual([1, 4, 1.5, -4, -1, -3.5])
    expect(thrown(() => p.add(u, input('w', axis('a', 5))))).toMatchObject({
      tag: 'Shape',
      what: "add: axis 'a' has size 2 in one operand and 5 in another",
      remedy: 'rename one of them, or make the sizes agree',
    })
  })

  it('remainder has the sign of the divisor', () => {
    expect(two(p.remainder, [5, -5], [3, -3, 3])).toEqual([2, -1, 2, 1, -2, 1])
  })

  it('power takes the base as non-negative, with 0⁰ = 1 and 0^y = 0', () => {
    expect(two(p.power, [0, -2], [0, -1, 3])).toEqual([1, 0, 0, 1, 0.5, 8])
  })

  it('annihilate: 0·x = 0 for infinite and undefined x', () => {
    expect(two(p.annihilate, [0, 2], [Number.POSITIVE_INFINITY, Number.NaN, 3])).toEqual([
      0,
      0,
      0,
      Number.POSITIVE_INFINITY,
      Number.NaN,
      6,
    ])
  })

  it('at a tie the gradient of maximum and minimum goes to the first', () => {
    const [s, t] = [input('s'), input('t')]
    const known = [
      { node: s, data: Float64Array.of(1) },
      { node: t, data: Float64Array.of(1) },
    ]
    for (const f of [p.maximum, p.minimum]) {
      const g = gradient(f(s, t), { s, t })
      expect(valuesOf([g.s, g.t], known).map((y) => y[0])).toEqual([1, 0])
    }
  })

  it('comparisons give 0 and 1, in both directions', () => {
    const [xs, ys] = [
      [1, 2],
      [1, 2, 3],
    ]
    expect(two(p.less, xs, ys)).toEqual([0, 1, 1, 0, 0, 1])
    expect(two(p.lessEqual, xs, ys)).toEqual([1, 1, 1, 0, 1, 1])
    expect(two(p.greater, xs, ys)).toEqual([0, 0, 0, 1, 0, 0])
    expect(two(p.greaterEqual, xs, ys)).toEqual([1, 0, 0, 1, 1, 0])
    expect(two(p.equal, xs, ys)).toEqual([1, 0, 0, 0, 1, 0])
  })

  it('logic and selection', () => {
    const flag = p.less(u, p.constant(0))
    expect(two((x) => p.not(p.less(x, p.constant(0))))).toEqual([1, 0])
    expect(two((x, y) => p.and(p.less(x, p.constant(0)), p.less(y, p.constant(0))))).toEqual([0, 0, 0, 0, 1, 0])
    expect(two((x, y) => p.or(p.less(x, p.constant(0)), p.less(y, p.constant(0))))).toEqual([0, 1, 0, 1, 1, 1])
    expect(two((x, y) => p.where(flag, x, y))).toEqual([1, -2, 0.5, -3, -3, -3])
  })
})

const integers = (dtype: 'i32' | 'u32') => {
  const [i, j] = [inputOf(dtype)('i'), inputOf(dtype)('j')]
  const store = (value: number): Values => (dtype === 'i32' ? Int32Array.of(value) : Uint32Array.of(value))
  return (
    f: (x: Tensor<'1', typeof dtype>, y: Tensor<'1', typeof dtype>) => Expr,
    xi: number,
    yj: number,
  ): number | undefined =>
    valuesOf(
      [f(i, j)],
      [
        { node: i, data: store(xi) },
        { node: j, data: store(yj) },
      ],
    )[0]?.[0]
}
const signed = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const unsigned = fc.integer({ min: 0, max: 2 ** 32 - 1 })

describe('integers', () => {
  test.prop([signed, signed], { seed: 51, numRuns: 200 })('i32 wraps like BigInt.asIntN', (i, j) => {
    const run = integers('i32')
    const big = (f: (s: bigint, t: bigint) => bigint) => Number(BigInt.asIntN(32, f(BigInt(i), BigInt(j))))
    expect(run(p.add, i, j)).toBe(big((s, t) => s + t))
    expect(run(p.subtract, i, j)).toBe(big((s, t) => s - t))
    expect(run(p.multiply, i, j)).toBe(big((s, t) => s * t))
    if (j !== 0) expect(run(p.divide, i, j)).toBe(big((s, t) => s / t))
    if (j !== 0) expect(run(p.remainder, i, j)).toBe(big((s, t) => ((s % t) + t) % t))
  })

  test.prop([unsigned, unsigned], { seed: 52, numRuns: 200 })('u32 wraps like BigInt.asUintN', (i, j) => {
    const run = integers('u32')
    const big = (f: (s: bigint, t: bigint) => bigint) => Number(BigInt.asUintN(32, f(BigInt(i), BigInt(j))))
    expect(run(p.add, i, j)).toBe(big((s, t) => s + t))
    expect(run(p.subtract, i, j)).toBe(big((s, t) => s - t))
    expect(run(p.multiply, i, j)).toBe(big((s, t) => s * t))
    if (j !== 0)
      expect([run(p.divide, i, j), run(p.remainder, i, j)]).toEqual([big((s, t) => s / t), big((s, t) => s % t)])
  })

  it('division by 0 gives 0, and so does the remainder', () => {
    for (const dtype of ['i32', 'u32'] as const)
      expect([integers(dtype)(p.divide, 7, 0), integers(dtype)(p.remainder, 7, 0)]).toEqual([0, 0])
  })
})

describe('conversion', () => {
  const converted = (from: DType, to: DType, data: Values): readonly number[] => {
    const given = inputOf(from)('given', axis('k', data.length))
    return Array.from(valuesOf([p.cast(to)(given)], [{ node: given, data }])[0] ?? [])
  }

  it('truncates and saturates; anything to bool is ≠ 0', () => {
    const wild = Float64Array.of(-1.9, 1.9, -0.5, 3e9, -3e9, 1e30, Number.NaN)
    expect(converted('f32', 'i32', wild)).toEqual([-1, 1, 0, 2 ** 31 - 1, -(2 ** 31), 2 ** 31 - 1, 0])
    expect(converted('f32', 'u32', wild)).toEqual([0, 1, 0, 3e9, 0, 2 ** 32 - 1, 0])
    expect(converted('f32', 'bool', Float64Array.of(0, -0, 0.1, -3))).toEqual([0, 0, 1, 1])
    expect(converted('bool', 'f32', Uint32Array.of(0, 1))).toEqual([0, 1])
    expect(converted('i32', 'f32', Int32Array.of(-5, 7))).toEqual([-5, 7])
  })

  it('M2: a word becomes ((w >> 9) + ½)·2⁻²³', () => {
    const w = inputOf('u32')('w', axis('k', 3))
    expect(valuesOf([p.unit(w)], [{ node: w, data: Uint32Array.of(0, 2 ** 31, 2 ** 32 - 1) }])[0]).toEqual(
      Float64Array.of(2 ** -24, 0.5 + 2 ** -24, 1 - 2 ** -24),
    )
  })
})

describe('constants and stopped gradients', () => {
  it('are scalars of their type', () => {
    expect(valuesOf([p.constant(2.5), p.constantOf('i32', -2), p.constantOf('bool', 1)], []).map((y) => y[0])).toEqual([
      2.5, -2, 1,
    ])
    expect(on(p.stopGradient(x))).toEqual(points)
  })

  it('operations that say so pass no gradient on', () => {
    const [s, t] = [input('s'), input('t')]
    for (const root of [p.remainder(s, t), p.normalQuantile(s), p.stopGradient(s), p.floor(s), p.sign(s)])
      expect(vjpOf([root], [p.constant(1)], [s])).toEqual([undefined])
    expect(withoutGradient).toContain('remainder')
  })

  it('the standard normal quantile is odd, increasing, and right to 4e-7', () => {
    const q = on(
      p.normalQuantile(x),
      Float64Array.from(points, (_, i) => (i + 0.5) / points.length),
    )
    q.forEach((value, i) => {
      expect(value).toBeCloseTo(-(q[points.length - 1 - i] ?? 0), 12)
    })
    expect(
      on(
        p.normalQuantile(x),
        points.map(() => 0.975),
      )[0],
    ).toBeCloseTo(1.959963984540054, 5)
    expect(
      on(
        p.normalQuantile(x),
        points.map(() => 2 ** -24),
      )[0],
    ).toBeCloseTo(-5.2947, 3)
  })
})
