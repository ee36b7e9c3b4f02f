/**
 * Training an LSTM on strings by cross-entropy (the GAM paper, section 7: Adam, gradient-norm clipping, patience on
 * validation): epochs over rows in a fresh order each, as a training for `trainSteps`.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at, field, lastOf } from '../at.ts'
import { type TokenRows, takeRows } from '../data/strings.ts'
import { effect, inTurn } from '../effect.ts'
import type { Failure } from '../errors.ts'
import type { FDivergence } from '../energy/policy.ts'
import type { Executor, Feeds } from '../executor.ts'
import { type Key, fold, epochOrders } from '../key.ts'
import type { LanguageRuntime } from '../models/language-runtime.ts'
import { type LstmParameters, type LstmSize, lstmInputs, lstmLossAndWeight, lstmPolicyLoss } from '../models/lstm.ts'
import { requireBatch } from '../models/row-checks.ts'
import { adam, chain, clipByGlobalNorm } from '../optimise/index.ts'
import { type OpenStepper, openStepper, type StepTraining } from './micro-batches.ts'
import type { Stepper } from './stepper.ts'
import type { StepsOptions } from './steps.ts'

/** The symbols of each row, up to and with its first EOS. */
const rowLengths = ({ tokens, count, time }: TokenRows, end: number): Int32Array =>
  Int32Array.from({ length: count }, (_, r) => {
    const stop = tokens.subarray(r * time, (r + 1) * time).indexOf(end)
    return stop < 0 ? time : stop + 1
  })

/** The number of symbols of rows, each up to and with its first EOS. */
export const countSymbols = (rows: TokenRows, end: number): number =>
  rowLengths(rows, end).reduce((total, length) => total + length, 0)

/**
 * Cross-entropy of rows under a model, nats per symbol with EOS counted: −Σ log p(x) / Σ |x|.
 *
 * @example
 * const size = { symbols: 3, hidden: 2, layers: 1 }
 * const runtime = languageRuntime(reference, lstmAutoregressive(size, 4), { batch: 2 })
 * const rows = right(encodeStrings(alphabetOf(['ab', 'ba']), 4)(['ab', 'ba']))
 * const found = await run(crossEntropyPerSymbol(runtime, initialiseLstm(size)(key(1)), rows))
 * found < 2 // => true
 */
export const crossEntropy = (
  runtime: LanguageRuntime,
  parameters: LstmParameters,
  rows: TokenRows,
): TE.TaskEither<Failure, number> =>
  effect(async (run) => {
    const scores = await run(runtime.score(parameters, rows))
    return -scores.reduce((a, b) => a + b, 0) / countSymbols(rows, runtime.model.symbols - 1)
  })

/** What a step is made of: the rows of a batch, the share that is dropped between layers, Adam's rate, the largest norm. */
export interface StringStep {
  readonly size: LstmSize
  readonly batch: number
  /** Parts of a batch whose gradients are computed one by one, or side by side (1); they divide it. */
  readonly microBatches?: number
  readonly dropout: number
  readonly learningRate: number
  readonly clip: number
}

/** Training steps of an LSTM, prepared once for each length of rows. */
export interface StringTrainer extends StringStep {
  /**
   * The step for rows of `time` symbols; its state is that of `trainingProgram`. By cross-entropy, or by the `policyLoss` of a
   * divergence, where nothing is dropped.
   */
  readonly trainer: (time: number, divergence?: FDivergence) => TE.TaskEither<Failure, Stepper>
  readonly release: () => void
}

/** What a step of `batch` rows is made of; `weight` are the symbols that the loss is a mean over. */
const trainingOf = (
  { size, dropout, learningRate, clip }: StringStep,
  { batch, time, divergence }: { readonly batch: number; readonly time: number; readonly divergence?: FDivergence },
) => {
  const parameters = lstmInputs(size)
  const optimiser = chain(clipByGlobalNorm(clip), adam(learningRate))
  const aim =
    divergence === undefined
      ? lstmLossAndWeight(size, parameters, { batch, time, dropout })
      : lstmPolicyLoss(divergence, size, parameters, { batch, time })
  return { parameters, ...aim, optimiser }
}

/** The shares of the longest rows for which parts of a batch have steps of their own. */
const SHARES = [1 / 4, 3 / 8, 1 / 2, 5 / 8, 3 / 4, 1] as const

/** The training on rows of `time` symbols, and for parts whose rows are all shorter the same over fewer: the loss is the same. */
const byLength = (end: number, time: number, trainingAt: (time: number) => StepTraining) => {
  const made = SHARES.map((share) => Math.ceil(share * time)).map((n) => ({ n, training: trainingAt(n) }))
  const fitted = (part: Feeds) => {
    const tokens = Int32Array.from(field(part, 'tokens'))
    const rows = { tokens, count: tokens.length / time, time }
    const longest = rowLengths(rows, end).reduce((a, b) => Math.max(a, b), 0)
    const { n, training } = lastOf(made.filter((_, i) => i === 0 || at(made, i - 1).n < longest))
    const cut = new Int32Array(rows.count * n)
    for (let r = 0; r < rows.count; r++) cut.set(tokens.subarray(r * time, r * time + n), r * n)
    return { training, feeds: { ...part, tokens: cut } }
  }
  return { training: lastOf(made).training, fitted }
}

/**
 * Opens a trainer; nothing is compiled before it is needed.
 *
 * @example
 * const step = { size: { symbols: 3, hidden: 2, layers: 1 }, batch: 2, dropout: 0, learningRate: 0.01, clip: 1 }
 * stringTrainer(reference, step).batch // => 2
 */
export const stringTrainer = (executor: Executor, step: StringStep): StringTrainer => {
  requireBatch(step.batch)
  const ready = new Map<string, OpenStepper>()
  const turn = inTurn()
  const { batch, microBatches: parts = 1 } = step
  return {
    ...step,
    trainer: (time, divergence) =>
      turn(
        effect(async (run) => {
          const name = `${time} ${divergence ?? 'cross-entropy'}`
          const trainingAt = (symbols: number): StepTraining =>
            trainingOf(step, {
              batch: batch / parts,
              time: symbols,
              ...(divergence === undefined ? {} : { divergence }),
            })
          const { training, fitted } = byLength(step.size.symbols - 1, time, trainingAt)
          const stepper = ready.get(name) ?? (await run(openStepper(executor, training, { parts, fitted })))
          ready.set(name, stepper)
          return stepper
        }),
      ),
    release: () => {
      for (const { release } of ready.values()) release()
      ready.clear()
    },
  }
}

/** The key that dropout wants to be fed, if the model drops anything. */
export const dropoutFeed = ({ dropout, size }: StringStep, key: Key): Feeds =>
  dropout === 0 || size.layers === 1 ? {} : { key: Uint32Array.from(key) }

/** Training and validation rows (of equal length), the key of orders and dropout, and how many epochs at most. */
export interface StringTraining {
  readonly key: Key
  readonly training: TokenRows
  readonly validation: TokenRows
  readonly epochs: number
  readonly signal: AbortSignal
}

/** Steps of an epoch over so many rows. */
export const stepsOfEpoch = ({ batch }: StringStep, rows: number): number => Math.ceil(rows / batch)

/**
 * Epochs over rows, the last batch of each as small as it comes (where batches are cut into parts, the longest rows first: a
 * part takes as long as its longest row); after each the cross-entropy of the validation rows, and in
 * `watched` that of the training rows (`loss`, the mean of the steps by their rows). How long to be patient is said where it
 * starts: `startSteps(parameters, patience)`.
 *
 * @example
 * const size = { symbols: 3, hidden: 4, layers: 1 }
 * const runtime = languageRuntime(reference, lstmAutoregressive(size, 3), { batch: 2 })
 * const trainer = stringTrainer(reference, { size, batch: 2, dropout: 0, learningRate: 0.05, clip: 1 })
 * const training = right(encodeStrings(alphabetOf(['ab', 'ba']), 3)(['ab', 'ba', 'ab', 'ab']))
 * const { signal } = new AbortController()
 * const options = await run(stringTraining(runtime, trainer, { key: key(1), training, validation: training, epochs: 2, signal }))
 * const trained = await run(trainSteps(options)(startSteps(initialiseLstm(size)(key(2)))))
 * trained.step // => 4
 */
export const stringTraining = (
  runtime: LanguageRuntime,
  trainer: StringTrainer,
  { key, training, validation, epochs, signal }: StringTraining,
): TE.TaskEither<Failure, StepsOptions> => {
  const { batch, size, microBatches = 1 } = trainer
  const steps = stepsOfEpoch(trainer, training.count)
  const lengths = rowLengths(training, size.symbols - 1)
  const orderOf = epochOrders((epoch) => fold(fold(key, epoch), 0), training.count)
  const pickedAt = (step: number): Int32Array => {
    const start = (step % steps) * batch
    const picked = orderOf(Math.floor(step / steps)).subarray(start, Math.min(training.count, start + batch))
    return microBatches === 1 ? picked : picked.slice().sort((a, b) => at(lengths, b) - at(lengths, a))
  }
  const feeds = (step: number): Feeds => {
    const picked = pickedAt(step)
    const tokens = new Int32Array(batch * training.time).fill(size.symbols - 1)
    tokens.set(takeRows(training, picked).tokens)
    const rowWeight = new Float32Array(batch).fill(1, 0, picked.length)
    return { tokens, rowWeight, ...dropoutFeed(trainer, fold(fold(key, Math.floor(step / steps)), (step % steps) + 1)) }
  }
  return TE.map((prepared: StepsOptions['prepared']) => ({
    prepared,
    batches: (step: number) => TE.right(feeds(step)),
    weight: (step: number) => pickedAt(step).length,
    steps: epochs * steps,
    evaluateEvery: steps,
    evaluate: (parameters: LstmParameters) =>
      TE.map((score: number) => ({ score }))(crossEntropy(runtime, parameters, validation)),
    signal,
  }))(trainer.trainer(training.time))
}
