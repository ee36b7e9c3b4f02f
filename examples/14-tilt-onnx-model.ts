/**
 * Tilting a language model that you already have: a causal transformer that PyTorch exported to an `.onnx` file. The tilt
 * rewards rows in which the symbol 7 occurs; log Z, exact samples and their moment come from the same functions as for any
 * other base.
 */
import { fileURLToPath } from 'node:url'
import { energy, key, predictedLanguage, right, run } from 'exptilt'
import { openPredictor } from 'exptilt/node'

const { energyOf, importance, logPartition, rejection, weigh } = energy

const file = fileURLToPath(new URL('../specs/fixtures/causal/cached.onnx', import.meta.url))
const predictor = await run(openPredictor({ file, context: 12 }))
/** Symbol 0 begins a row; rows have three tokens. */
const model = await run(predictedLanguage({ begin: [0], length: 3, batch: 512 })(predictor))

const REWARD = 2
const tilt = { base: model.base, energy: energyOf((row: Int32Array) => (row.includes(7) ? -REWARD : 0)) }

/** log Z from weighted samples, with its error. */
const { samples, logWeights } = await run(importance(key(1), 2048)(tilt))
const record = logPartition(right(weigh(logWeights)))

/** Exact samples of the tilted model: P/q ≤ e^2 is the envelope. */
const accepted = await run(rejection(key(2), { target: 1000, budget: 1e5, batch: 1024, logEnvelope: REWARD })(tilt))
const share = (rows: readonly Int32Array[]): number => rows.filter((row) => row.includes(7)).length / rows.length

/** What top-k sampling of the model itself gives, for comparison. */
const greedy = await run(model.sample({ key: key(3), count: 4, length: 3, decoding: { topK: 3, temperature: 0.8 } }))
predictor.release()

export const answer = {
  logPartition: record.jackknife,
  error: record.standardError,
  before: share(samples),
  after: share(accepted.samples),
  tokens: greedy.tokens,
}
console.log(predictor.description)
console.log(
  'log Z',
  record.jackknife,
  '±',
  record.standardError,
  'share of rows with a 7:',
  answer.before,
  '→',
  answer.after,
)
