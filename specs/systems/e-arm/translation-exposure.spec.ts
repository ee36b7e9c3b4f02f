/** The exposure-bias ratio of two translators: words in decoded contexts, and which of them count. */
import { describe, expect, it } from 'vitest'
import { key } from '../../../lib/key.ts'
import { reference } from '../../../lib/reference.ts'
import { decodedWords, exposureAgainst } from '../../../lib/systems/e-arm/translation-exposure.ts'
import { translationRuntime } from '../../../lib/systems/e-arm/translation-runtime.ts'
import { right, run } from '../../either.ts'
import { end, network, options, start, task, time } from './reversal.ts'

describe('the exposure-bias ratio', () => {
  it('counts the words that both reach, and those to which the first gives more', () => {
    const model = { logProbability: Float64Array.of(-1, -2, -3, -4), reached: Uint8Array.of(1, 1, 1, 0) }
    const baseline = { logProbability: Float64Array.of(-2, -1, -4, -5), reached: Uint8Array.of(1, 1, 0, 1) }
    expect(right(exposureAgainst(model, baseline))).toEqual({ greater: 1, total: 2 })
    expect(right(exposureAgainst(model, model))).toEqual({ greater: 0, total: 3 })
  })

  it('a word is reached before the end of the reference while the decoding has not ended', async () => {
    const runtime = translationRuntime(reference, network, { batch: 9, time, end })
    const measuring = { run, options, task, runtime, key: key(1), search: {} }
    const { logProbability, reached } = await decodedWords(measuring, start)
    const decoded = await run(runtime.translate(start, task.rows.training, { width: 1, lengthPenalty: 0 }))
    // References have two words and their end.
    decoded.forEach(([found], i) => {
      const length = found?.tokens.length ?? 0
      expect(Array.from(reached.slice(3 * i, 3 * i + 3))).toEqual(
        [0, 1, 2].map((k) => (k < Math.min(2, length) ? 1 : 0)),
      )
    })
    expect(logProbability).toHaveLength(27)
    // Before anything is decoded the context is that of the true target: nothing.
    const truth = await run(runtime.words(start, task.rows.training, task.rows.training.target))
    for (let i = 0; i < 9; i++) expect(logProbability[3 * i]).toBeCloseTo(truth[3 * i] ?? Number.NaN, 9)
    runtime.release()
  }, 60_000)
})
