/** Pointwise operations on the GPU. */
import { expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import { at } from '../../lib/at.ts'
import { input } from '../../lib/ops/layout.ts'
import { cosine, pointwiseOps, sine } from '../../lib/ops/pointwise.ts'
import { evaluateOn } from '../../lib/program.ts'
import { wild } from '../domains.ts'
import { right } from '../either.ts'
import { describeOperations } from '../webgpu/compare.ts'

const apart = ['remainder', 'sine', 'cosine']
const names = pointwiseOps.map((op) => op.name).filter((name) => !apart.includes(name))
await describeOperations('pointwise', [...names, 'spread', 'reorder'])

/** x − y·⌊x/y⌋ cancels, so its error is one of x, not of the result. */
await describeOperations('pointwise with cancellation', ['remainder'], { normwise: true })

await describeOperations(
  'waves',
  ['sine', 'cosine'],
  { how: { ...wild, elements: 3000, values: 'smooth' } },
  (executor) => {
    it('F1: sine and cosine are as exact as their header says, and bounded for every argument', async () => {
      const n = axis('n', 2002)
      const [least, most] = [-3e38, 3e38]
      const xs = Float64Array.from({ length: 2002 }, (_, i) =>
        i < 2000 ? Math.fround((i - 1000) ** 3 * 1e-5) : i === 2000 ? least : most,
      )
      const x = input('x', n)
      const got = right(await evaluateOn(executor)({ sine: sine(x), cosine: cosine(x) }, { x: xs })())
      const compare = (name: 'sine' | 'cosine', f: (v: number) => number): void =>
        xs.forEach((v, i) => {
          const y = at(got[name]?.data ?? [], i)
          expect(Math.abs(y)).toBeLessThanOrEqual(1.000001)
          if (Math.abs(v) < 1e5)
            expect(Math.abs(y - f(v)), `${name}(${v})`).toBeLessThanOrEqual(2 ** -22 * (1 + Math.abs(v) / 100))
        })
      compare('sine', Math.sin)
      compare('cosine', Math.cos)
    })
  },
)
