/**
 * Whole rows by a model's own kernels: samples follow the law that scores say, by exact enumeration of a small LSTM; draws
 * depend on the key alone; and kernels are used only for what they know.
 */
import { describe, expect, it } from 'vitest'
import { type Alphabet, decodeStrings } from '../../lib/data/strings.ts'
import { key } from '../../lib/key.ts'
import { chiSquareDesign } from '../../lib/laws/statistics.ts'
import type { Whole } from '../../lib/models/autoregressive.ts'
import { languageRuntime } from '../../lib/models/language-runtime.ts'
import { lstmAutoregressive } from '../../lib/models/lstm-autoregressive.ts'
import { reference } from '../../lib/reference.ts'
import { left, run } from '../either.ts'
import { rowsOfTexts, smallRuntime, textsUpTo, wideParameters } from './enumerate.ts'

const alphabet: Alphabet = { symbols: ['a', 'b'] }
const TIME = 4
const texts = textsUpTo(alphabet, TIME)

const countsOf = (drawn: readonly string[]): Float64Array => {
  const place = new Map(texts.map((x, i) => [x, i]))
  const counts = new Float64Array(texts.length)
  for (const x of drawn) {
    const i = place.get(x) ?? -1
    counts[i] = (counts[i] ?? 0) + 1
  }
  return counts
}

describe.each([1, 2])('an LSTM of %i layers over all 31 rows of at most four symbols', (layers) => {
  const size = { symbols: 3, hidden: 3, layers }
  const parameters = wideParameters(size, 5)
  const exact = (time: number) =>
    run(smallRuntime(size, { batch: 64 }).score(parameters, rowsOfTexts(alphabet, time, textsUpTo(alphabet, time))))

  it('probabilities of all rows, whole and cut, sum to 1', async () => {
    const total = (await exact(TIME)).reduce((sum, l) => sum + Math.exp(l), 0)
    expect(Math.abs(total - 1)).toBeLessThan(1e-12)
  })

  it('a cut row has the probability of all its continuations', async () => {
    const [short, long] = [await exact(TIME), await exact(TIME + 1)]
    const more = textsUpTo(alphabet, TIME + 1)
    for (const [i, x] of texts.entries()) {
      const beyond = more.reduce((sum, y, j) => sum + (y.startsWith(x) ? Math.exp(long[j] ?? 0) : 0), 0)
      const wanted = x.length === TIME ? beyond : Math.exp(long[i] ?? 0)
      expect(Math.abs(Math.exp(short[i] ?? 0) - wanted)).toBeLessThan(1e-13)
    }
  })

  it('the sampling law is the scoring law (χ², α = 1e-9, TV .05 seen with 1 − 1e-6)', async () => {
    const contract = { alpha: 1e-9, minDiscrepancy: 0.05, power: 1 - 1e-6 }
    const { n, check } = chiSquareDesign(contract, texts.length)
    const runtime = smallRuntime(size, { batch: 8192 })
    const drawn = await run(runtime.sample(parameters, { key: key(3), count: n, length: TIME }))
    const counts = countsOf(decodeStrings(alphabet)(drawn))
    const probabilities = (await exact(TIME)).map(Math.exp)
    expect(check(counts, probabilities)).toMatchObject({ passed: true })
    // The test can fail: neighbours swapped, as an off-by-one in the cumulative search would.
    expect(check([...counts.subarray(1), ...counts.subarray(0, 1)], probabilities).passed).toBe(false)
  })

  it('a draw carries its own score', async () => {
    const runtime = smallRuntime(size, { batch: 64 })
    const drawn = await run(runtime.sample(parameters, { key: key(4), count: 100, length: TIME }))
    const scores = await run(runtime.score(parameters, drawn))
    expect(drawn.logProbability.every((l, i) => Math.abs(l - (scores[i] ?? 0)) < 1e-12)).toBe(true)
  })
})

describe('draws and scores', () => {
  const size = { symbols: 3, hidden: 3, layers: 2 }
  const parameters = wideParameters(size, 6)

  it('depend on the key and not on how many are asked for', async () => {
    const runtime = smallRuntime(size, { batch: 32 })
    const drawn = async (seed: number, count: number) =>
      (await run(runtime.sample(parameters, { key: key(seed), count, length: TIME }))).tokens
    const many = await drawn(1, 100)
    expect(await drawn(1, 40)).toEqual(many.subarray(0, 40 * TIME))
    expect(await drawn(2, 100)).not.toEqual(many)
  })

  it('batches of one key are not copies of each other', async () => {
    const runtime = smallRuntime(size, { batch: 32 })
    const { tokens } = await run(runtime.sample(parameters, { key: key(1), count: 64, length: TIME }))
    expect(tokens.subarray(0, 32 * TIME)).not.toEqual(tokens.subarray(32 * TIME))
  })

  it('follow the parameters: another set replaces the one that was held', async () => {
    const runtime = smallRuntime(size, { batch: 64 })
    const rows = rowsOfTexts(alphabet, TIME, texts)
    const other = wideParameters(size, 7)
    const first = await run(runtime.score(parameters, rows))
    expect(await run(runtime.score(other, rows))).not.toEqual(first)
    expect(await run(runtime.score(parameters, rows))).toEqual(first)
  })

  it('stop between batches when they are aborted', async () => {
    const controller = new AbortController()
    const runtime = smallRuntime(size, { batch: 8 })
    let rows = 0
    const outcome = await runtime.sample(parameters, {
      key: key(1),
      count: 80,
      length: TIME,
      signal: controller.signal,
      onRows: (n) => {
        rows += n
        if (rows >= 24) controller.abort()
      },
    })()
    expect(left(outcome).tag).toBe('Interrupted')
    expect(rows).toBe(24)
  })

  it('are made step by step where a row ends otherwise, or a prefix or a decoding is asked for', async () => {
    const model = lstmAutoregressive(size, 8)
    const asked: string[] = []
    const { end, draw, score } = model.whole ?? expect.fail()
    const whole: Whole = {
      end,
      draw: (...given) => {
        asked.push('draw')
        return draw(...given)
      },
      score: (...given) => {
        asked.push('score')
        return score(...given)
      },
    }
    const [own, others] = [end, 0].map((last) =>
      languageRuntime(reference, { ...model, whole }, { batch: 8, end: last }),
    )
    if (own === undefined || others === undefined) expect.fail()
    const wanted = { key: key(1), count: 8, length: TIME }
    const prefix = { tokens: Int32Array.of(1), count: 1, time: 1 }
    for (const more of [{ prefix }, { decoding: { topK: 1 } }, { decoding: { temperature: 2 } }])
      await run(own.sample(parameters, { ...wanted, ...more }))
    const drawn = await run(others.sample(parameters, wanted))
    await run(others.score(parameters, drawn))
    await run(own.score(parameters, drawn, 1))
    expect(asked).toEqual([])
    await run(own.sample(parameters, wanted))
    await run(own.score(parameters, drawn))
    expect(asked).toEqual(['draw', 'score'])
  })

  it('that are asked of rows that do not fit are refused by name', async () => {
    const runtime = smallRuntime(size, { batch: 8 })
    const rows = { tokens: Int32Array.of(0, 3, 2), count: 1, time: 3 }
    expect(left(await runtime.score(parameters, rows)()).what).toContain("token 3 in row 0 is not one of the model's 3")
    const long = await runtime.sample(parameters, { key: key(1), count: 1, length: 65 })()
    expect(left(long).what).toContain('context of 64')
  })
})
