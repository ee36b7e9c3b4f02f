/**
 * The trainings of an experiment: language models by maximum likelihood, energies against noise. Each goes on where a saved
 * run stopped; a finished one keeps its best parameters only.
 */
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { orElse } from '../../at.ts'
import type { Failure } from '../../errors.ts'
import type { Feeds } from '../../executor.ts'
import { type Key, fold } from '../../key.ts'
import { mean } from '../../math.ts'
import type { Autoregressive, Parameters } from '../../models/autoregressive.ts'
import { prefixed } from '../../models/parameters.ts'
import { observe } from '../../train/early-stopping.ts'
import { type OpenStepper, openStepper, type StepTraining } from '../../train/micro-batches.ts'
import { type Evaluation, stepsFinished, trainSteps } from '../../train/steps.ts'
import { startSteps, type StepsState } from '../../train/steps-state.ts'
import { phase } from '../phases.ts'
import { fitOf, keyOf, type ResidualRun } from './context.ts'
import { readBaseFile } from './base-file.ts'
import { rowLength, type TrainingOptions } from './options.ts'
import { languageTraining, optimiserOf } from './programs.ts'
import type { FitName } from './state.ts'
import { windows } from './text.ts'

/** A training by steps: what is trained, where it starts, what it reads, how it is scored. */
interface FitTask {
  readonly name: FitName
  readonly label: string
  /** The training of a part of a batch with so many rows (of data, where it has noise too). */
  readonly training: (batch: number) => StepTraining
  /** The rows of the blocks of a batch for each row of data: data, and noise (absent: data alone). */
  readonly blocks?: readonly number[]
  readonly watch: readonly string[]
  readonly start: () => StepsState
  readonly settings: TrainingOptions
  readonly batches: (step: number) => Feeds | TE.TaskEither<Failure, Feeds>
  readonly evaluate: (parameters: Parameters, step: number) => TE.TaskEither<Failure, Evaluation>
  readonly tokensPerStep: number
  /** The step to stop at for now, where the training goes on later. */
  readonly until?: number
}

/** The steps of a training, each in as many parts as the options say. */
const openedFor = (
  { executor, options: { microBatches = 1 } }: ResidualRun,
  { training, settings, blocks = [1] }: FitTask,
): TE.TaskEither<Failure, OpenStepper> => {
  const batch = settings.batch / microBatches
  return openStepper(executor, training(batch), { parts: microBatches, blocks: blocks.map((rows) => rows * batch) })
}

/** Trains until it is done (or until its next halt), saving as it goes. */
export const fitModel = async (residual: ResidualRun, task: FitTask): Promise<void> => {
  const { run, services, executor } = residual
  const saved = residual.state().fits[task.name]
  const from = saved ?? task.start()
  const keep = (state: StepsState): void => residual.update((s) => ({ ...s, fits: { ...s.fits, [task.name]: state } }))
  const until = task.until ?? task.settings.steps
  if (stepsFinished(from, until)) return
  const prepared = await run(openedFor(residual, task))
  try {
    const finished = await run(
      trainSteps({
        prepared,
        watch: task.watch,
        batches: (step) => {
          const batch = task.batches(step)
          return typeof batch === 'function' ? batch : TE.right(batch)
        },
        steps: until,
        evaluateEvery: task.settings.evaluateEvery,
        evaluate: task.evaluate,
        readEvery: executor.name === 'webgpu' ? 10 : 1,
        onSnapshot: (state) => {
          keep(state)
          return TE.fromTask(() => residual.save('sometimes'))
        },
        signal: services.signal,
        progress: services.progress,
        label: task.label,
        tokensPerStep: task.tokensPerStep,
      })(from),
    )
    keep(until === task.settings.steps ? { ...finished, state: {} } : finished)
  } finally {
    prepared.release()
  }
}

/** The key of a step's dropout masks, where anything is dropped. */
export const keyFeed = (rate: number, key: Key): Feeds => (rate === 0 ? {} : { key: Uint32Array.from(key) })

/** What tells the language models of an experiment apart. */
interface LanguageTask {
  readonly name: 'base' | 'noise' | 'ralm' | 'balm'
  readonly label: string
  readonly model: Autoregressive
  readonly key: Key
  /** Where the parameters start, given fresh ones. */
  readonly start: (fresh: Parameters) => Parameters
  readonly isFrozen?: (name: string) => boolean
  /** The text that it learns. */
  readonly text: Int32Array
  /** How it is trained, unless as the base; and where that halts for now. */
  readonly settings?: TrainingOptions
  readonly until?: number
}

/** Nats per modelled token of validation rows under a language model. */
const languageScore =
  ({ options, text, runtimes }: ResidualRun, model: Autoregressive) =>
  (parameters: Parameters): TE.TaskEither<Failure, Evaluation> =>
    pipe(
      runtimes.language(model).score(parameters, text.validation, options.chunk.prefix),
      TE.map((scores) => ({ score: -mean(scores) / options.chunk.modelled })),
    )

/** A language model on windows of the training text; the score is nats per modelled token of validation rows. */
export const fitLanguage = (residual: ResidualRun, task: LanguageTask): Promise<void> => {
  const { options } = residual
  const { network } = options
  const { settings = options.base, until } = task
  const [time, order] = [rowLength(options), fold(task.key, 1)]
  return fitModel(residual, {
    name: task.name,
    label: task.label,
    training: (batch) =>
      languageTraining(task.model, {
        batch,
        time,
        from: 0,
        dropout: network.dropout,
        optimiser: optimiserOf(settings),
        ...(task.isFrozen === undefined ? {} : { isFrozen: task.isFrozen }),
      }),
    watch: [],
    start: () => startSteps(task.start(task.model.initialise(fold(task.key, 0)))),
    settings,
    batches: (step) => ({
      tokens: windows(task.text, time, fold(order, step), settings.batch).tokens,
      ...keyFeed(network.dropout, fold(fold(task.key, 2), step)),
    }),
    evaluate: languageScore(residual, task.model),
    tokensPerStep: settings.batch * time,
    ...(until === undefined ? {} : { until }),
  })
}

/** The base model that a file holds, with its score on validation rows as its whole curve. */
const readBase = async (residual: ResidualRun, path: string): Promise<void> => {
  const { run, networks } = residual
  const best = await run(readBaseFile(path, networks.size))
  const { score } = await run(languageScore(residual, networks.base)(best))
  const { stopping, ...fresh } = startSteps(best)
  const curve = [{ step: 0, watched: {}, score, facts: {} }]
  const base: StepsState = { ...fresh, state: {}, curve, stopping: observe(score)(stopping) }
  residual.update((s) => ({ ...s, fits: { ...s.fits, base } }))
}

/** Trains the base model, or reads it from a file. */
export const fitBase = (residual: ResidualRun): Promise<void> =>
  phase(residual, 'base', () =>
    residual.options.baseFile === undefined
      ? fitLanguage(residual, {
          name: 'base',
          label: 'the base model',
          model: residual.networks.base,
          text: residual.text.forBase,
          key: keyOf(residual.options, 'fitBase'),
          start: (fresh) => fresh,
        })
      : readBase(residual, residual.options.baseFile),
  )

/** Trains the baselines: BALM from scratch on all text, RALM over the frozen base on what the energies learn from. */
export const fitBaselines = async (residual: ResidualRun): Promise<void> => {
  const { options, networks, text } = residual
  if (!options.baselines) return
  await phase(residual, 'balm', () =>
    fitLanguage(residual, {
      name: 'balm',
      label: 'BALM',
      model: networks.balm,
      text: text.training,
      key: keyOf(options, 'balm'),
      start: (fresh) => fresh,
    }),
  )
  await phase(residual, 'ralm', () =>
    fitLanguage(residual, {
      name: 'ralm',
      label: 'RALM',
      model: networks.ralm,
      text: text.forEnergies,
      key: keyOf(options, 'ralm'),
      start: (fresh) => ({ ...fresh, ...prefixed('base/', fitOf(residual, 'base').best) }),
      isFrozen: (name) => name.startsWith('base/'),
    }),
  )
}

/** A network's own values, with those of the base where the base has them: its lower layers, for one of more layers than it. */
export const onBase = (fresh: Parameters, base: Parameters): Parameters =>
  Object.fromEntries(Object.entries(fresh).map(([name, own]) => [name, orElse(base[name], own)]))
