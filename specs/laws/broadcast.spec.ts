/** F5: the gradient of a broadcast operand is summed over the axes that it lacks, and has its axes. */
import { fc } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { sizeOf, stridesAlong } from '../../lib/axis.ts'
import { apply, axesOf, type Expr, type Tensor } from '../../lib/expr.ts'
import { vjpOf } from '../../lib/ops/pull-back.ts'
import { key } from '../../lib/key.ts'
import { input } from '../../lib/ops/layout.ts'
import { constant, multiply } from '../../lib/ops/pointwise.ts'
import { sumToAxes, walk } from '../../lib/ops/rules.ts'
import { type Placed, realInputs, realResults, sample, valuesOf } from '../domains.ts'
import { declared } from '../../lib/phantom.ts'

const names = ['add', 'subtract', 'multiply', 'divide', 'maximum', 'minimum', 'power', 'annihilate', 'where']
const real = (x: Expr): Tensor<'1'> => declared(x)

describe('F5: broadcasting', () => {
  it.each(names)('F5: %s: the gradient of an operand is that of the operand written out, summed', (name) => {
    fc.assert(
      fc.property(fc.nat(1e6), (seed) => {
        const s = sample(name, key(seed))
        if (realResults(s).length === 0) return
        const axes = axesOf(s.node)
        const u = {
          node: input('u', ...axes),
          data: Float64Array.from({ length: sizeOf(axes) }, (_, i) => Math.sin(i + 1)),
        }
        const gradient = (
          args: readonly Placed[],
          on: Expr,
        ): { readonly node: Expr; readonly data: ArrayLike<number> } => {
          const y = apply(s.node.op, s.node.attrs, ...args.map((a) => a.node))
          const loss = sumToAxes([])(multiply(real(y), real(u.node)))
          const node = vjpOf([loss], [constant(1)], [on])[0] ?? constant(Number.NaN)
          return { node, data: valuesOf([node], [...args, u])[0] ?? [] }
        }
        for (const x of realInputs(s)) {
          const written = new Float64Array(sizeOf(axes))
          const summed = new Float64Array(x.data.length)
          const size = new Float64Array(x.data.length)
          const strides = [stridesAlong(axes, axesOf(x.node))]
          walk(axes, strides, (i, at) => {
            written[i] = x.data[at] ?? Number.NaN
          })
          const full = { node: input('full', ...axes), data: written }
          const long = gradient(
            s.inputs.map((p) => (p === x ? full : p)),
            full.node,
          )
          walk(axes, strides, (i, at) => {
            summed[at] = (summed[at] ?? 0) + (long.data[i] ?? Number.NaN)
            size[at] = (size[at] ?? 0) + Math.abs(long.data[i] ?? Number.NaN)
          })
          const short = gradient(s.inputs, x.node)
          expect(axesOf(short.node)).toEqual(axesOf(x.node))
          Array.from(short.data).forEach((g, i) => {
            expect(Math.abs(g - (summed[i] ?? Number.NaN))).toBeLessThanOrEqual(1e-11 * (1 + (size[i] ?? 0)))
          })
        }
      }),
      { seed: 5, numRuns: 40 },
    )
  })
})
