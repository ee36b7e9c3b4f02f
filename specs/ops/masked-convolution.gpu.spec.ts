/** Masked convolutions on the GPU by every kernel, also with more pixels than one part and more channels than one tile holds. */
import { expect, it } from 'vitest'
import { axis, sizeOf } from '../../lib/axis.ts'
import { axesOf } from '../../lib/expr.ts'
import { gradient } from '../../lib/grad.ts'
import { key, uniforms } from '../../lib/key.ts'
import { at, field } from '../../lib/at.ts'
import { input } from '../../lib/ops/layout.ts'
import { type Mask, windowOf } from '../../lib/ops/mask.ts'
import { maskedConvolution } from '../../lib/ops/masked-convolution.ts'
import { multiply } from '../../lib/ops/pointwise.ts'
import { sumAll } from '../../lib/ops/reduce.ts'
import { evaluateOn, outputs } from '../../lib/program.ts'
import { reference } from '../../lib/reference.ts'
import { small } from '../domains.ts'
import { right, run as runTask } from '../either.ts'
import { webGpuExecutor } from '../../lib/webgpu.ts'
import { describeOperations, portable } from '../webgpu/compare.ts'

const names = ['masked_convolution', 'masked_convolution_weight', 'masked_convolution_step']
const mask: Mask = { stack: 'full', kind: 'B', size: 3, groups: 1 }

/** Channels for every kernel, with a first tap that is not finite. */
const lost = [
  [5, 1, Number.POSITIVE_INFINITY],
  [5, 1, Number.NaN],
  [8, 1, Number.NEGATIVE_INFINITY],
  [1, 1, Number.NaN],
  [4, 4, Number.POSITIVE_INFINITY],
  [3, 5, Number.NaN],
] as const

await describeOperations(
  'masked convolution',
  names,
  { cases: 4, normwise: true, how: { ...small, sizes: [0, 1, 2, 4, 5, 8, 33], elements: 200 } },
  (executor, device) => {
    const ways = { subgroups: executor, workgroups: webGpuExecutor()(portable(device)) }
    it.each((['subgroups', 'workgroups'] as const).flatMap((way) => lost.map((sizes) => [way, ...sizes] as const)))(
      'F15: a weight that is not finite is seen outside the image too, by %s: %i → %i channels, weight %d',
      { timeout: 120_000 },
      async (way, i, o, value) => {
        const [from, to, tap] = [axis('input', i), axis('output', o), axis('tap', windowOf(mask).count)]
        const x = input('x', axis('batch', 2), axis('row', 3), axis('column', 2), from)
        const y = maskedConvolution(mask)(x, input('w', tap, from, to))
        const feeds = {
          x: new Float64Array(12 * i).fill(1),
          w: Float64Array.from({ length: tap.size * i * o }, (_, n) => (n < i * o ? value : 1)),
        }
        const of = async (on: typeof executor) =>
          Array.from(field(await runTask(evaluateOn(on)({ y }, feeds)), 'y').data, (v) => (Number.isFinite(v) ? 0 : v))
        expect(await of(ways[way])).toEqual(await of(reference))
      },
    )
    const cases = [
      [3, 19, 20, 5, 9],
      [1, 4, 5, 40, 70],
      [2, 23, 24, 1, 12],
      [1, 33, 34, 12, 36],
      [1, 5, 7, 64, 8],
      [1, 5, 7, 65, 8],
    ] as const
    it.each((['subgroups', 'workgroups'] as const).flatMap((way) => cases.map((sizes) => [way, ...sizes] as const)))(
      'tiles of %s: %i images of %i × %i pixels, %i → %i channels',
      { timeout: 120_000 },
      async (way, b, h, w, i, o) => {
        const tried = ways[way]
        const [from, to] = [axis('input', i), axis('output', o)]
        const x = input('x', axis('batch', b), axis('row', h), axis('column', w), from)
        const weight = input('w', axis('tap', windowOf(mask).count), from, to)
        const y = maskedConvolution(mask)(x, weight)
        const loss = sumAll(multiply(y, y))
        const program = outputs({ y, ...gradient(loss, { x, weight }) })
        const feeds = Object.fromEntries(
          [x, weight].map((node, n) => [
            n === 0 ? 'x' : 'w',
            Float64Array.from(uniforms(key(n), sizeOf(axesOf(node))), (u) => Math.fround(2 * u - 1)),
          ]),
        )
        const run = async (on: typeof executor) => {
          const prepared = right(await on.prepare(program)())
          const got = right(await prepared.run(feeds)())
          prepared.release()
          return got
        }
        const [exact, got, again] = [await run(reference), await run(tried), await run(tried)]
        for (const name of ['y', 'x', 'weight'] as const) {
          const wanted = exact[name]?.data ?? []
          const most = Array.from(wanted, Math.abs).reduce((m, v) => Math.max(m, v), 0)
          expect(
            Array.from(wanted).findIndex((v, n) => !(Math.abs(v - at(got[name]?.data ?? [], n)) <= 2e-5 * most)),
          ).toBe(-1)
          const [one, two] = [got[name]?.data ?? [], again[name]?.data ?? []]
          expect(Array.from(one).findIndex((v, n) => !Object.is(v, at(two, n)))).toBe(-1)
        }
      },
    )
  },
)
