/**
 * The LSTM of the GAM paper as it is measured: rows of 30 random bits and EOS, dropout 0.2, Adam, clipping.
 */
import type { Executor } from '../lib/executor.ts'
import { key } from '../lib/key.ts'
import { type LanguageRuntime, languageRuntime } from '../lib/models/language-runtime.ts'
import { lstmAutoregressive } from '../lib/models/lstm-autoregressive.ts'
import { initialiseLstm, type LstmParameters } from '../lib/models/lstm.ts'
import { type StringTrainer, stringTrainer } from '../lib/train/strings.ts'
import { numberIn } from './clock.ts'
import { must } from './open.ts'
import type { Settings } from './types.ts'

const sizeOf = (settings: Settings) => ({
  symbols: 3,
  hidden: numberIn(settings, 'hidden'),
  layers: numberIn(settings, 'layers'),
})

const partsOf = ({ workers = 1 }: Settings): number => Number(workers)

/** A runtime for `settings` (`hidden`, `layers`, `time`, `batch`: rows of a sampling dispatch, or of one for each of `workers`). */
export const runtimeFor = (executor: Executor, settings: Settings): LanguageRuntime => {
  const size = sizeOf(settings)
  const model = lstmAutoregressive(size, numberIn(settings, 'time'))
  return languageRuntime(executor, model, {
    batch: Math.ceil(numberIn(settings, 'batch') / partsOf(settings)),
    end: size.symbols - 1,
  })
}

/** A trainer for `settings` (`hidden`, `layers`, `batch`: rows of a training step, in a micro-batch for each of `workers`). */
export const trainerFor = (executor: Executor, settings: Settings): StringTrainer =>
  stringTrainer(executor, {
    size: sizeOf(settings),
    batch: numberIn(settings, 'batch'),
    microBatches: partsOf(settings),
    dropout: 0.2,
    learningRate: 1e-3,
    clip: 0.25,
  })

/** Initial parameters of that size. */
export const parametersFor = (settings: Settings): LstmParameters => initialiseLstm(sizeOf(settings))(key(1))

/** A training step: `step(round, reads)` advances the state, reads the loss or waits for nothing. */
export const trainingStep = async (executor: Executor, settings: Settings) => {
  const [batch, time] = [numberIn(settings, 'batch'), numberIn(settings, 'time')]
  const trainer = await must(trainerFor(executor, settings).trainer(time))
  await must(trainer.writeState(parametersFor(settings)))
  const tokens = Int32Array.from({ length: batch * time }, (_, i) =>
    i % time === time - 1 ? 2 : ((i * 7919) >> 3) & 1,
  )
  const rowWeight = new Float32Array(batch).fill(1)
  return async (round: number, read: 'loss' | 'nothing'): Promise<number | undefined> => {
    const out = await must(
      trainer.run({ tokens, rowWeight, key: Uint32Array.of(1, round) }, read === 'loss' ? ['loss'] : []),
    )
    return out['loss']?.data[0]
  }
}
