/** Gather and scatter on the GPU: also over many rows, where the picks are sorted first. */
import { expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import { fold, key, uniforms } from '../../lib/key.ts'
import { at } from '../../lib/math.ts'
import { gather, scatterAdd } from '../../lib/ops/gather.ts'
import { input, inputOf } from '../../lib/ops/layout.ts'
import { evaluateOn } from '../../lib/program.ts'
import { reference } from '../../lib/reference.ts'
import { right } from '../onnx/agreement.ts'
import { describeOperations } from '../webgpu/compare.ts'

const draw = (n: number, seed: number): Float64Array => uniforms(fold(key(80), seed), n)

await describeOperations('indexing', ['gather', 'scatter_add'], { cases: 5 }, (executor) => {
  it.each([
    [1, 300, 700, 8],
    [3, 250, 900, 3],
    [1, 5000, 3, 4],
    [2, 1, 40_000, 1],
  ])('F1: %i batches of %i picks from %i rows of %i', async (b, p, r, i) => {
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
    const [got, want] = [
      right(await evaluateOn(executor)(named, feeds)()),
      right(await evaluateOn(reference)(named, feeds)()),
    ]
    expect(got.picked?.data).toEqual(Float32Array.from(want.picked?.data ?? []))
    const far = Float64Array.from(want.sums?.data ?? []).findIndex(
      (x, n) => !(Math.abs(x - at(got.sums?.data ?? [], n)) <= 2 ** -23 * 64 * (1 + Math.abs(x)) * Math.sqrt(p)),
    )
    expect(far).toBe(-1)
  })
})
