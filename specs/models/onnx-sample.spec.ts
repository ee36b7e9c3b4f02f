/** Tokens of a predictor after prefixes: what is read, the uniforms of each row, log q, and when nothing is asked any more. */
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { fineUniforms } from '../../lib/energy/index.ts'
import { fold, key } from '../../lib/key.ts'
import { logSoftmax } from '../../lib/math.ts'
import { decodedProbabilities } from '../../lib/models/decoding-host.ts'
import { predictedLanguage } from '../../lib/models/onnx-model.ts'
import { samplePredicted } from '../../lib/models/onnx-sample.ts'
import { run } from '../either.ts'
import { LOGITS, tablePredictor } from './table-predictor.ts'

const END = 2
const [COUNT, LENGTH] = [5, 7]
const begin = [1, 0]

/** Row r by its own uniforms, from `given` on: tokens, and log q of what was drawn. */
const wanted = (r: number, given: readonly number[], decoding = {}) => {
  const uniforms = fineUniforms(fold(key(3), r), LENGTH - given.length)
  const tokens = [...given]
  let [log, ended] = [0, false]
  for (let t = given.length; t < LENGTH; t++) {
    if (!ended) {
      const logits = at(LOGITS, tokens.at(-1) ?? at(begin, begin.length - 1))
      const law = decodedProbabilities(logits, decoding)
      let [token, below] = [0, at(law, 0)]
      while (at(uniforms, t - given.length) >= below) below += at(law, ++token)
      log += at(logSoftmax(logits), token)
      ended = token === END
      tokens.push(token)
    } else tokens.push(END)
  }
  return { tokens, log }
}

const language = (batch: number, context = 20) => {
  const { predictor, read } = tablePredictor(context)
  return { sample: samplePredicted({ predictor, options: { begin, end: END, batch } }), read }
}

describe('tokens after prefixes', () => {
  const each = [
    [0, 1],
    [1, 1],
    [0, 0],
    [1, 0],
    [0, 1],
  ]
  it.each<readonly [string, readonly (readonly number[])[]]>([
    ['none', []],
    ['one for all', [[1, 0]]],
    ['one for each', each],
  ])('%s: every row has its own uniforms, and log q of what was drawn', async (_, prefixes) => {
    const time = prefixes[0]?.length ?? 0
    const rows = { tokens: Int32Array.from(prefixes.flat()), count: Math.max(1, prefixes.length), time }
    const own = Array.from({ length: COUNT }, (_unused, r) =>
      wanted(r, prefixes.length === COUNT ? at(prefixes, r) : (prefixes[0] ?? [])),
    )
    for (const batch of [2, 64]) {
      const { sample, read } = language(batch)
      const heard: number[] = []
      const drawn = await run(
        sample({ key: key(3), count: COUNT, length: LENGTH, prefix: rows, onRows: (n) => heard.push(n) }),
      )
      expect([drawn.count, drawn.time]).toEqual([COUNT, LENGTH])
      expect([...drawn.tokens]).toEqual(own.flatMap(({ tokens }) => tokens))
      drawn.logProbability.forEach((log, r) => expect(log).toBeCloseTo(at(own, r).log, 12))
      expect(heard).toEqual(batch === 2 ? [2, 2, 1] : [5])
      // The first that is read of a batch: begin symbols, then the prefix, row by row.
      expect(read[0]).toEqual(own.slice(0, batch).flatMap(({ tokens }) => [...begin, ...tokens.slice(0, time)]))
      expect(read[1]).toEqual(own.slice(0, batch).map(({ tokens }) => at(tokens, time)))
    }
  })

  it('nothing is asked once every row has ended', async () => {
    const { sample, read } = language(1)
    await run(sample({ key: key(3), count: COUNT, length: LENGTH }))
    const drawn = Array.from({ length: COUNT }, (_, r) => {
      const { tokens } = wanted(r, [])
      return tokens.includes(END) ? tokens.indexOf(END) + 1 : LENGTH
    })
    expect(Math.min(...drawn)).toBeLessThan(LENGTH - 1)
    expect(read).toHaveLength(drawn.reduce((a, b) => a + b, 0))
  })

  it('without a batch 64 rows go together; the best are drawn where top-k is 1', async () => {
    const { predictor, read } = tablePredictor(20)
    const sample = samplePredicted({ predictor, options: { begin } })
    const { tokens } = await run(sample({ key: key(3), count: 65, length: 2, decoding: { topK: 1 } }))
    expect(read.map((own) => own.length)).toEqual([128, 64, 2, 1])
    expect(new Set(tokens)).toEqual(new Set([0]))
  })
})

describe('scores and logits in batches', () => {
  it.each([1, 2, 64])('are those of the last token, in batches of %d', async (batch) => {
    const { predictor } = tablePredictor(20)
    const model = await run(predictedLanguage({ begin, end: END, length: 9, batch })(predictor))
    const rows = { tokens: Int32Array.of(0, 1, 1, 2, 2, 0, 1, 1, 1, 0, 2, 1), count: 4, time: 3 }
    const next = await run(model.nextLogits(rows))
    expect([...next]).toEqual([1, 0, 1, 1].flatMap((last) => at(LOGITS, last)))
    const logs = LOGITS.map((logits) => logSoftmax(logits))
    const each = Array.from({ length: 12 }, (_, i) => {
      const before = i % 3 === 0 ? 0 : at(rows.tokens, i - 1)
      return at(at(logs, before), at(rows.tokens, i))
    })
    expect([...(await run(model.tokenScores(rows)))]).toEqual(each)
    // Row 1 ends with its first token, row 3 with its second.
    const scores = await run(model.score(rows))
    expect(scores[1]).toBeCloseTo(at(each, 3), 12)
    expect(scores[3]).toBeCloseTo(at(each, 9) + at(each, 10), 12)
    const tails = await run(model.score(rows, 1))
    expect(tails[0]).toBeCloseTo(at(each, 1) + at(each, 2), 12)
  })

  it('rows of a base are cut after their end, and all rows of up to two tokens have mass 1', async () => {
    const { predictor } = tablePredictor(20)
    const { base } = await run(predictedLanguage({ begin, end: END, length: 2 })(predictor))
    for (const row of await run(base.sample(key(5), 40))) expect(row.length).toBe(row[0] === END ? 1 : 2)
    const all = [[2], ...[0, 1].flatMap((a) => [0, 1, 2].map((b) => [a, b]))].map((row) => Int32Array.from(row))
    const mass = (await run(base.logProbability(all))).reduce((total, log) => total + Math.exp(log), 0)
    expect(mass).toBeCloseTo(1, 12)
  })
})
