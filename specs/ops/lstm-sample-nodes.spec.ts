/** Sampling from an LSTM on ONNX Runtime: rows share their first steps and part later, and draw what each would alone. */
import { describe, expect, it } from 'vitest'
import { at, field } from '../../lib/at.ts'
import { axis, sizeOf } from '../../lib/axis.ts'
import type { Executor } from '../../lib/executor.ts'
import { axesOf } from '../../lib/expr.ts'
import { fold, key, uniforms } from '../../lib/key.ts'
import { draft } from '../../lib/onnx/lower.ts'
import { openOnnx } from '../../lib/onnx.ts'
import { input } from '../../lib/ops/layout.ts'
import { lstmSample } from '../../lib/ops/lstm-language.ts'
import { gate } from '../../lib/ops/lstm.ts'
import { inputKey } from '../../lib/ops/random.ts'
import { outputs } from '../../lib/program.ts'
import { reference } from '../../lib/reference.ts'
import { right, run } from '../either.ts'

const executor = right(await openOnnx({ threads: 1 })())

interface Sizes {
  readonly symbols: number
  readonly batch: number
  readonly time: number
  readonly depth: number
}

const HIDDEN = 4

const drawing = ({ symbols, batch, time, depth }: Sizes) => {
  const rows = axis('row', symbols + depth + (2 * depth - 1) * HIDDEN)
  const weights = input('weights', rows, gate, axis('hidden', HIDDEN))
  const output = input('output', axis('outputRow', HIDDEN + 1), axis('symbol', symbols))
  const { tokens, logProbability, length } = lstmSample(
    { weights, output },
    inputKey('key'),
    axis('batch', batch),
    axis('time', time),
    1,
  )
  // Sharp states and a rare end: rows that followed the prefix of another would draw something else.
  const values = (node: typeof weights | typeof output, seed: number, scale: number): Float32Array =>
    Float32Array.from(uniforms(fold(key(5), seed), sizeOf(axesOf(node))), (u) => scale * (2 * u - 1))
  const biased = values(output, 1, 3).map((x, i) => (i === HIDDEN * symbols + symbols - 1 ? -2.5 : x))
  const feeds = { weights: values(weights, 0, 4), output: biased, key: Uint32Array.from(key(6)) }
  return { program: outputs({ tokens, logProbability, length }), feeds }
}

const drawnOn = async (on: Executor, sizes: Sizes) => {
  const { program, feeds } = drawing(sizes)
  const prepared = await run(on.prepare(program))
  const found = await run(prepared.run(feeds))
  prepared.release()
  const numbers = (name: string): readonly number[] => Array.from(field(found, name).data)
  return { tokens: numbers('tokens'), scores: numbers('logProbability'), lengths: numbers('length') }
}

describe('T32: rows drawn on ONNX Runtime', () => {
  it.each([
    { symbols: 3, batch: 40, time: 9, depth: 2 },
    { symbols: 5, batch: 64, time: 4, depth: 1 },
    { symbols: 3, batch: 8, time: 3, depth: 1 },
    { symbols: 2, batch: 6, time: 5, depth: 2 },
    { symbols: 1, batch: 3, time: 2, depth: 1 },
    { symbols: 4, batch: 1, time: 4, depth: 1 },
    { symbols: 3, batch: 2050, time: 13, depth: 2 },
  ])('T32: are those of the reference: $batch of $time of $symbols symbols, $depth layers', async (sizes) => {
    const [found, expected] = [await drawnOn(executor, sizes), await drawnOn(reference, sizes)]
    const { batch, time } = sizes
    const same = Array.from({ length: batch }, (_, r) => r).filter((r) =>
      expected.tokens.slice(r * time, (r + 1) * time).every((token, t) => token === found.tokens[r * time + t]),
    )
    // Rounding decides where a uniform lies within it of a boundary.
    expect(batch - same.length).toBeLessThanOrEqual(batch / 200)
    for (const r of same) {
      expect(found.lengths[r]).toBe(expected.lengths[r])
      expect(Math.abs(at(found.scores, r) - at(expected.scores, r))).toBeLessThan(2e-5 * time)
    }
  })

  it('are computed once for every prefix as long as there are fewer of these, and then for at most 1024 rows at a time', () => {
    const rowsOf = (sizes: Sizes): readonly (number | undefined)[] => {
      const { graph, shapeOf } = draft(drawing(sizes).program).draft
      const products = graph.nodes.filter(({ type, outputs: [y = ''] }) => type === 'Gemm' && shapeOf(y)?.[1] === 3)
      return products.map(({ outputs: [y = ''] }) => shapeOf(y)?.[0])
    }
    expect(rowsOf({ symbols: 3, batch: 9, time: 6, depth: 1 })).toEqual([1, 2, 4, 8, 9, 9])
    expect(rowsOf({ symbols: 3, batch: 8, time: 3, depth: 1 })).toEqual([1, 2, 4])
    expect(rowsOf({ symbols: 3, batch: 2050, time: 13, depth: 1 })).toEqual([
      ...Array.from({ length: 12 }, (_, t) => 2 ** t),
      ...Array.from({ length: 5 }, () => 410),
    ])
  })
})
