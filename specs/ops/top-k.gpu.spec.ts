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
})
