/** Beam search: exact when it is as wide as everything, greedy when it is 1 wide, ends, penalties, several prefixes. */
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import type { TokenRows } from '../../lib/data/strings.ts'
import { key } from '../../lib/key.ts'
import type { Hypothesis } from '../../lib/models/beam.ts'
import { languageRuntime } from '../../lib/models/language-runtime.ts'
import { everyLogProbability, everyRow, type TableSize, tableModel } from '../../lib/models/table-model.ts'
import { reference } from '../../lib/reference.ts'
import { right } from '../either.ts'

const size: TableSize = { symbols: 3, length: 3 }
const parameters = tableModel(size).initialise(key(21))
const every = everyRow(size)
const exact = everyLogProbability(size)(parameters)
const none: TokenRows = { tokens: new Int32Array(0), count: 1, time: 0 }

const runtimeOf = (remembers: 'symbols' | 'node' = 'symbols') =>
  languageRuntime(reference, tableModel({ ...size, remembers }), { batch: 27 })

const texts = (beam: readonly Hypothesis[] | undefined): readonly string[] => (beam ?? []).map((h) => h.tokens.join(''))

const best = Array.from(exact, (log, i) => ({ log, text: every.tokens.slice(3 * i, 3 * i + 3).join('') })).sort(
  (a, b) => b.log - a.log,
)

describe('beam search', () => {
  it.each(['symbols', 'node'] as const)(
    'as wide as all strings finds all of them in order (remembering the %s)',
    async (remembers) => {
      const runtime = runtimeOf(remembers)
      const [beam] = right(await runtime.beam(parameters, { prefix: none, width: 27, length: 3 })())
      expect(texts(beam)).toEqual(best.map((b) => b.text))
      beam?.forEach((h, i) => {
        expect(h.logProbability).toBeCloseTo(best[i]?.log ?? 0, 5)
        expect(h.score).toBe(h.logProbability)
      })
      runtime.release()
    },
  )

  it('of width 1 is greedy: at each position the most probable symbol', async () => {
    const runtime = runtimeOf()
    const [beam] = right(await runtime.beam(parameters, { prefix: none, width: 1, length: 3 })())
    const greedy: number[] = []
    for (let node = 0; greedy.length < 3; ) {
      const row = Array.from(parameters['logits']?.subarray(3 * node, 3 * node + 3) ?? [])
      const symbol = row.indexOf(Math.max(...row))
      greedy.push(symbol)
      node = 3 * node + 1 + symbol
    }
    expect(texts(beam)).toEqual([greedy.join('')])
    const drawn = right(await runtime.sample(parameters, { key: key(1), count: 1, length: 3, decoding: { topK: 1 } })())
    expect(drawn.tokens.join('')).toBe(greedy.join(''))
    runtime.release()
  })

  it('a wider beam never finds a worse best hypothesis on a chain of widths 1, 9, 27', async () => {
    const runtime = runtimeOf()
    const scores: number[] = []
    for (const width of [1, 9, 27]) {
      const [beam] = right(await runtime.beam(parameters, { prefix: none, width, length: 3 })())
      scores.push(beam?.[0]?.score ?? Number.NaN)
    }
    expect([...scores].sort((a, b) => a - b)).toEqual(scores)
    runtime.release()
  })

  it('goes on from each of several prefixes, in groups', async () => {
    const runtime = languageRuntime(reference, tableModel(size), { batch: 20 })
    const prefix: TokenRows = { tokens: Int32Array.of(0, 1, 2), count: 3, time: 1 }
    const beams = right(await runtime.beam(parameters, { prefix, width: 9, length: 3 })())
    expect(beams.map(texts)).toEqual(
      [0, 1, 2].map((s) => best.filter((b) => b.text.startsWith(String(s))).map((b) => b.text)),
    )
    const conditional = beams[1]?.reduce((p, h) => p + Math.exp(h.logProbability), 0)
    expect(conditional).toBeCloseTo(1, 5)
    runtime.release()
  })

  it('ends where the end symbol is drawn; the penalty divides by a power of the tokens drawn', async () => {
    const runtime = languageRuntime(reference, tableModel(size), { batch: 27, end: 0 })
    const [plain] = right(await runtime.beam(parameters, { prefix: none, width: 27, length: 3 })())
    // Strings up to their first 0: 0; 10, 20; and all strings of 1 and 2 followed by anything.
    expect([...texts(plain)].sort()).toEqual(
      [...new Set(best.map((b) => b.text.slice(0, b.text.includes('0') ? b.text.indexOf('0') + 1 : 3)))].sort(),
    )
    expect(plain?.reduce((p, h) => p + Math.exp(h.logProbability), 0)).toBeCloseTo(1, 5)
    const [fair] = right(await runtime.beam(parameters, { prefix: none, width: 27, length: 3, lengthPenalty: 0.7 })())
    for (const h of fair ?? []) expect(h.score).toBeCloseTo(h.logProbability / h.tokens.length ** 0.7, 12)
    expect(new Set(texts(fair))).toEqual(new Set(texts(plain)))
    runtime.release()
  })

  it('refuses widths, penalties and lengths that make no sense', async () => {
    const runtime = runtimeOf()
    const what = async (options: Partial<Parameters<typeof runtime.beam>[1]>): Promise<string> => {
      const result = await runtime.beam(parameters, { prefix: none, width: 2, length: 3, ...options })()
      return E.isLeft(result) ? result.left.what : 'it succeeded'
    }
    expect(await what({ width: 0 })).toBe('a beam of width 0')
    expect(await what({ width: 1e7 })).toBe('a beam of width 10000000')
    expect(await what({ end: 3 })).toBe("the end 3 is not one of the model's 3 symbols")
    for (const lengthPenalty of [-1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(await what({ lengthPenalty })).toBe(`a length penalty of ${lengthPenalty}`)
    expect(await what({ length: 4 })).toBe('hypotheses of 4 tokens from a prefix of 0, and a context of 3')
    runtime.release()
  })
})
