/** Contraction: against sums written out, over every semiring, in any storage order; what cannot be contracted. */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { type AnyAxis, axis, sizeOf, stridesAlong, unionAxes, without } from '../../lib/axis.ts'
import { type Expr, type Tensor } from '../../lib/expr.ts'
import { key, uniforms } from '../../lib/key.ts'
import { contract, contractLog, contractMaxPlus, contractOver } from '../../lib/ops/contract.ts'
import { classify } from '../../lib/ops/contract-nodes.ts'
import { input, reorder } from '../../lib/ops/layout.ts'
import { multiply } from '../../lib/ops/pointwise.ts'
import { sum } from '../../lib/ops/reduce.ts'
import { walk } from '../../lib/ops/rules.ts'
import { log, maxPlus, real } from '../../lib/semiring.ts'
import { valuesOf } from '../domains.ts'
import { thrown } from '../thrown.ts'
import { declared } from '../../lib/phantom.ts'

const universe = [axis('a', 2), axis('b', 3), axis('c', 2), axis('d', 2)] as const
const k = axis('k', 3)
const orders = (which: number): readonly AnyAxis[] => universe.filter((_, i) => ((which >> i) & 1) === 1)
const operands = fc.tuple(fc.nat(15), fc.nat(15), fc.nat(1e6)).chain(([p, q, seed]) => {
  const [xs, ys] = [
    [...orders(p), k],
    [...orders(q), k],
  ]
  return fc.tuple(
    fc.shuffledSubarray(xs, { minLength: xs.length }),
    fc.shuffledSubarray(ys, { minLength: ys.length }),
    fc.constant(seed),
  )
})
const any = (x: Expr): Tensor<'k' | 'rest' | '1'> => declared(x)

describe('contraction', () => {
  const semirings = { real: [contract, real], log: [contractLog, log], 'max-plus': [contractMaxPlus, maxPlus] } as const

  test.prop([operands, fc.constantFrom(...Object.values(semirings))], { seed: 71, numRuns: 150 })(
    'is the sum of products over the shared name, whatever the storage order',
    ([xs, ys, seed], [f, { zero, add, mul }]) => {
      const [x, y] = [input('x', ...xs), input('y', ...ys)]
      const [xData, yData] = [xs, ys].map((axes, i) => uniforms(key(seed + i), sizeOf(axes)).map((u) => 2 * u - 1))
      const out = without(unionAxes('spec', xs, ys), ['k'])
      const domain = [...out, k]
      const expected = new Float64Array(sizeOf(out)).fill(zero)
      walk(domain, [stridesAlong(domain, xs), stridesAlong(domain, ys), stridesAlong(domain, out)], (_i, i, j, o) => {
        expected[o] = add(expected[o] ?? Number.NaN, mul(xData?.[i] ?? Number.NaN, yData?.[j] ?? Number.NaN))
      })
      const root = reorder(out.map((a) => a.name))(f(k)(any(x), any(y)))
      const [found] = valuesOf(
        [root],
        [
          { node: x, data: xData ?? expected },
          { node: y, data: yData ?? expected },
        ],
      )
      Array.from(expected).forEach((e, i) => {
        expect(Math.abs((found?.[i] ?? Number.NaN) - e)).toBeLessThanOrEqual(1e-12 * (1 + Math.abs(e)))
      })
    },
  )

  it('over several axes is the contraction over their product', () => {
    const [a, b, c] = universe
    const [x, y] = [input('x', a, b, k), input('y', c, k, b)]
    const known = [x, y].map((node, i) => ({ node, data: uniforms(key(i), i === 0 ? 18 : 18) }))
    const direct = sum(b)(sum(k)(multiply(x, y)))
    const [left, right] = valuesOf([reorder(['a', 'c'])(contractOver(k, b)(x, y)), reorder(['a', 'c'])(direct)], known)
    left?.forEach((v, i) => {
      expect(v).toBeCloseTo(right?.[i] ?? Number.NaN, 12)
    })
  })

  it('log contraction neither overflows nor underflows, and carries the zero of its semiring', () => {
    const [x, y] = [input('x', k), input('y', k)]
    const at = (xs: readonly number[], ys: readonly number[]) =>
      valuesOf(
        [contractLog(k)(x, y)],
        [
          { node: x, data: Float64Array.from(xs) },
          { node: y, data: Float64Array.from(ys) },
        ],
      )[0]?.[0]
    expect(at([1e5, 1e5, -1e5], [0, 0, 0])).toBeCloseTo(1e5 + Math.LN2, 9)
    expect(at([-1e5, -1e5, -1e9], [-1, -1, 0])).toBeCloseTo(-1e5 - 1 + Math.LN2, 9)
    expect(at([Number.NEGATIVE_INFINITY, 1, Number.NEGATIVE_INFINITY], [5, 2, 0])).toBe(3)
  })

  it('an empty real sum is 0', () => {
    const none = axis('none', 0)
    const [x, y] = [input('x', universe[0], none), input('y', none)]
    expect(
      valuesOf(
        [contract(none)(x, y)],
        [
          { node: x, data: new Float64Array(0) },
          { node: y, data: new Float64Array(0) },
        ],
      )[0],
    ).toEqual(new Float64Array(2))
  })

  it('sorts axes by their part', () => {
    const [a, b, c] = universe
    expect(classify(['k'], [a, b, k], [b, k, c])).toEqual({ batch: [b], rows: [a], inner: [k], columns: [c] })
  })
})

describe('failures', () => {
  it('name the axis and all sizes', () => {
    const [x, y] = [input('x', k), input('y', axis('k', 4))]
    expect(thrown(() => contract(k)(x, y))).toMatchObject({
      tag: 'Shape',
      what: "contract: axis 'k' has size 3 on the left, 4 on the right and 3 as given",
      remedy: 'make the sizes agree',
    })
    const loose: Tensor<'k' | '1'> = declared(input('z', universe[0]))
    expect(thrown(() => contract(k)(x, loose))?.what).toBe("contract: there is no axis 'k' among a=2")
  })
})
