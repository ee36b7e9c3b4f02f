/** F8: the gradient through `where` is finite when the selected branch is, whatever happens in the other. */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import type { Expr, Tensor } from '../../lib/expr.ts'
import { gradient } from '../../lib/grad.ts'
import { vjpOf } from '../../lib/ops/pull-back.ts'
import { input, inputOf } from '../../lib/ops/layout.ts'
import {
  add,
  constant,
  divide,
  exp,
  expm1,
  log,
  log1p,
  multiply,
  power,
  reciprocal,
  softplus,
  sqrt,
  square,
  subtract,
  where,
} from '../../lib/ops/pointwise.ts'
import { logSoftmax, logSumExp, sum, sumWhere } from '../../lib/ops/reduce.ts'
import { valuesOf } from '../domains.ts'

const n = axis('n', 4)
type X = Tensor<'n' | '1'>
const x: X = input('x', n)
const mask = inputOf('bool')('mask', n)

/** Functions with poles, branch points and overflow, and compositions of them. */
const wild: Readonly<Record<string, (y: X) => X>> = {
  log,
  sqrt,
  reciprocal,
  exp,
  expm1,
  log1p,
  softplus,
  'log of sqrt': (y) => log(sqrt(y)),
  'x / x²': (y) => divide(y, square(y)),
  '1 / (x − 1)': (y) => reciprocal(subtract(y, constant(1))),
  'x^−3': (y) => power(y, constant(-3)),
  'exp of 1/x': (y) => exp(reciprocal(y)),
  'e^(e^x)': (y) => exp(exp(y)),
}

/** Compositions whose second derivative multiplies an infinite cotangent by a slope of 0; no promise is made there. */
const firstOrder = new Set(['log of sqrt', 'exp of 1/x', 'e^(e^x)'])

const bad = [0, -0, 1, -1, 1e300, -1e300, 3e38, -3e38, 710, -745, 1e-310]
const points = fc.array(fc.constantFrom(...bad), { minLength: 4, maxLength: 4 })
const flags = fc.array(fc.nat(1), { minLength: 4, maxLength: 4 })

const finite = (
  roots: readonly Expr[],
  data: readonly number[],
  chosen: readonly number[],
): readonly (readonly number[])[] =>
  valuesOf(roots, [
    { node: x, data: Float64Array.from(data) },
    { node: mask, data: Uint32Array.from(chosen) },
  ]).map((v) => Array.from(v))

describe('F8: selection', () => {
  it.each(Object.entries(wild))('F8: where(mask, x², %s): gradients see only the selected branch', (name, f) => {
    const loss = sum(n)(where(mask, square(x), f(x)))
    const first = gradient(loss, { x }).x
    const second = vjpOf([sum(n)(first)], [constant(1)], [x])[0] ?? constant(0)
    fc.assert(
      fc.property(points, (data) => {
        const [g = [], h = []] = finite([first, second], data, [1, 1, 1, 1])
        expect(g).toEqual(data.map((v) => 2 * v + 0))
        if (!firstOrder.has(name)) expect(h.map((v) => v + 0)).toEqual([2, 2, 2, 2])
      }),
      { seed: 8, numRuns: 40 },
    )
  })

  test.prop([points, flags], { seed: 9, numRuns: 100 })(
    'F8: each element has the gradient of its own branch',
    (data, chosen) => {
      const g = gradient(sum(n)(where(mask, multiply(x, constant(3)), log(x))), { x }).x
      const [found = []] = finite([g], data, chosen)
      found.forEach((v, i) => {
        expect(v).toBe(chosen[i] === 1 ? 3 : 1 / (data[i] ?? 0))
      })
    },
  )

  test.prop([points, flags], { seed: 10, numRuns: 100 })(
    'F8: a masked sum ignores what it leaves out, forward and backward',
    (data, chosen) => {
      const total = sumWhere(n)(mask, reciprocal(x))
      const [value = [], g = []] = finite([total, gradient(total, { x }).x], data, chosen)
      const kept = data.filter((_, i) => chosen[i] === 1)
      if (kept.every((v) => Math.abs(v) >= 1)) {
        expect(value[0]).toBeCloseTo(
          kept.reduce((s, v) => s + 1 / v, 0),
          10,
        )
        expect(g.every((v) => Number.isFinite(v))).toBe(true)
      }
      g.forEach((v, i) => {
        if (chosen[i] === 0) expect(v + 0).toBe(0)
      })
    },
  )

  it('F8: log-softmax and log-sum-exp have finite gradients with excluded symbols', () => {
    const masked = where(mask, x, constant(-1e30))
    const loss = add(logSumExp(n)(masked), sum(n)(where(mask, logSoftmax(n)(masked), constant(0))))
    const [g = []] = finite([gradient(loss, { x }).x], [1, 2, 3, 4], [1, 0, 1, 0])
    expect(g.every((v) => Number.isFinite(v))).toBe(true)
    expect([g[1], g[3]]).toEqual([0, 0])
  })
})
