/**
 * Training an LSTM on strings: a small language of doubled words, early stopping on validation, exact samples with their
 * log-probabilities, and the cross-entropy in nats per symbol with EOS counted.
 */
import {
  type Alphabet,
  crossEntropyPerSymbol,
  decodeStrings,
  encodeStrings,
  foldIn,
  initialiseLstm,
  key,
  languageRuntime,
  lstmAutoregressive,
  openExecutor,
  right,
  run,
  startSteps,
  stringTrainer,
  stringTraining,
  trainSteps,
  uniforms,
} from 'exptilt'

const alphabet: Alphabet = { symbols: ['a', 'b'] }
const size = { symbols: 3, hidden: 16, layers: 1 }
const TIME = 9

/** w·w for a random w of one to four symbols. */
const doubled = (seed: number): string => {
  const u = uniforms(foldIn(key(7), seed), 5)
  const word = Array.from(u.subarray(0, 1 + Math.floor(4 * (u[4] ?? 0))), (x) => (x < 0.5 ? 'a' : 'b')).join('')
  return word + word
}
const texts = Array.from({ length: 400 }, (_, i) => doubled(i))
const rows = (some: readonly string[]) => right(encodeStrings(alphabet, TIME)(some))

const executor = await run(openExecutor('cpu'))
const runtime = languageRuntime(executor, lstmAutoregressive(size, TIME), { batch: 200, end: size.symbols - 1 })
const trainer = stringTrainer(executor, { size, batch: 50, dropout: 0, learningRate: 0.01, clip: 1 })
const [training, validation] = [rows(texts.slice(0, 300)), rows(texts.slice(300))]
const start = startSteps(initialiseLstm(size)(key(1)), 5)
const signal = new AbortController().signal

const before = await run(crossEntropyPerSymbol(runtime, start.best, validation))
const course = await run(stringTraining(runtime, trainer, { key: key(2), training, validation, epochs: 20, signal }))
const fitted = await run(trainSteps(course)(start))
const drawn = await run(runtime.sample(fitted.best, { key: key(3), count: 200, length: TIME }))
runtime.release()
trainer.release()

export const answer = { before, after: fitted.stopping.best, samples: decodeStrings(alphabet)(drawn) }
console.log(executor.description)
console.log('nats per symbol:', before, '→', answer.after, 'samples:', answer.samples.slice(0, 8).join(' '))
