/** Drawing token by token: where every row of a batch has ended, no step is made any more, and nothing is lost. */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import type { Executor, Prepared } from '../../lib/executor.ts'
import { key } from '../../lib/key.ts'
import { languageRuntime } from '../../lib/models/language-runtime.ts'
import { memoryLength, stepLength } from '../../lib/models/language-sample.ts'
import { initialiseLstm } from '../../lib/models/lstm.ts'
import { lstmAutoregressive } from '../../lib/models/lstm-autoregressive.ts'
import { transformer } from '../../lib/models/transformer.ts'
import { reference } from '../../lib/reference.ts'
import { run } from '../either.ts'
import { smallTransformer } from './small-transformer.ts'

const [END, LENGTH, COUNT] = [2, 40, 30]
const size = { symbols: 3, hidden: 2, layers: 1 }
/** Rows end after about twelve symbols. */
const parameters = { ...initialiseLstm(size)(key(1)), 'output.bias': Float32Array.of(0, 0, -1.8) }

/** The reference, and how often one of its programs drew. */
const counting = () => {
  let drawn = 0
  const executor: Executor = {
    ...reference,
    prepare: (program, beside) =>
      TE.map((prepared: Prepared) => ({
        ...prepared,
        run: (feeds: Parameters<Prepared['run']>[0], names?: Parameters<Prepared['run']>[1]) => {
          if ('given' in feeds) drawn += 1
          return prepared.run(feeds, names)
        },
      }))(reference.prepare<string, string>(program, beside)),
  }
  return { executor, steps: () => drawn }
}

describe('lengths of caches', () => {
  it('of steps are few, and above the position; of memories whole blocks where they are long', () => {
    const lengths = Array.from({ length: 1000 }, (_, position) => stepLength(position, 1000))
    expect([...new Set(lengths)]).toEqual([32, 64, 96, 128, 192, 256, 384, 512, 768, 1000])
    lengths.forEach((length, position) => expect(length).toBeGreaterThan(position))
    expect([31, 32, 63, 64, 95, 96].map((position) => stepLength(position, 1000))).toEqual([32, 64, 64, 96, 96, 128])
    expect([4, 32, 40, 160].map((length) => memoryLength(length, length))).toEqual([4, 32, 64, 160])
  })
})

describe('prefixes', () => {
  const cached = transformer(smallTransformer)

  it.each([
    [3, 5],
    [4, 1],
    [5, 0],
  ])(
    'of %d tokens: rows of five take %d steps, as short prefixes are stepped through and longer ones read at once',
    async (time, wanted) => {
      const { executor, steps } = counting()
      const runtime = languageRuntime(executor, cached, { batch: 2 })
      const prefix = { tokens: new Int32Array(time).fill(1), count: 1, time }
      await run(runtime.sample(cached.initialise(key(1)), { key: key(2), count: 2, length: 5, prefix }))
      expect(steps()).toBe(wanted)
      runtime.release()
    },
  )

  it('are stepped through where a model carries a state', async () => {
    const { executor, steps } = counting()
    const runtime = languageRuntime(executor, lstmAutoregressive(size, 8), { batch: 2 })
    const prefix = { tokens: new Int32Array(6), count: 1, time: 6 }
    await run(runtime.sample(parameters, { key: key(2), count: 2, length: 8, prefix }))
    expect(steps()).toBe(8)
    runtime.release()
  })
})

describe('rows that end', () => {
  it.each([1, 3])(
    'are drawn up to the look after the last end of %d rows, and have the score of their tokens',
    async (batch) => {
      const { executor, steps } = counting()
      const runtime = languageRuntime(executor, lstmAutoregressive(size, LENGTH), { batch, end: END })
      // A decoding, though it changes nothing, is drawn step by step.
      const drawn = await run(
        runtime.sample(parameters, { key: key(6), count: COUNT, length: LENGTH, decoding: { temperature: 1 } }),
      )
      const rows = Array.from({ length: COUNT }, (_, r) => [...drawn.tokens.subarray(r * LENGTH, (r + 1) * LENGTH)])
      const ends = rows.map((row) => (row.includes(END) ? row.indexOf(END) : LENGTH - 1))
      rows.forEach((row, r) => expect(new Set(row.slice(at(ends, r) + 1)).size).toBeLessThan(2))
      const scores = await run(runtime.score(parameters, drawn))
      scores.forEach((score, r) => expect(at(drawn.logProbability, r)).toBeCloseTo(score, 5))
      // Looks are after the sixteenth and the thirty-second token.
      const last = Array.from({ length: COUNT / batch }, (_, b) => Math.max(...ends.slice(b * batch, (b + 1) * batch)))
      expect(steps()).toBe(last.reduce((sum, end) => sum + Math.min(LENGTH, 16 * Math.ceil((end + 1) / 16)), 0))
      expect(new Set(last.map((end) => Math.ceil((end + 1) / 16))).size).toBeGreaterThan(1)
      if (batch === 1) for (const edge of [14, 15, 16]) expect(ends).toContain(edge)
      runtime.release()
    },
  )
})
