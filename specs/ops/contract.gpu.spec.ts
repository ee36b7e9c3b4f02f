/** Contraction on the GPU: every kernel, straight and transposed, at the edges of its tiles. */
import { expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import type { Executor } from '../../lib/executor.ts'
import { fold, key, uniforms } from '../../lib/key.ts'
import { at } from '../../lib/at.ts'
import { contract, contractLog, contractMaxPlus } from '../../lib/ops/contract.ts'
import { input } from '../../lib/ops/layout.ts'
import { outputs } from '../../lib/program.ts'
import { reference } from '../../lib/reference.ts'
import { webGpuExecutor } from '../../lib/webgpu.ts'
import { right } from '../either.ts'
import { describeOperations, portable } from '../webgpu/compare.ts'

const numbers = (n: number, seed: number): Float64Array =>
  Float64Array.from(uniforms(fold(key(77), seed), n), (u) => Math.fround(4 * u - 2))

type Shape = readonly [batch: number, rows: number, inner: number, columns: number]

const SHAPES: readonly Shape[] = [
  [1, 1, 1, 1],
  [1, 64, 65, 3],
  [2, 33, 12, 36],
  [1, 65, 257, 64],
  [3, 7, 64, 65],
  [1, 100, 8, 4],
  [1, 257, 3, 7],
]

/** All four layouts of one product, on the reference or a device. */
const products = async (executor: Executor, [b, m, k, n]: Shape) => {
  const [batch, row, inner, column] = [axis('batch', b), axis('row', m), axis('inner', k), axis('column', n)]
  const xs = [input('x0', batch, row, inner), input('x1', batch, inner, row)] as const
  const ys = [input('y0', batch, inner, column), input('y1', batch, column, inner)] as const
  const named = Object.fromEntries(
    xs.flatMap((x, i) =>
      ys.flatMap((y, j) => [
        [`real${i}${j}`, contract(inner)(x, y)],
        [`log${i}${j}`, contractLog(inner)(x, y)],
        [`best${i}${j}`, contractMaxPlus(inner)(x, y)],
      ]),
    ),
  )
  const feeds = {
    x0: numbers(b * m * k, 1),
    x1: numbers(b * m * k, 2),
    y0: numbers(b * k * n, 3),
    y1: numbers(b * k * n, 4),
  }
  const prepared = right(await executor.prepare(outputs(named))())
  const got = right(await prepared.run(feeds)())
  prepared.release()
  return got
}

await describeOperations('contract', ['contract'], { cases: 8, portably: true }, (executor, device) => {
  it.each(SHAPES.map((s): [...Shape] => [...s]))(
    'F1: [%i, %i, %i] · [·, ·, %i], all layouts, semirings and kernels',
    { timeout: 180_000 },
    async (...shape) => {
      const exact = await products(reference, shape)
      // Terms are at most 4 in modulus, so a running-error bound is 4 k units in the last place of 4, and some for the log.
      const allowed = 2 ** -23 * 8 * (2 + Math.log2(shape[2])) * 4 * Math.sqrt(shape[2]) + 4e-6
      for (const each of [executor, webGpuExecutor()(portable(device))]) {
        const got = await products(each, shape)
        for (const [name, value] of Object.entries(exact)) {
          const far = Float64Array.from(value?.data ?? []).findIndex(
            (x, i) => !(Math.abs(x - at(got[name]?.data ?? [], i)) <= allowed),
          )
          expect(far, name).toBe(-1)
        }
      }
    },
  )
})
