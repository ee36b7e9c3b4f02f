/** The largest elements of rows and filters of logits on the GPU: the places and sets that the reference keeps, in long rows and at ties. */
import { expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import { key, uniforms } from '../../lib/key.ts'
import { input } from '../../lib/ops/layout.ts'
import { filterLogits, largest } from '../../lib/ops/top-k.ts'
import { evaluateOn } from '../../lib/program.ts'
import { reference } from '../../lib/reference.ts'
import { right } from '../either.ts'
import { describeOperations } from '../webgpu/compare.ts'

await describeOperations('filters of logits', ['filter_logits', 'largest'], {}, (executor) => {
  it.each([300, 131_072])(
    'M5: %s symbols with ties keep the same symbols as on the reference',
    async (size) => {
      const [row, symbol] = [axis('row', 2), axis('symbol', size)]
      const logits = input('logits', row, symbol)
      // Multiples of 1/16: many ties, and sums of few distinct weights.
      const data = Float32Array.from(uniforms(key(8), 2 * size), (u) => Math.round(16 * 8 * u) / 16)
      const named = {
        count: filterLogits(symbol, { k: 37 })(logits),
        mass: filterLogits(symbol, { p: 0.7123 })(logits),
        both: filterLogits(symbol, { k: 120, p: 0.4317 })(logits),
        places: largest(symbol, axis('rank', 37))(logits),
      }
      const [got, wanted] = [
        right(await evaluateOn(executor)(named, { logits: data })()),
        right(await evaluateOn(reference)(named, { logits: data })()),
      ]
      for (const name of ['count', 'mass', 'both', 'places'] as const) {
        const [own, oracle] = [got[name]?.data ?? [], wanted[name]?.data ?? []]
        const different = Array.from(own).filter((v, i) => v !== Math.fround(oracle[i] ?? 0))
        expect([name, different.length]).toEqual([name, 0])
      }
    },
    60_000,
  )

  it('M5: logits one bit apart, of either sign, are told apart', async () => {
    const [row, symbol] = [axis('row', 2), axis('symbol', 9)]
    const logits = input('logits', row, symbol)
    // 1 and −1 with the bits of 0 to 8 in disorder: all weigh the same, so that p keeps the least count above 9 p.
    const bits = [3, 8, 0, 5, 1, 7, 2, 6, 4]
    const data = new Float32Array(
      Uint32Array.from([0x3f80_0000, 0xbf80_0000].flatMap((x) => bits.map((b) => x + b))).buffer,
    )
    for (let kept = 1; kept < 9; kept++) {
      const named = {
        count: filterLogits(symbol, { k: kept })(logits),
        mass: filterLogits(symbol, { p: (kept - 0.5) / 9 })(logits),
      }
      const got = right(await evaluateOn(executor)(named, { logits: data })())
      for (const name of ['count', 'mass'] as const)
        expect([kept, name, ...Array.from(got[name]?.data ?? [], (x) => x > -1e29)]).toEqual([
          kept,
          name,
          ...bits.map((b) => b > 8 - kept),
          ...bits.map((b) => b < kept),
        ])
    }
  })

  it('M5: both zeros are one number, of which the lower index is first; −∞ is below all, ∞ above', async () => {
    const symbol = axis('symbol', 6)
    const logits = input('logits', symbol)
    const named = { two: filterLogits(symbol, { k: 2 })(logits), places: largest(symbol, axis('rank', 6))(logits) }
    for (const [data, kept, places] of [
      [
        [-1, -0, 0, -0, 0, -2],
        [1, 2],
        [1, 2, 3, 4, 0, 5],
      ],
      [
        [Number.NEGATIVE_INFINITY, -3e38, -0, Number.NEGATIVE_INFINITY, 0, -2],
        [2, 4],
        [2, 4, 5, 1, 0, 3],
      ],
      [
        [3e38, -1, Number.POSITIVE_INFINITY, 0, Number.NEGATIVE_INFINITY, 1],
        [0, 2],
        [2, 0, 5, 3, 1, 4],
      ],
    ] as const) {
      const got = right(await evaluateOn(executor)(named, { logits: Float32Array.from(data) })())
      expect(Array.from(got['two']?.data ?? []).flatMap((x, i) => (x > -1e29 ? [i] : []))).toEqual(kept)
      expect(Array.from(got['places']?.data ?? [])).toEqual(places)
    }
  })
})
