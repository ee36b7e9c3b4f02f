/** Masked convolutions on ONNX Runtime by every form: one channel, few, many; batches that are taken in parts. */
import { describe, expect, it } from 'vitest'
import { at, field } from '../../lib/at.ts'
import { axis, sizeOf } from '../../lib/axis.ts'
import { axesOf } from '../../lib/expr.ts'
import { gradient } from '../../lib/grad.ts'
import { key, uniforms } from '../../lib/key.ts'
import { openOnnx } from '../../lib/onnx.ts'
import { input } from '../../lib/ops/layout.ts'
import { type Mask, windowOf } from '../../lib/ops/mask.ts'
import { maskedConvolution } from '../../lib/ops/masked-convolution.ts'
import { multiply } from '../../lib/ops/pointwise.ts'
import { sumAll } from '../../lib/ops/reduce.ts'
import { evaluateOn } from '../../lib/program.ts'
import { reference } from '../../lib/reference.ts'
import { right } from '../either.ts'

const executor = right(await openOnnx({ threads: 1 })())
const full = (size: number, kind: 'A' | 'B'): Mask => ({ stack: 'full', kind, size, groups: 1 })

/** Images, rows, columns, channels, and the mask. */
const cases = [
  [1, 1, 1, 1, 1, full(3, 'B')],
  [2, 3, 2, 5, 9, full(1, 'B')],
  [1, 1, 1, 1, 1, full(1, 'B')],
  [2, 5, 7, 1, 9, full(7, 'A')],
  [3, 9, 8, 1, 3, full(3, 'B')],
  [2, 5, 4, 9, 1, full(5, 'B')],
  [2, 4, 3, 12, 3, full(7, 'A')],
  [2, 6, 5, 9, 2, { stack: 'vertical', kind: 'A', size: 5, groups: 1 }],
  [2, 6, 5, 9, 2, { stack: 'vertical', kind: 'B', size: 5, groups: 1 }],
  [2, 3, 5, 9, 2, { stack: 'horizontal', kind: 'A', size: 7, groups: 1 }],
  [6, 24, 23, 40, 8, full(5, 'B')],
  [2, 131, 132, 8, 9, full(3, 'B')],
] as const

const about = (mask: Mask, [b, h, w, i, o]: readonly [number, number, number, number, number]) => {
  const [from, to] = [axis('input', i), axis('output', o)]
  const x = input('x', axis('batch', b), axis('row', h), axis('column', w), from)
  const weight = input('w', axis('tap', windowOf(mask).count), from, to)
  const y = maskedConvolution(mask)(x, weight)
  return { x, weight, y, all: { y, ...gradient(sumAll(multiply(y, y)), { x, weight }) } }
}

describe('masked convolution on ONNX Runtime', () => {
  it.each(cases)('T32: %i images of %i × %i pixels, %i → %i channels, under %j', async (b, h, w, i, o, mask) => {
    const { x, weight, all } = about(mask, [b, h, w, i, o])
    const some = (node: typeof x | typeof weight, seed: number): Float64Array =>
      Float64Array.from(uniforms(key(seed), sizeOf(axesOf(node))), (u) => Math.fround(2 * u - 1))
    const feeds = { x: some(x, 1), w: some(weight, 2) }
    const [exact, got] = [
      right(await evaluateOn(reference)(all, feeds)()),
      right(await evaluateOn(executor)(all, feeds)()),
    ]
    for (const name of ['y', 'x', 'weight'] as const) {
      const wanted = field(exact, name).data
      const most = Array.from(wanted).reduce((m, v) => Math.max(m, Math.abs(v)), 0)
      const [have] = [field(got, name).data]
      expect(have.length).toBe(wanted.length)
      expect([name, Array.from(wanted).findIndex((v, n) => !(Math.abs(v - at(have, n)) <= 2e-5 * most))]).toEqual([
        name,
        -1,
      ])
    }
  })

  const lost = [
    [5, 1, Number.POSITIVE_INFINITY],
    [12, 3, Number.NaN],
    [1, 4, Number.NEGATIVE_INFINITY],
    [9, 9, Number.NaN],
  ] as const
  it.each(lost)(
    'F15: a weight that is not finite is seen outside the image too: %i → %i channels, weight %d',
    async (i, o, value) => {
      const { y } = about(full(3, 'B'), [2, 3, 2, i, o])
      const first = (x: number) => (_: unknown, n: number) => (n < i * o ? x : 1)
      const feeds = {
        x: new Float64Array(12 * i).fill(1),
        w: Float64Array.from({ length: windowOf(full(3, 'B')).count * i * o }, first(value)),
      }
      const of = async (on: typeof executor) =>
        Array.from(field(right(await evaluateOn(on)({ y }, feeds)()), 'y').data, (v) => (Number.isFinite(v) ? 0 : v))
      expect(await of(executor)).toEqual(await of(reference))
    },
  )
})
