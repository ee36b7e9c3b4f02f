/** Layer norms of few rows that are read alone, and where they keep a scale that is a power of two. */
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import { at } from '../../lib/at.ts'
import type { Executor } from '../../lib/executor.ts'
import type { Expr } from '../../lib/expr.ts'
import { gradient } from '../../lib/grad.ts'
import { openOnnx } from '../../lib/onnx.ts'
import { lower } from '../../lib/onnx/lower.ts'
import { layerNorm } from '../../lib/ops/layer-norm.ts'
import { input } from '../../lib/ops/layout.ts'
import { multiply } from '../../lib/ops/pointwise.ts'
import { sumAll } from '../../lib/ops/reduce.ts'
import { evaluateOne, outputs } from '../../lib/program.ts'
import { reference } from '../../lib/reference.ts'
import { right } from '../either.ts'

const executor = right(await openOnnx({ threads: 1 })())

const SIZE = 5

const normOf = (rows: number) => {
  const [row, model] = [axis('row', rows), axis('model', SIZE)]
  const x = input('x', row, model)
  return { x, y: layerNorm(model)(x, input('gain', model), input('bias', model)) }
}

const slopeOf = (rows: number): Expr => {
  const { x, y } = normOf(rows)
  return gradient(sumAll(multiply(y, y)), { x }).x
}

const reductions = (y: Expr): string =>
  lower(outputs({ y }))
    .graph.nodes.map((n) => n.type)
    .filter((type) => ['Abs', 'ReduceMax', 'ReduceMin', 'Greater', 'LayerNormalization'].includes(type))
    .join()

const [FEW, MANY] = ['Abs,ReduceMax,LayerNormalization', 'ReduceMax,ReduceMin,Greater,Greater,LayerNormalization']

describe('a layer norm', () => {
  it('of few rows that is read alone finds their size in one pass', () => {
    expect(reductions(normOf(1).y)).toBe(FEW)
    expect(reductions(normOf(Math.floor(65_536 / SIZE)).y)).toBe(FEW)
  })

  it('of many rows, or whose gradient reads its scale, keeps it', () => {
    expect(reductions(normOf(Math.floor(65_536 / SIZE) + 1).y)).toBe(MANY)
    expect(reductions(slopeOf(1))).toBe(MANY)
  })

  it('has the values of the reference at every size of rows', async () => {
    const sizes = [0, 1, 2 ** 53, 2 ** 54, 1.1 * 2 ** 54, 2 ** 60, 2 ** 90, 1.7 * 2 ** 100, 2 ** 127]
    const rows = sizes.flatMap((size) => [-0.3, 1, 0.25, -0.9, 0.1].map((z) => Math.fround(z * size)))
    const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].flatMap((z) => [z, 1, 2 ** 60, 0, 3])
    const feeds = {
      x: Float64Array.from([...rows, ...odd]),
      gain: Float64Array.of(1, 2, 0.5, -1, 3),
      bias: Float64Array.of(0, 1, 2, 3, 4),
    }
    const valuesOn = async (on: Executor): Promise<readonly number[]> => [
      ...right(await evaluateOne(on)(normOf(sizes.length + 3).y, feeds)()).data,
    ]
    const [found, exact] = [await valuesOn(executor), await valuesOn(reference)]
    found.forEach((y, i) => {
      const wanted = at(exact, i)
      if (Number.isNaN(wanted)) expect(y, `element ${i}`).toBeNaN()
      else expect(Math.abs(y - wanted), `element ${i}`).toBeLessThan(1e-5)
    })
    expect(found).toHaveLength(feeds.x.length)
  })
})
