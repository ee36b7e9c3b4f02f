/** Rows that grow as values: whatever a model remembers of them, logits are those of the whole rows read at once. */
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { key } from '../../lib/key.ts'
import type { Autoregressive, Parameters } from '../../lib/models/autoregressive.ts'
import { encoderDecoder } from '../../lib/models/encoder-decoder.ts'
import { afterSource } from '../../lib/models/encoder-decoder-source.ts'
import { languageRuntime } from '../../lib/models/language-runtime.ts'
import { lstmAutoregressive } from '../../lib/models/lstm-autoregressive.ts'
import { tableModel } from '../../lib/models/table-model.ts'
import { transformer } from '../../lib/models/transformer.ts'
import { transformerXl } from '../../lib/models/transformer-xl.ts'
import { reference } from '../../lib/reference.ts'
import { left, run } from '../either.ts'
import { wideParameters } from './enumerate.ts'

const shared = { symbols: 3, model: 8, heads: 2, layers: 2, feedForward: 12, begin: 2 } as const
const decoder = transformer({
  ...shared,
  context: 40,
  positions: 'rotary',
  norm: 'pre',
  activation: 'gelu',
  tied: false,
})
const recurrent = { symbols: 3, hidden: 3, layers: 2 }
const table = tableModel({ symbols: 3, length: 5 })
const longer = transformerXl({ ...shared, context: 8, memory: 8 })
const network = encoderDecoder({
  ...shared,
  source: 5,
  context: 8,
  begin: 0,
  norm: 'post',
  activation: 'relu',
  shared: 'none',
})
const wide = (parameters: Parameters): Parameters =>
  Object.fromEntries(Object.entries(parameters).map(([name, data]) => [name, data.map((w) => 4 * w)]))
const translating = await run(afterSource(reference, network, wide(network.initialise(key(5))))([4, 0, 3]))

const models: readonly (readonly [string, Autoregressive, Parameters])[] = [
  ['an LSTM, which carries a state', lstmAutoregressive(recurrent, 64), wideParameters(recurrent, 7)],
  ['a transformer, which keeps keys and values', decoder, wide(decoder.initialise(key(3)))],
  ['a Transformer-XL', longer, wide(longer.initialise(key(4)))],
  ['a table, which keeps its symbols', table, table.initialise(key(2))],
  ['an encoder–decoder after a source', translating.model, translating.parameters],
]

/** Rows that are copied, dropped and put in another order, more of them than a batch has. */
const moves: readonly (readonly [readonly number[], readonly number[]])[] = [
  [
    [0, 0, 0, 0, 0, 0],
    [0, 1, 0, 1, 1, 0],
  ],
  [
    [1, 5, 4, 1, 0, 3, 2],
    [1, 0, 0, 0, 1, 1, 0],
  ],
  [
    [6, 0, 1],
    [1, 1, 0],
  ],
]

const spread = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((most, x, i) => Math.max(most, Math.abs(x - at(b, i))), 0)

describe('rows that grow', () => {
  for (const [name, model, parameters] of models)
    it(`S11 have the logits of whole rows, whichever are kept: ${name}`, async () => {
      const runtime = languageRuntime(reference, model, { batch: 4 })
      let rows = await run(runtime.grown(parameters))
      let texts: readonly (readonly number[])[] = [[]]
      for (const [parents, tokens] of moves) {
        const before = Array.from(rows.logits)
        const next = await run(runtime.grown(parameters, { rows, parents, tokens }))
        expect(Array.from(rows.logits)).toEqual(before)
        texts = parents.map((parent, i) => [...at(texts, parent), at(tokens, i)])
        rows = next
        const whole = await run(
          runtime.nextLogits(parameters, {
            tokens: Int32Array.from(texts.flat()),
            count: texts.length,
            time: at(texts, 0).length,
          }),
        )
        expect(rows.count).toBe(texts.length)
        expect(spread(rows.logits, whole)).toBeLessThan(1e-5)
      }
      // Rows of different texts differ, so that one in another's place would be seen.
      for (const i of [1, 2])
        expect(spread(rows.logits.subarray(0, 3), rows.logits.subarray(3 * i, 3 * i + 3))).toBeGreaterThan(1e-3)
    })

  it('go on beyond the first block of a cache, and may be gone back to', async () => {
    const parameters = wide(decoder.initialise(key(3)))
    const runtime = languageRuntime(reference, decoder, { batch: 2 })
    let rows = await run(runtime.grown(parameters))
    let texts: readonly (readonly number[])[] = [[]]
    for (let t = 0; t < 36; t++) {
      const [parents, tokens] = [t === 0 ? [0, 0] : [1, 0], [t % 2, t % 3]]
      const next = await run(runtime.grown(parameters, { rows, parents, tokens }))
      const again = t === 34 ? await run(runtime.grown(parameters, { rows, parents, tokens })) : next
      expect(again.logits).toEqual(next.logits)
      texts = parents.map((parent, i) => [...at(texts, parent), at(tokens, i)])
      rows = next
    }
    const whole = await run(
      runtime.nextLogits(parameters, { tokens: Int32Array.from(texts.flat()), count: 2, time: 36 }),
    )
    expect(spread(rows.logits, whole)).toBeLessThan(1e-5)
  })

  it('refuse to grow beyond the context', async () => {
    const parameters = table.initialise(key(2))
    const runtime = languageRuntime(reference, table, { batch: 2 })
    let rows = await run(runtime.grown(parameters))
    for (let t = 1; t < 5; t++) rows = await run(runtime.grown(parameters, { rows, parents: [0], tokens: [1] }))
    const found = left(await runtime.grown(parameters, { rows, parents: [0], tokens: [1] })())
    expect(found.what).toBe("rows of 5 tokens fill the model's context")
  })
})
