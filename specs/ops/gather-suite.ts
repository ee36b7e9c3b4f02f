/** Gather and scatter on a WebGPU against the reference: also over many rows, where the picks are sorted first. */
import { axis } from '../../lib/axis.ts'
import type { Executor } from '../../lib/executor.ts'
import { fold, key, uniforms } from '../../lib/key.ts'
import { at } from '../../lib/at.ts'
import { gather, scatterAdd } from '../../lib/ops/gather.ts'
import { input, inputOf } from '../../lib/ops/layout.ts'
import { evaluateOn } from '../../lib/program.ts'
import { reference } from '../../lib/reference.ts'
import { run } from '../either.ts'
import type { Suite } from '../webgpu/operation-comparisons.ts'

const draw = (n: number, seed: number): Float64Array => uniforms(fold(key(80), seed), n)

type Size = readonly [batches: number, picks: number, rows: number, inner: number]

const sizes: readonly Size[] = [
  [1, 300, 700, 8],
  [3, 250, 900, 3],
  [1, 5000, 3, 4],
  [2, 1, 40_000, 1],
  [1, 4000, 33_000, 1],
]

const wrong =
  ([b, p, r, i]: Size) =>
  async (executor: Executor): Promise<readonly string[]> => {
    const [batch, picks, rows, inner] = [axis('batch', b), axis('picks', p), axis('rows', r), axis('inner', i)]
    const updates = input('updates', batch, picks, inner)
    const index = inputOf('i32')('index', batch, picks)
    const source = input('source', batch, rows, inner)
    const named = { sums: scatterAdd(rows, picks)(updates, index), picked: gather(rows)(source, index) }
    const feeds = {
      updates: Float64Array.from(draw(b * p * i, 1), (u) => Math.fround(2 * u - 1)),
      index: Int32Array.from(draw(b * p, 2), (u, n) => (n % 50 === 0 ? -3 : Math.floor(u * (r + 2)))),
      source: Float64Array.from(draw(b * r * i, 3), Math.fround),
    }
    const [got, want] = [await run(evaluateOn(executor)(named, feeds)), await run(evaluateOn(reference)(named, feeds))]
    const sums = want.sums?.data ?? []
    const close = (x: number, y: number) => Math.abs(x - y) <= 2 ** -23 * 64 * (1 + Math.abs(x)) * Math.sqrt(p)
    const picked = Float64Array.from(want.picked?.data ?? [])
    return [
      ...(picked.length === b * p * i && picked.every((x, n) => x === got.picked?.data[n]) ? [] : ['picked']),
      ...(sums.length === b * r * i && Float64Array.from(sums).every((x, n) => close(x, at(got.sums?.data ?? [], n)))
        ? []
        : ['sums']),
    ]
  }

/** Gather and scatter. */
export const gatherSuite: Suite = {
  title: 'indexing',
  names: ['gather', 'scatter_add'],
  trials: { cases: 5 },
  more: sizes.map((size) => ({
    title: `F1: ${size[0]} batches of ${size[1]} picks from ${size[2]} rows of ${size[3]}`,
    complaints: wrong(size),
  })),
}
