/** The LSTM operations on the GPU, with subgroups and without, also with more rows and units than one tile holds. */
import { expect, it } from 'vitest'
import { type AnyAxis, axis, sizeOf } from '../../lib/axis.ts'
import type { Executor } from '../../lib/executor.ts'
import { apply, type Expr } from '../../lib/expr.ts'
import { fold, key, uniforms } from '../../lib/key.ts'
import { at } from '../../lib/at.ts'
import { input } from '../../lib/ops/layout.ts'
import { lstmOps } from '../../lib/ops/lstm.ts'
import { part } from '../../lib/ops/scan-op.ts'
import { outputs } from '../../lib/program.ts'
import { reference } from '../../lib/reference.ts'
import { webGpuExecutor } from '../../lib/webgpu.ts'
import { small } from '../domains.ts'
import { right } from '../either.ts'
import { describeOperations, portable } from '../webgpu/compare.ts'

const names = ['lstm', 'lstm_backward', 'lstm_sample', 'lstm_score']

/** Both operations on random arguments of these sizes. */
const layer = async (executor: Executor, [t, b, h]: readonly [number, number, number]) => {
  const [time, batch, gate, hidden, previous] = [
    axis('time', t),
    axis('batch', b),
    axis('gate', 4),
    axis('hidden', h),
    axis('previous', h),
  ]
  const feeds: Record<string, Float64Array> = {}
  const given = (name: string, ...axes: readonly AnyAxis[]): Expr => {
    const bound = name === 'weight' || name === 'turned' ? 1 / Math.sqrt(h) : 1
    feeds[name] = Float64Array.from(uniforms(fold(key(79), Object.keys(feeds).length), sizeOf(axes)), (u) =>
      Math.fround(bound * (2 * u - 1)),
    )
    return input(name, ...axes)
  }
  const [forward, backward] = lstmOps
  if (forward === undefined || backward === undefined) throw new Error('two operations')
  const y = apply(
    forward,
    {},
    given('pre', time, batch, gate, hidden),
    given('weight', previous, gate, hidden),
    given('h0', batch, hidden),
    given('c0', batch, hidden),
  )
  const g = apply(
    backward,
    {},
    given('turned', gate, hidden, previous),
    part(2)(y),
    part(1)(y),
    input('c0', batch, hidden),
    given('dh', time, batch, hidden),
    given('dc', time, batch, hidden),
  )
  const named = { h: part(0)(y), c: part(1)(y), gates: part(2)(y), dz: part(0)(g), initial: part(1)(g) }
  const prepared = right(await executor.prepare(outputs(named))())
  const got = right(await prepared.run(feeds)())
  prepared.release()
  return got
}

await describeOperations(
  'lstm',
  names,
  { cases: 4, normwise: true, portably: true, how: { ...small, sizes: [1, 2, 4, 5], elements: 60 } },
  (executor, device) => {
    it.each([
      [3, 33, 12],
      [2, 5, 260],
      [4, 65, 9],
    ] as const)('%i steps of %i rows with %i units', { timeout: 120_000 }, async (...sizes) => {
      const exact = await layer(reference, sizes)
      for (const each of [executor, webGpuExecutor()(portable(device))]) {
        const got = await layer(each, sizes)
        for (const name of ['h', 'c', 'gates', 'dz', 'initial'] as const) {
          const far = Float64Array.from(exact[name]?.data ?? []).findIndex(
            (x, i) => !(Math.abs(x - at(got[name]?.data ?? [], i)) <= 2e-5 * (1 + Math.abs(x))),
          )
          expect(far, name).toBe(-1)
        }
      }
    })
  },
)
