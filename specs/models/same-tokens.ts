/** The same tokens for the same key on an executor as on the reference, for every kind of model and decoding. */
import type { Executor } from '../../lib/executor.ts'
import { key } from '../../lib/key.ts'
import { at } from '../../lib/at.ts'
import type { Autoregressive, Parameters } from '../../lib/models/autoregressive.ts'
import { languageRuntime } from '../../lib/models/language-runtime.ts'
import { lstmAutoregressive } from '../../lib/models/lstm-autoregressive.ts'
import { tableModel } from '../../lib/models/table-model.ts'
import { transformer } from '../../lib/models/transformer.ts'
import { reference } from '../../lib/reference.ts'
import { run } from '../either.ts'
import type { Comparison } from '../webgpu/operation-comparisons.ts'
import { smallTransformer } from './small-transformer.ts'

const models: readonly (readonly [string, Autoregressive])[] = [
  ['a table', tableModel({ symbols: 3, length: 5 })],
  ['an LSTM', lstmAutoregressive({ symbols: 7, hidden: 8, layers: 2 }, 12)],
  [
    'a transformer',
    transformer({ ...smallTransformer, symbols: 11, feedForward: 16, context: 40, begin: 11, tied: false }),
  ],
]

/** Weights large enough that laws are far from uniform. */
const wide = (parameters: Parameters): Parameters =>
  Object.fromEntries(Object.entries(parameters).map(([name, data]) => [name, data.map((w) => 4 * w)]))

const decodings = [{}, { temperature: 0.7, topK: 4, topP: 0.9 }] as const

/** Three digits, of sums of at most 36 log-probabilities in f32. */
const close = (found: ArrayLike<number>, wanted: ArrayLike<number>): boolean =>
  found.length === wanted.length && Array.from(found).every((x, i) => Math.abs(x - at(wanted, i)) < 5e-4)

const same = (found: ArrayLike<number>, wanted: ArrayLike<number>): boolean =>
  Array.from(found).join() === Array.from(wanted).join()

type Runtime = ReturnType<typeof languageRuntime>

const complain = (checks: Readonly<Record<string, boolean>>): readonly string[] =>
  Object.keys(checks).filter((name) => checks[name] !== true)

const compared = async (model: Autoregressive, own: Runtime, oracle: Runtime): Promise<readonly string[]> => {
  const parameters = wide(model.initialise(key(1)))
  const length = Math.min(model.context, 36)
  const time = Math.min(5, length - 1)
  const prefix = { tokens: Int32Array.of(2, 0, 0, 2, 1).subarray(0, time), count: 1, time }
  const complaints: string[] = []
  for (const decoding of decodings) {
    const options = { key: key(3), count: 7, length, decoding }
    for (const wanted of [options, { ...options, prefix }]) {
      const found = await run(own.sample(parameters, wanted))
      const expected = await run(oracle.sample(parameters, wanted))
      const scores = await run(own.score(parameters, found, 'prefix' in wanted ? time : 0))
      const checks = {
        tokens: same(found.tokens, expected.tokens),
        'log-probabilities': close(found.logProbability, expected.logProbability),
        scores: close(scores, found.logProbability),
      }
      complaints.push(...complain(checks).map((what) => `${what} of ${JSON.stringify(decoding)} at ${time}`))
    }
  }
  const beams = await Promise.all([own, oracle].map((r) => run(r.beam(parameters, { prefix, width: 3, length }))))
  const [got, expected] = beams.map((b) => b.map((h) => h.map(({ tokens }) => tokens.join())).join(';'))
  return [...complaints, ...complain({ beams: got === expected })]
}

/** For each kind of model: tokens, log-probabilities and scores, whole and after a prefix, by each decoding; and beams. */
export const tokenComparisons: readonly Comparison[] = models.map(([name, model]) => ({
  title: `the same key gives the same tokens and log-probabilities as on the reference: ${name}`,
  complaints: async (executor: Executor) => {
    const options = { batch: 5, end: 1 }
    const [own, oracle] = [languageRuntime(executor, model, options), languageRuntime(reference, model, options)]
    const complaints = await compared(model, own, oracle)
    own.release()
    oracle.release()
    return complaints
  },
}))
