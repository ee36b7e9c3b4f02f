/** Fused runs with transposed operands, by blocks of four by four where sizes allow them: as the reference, bit by bit. */
import { expect, it } from 'vitest'
import { field } from '../../lib/at.ts'
import { type AnyAxis, axis, sizeOf } from '../../lib/axis.ts'
import type { Expr } from '../../lib/expr.ts'
import { input, reorder } from '../../lib/ops/layout.ts'
import { add, multiply } from '../../lib/ops/pointwise.ts'
import { evaluateOn, outputs } from '../../lib/program.ts'
import { reference } from '../../lib/reference.ts'
import { anyTensor } from '../../lib/typed.ts'
import { defaultLimits, plan } from '../../lib/plan.ts'
import { webGpuExecutor } from '../../lib/webgpu.ts'
import { fuse } from '../../lib/webgpu/fuse.ts'
import { describeOnDevice } from '../adapter.ts'
import { run } from '../either.ts'

const real = anyTensor('f32')

/** Small whole numbers, so that sums and products are exact. */
const counted = (axes: readonly AnyAxis[], seed: number): Float64Array =>
  Float64Array.from({ length: sizeOf(axes) }, (_, i) => ((i * 7 + seed) % 61) - 30)

const axesOf = (...sizes: readonly number[]): readonly AnyAxis[] => sizes.map((n, i) => axis(`a${i}`, n))

/** Storage orders of a result of these sizes, and whether its elements are computed sixteen at a time. */
const cases = [
  [[8, 12], [1, 0], true],
  [[4, 4], [1, 0], true],
  [[64, 36], [1, 0], true],
  [[33, 8], [1, 0], false],
  [[8, 6], [1, 0], false],
  [[3, 8, 12], [0, 2, 1], true],
  [[8, 5, 12], [2, 1, 0], true],
  [[8, 3, 20], [2, 0, 1], true],
  [[4, 12, 3], [2, 1, 0], false],
  [[2, 4, 3, 8], [3, 1, 2, 0], false],
  [[4, 2, 3, 8], [3, 1, 2, 0], true],
] as const

const built = (sizes: readonly number[], order: readonly number[]) => {
  const axes = axesOf(...sizes)
  const names = order.map((i) => axes[i]?.name ?? '')
  const [x, turned] = [input('x', ...axes), reorder(names)(input('y', ...axes))]
  const row = input('row', ...axes.slice(0, 1))
  const stored = order.flatMap((i) => axes.slice(i, i + 1))
  const straight = input('z', ...stored)
  return {
    axes,
    stored,
    results: {
      alone: reorder(names)(x),
      beside: add(multiply(real(turned), real(straight)), real(row)),
    },
  }
}

const perInvocation = (x: Expr): number => {
  const step = plan(outputs({ x }), defaultLimits).steps.at(-1)
  return step === undefined
    ? 0
    : sizeOf(step.root.types[0]?.axes ?? []) / (fuse(step, { software: true }).params['count'] ?? 1)
}

await describeOnDevice('blocks of transposed operands', (device) => {
  const executor = webGpuExecutor()(device)
  it.each(cases)('%j in the order %j', async (sizes, order, blocked) => {
    const { axes, stored, results } = built(sizes, order)
    expect(perInvocation(results.alone)).toBe(blocked ? 16 : 1)
    const feeds = {
      x: counted(axes, 1),
      y: counted(axes, 2),
      z: counted(stored, 3),
      row: counted(axes.slice(0, 1), 4),
    }
    const [exact, got] = [
      await run(evaluateOn(reference)(results, feeds)),
      await run(evaluateOn(executor)(results, feeds)),
    ]
    for (const name of ['alone', 'beside'] as const)
      expect([name, Array.from(field(got, name).data)]).toEqual([name, Array.from(field(exact, name).data)])
  })
})
