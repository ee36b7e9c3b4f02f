/**
 * What every phase of a GAM run shares: options, strings, features, executor, progress, and the state that it saves.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { field, lastOf } from '../../at.ts'
import { type TokenRows, encodeStrings, longest, symbolCount } from '../../data/strings.ts'
import { type Run, fail, need } from '../../effect.ts'
import type { Executor, Program } from '../../executor.ts'
import { type Key, fold, key } from '../../key.ts'
import { type LanguageRuntime, languageRuntime } from '../../models/language-runtime.ts'
import { lstmAutoregressive } from '../../models/lstm-autoregressive.ts'
import type { LstmParameters } from '../../models/lstm.ts'
import { type StepsOptions, stepsFinished, trainSteps } from '../../train/steps.ts'
import { type StepsState, startSteps } from '../../train/steps-state.ts'
import { type StringTrainer, stepsOfEpoch, stringTrainer, stringTraining } from '../../train/strings.ts'
import type { Facts } from '../../progress.ts'
import type { Held } from '../phases.ts'
import { rowsWork } from '../work.ts'
import type { GamFeatures } from './features.ts'
import type { StringModel } from './language.ts'
import type { GamOptions } from './options.ts'
import type { GamStrings } from './process.ts'
import type { RunServices } from './results.ts'
import type { FitName, GamState } from './state.ts'

/** A run under way. */
export interface GamRun extends Held<GamState> {
  readonly run: Run
  readonly options: GamOptions
  readonly services: RunServices
  readonly strings: GamStrings
  readonly features: GamFeatures
  readonly runtime: LanguageRuntime
  readonly trainer: StringTrainer
  readonly limit: number
}

/** Random streams of a run, by purpose. */
const streams = {
  data: 0,
  initialBase: 1,
  fitBase: 2,
  bank: 3,
  lambda: 4,
  reject: 5,
  initialStudent: 6,
  fitStudent: 7,
  evaluate: 8,
  cycle: 9,
  policy: 10,
  draws: 11,
  partition: 12,
} as const

/** The key of a purpose. */
export const keyOf = (options: Pick<GamOptions, 'seed'>, stream: keyof typeof streams): Key =>
  fold(key(options.seed), streams[stream])

/** Symbols after which sampling stops: 2n + 1 in the paper; a little above n in the smaller presets. */
export const lengthLimit = (options: Pick<GamOptions, 'preset'>, length: number): number =>
  options.preset === 'paper' ? 2 * length + 1 : Math.ceil(1.25 * length) + 2

/** Rows of a training batch: a smaller |D| is one, with rows that count nothing so that micro-batches divide it. */
const trainingRows = ({ batch, train, microBatches = 1 }: GamOptions) => ({
  batch: Math.min(batch, microBatches * Math.ceil(train / microBatches)),
  microBatches,
})

/** Rows that are sampled or scored at once. */
const rowsAtOnce = (executor: Executor): number => (executor.name === 'reference' ? 64 : 1024)

/** What is timed to choose workers: its LSTM on rows of two symbols and an end. */
export const gamWork = ({ hidden, layers }: GamOptions): Program =>
  rowsWork(lstmAutoregressive({ symbols: 3, hidden, layers }, 32), { batch: 512, time: 32 })

/** What a run's models are sampled, scored and trained by. */
export const openRuntime = (
  executor: Executor,
  options: GamOptions,
  strings: GamStrings,
  limit: number,
): Pick<GamRun, 'runtime' | 'trainer'> => {
  const size = { symbols: symbolCount(strings.alphabet), hidden: options.hidden, layers: options.layers }
  const model = lstmAutoregressive(size, limit)
  return {
    runtime: languageRuntime(executor, model, { batch: rowsAtOnce(executor), end: size.symbols - 1 }),
    trainer: stringTrainer(executor, {
      size,
      ...trainingRows(options),
      dropout: options.dropout,
      learningRate: options.learningRate,
      clip: 0.25,
    }),
  }
}

/** Rows of strings, all of the length of the longest of them (at most the limit). */
export const rowsOf = (
  { strings, limit }: Pick<GamRun, 'strings' | 'limit'>,
  texts: readonly string[],
  time: number,
): TokenRows => need(encodeStrings(strings.alphabet, Math.min(limit, time))(texts))

/** The time axis that training strings need: their longest, with EOS. */
const timeOf = ({ limit }: Pick<GamRun, 'limit'>, ...sets: readonly (readonly string[])[]): number =>
  Math.min(
    limit,
    sets.reduce((n, s) => Math.max(n, longest(s)), 0),
  )

/** The model with given parameters as a model of strings. */
export const modelOf = ({ runtime, strings, limit, services }: GamRun, parameters: LstmParameters): StringModel => ({
  runtime,
  parameters,
  alphabet: strings.alphabet,
  limit,
  signal: services.signal,
})

/** What to train an LSTM on, and under which name its progress is kept. */
interface TrainTask {
  readonly name: FitName
  readonly label: string
  readonly training: readonly string[]
  readonly validation: readonly string[]
  readonly initial: Key
  readonly order: Key
  readonly epochs: number
  readonly patience: number
  readonly start?: LstmParameters
}

/** The training of this name as it was saved (or from its start) to its end, saving as it goes. */
export const trainedOn = async <B>(
  gam: GamRun,
  name: FitName,
  start: () => StepsState,
  training: StepsOptions<B>,
): Promise<StepsState> => {
  const { run, services, state, update, save } = gam
  const { [name]: saved } = state().fits
  const from = saved ?? start()
  const onSnapshot = (fit: StepsState): TE.TaskEither<never, void> => {
    update((s) => ({ ...s, fits: { ...s.fits, [name]: fit } }))
    return TE.fromTask(() => save('sometimes'))
  }
  return run(trainSteps({ ...training, onSnapshot, progress: services.progress })(from))
}

/** Trains an LSTM with early stopping, saving as it goes; continues where a saved run stopped. */
export const trainModel = async (gam: GamRun, task: TrainTask): Promise<StepsState> => {
  const { run, services, runtime, trainer } = gam
  const { training, validation, order, epochs } = task
  const saved = gam.state().fits[task.name]
  if (saved !== undefined && stepsFinished(saved, epochs * stepsOfEpoch(trainer, training.length))) return saved
  const time = timeOf(gam, training, validation)
  const own = await run(
    stringTraining(runtime, trainer, {
      key: order,
      training: rowsOf(gam, training, time),
      validation: rowsOf(gam, validation, time),
      epochs,
      signal: services.signal,
    }),
  )
  const facts = ({ curve, stopping }: StepsState): Facts => {
    const { watched, score } = lastOf(curve)
    return { train: field(watched, 'loss'), validation: score, best: stopping.best }
  }
  return trainedOn(
    gam,
    task.name,
    () => startSteps(task.start ?? runtime.model.initialise(task.initial), task.patience),
    { ...own, label: task.label, shown: { every: own.evaluateEvery, facts } },
  )
}

/** What an earlier phase left; fails where a checkpoint lacks it. */
export const present = <A>(found: A | undefined, name: string): A =>
  found === undefined
    ? fail({
        tag: 'Checkpoint',
        what: `the checkpoint lacks ${name}`,
        remedy: 'start the run again in an empty folder',
        facts: { name },
      })
    : found

/** The base model's fit. */
export const baseFit = (gam: GamRun): StepsState => present(gam.state().fits['base'], 'the base model')
