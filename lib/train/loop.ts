/**
 * Training by cross-entropy with early stopping: the GAM paper's settings (section 7 and its implementation: Adam,
 * gradient-norm clipping, patience on validation), deterministic in its key and resumable after any epoch.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { at, field, orElse } from '../at.ts'
import { type TokenRows, takeRows } from '../data/strings.ts'
import { type Run, effect, stopIfAborted } from '../effect.ts'
import type { Failure } from '../errors.ts'
import type { Feeds, Prepared } from '../executor.ts'
import { type Key, fold, uniforms } from '../key.ts'
import type { LstmParameters } from '../models/lstm.ts'
import type { LstmRuntime } from '../models/lstm-runtime.ts'
import { parametersOf } from '../optimise/training.ts'
import { type EarlyStopping, improves, observe, startStopping } from './early-stopping.ts'

/** Training and validation rows (of equal length), and when to stop. */
export interface FitOptions {
  readonly key: Key
  readonly training: TokenRows
  readonly validation: TokenRows
  readonly maxEpochs: number
  readonly patience: number
  readonly signal: AbortSignal
  /** Hears of every finished epoch; what it does (save a checkpoint, say) is waited for. */
  readonly onEpoch?: (state: FitState) => TaskEither<Failure, void>
  /** Hears of every optimiser step. */
  readonly onStep?: (report: StepReport) => void
}

/** One optimiser step: batches per epoch, and the loss in nats per symbol. */
interface StepReport {
  readonly epoch: number
  readonly step: number
  readonly steps: number
  readonly loss: number
}

/** Everything that the next epoch depends on: training resumed from it gives the same bits. */
export interface FitState {
  readonly epoch: number
  readonly stopping: EarlyStopping
  /** Parameters and optimiser state, by the names of the training program. */
  readonly state: Readonly<Record<string, Float32Array>>
  readonly best: LstmParameters
  /** Cross-entropy in nats per symbol, by epoch. */
  readonly training: readonly number[]
  readonly validation: readonly number[]
}

/** A permutation of 0 … n−1 (Fisher–Yates on the uniforms of a key). */
export const permutation = (key: Key, n: number): Int32Array => {
  const order = Int32Array.from({ length: n }, (_, i) => i)
  const u = uniforms(key, n)
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(at(u, i) * (i + 1))
    const held = at(order, i)
    order[i] = at(order, j)
    order[j] = held
  }
  return order
}

/** The number of symbols of rows, each up to and with its first EOS. */
export const countSymbols = (rows: TokenRows, end: number): number => {
  let total = 0
  for (let r = 0; r < rows.count; r++) {
    const stop = rows.tokens.subarray(r * rows.time, (r + 1) * rows.time).indexOf(end)
    total += stop < 0 ? rows.time : stop + 1
  }
  return total
}

/** Cross-entropy of rows under a model, nats per symbol with EOS counted: −Σ log p(x) / Σ |x|. */
export const crossEntropy = (
  runtime: LstmRuntime,
  parameters: LstmParameters,
  rows: TokenRows,
): TaskEither<Failure, number> =>
  effect(async (run) => {
    const scores = await run(runtime.score(parameters, rows))
    return -scores.reduce((a, b) => a + b, 0) / countSymbols(rows, runtime.options.size.symbols - 1)
  })

/** The parameters in a training program's state. */
export const parametersIn = (state: Readonly<Record<string, Float32Array>>): LstmParameters => parametersOf(state)

/**
 * The state of a training program, by name, as it is saved. An executor that computes in f64 goes on from the rounded
 * values too: a resumed run has nothing else.
 */
export const roundedState = async (run: Run, prepared: Prepared): Promise<FitState['state']> => {
  const values = Object.entries(await run(prepared.readState()))
  const state = Object.fromEntries(values.map(([name, v]) => [name, Float32Array.from(v.data)]))
  if (values.some(([, v]) => v.data instanceof Float64Array)) await run(prepared.writeState(state))
  return state
}

/** Whether a saved state is the state itself: an executor that computes in f64 rounds where it saves, and may not save elsewhere. */
export const savesExactly = async (run: Run, prepared: Prepared): Promise<boolean> =>
  Object.values(await run(prepared.readState())).every(({ data }) => !(data instanceof Float64Array))

/** Puts a saved state into a training program; what it lacks (the optimiser's, at first) starts at zero. */
export const restoreState = async (run: Run, prepared: Prepared, state: FitState['state']): Promise<void> => {
  const held = Object.entries(await run(prepared.readState()))
  await run(
    prepared.writeState(
      Object.fromEntries(held.map(([name, v]) => [name, orElse(state[name], new Float32Array(v.data.length))])),
    ),
  )
}

/** The key that dropout wants to be fed, if the model drops anything. */
export const dropoutFeed = ({ options }: LstmRuntime, key: Key): Feeds =>
  options.dropout === 0 || options.size.layers === 1 ? {} : { key: Uint32Array.from(key) }

/** What an epoch did: the state after it, its training loss, and the score (lower is better) that early stopping sees. */
interface EpochResult {
  readonly state: FitState['state']
  readonly training: number
  readonly score: number
}

/** The fit after one more epoch: the best parameters are kept. */
export const afterEpoch = (fit: FitState, { state, training, score }: EpochResult): FitState => ({
  epoch: fit.epoch + 1,
  stopping: observe(score)(fit.stopping),
  state,
  best: improves(score)(fit.stopping) ? parametersIn(state) : fit.best,
  training: [...fit.training, training],
  validation: [...fit.validation, score],
})

/** The state before the first epoch. */
export const startFit = (parameters: LstmParameters, patience: number): FitState => ({
  epoch: 0,
  stopping: startStopping({ patience }),
  state: parameters,
  best: parameters,
  training: [],
  validation: [],
})

/** Whether a fit has nothing more to do. */
export const isFinished = (state: FitState, maxEpochs: number): boolean =>
  state.stopping.stop || state.epoch >= maxEpochs

/** A step that was not finite, with its place in the training. */
const inEpoch =
  (epoch: number, step: number) =>
  (found: Failure): Failure =>
    found.tag === 'NonFinite'
      ? { ...found, what: `epoch ${epoch + 1}, step ${step + 1}: ${found.what}`, facts: { ...found.facts, epoch } }
      : found

/** One pass over the training rows in a fresh order; the mean loss, weighted by rows. */
const trainEpoch = async (
  run: Run,
  prepared: Prepared,
  runtime: LstmRuntime,
  options: FitOptions,
  epoch: number,
): Promise<number> => {
  const { training, key, signal } = options
  const size = runtime.options.trainBatch
  const here = fold(key, epoch)
  const order = permutation(fold(here, 0), training.count)
  const steps = Math.ceil(training.count / size)
  let total = 0
  for (let step = 0; step < steps; step++) {
    stopIfAborted(signal)
    const picked = order.subarray(step * size, Math.min(training.count, (step + 1) * size))
    const tokens = new Int32Array(size * training.time).fill(runtime.options.size.symbols - 1)
    tokens.set(takeRows(training, picked).tokens)
    const rowWeight = new Float32Array(size).fill(1, 0, picked.length)
    const fed = { tokens, rowWeight, ...dropoutFeed(runtime, fold(here, step + 1)) }
    const out = await run(TE.mapLeft(inEpoch(epoch, step))(prepared.run(fed, ['loss'])))
    const value = at(field(out, 'loss').data, 0)
    total += value * picked.length
    options.onStep?.({ epoch, step, steps, loss: value })
  }
  return total / training.count
}

/** Trains from a state until early stopping or `maxEpochs`; the best parameters are in the result's `best`. */
export const fit =
  (runtime: LstmRuntime, options: FitOptions) =>
  (from: FitState): TaskEither<Failure, FitState> =>
    effect(async (run) => {
      const prepared = await run(runtime.trainer(options.training.time))
      await restoreState(run, prepared, from.state)
      let current = from
      while (!isFinished(current, options.maxEpochs)) {
        const training = await trainEpoch(run, prepared, runtime, options, current.epoch)
        const state = await roundedState(run, prepared)
        const score = await run(crossEntropy(runtime, parametersIn(state), options.validation))
        current = afterEpoch(current, { state, training, score })
        if (options.onEpoch !== undefined) await run(options.onEpoch(current))
      }
      return current
    })
