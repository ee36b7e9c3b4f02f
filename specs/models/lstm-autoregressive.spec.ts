/** The LSTM as an `Autoregressive`: the scores of the fused kernels, the same law of samples, steps as in whole rows. */
import { describe, expect, it } from 'vitest'
import { takeRows } from '../../lib/data/strings.ts'
import { key } from '../../lib/key.ts'
import type { Autoregressive } from '../../lib/models/autoregressive.ts'
import type { LstmSize } from '../../lib/models/lstm.ts'
import { lstmAutoregressive } from '../../lib/models/lstm-autoregressive.ts'
import { languageRuntime } from '../../lib/models/language-runtime.ts'
import { everyRow } from '../../lib/models/table-model.ts'
import { reference } from '../../lib/reference.ts'
import { right } from '../either.ts'
import { chiSquareDesign } from '../../lib/laws/statistics.ts'
import { smallRuntime, wideParameters } from './enumerate.ts'

const size = { symbols: 3, hidden: 5, layers: 2 }
const parameters = wideParameters(size, 4)
const rows = everyRow({ symbols: 3, length: 4 })
const end = 2

/** The model without its kernels for whole rows. */
const stepped = (of: LstmSize, context: number): Autoregressive => {
  const { whole: _, ...model } = lstmAutoregressive(of, context)
  return model
}

describe('the LSTM as an autoregressive model', () => {
  it('scores rows as the fused kernel does, up to their end', async () => {
    const [own, fused] = [
      languageRuntime(reference, stepped(size, 8), { batch: 100, end }),
      smallRuntime(size, { batch: 100 }),
    ]
    const [scores, wanted] = [right(await own.score(parameters, rows)()), right(await fused.score(parameters, rows)())]
    scores.forEach((s, i) => expect(s).toBeCloseTo(wanted[i] ?? 0, 5))
    for (const r of [own, fused]) r.release()
  })

  it('M6: sampling step by step has the law of the scores: χ² on all strings (α = 1e-9, TV 0.08)', async () => {
    const [tiny, rows] = [{ symbols: 3, hidden: 2, layers: 1 }, everyRow({ symbols: 3, length: 3 })]
    const weights = wideParameters(tiny, 5)
    const runtime = languageRuntime(reference, stepped(tiny, 3), { batch: 1024, end })
    const scores = right(await runtime.score(weights, rows)())
    const filled = Array.from({ length: rows.count }, (_, i) => {
      const row = Array.from(rows.tokens.subarray(3 * i, 3 * i + 3))
      const at = row.indexOf(end)
      return at < 0 || row.slice(at).every((s) => s === end)
    })
    const law = scores.map((s, i) => (filled[i] === true ? Math.exp(s) : 0))
    expect(law.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5)
    const design = chiSquareDesign(
      { alpha: 1e-9, minDiscrepancy: 0.05, power: 1 - 1e-6 },
      filled.filter(Boolean).length,
    )
    const drawn = right(await runtime.sample(weights, { key: key(5), count: design.n, length: 3 })())
    const counts = new Int32Array(rows.count)
    for (let r = 0; r < drawn.count; r++) {
      const cell = Array.from(drawn.tokens.subarray(3 * r, 3 * r + 3)).reduce((n, s) => 3 * n + s, 0)
      counts[cell] = (counts[cell] ?? 0) + 1
    }
    expect(design.check(counts, law).complaints).toEqual([])
    const some = takeRows(
      drawn,
      Array.from({ length: 200 }, (_, r) => r),
    )
    right(await runtime.score(weights, some)()).forEach((s, r) => {
      expect(s).toBeCloseTo(drawn.logProbability[r] ?? 0, 4)
    })
    runtime.release()
  })

  it('the logits after a prefix are those from which a row with the prefix goes on', async () => {
    const runtime = languageRuntime(reference, lstmAutoregressive(size, 8), { batch: 3 })
    const prefix = { tokens: Int32Array.of(0, 1, 1, 0, 2, 1, 0, 0, 0, 1), count: 2, time: 5 }
    const logits = right(await runtime.nextLogits(parameters, prefix)())
    const best = [0, 1].map((r) => {
      const row = Array.from(logits.subarray(3 * r, 3 * r + 3))
      return row.indexOf(Math.max(...row))
    })
    const drawn = right(
      await runtime.sample(parameters, { key: key(1), count: 2, length: 6, prefix, decoding: { topK: 1 } })(),
    )
    expect([drawn.tokens[5], drawn.tokens[11]]).toEqual(best)
    runtime.release()
  })
})
