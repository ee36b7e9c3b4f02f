/** F7: layout operations and their inverses, exactly; reductions in any storage order. */
import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { type AnyAxis, axis, sizeOf } from '../../lib/axis.ts'
import type { Values } from '../../lib/dtype.ts'
import { type Expr, type Tensor, typeOf } from '../../lib/expr.ts'
import { gather } from '../../lib/ops/gather.ts'
import { iota, reorder, reshape } from '../../lib/ops/layout.ts'
import { reverse, sliceNode } from '../../lib/ops/slice.ts'
import { concatNodes } from '../../lib/ops/join.ts'
import { sumToAxes } from '../../lib/ops/rules.ts'
import { max } from '../../lib/ops/reduce.ts'
import { tensorOver, tensors, axesUpTo } from '../../lib/laws/arbitraries/tensors.ts'
import { valuesOf } from '../domains.ts'
import { declared } from '../../lib/phantom.ts'

const parameters = { seed: 7, numRuns: 200 }
const any = (x: Expr): Tensor<string> => declared(x)
const names = (axes: readonly AnyAxis[]): readonly string[] => axes.map((a) => a.name)

describe('F7: inverses', () => {
  const shuffles = tensors(4).chain((x) =>
    fc.shuffledSubarray([...names(x.axes)], { minLength: x.axes.length }).map((order) => ({ ...x, order })),
  )

  const same = (root: Expr, x: { readonly node: Expr; readonly data: Values }): void => {
    expect(typeOf(root)).toEqual(typeOf(x.node))
    expect(valuesOf([root], [x])[0]).toEqual(x.data)
  }

  test.prop([shuffles], parameters)('F7: another storage order and back', (x) => {
    const there = reorder(x.order)(x.node)
    same(reorder(names(x.axes))(there), x)
    const back = valuesOf([there], [x])[0] ?? new Float64Array(0)
    const again = { node: reorder(x.order)(x.node), data: back }
    expect(valuesOf([again.node], [x])[0]).toEqual(back)
  })

  test.prop([tensors(4)], parameters)('F7: other axes of the same storage, and back', (x) => {
    const flat = reshape([axis('all', sizeOf(x.axes))])(x.node)
    expect(valuesOf([flat], [x])[0]).toEqual(x.data)
    same(reshape(x.axes)(flat), x)
  })

  const withAxis = tensors(4, 1).filter((x) => x.axes.length > 0)

  test.prop([withAxis, fc.nat(), fc.nat()], parameters)('F7: joining what was cut apart', (x, which, where) => {
    const over = x.axes[which % x.axes.length] ?? axis('a', 1)
    const cut = where % (over.size + 1)
    const parts = [sliceNode(over.name, 0, cut)(x.node), sliceNode(over.name, cut, over.size - cut)(x.node)]
    same(concatNodes(over.name)(parts), x)
  })

  test.prop([withAxis, fc.nat()], parameters)('F7: reversing twice, and gathering 0, 1, 2 …', (x, which) => {
    const over = x.axes[which % x.axes.length] ?? axis('a', 1)
    const along = axis(over.name, over.size)
    same(reverse(along)(reverse(along)(any(x.node))), x)
    const picked = axis('picked', over.size)
    const renamed = x.axes.map((a) => (a.name === over.name ? picked : a))
    const gathered = reorder(names(renamed))(gather(along)(any(x.node), iota(picked)))
    same(reshape(x.axes)(gathered), x)
  })
})

describe('F7: reductions', () => {
  const shuffled = axesUpTo(4, 1)
    .filter((axes) => axes.length > 0)
    .chain((axes) =>
      fc.tuple(tensorOver(axes), fc.shuffledSubarray([...names(axes)], { minLength: axes.length }), fc.nat()),
    )

  test.prop([shuffled], parameters)('F7: do not depend on the storage order', ([x, order, which]) => {
    const over = x.axes[which % x.axes.length] ?? axis('a', 1)
    const rest = x.axes.filter((a) => a.name !== over.name)
    const laid = (f: (y: Expr) => Expr) => [f(x.node), reorder(names(rest))(f(reorder(order)(x.node)))]
    const [straight = new Float64Array(0), turned = new Float64Array(0)] = valuesOf(laid(sumToAxes(rest)), [x])
    const [terms = new Float64Array(0)] = valuesOf(
      [sumToAxes(rest)(x.node)],
      [{ node: x.node, data: x.data.map(Math.abs) }],
    )
    Array.from(straight).forEach((s, i) => {
      expect(Math.abs(s - (turned[i] ?? Number.NaN))).toBeLessThanOrEqual(1e-11 * (1 + (terms[i] ?? 0)))
    })
    const [high, highTurned] = valuesOf(
      laid((y) => max(axis(over.name, over.size))(any(y))),
      [x],
    )
    expect(high).toEqual(highTurned)
  })
})
