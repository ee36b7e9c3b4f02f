/** The library's models as models to tilt. */
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { key } from '../../lib/key.ts'
import { sum } from '../../lib/math.ts'
import { languageRuntime } from '../../lib/models/language-runtime.ts'
import { everyLogProbability, everyRow, tableModel } from '../../lib/models/table-model.ts'
import { openPredictor } from '../../lib/onnx/import.ts'
import { reference } from '../../lib/reference.ts'
import { ngramModel, predictorModel, runtimeModel } from '../../lib/tilt/adapters.ts'
import { bytesOfTexts, spelled, textOf } from '../../lib/tilt/model.ts'
import { smc } from '../../lib/tilt/samplers.ts'
import { matching } from '../../lib/tilt/pattern.ts'
import { left, right, run } from '../either.ts'
import { bigram } from './small.ts'

describe('spelling', () => {
  it('joins bytes, also of split characters', () => {
    const texts = [...bytesOfTexts(['a', 'é']), Uint8Array.of(0xc3), Uint8Array.of(0xa9, 0x62), new Uint8Array(0)]
    expect([...spelled(texts, [2, 3, 4, 0])]).toEqual([0xc3, 0xa9, 0x62, 0x61])
    expect(textOf(texts, [1, 2, 3])).toBe('éébb'.slice(0, 3))
    expect(textOf(texts, [2])).toBe('\ufffd')
    expect(textOf(bytesOfTexts(['\ufeffx']), [0])).toBe('\ufeffx')
  })
})

describe('an n-gram model', () => {
  it('has its own rows, whichever are kept', async () => {
    const ngram = bigram(['a', 'b'], 4)
    const model = ngramModel(ngram, (s) => `${s} `)
    const first = await run(model.begin)
    const three = await run(first.grow([0, 0, 0], [0, 1, 0]))
    const kept = await run(three.grow([1, 1, 0], [0, 1, 1]))
    const row = (state: number): readonly number[] => [...ngram.logProbabilities.subarray(3 * state, 3 * state + 3)]
    const close = (found: Float64Array, wanted: readonly number[]): void =>
      found.forEach((x, i) => expect(x).toBeCloseTo(at(wanted, i), 12))
    close(at(first.logs, 0), row(0))
    three.logs.forEach((logs, i) => close(logs, row([1, 2, 1][i] ?? 0)))
    kept.logs.forEach((logs, i) => close(logs, row([1, 2, 2][i] ?? 0)))
    expect(model.texts.map((text) => new TextDecoder().decode(text))).toEqual(['a ', 'b ', ''])
  })
})

describe('a network on a runtime', () => {
  const size = { symbols: 3, length: 4 }
  const table = tableModel(size)
  const parameters = table.initialise(key(2))
  const runtime = languageRuntime(reference, table, { batch: 16 })
  const spelling = { texts: bytesOfTexts(['a', 'b', '']), ends: [2] }
  const model = right(runtimeModel(runtime, parameters, spelling))

  it('gives the log-probabilities of its table, row by row as they are moved', async () => {
    const logs = everyLogProbability(size)(parameters)
    const { tokens, count, time } = everyRow(size)
    const prefix = (row: readonly number[]): number => {
      let total = 0
      for (let i = 0; i < count; i++)
        if (row.every((v, t) => tokens[i * time + t] === v)) total += Math.exp(at(logs, i))
      return total
    }
    const grown = await run((await run(model.begin)).grow([0, 0, 0], [0, 1, 2]))
    const moved = await run(grown.grow([2, 0, 2, 1], [1, 1, 0, 2]))
    const rows = [
      [2, 1],
      [0, 1],
      [2, 0],
      [1, 2],
    ]
    rows.forEach((row, i) => {
      for (const v of [0, 1, 2])
        expect(Math.exp(at(at(moved.logs, i), v))).toBeCloseTo(prefix([...row, v]) / prefix(row), 6)
    })
  })

  it('is tilted like any other: log Z by writing down the strings', async () => {
    const logs = everyLogProbability(size)(parameters)
    const { tokens, count, time } = everyRow(size)
    /** Texts that end within three tokens: their mass is that of all rows that begin with them and an end. */
    const inside = Array.from({ length: count }, (_, i) => {
      const row = Array.from(tokens.subarray(i * time, (i + 1) * time))
      const end = row.indexOf(2)
      const text = row
        .slice(0, end)
        .map((v) => 'ab'[v])
        .join('')
      return end >= 0 && /^b*a?b?$/u.test(text) ? Math.exp(at(logs, i)) : 0
    })
    const target = { model, constraint: right(matching(/b*a?b?/u)), limit: 3 }
    const found = await run(smc(key(1), { particles: 2048, islands: 64 })(target))
    expect(Math.abs(found.logPartition.value - Math.log(sum(inside)))).toBeLessThan(
      4 * found.logPartition.standardError,
    )
    expect(found.logPartition.standardError).toBeLessThan(0.05)
    expect(model.context).toBe(3)
  })

  it('refuses a tokenizer that is not its own', () => {
    expect(left(runtimeModel(runtime, parameters, { ...spelling, texts: spelling.texts.slice(1) })).what).toBe(
      'the tokenizer has 2 tokens and the model gives logits of 3',
    )
    expect(left(runtimeModel(runtime, parameters, { ...spelling, ends: [] })).what).toBe('no symbol ends a text')
    expect(left(runtimeModel(runtime, parameters, { ...spelling, ends: [3] })).what).toContain('end symbol 3')
  })
})

describe('a predictor with a key/value cache', () => {
  it('S11 moves the rows that are kept: each is what it is alone', async () => {
    const file = fileURLToPath(new URL('../fixtures/causal/cached.onnx', import.meta.url))
    const spelling = { texts: bytesOfTexts(['', ...'abcdefghijklmno']), begin: [0], ends: [0] }
    const predictor = await run(openPredictor({ file }))
    const model = await run(predictorModel(spelling)(predictor))
    const start = await run(model.begin)
    const first = await run(start.grow([0, 0, 0], [1, 2, 3]))
    const moved = await run(first.grow([2, 0, 1], [4, 5, 6]))
    for (const [i, [one, two]] of (
      [
        [3, 4],
        [1, 5],
        [2, 6],
      ] as const
    ).entries()) {
      const alone = await run((await run(start.grow([0], [one]))).grow([0], [two]))
      const [found, wanted] = [at(moved.logs, i), at(alone.logs, 0)]
      found.forEach((log, v) => expect(Math.abs(log - at(wanted, v))).toBeLessThan(1e-5 * Math.abs(at(wanted, v))))
    }
    expect(Math.abs(at(at(moved.logs, 0), 1) - at(at(moved.logs, 1), 1))).toBeGreaterThan(1e-3)
    model.release()
  })
})
