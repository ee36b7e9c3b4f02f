/** The same tokens for the same key on an executor as on the reference, for every kind of model and decoding. */
import { expect, it } from 'vitest'
import type { Executor } from '../../lib/executor.ts'
import { key } from '../../lib/key.ts'
import type { Autoregressive, Parameters } from '../../lib/models/autoregressive.ts'
import { languageRuntime } from '../../lib/models/language-runtime.ts'
import { lstmAutoregressive } from '../../lib/models/lstm-autoregressive.ts'
import { tableModel } from '../../lib/models/table-model.ts'
import { transformer } from '../../lib/models/transformer.ts'
import { reference } from '../../lib/reference.ts'
import { right } from '../onnx/agreement.ts'

const models: readonly (readonly [string, Autoregressive])[] = [
  ['a table', tableModel({ symbols: 3, length: 5 })],
  ['an LSTM', lstmAutoregressive({ symbols: 7, hidden: 8, layers: 2 }, 12)],
  [
    'a transformer',
    transformer({
      symbols: 11,
      model: 8,
      heads: 2,
      layers: 2,
      feedForward: 16,
      context: 40,
      begin: 11,
      positions: 'learned',
      norm: 'pre',
      activation: 'gelu',
      tied: false,
    }),
  ],
]

/** Weights large enough that laws are far from uniform. */
const wide = (parameters: Parameters): Parameters =>
  Object.fromEntries(Object.entries(parameters).map(([name, data]) => [name, data.map((w) => 4 * w)]))

/** The suite for one executor. */
export const sameTokens = (executorOf: () => Executor): void => {
  it.each(models)(
    'the same key gives the same tokens and log-probabilities as on the reference: %s',
    async (_name, model) => {
      const parameters = wide(model.initialise(key(1)))
      const length = Math.min(model.context, 36)
      const [own, oracle] = [executorOf(), reference].map((executor) =>
        languageRuntime(executor, model, { batch: 5, end: 1 }),
      )
      if (own === undefined || oracle === undefined) return
      const prefix = { tokens: Int32Array.of(2, 0, 0, 2, 1), count: 1, time: Math.min(5, length - 1) }
      const given = { ...prefix, tokens: prefix.tokens.subarray(0, prefix.time) }
      for (const decoding of [{}, { temperature: 0.7, topK: 4, topP: 0.9 }]) {
        const options = { key: key(3), count: 7, length, decoding }
        for (const wanted of [options, { ...options, prefix: given }]) {
          const [got, expected] = [
            right(await own.sample(parameters, wanted)()),
            right(await oracle.sample(parameters, wanted)()),
          ]
          expect([...got.tokens]).toEqual([...expected.tokens])
          got.logProbability.forEach((l, r) => {
            expect(l).toBeCloseTo(expected.logProbability[r] ?? 0, 3)
          })
          const from = 'prefix' in wanted ? given.time : 0
          const scores = right(await own.score(parameters, got, from)())
          scores.forEach((s, r) => expect(s).toBeCloseTo(got.logProbability[r] ?? 0, 3))
        }
      }
      const [beams, oracles] = [own, oracle].map((r) => r.beam(parameters, { prefix: given, width: 3, length }))
      if (beams !== undefined && oracles !== undefined) {
        const [got, expected] = [right(await beams()), right(await oracles())]
        expect(got.map((b) => b.map((h) => h.tokens.join()))).toEqual(
          expected.map((b) => b.map((h) => h.tokens.join())),
        )
      }
      for (const r of [own, oracle]) r.release()
    },
    60_000,
  )
}
