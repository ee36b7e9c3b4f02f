/**
 * An LSTM language model on an executor: programs for training, sampling and scoring, prepared once and reused.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { at, field } from '../at.ts'
import { axis } from '../axis.ts'
import type { TokenRows } from '../data/strings.ts'
import { type Run, effect, inTurn } from '../effect.ts'
import type { Failure } from '../errors.ts'
import type { Executor, Prepared } from '../executor.ts'
import type { Expr } from '../expr.ts'
import { type Key, fold } from '../key.ts'
import { inputOf } from '../ops/layout.ts'
import { lstmSample, lstmScore } from '../ops/lstm-language.ts'
import { packLstm } from '../ops/lstm-model.ts'
import { inputKey } from '../ops/random.ts'
import { adam, chain, clipByGlobalNorm, trainingProgram } from '../optimise/index.ts'
import { program } from '../program.ts'
import { byExecutor, eachShard, lanesOf, mapLanes, type Spreading } from '../scale/shards.ts'
import { sharedFor } from '../scale/shared.ts'
import { type LstmParameters, type LstmSize, lstmInputs, lstmLoss, lstmModel } from './lstm.ts'

/** Sizes of the programs: rows of a training batch and of a sampling or scoring batch, and the training settings. */
export interface LstmRuntimeOptions {
  readonly size: LstmSize
  readonly trainBatch: number
  readonly batch: number
  readonly dropout: number
  readonly learningRate: number
  readonly clip: number
}

/** Strings drawn from a model with their log-probabilities (nats) [count]. */
export interface Drawn extends TokenRows {
  readonly logProbability: Float64Array
}

/** A model's programs. Programs for another length of strings are prepared when they are first needed. */
export interface LstmRuntime {
  readonly options: LstmRuntimeOptions
  readonly executor: Executor
  /** The training step for rows of `time` symbols; its state is that of `trainingProgram`. */
  readonly trainer: (time: number) => TaskEither<Failure, Prepared>
  /** n exact samples of at most `time` symbols. `onRows` hears of finished rows. */
  readonly sample: (parameters: LstmParameters, options: SampleOptions) => TaskEither<Failure, Drawn>
  /** log p(x) (nats) of every row [count]. */
  readonly score: (parameters: LstmParameters, rows: TokenRows) => TaskEither<Failure, Float64Array>
  readonly release: () => void
}

/** What to sample: how many rows of at most how many symbols, from which key. */
export interface SampleOptions {
  readonly key: Key
  readonly count: number
  readonly time: number
  readonly signal?: AbortSignal
  readonly onRows?: (rows: number) => void
}

/** Parameters as state that never changes: they are uploaded once for many runs. */
const frozen = (parameters: Readonly<Record<string, Expr>>, outputs: Readonly<Record<string, Expr>>) =>
  program(parameters, parameters, outputs)

const samplerProgram = ({ size, batch }: LstmRuntimeOptions, time: number) => {
  const parameters = lstmInputs(size)
  const drawn = lstmSample(
    packLstm(lstmModel(size, parameters)),
    inputKey('key'),
    axis('batch', batch),
    axis('time', time),
    1,
  )
  return frozen(parameters, { tokens: drawn.tokens, logProbability: drawn.logProbability })
}

/** Rows of a scoring batch: validation sets are smaller than sampling batches. */
const scoringRows = ({ batch }: LstmRuntimeOptions): number => Math.min(batch, 512)

const scorerProgram = (options: LstmRuntimeOptions, time: number) => {
  const { size } = options
  const parameters = lstmInputs(size)
  const tokens = inputOf('i32')('tokens', axis('batch', scoringRows(options)), axis('time', time))
  return frozen(parameters, {
    logProbability: lstmScore(packLstm(lstmModel(size, parameters)), tokens, 1).logProbability,
  })
}

const trainerProgram = ({ size, trainBatch, dropout, learningRate, clip }: LstmRuntimeOptions, time: number) => {
  const parameters = lstmInputs(size)
  return trainingProgram({
    parameters,
    loss: lstmLoss(size, parameters, { batch: trainBatch, time, dropout }),
    optimiser: chain(clipByGlobalNorm(clip), adam(learningRate)),
  })
}

/** Programs by length of strings, and the parameters that each holds. */
const cached = (executor: Executor, make: (time: number) => ReturnType<typeof frozen>) => {
  const ready = new Map<number, { readonly prepared: Prepared; holds: LstmParameters | undefined }>()
  const forLength = async (run: Run, time: number) => {
    const known = ready.get(time)
    if (known !== undefined) return known
    const entry = { prepared: await run(executor.prepare(make(time))), holds: undefined }
    ready.set(time, entry)
    return entry
  }
  const holding = async (run: Run, time: number, parameters: LstmParameters): Promise<Prepared> => {
    const entry: { readonly prepared: Prepared; holds: LstmParameters | undefined } = await forLength(run, time)
    if (entry.holds !== parameters) {
      await run(entry.prepared.writeState(parameters))
      entry.holds = parameters
    }
    return entry.prepared
  }
  const release = (): void => {
    for (const { prepared } of ready.values()) prepared.release()
    ready.clear()
  }
  return { at: forLength, holding, release }
}

/** The programs of one executor. */
const programsOn = (executor: Executor, options: LstmRuntimeOptions) => ({
  samplers: cached(executor, (time) => samplerProgram(options, time)),
  scorers: cached(executor, (time) => scorerProgram(options, time)),
  trainers: cached(executor, (time) => trainerProgram(options, time)),
})

/** The first row of each of the batches of so many rows. */
const startsOf = (count: number, size: number): readonly number[] =>
  Array.from({ length: Math.ceil(count / size) }, (_, i) => i * size)

/** The programs at each lane of an executor. */
type Spread = Spreading<ReturnType<typeof programsOn>>

const sampled = (
  spread: Spread,
  batch: number,
  parameters: LstmParameters,
  { key, count, time, onRows }: SampleOptions,
): TaskEither<Failure, Drawn> =>
  effect(async (run) => {
    const tokens = new Int32Array(count * time)
    const logProbability = new Float64Array(count)
    const draw = eachShard(spread)(({ samplers }, _start: number, chunk) =>
      effect(async (own) => {
        const prepared = await samplers.holding(own, time, parameters)
        return own(prepared.run({ key: Uint32Array.from(fold(key, chunk)) }))
      }),
    )
    const starts = startsOf(count, batch)
    await run(
      draw(starts, (out, chunk) => {
        const start = at(starts, chunk)
        const rows = Math.min(batch, count - start)
        tokens.set(field(out, 'tokens').data.subarray(0, rows * time), start * time)
        logProbability.set(field(out, 'logProbability').data.subarray(0, rows), start)
        onRows?.(rows)
      }),
    )
    return { tokens, count, time, logProbability }
  })

const scored = (
  spread: Spread,
  options: LstmRuntimeOptions,
  parameters: LstmParameters,
  rows: TokenRows,
): TaskEither<Failure, Float64Array> =>
  effect(async (run) => {
    const scores = new Float64Array(rows.count)
    const size = scoringRows(options)
    const here = (start: number): number => Math.min(size, rows.count - start)
    const score = eachShard(spread)(({ scorers }, start: number) =>
      effect(async (own) => {
        const prepared = await scorers.holding(own, rows.time, parameters)
        const tokens = new Int32Array(size * rows.time).fill(options.size.symbols - 1)
        tokens.set(rows.tokens.subarray(start * rows.time, (start + here(start)) * rows.time))
        return own(prepared.run({ tokens }))
      }),
    )
    const starts = startsOf(rows.count, size)
    await run(
      score(starts, (out, i) => {
        const start = at(starts, i)
        scores.set(field(out, 'logProbability').data.subarray(0, here(start)), start)
      }),
    )
    return scores
  })

/** Opens a runtime; nothing is compiled before it is needed. Batches of samples and scores go to the executor's lanes. */
export const lstmRuntime = (executor: Executor, options: LstmRuntimeOptions): LstmRuntime => {
  const programs = byExecutor((on) => programsOn(on, options))
  const lanes = mapLanes(programs.of)(lanesOf(executor))
  const given = (parameters: LstmParameters): LstmParameters => sharedFor(executor, parameters)
  // A call sets the parameters and runs: two at once would run on those of the later one.
  const turn = inTurn()
  return {
    options,
    executor,
    trainer: (time) => turn(effect(async (run) => (await programs.of(executor).trainers.at(run, time)).prepared)),
    sample: (parameters, wanted) =>
      turn(sampled({ lanes, signal: wanted.signal }, options.batch, given(parameters), wanted)),
    score: (parameters, rows) => turn(scored({ lanes }, options, given(parameters), rows)),
    release: () => {
      for (const all of programs.all()) for (const kind of Object.values(all)) kind.release()
    },
  }
}
