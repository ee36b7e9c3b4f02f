/** Rotary positions: the turn as a product of complex numbers. */
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import { at } from '../../lib/at.ts'
import { rotated } from '../../lib/models/rotary.ts'
import { transformerAxes } from '../../lib/models/transformer-size.ts'
import { input, iota, reorder } from '../../lib/ops/layout.ts'
import { evaluateOne } from '../../lib/program.ts'
import { reference } from '../../lib/reference.ts'
import { run } from '../either.ts'
import { near } from '../near.ts'
import { smallTransformer } from './small-transformer.ts'

const axes = transformerAxes({ ...smallTransformer, model: 12, heads: 2 })
const [batch, time] = [axis('batch', 1), axis('time', 40)]
const DEPTH = 6

/** Rows [time, head, depth], turned by their positions. */
const turned = async (data: Float64Array): Promise<readonly number[]> => {
  const x = input('x', batch, time, axes.head, axes.depth)
  const y = rotated<'batch', 'time'>(axes, iota(time), x)
  return Array.from(
    (await run(evaluateOne(reference)(reorder(['batch', 'time', 'head', 'depth'])(y), { x: data }))).data,
  )
}

describe('rotary positions', () => {
  const data = Float64Array.from({ length: 40 * 2 * DEPTH }, (_, i) => Math.sin(3 * i + 1))

  it('turn halves as complex numbers: (x_i + i·x_{i+d/2})·e^{i·p·10000^(−2i/d)}', async () => {
    const found = await turned(data)
    for (const p of [0, 1, 2, 39])
      for (const head of [0, 1])
        for (const i of [0, 1, 2]) {
          const start = (2 * p + head) * DEPTH
          const [a, b] = [at(data, start + i), at(data, start + i + 3)]
          const angle = p * 10000 ** (-i / 3)
          const [c, s] = [Math.cos(angle), Math.sin(angle)]
          expect([at(found, start + i), at(found, start + i + 3)]).toEqual(near([a * c - b * s, a * s + b * c], 10))
        }
  })

  it('leave products of a query and a key that depend on their distance alone', async () => {
    const same = Float64Array.from(data, (_, i) => at(data, i % (2 * DEPTH)))
    const found = await turned(same)
    const product = (p: number, q: number): number =>
      Array.from({ length: DEPTH }, (_, k) => at(found, 2 * DEPTH * p + k) * at(found, 2 * DEPTH * q + k)).reduce(
        (sum, x) => sum + x,
        0,
      )
    expect(product(3, 8)).toBeCloseTo(product(20, 25), 10)
    expect(Math.abs(product(3, 8) - product(3, 9))).toBeGreaterThan(1e-3)
  })
})
