/** Rows of a model from a file, grown from one another: caches that were moved give what reading the rows again gives. */
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { openPredictor } from '../../lib/onnx/import.ts'
import { run } from '../either.ts'

const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/causal/${name}`, import.meta.url))

describe('rows grown from others', () => {
  it.each(['plain.onnx', 'masked.onnx', 'cached.onnx', 'half.onnx'])(
    'S11 %s: gathered caches give the logits of recomputing from the text, and the old rows stay',
    async (name) => {
      const model = await run(openPredictor({ file: fixture(name), threads: 1 }))
      const whole = async (row: readonly number[]): Promise<Float32Array> => {
        const all = await run(model.logits({ tokens: Int32Array.from(row), count: 1, time: row.length }))
        return all.subarray(all.length - model.symbols)
      }
      const agree = async (logits: Float32Array, rows: readonly (readonly number[])[]): Promise<void> => {
        expect(logits.length).toBe(rows.length * model.symbols)
        for (const [r, row] of rows.entries()) {
          const wanted = await whole(row)
          const found = logits.subarray(r * model.symbols, (r + 1) * model.symbols)
          const spread = Math.max(...wanted.map(Math.abs))
          // Half precision has steps of 2⁻¹¹ relative; single precision must keep 1e-5.
          const most = (name === 'half.onnx' ? 2 ** -8 : 1e-5) * spread
          expect(Math.max(...found.map((x, i) => Math.abs(x - at(wanted, i))))).toBeLessThanOrEqual(most)
        }
      }
      const first = await run(model.read(Int32Array.of(0, 6, 14)))
      const three = await run(first.grow(Int32Array.of(0, 0, 0), Int32Array.of(8, 2, 5)))
      const four = await run(three.grow(Int32Array.of(2, 0, 2, 1), Int32Array.of(1, 1, 9, 3)))
      const two = await run(four.grow(Int32Array.of(3, 0), Int32Array.of(4, 4)))
      await agree(first.logits, [[0, 6, 14]])
      const begun = [0, 6, 14]
      await agree(
        three.logits,
        [8, 2, 5].map((v) => [...begun, v]),
      )
      await agree(
        four.logits,
        [
          [5, 1],
          [8, 1],
          [5, 9],
          [2, 3],
        ].map((more) => [...begun, ...more]),
      )
      await agree(
        two.logits,
        [
          [2, 3, 4],
          [5, 1, 4],
        ].map((more) => [...begun, ...more]),
      )
      const again = await run(three.grow(Int32Array.of(1), Int32Array.of(7)))
      await agree(again.logits, [[...begun, 2, 7]])
      model.release()
    },
  )
})
