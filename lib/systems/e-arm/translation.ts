/**
 * A translation experiment from end to end: pairs → the same encoder–decoder trained by cross-entropy alone and, from the
 * start epoch on, with the energy objective (and with scheduled sampling) → cross-entropy, BLEU, translations. Until the
 * start epoch the trainings are one and the same (E4, E21), and are done once. Killed at any moment, a run goes on from its
 * last epoch to the same bits.
 */
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import * as t from 'io-ts'
import { openExecutor } from '../../choose.ts'
import { exactNumber } from '../../codec/scalars.ts'
import { type Run, effect, fail } from '../../effect.ts'
import type { Failure } from '../../errors.ts'
import type { Executor, Feeds } from '../../executor.ts'
import { type Key, fold, key } from '../../key.ts'
import { parameterCount } from '../../models/parameters.ts'
import { adam, chain, clipByGlobalNorm } from '../../optimise/index.ts'
import { cosineRate, warmedUp } from '../../optimise/schedule.ts'
import { type Fits, fitsStore } from '../../train/fits-store.ts'
import { type StepsState, startSteps } from '../../train/steps-state.ts'
import { stepsFinished, trainSteps } from '../../train/steps.ts'
import type { EArmServices, EpochRecord } from './experiment-results.ts'
import { negativeRows } from './options.ts'
import type { UpdateShape } from './programs.ts'
import { mixingAt } from './scheduled-sampling.ts'
import { measureTranslations } from './translation-measures.ts'
import { type TranslationExperiment, validateTranslation } from './translation-options.ts'
import type { TranslationVariant } from './translation-programs.ts'
import type { RunTranslation, TranslationRecord, TranslationResults, TranslationSeed } from './translation-results.ts'
import { drawPairs, firstPairs } from './translation-rows.ts'
import { perToken, type TranslationRuntime, translationRuntime } from './translation-runtime.ts'
import { type TranslationTask, translationTask } from './translation-task.ts'
import { type TranslationTrainer, translationTrainer } from './translation-trainer.ts'

/** Pairs that are scored at once. */
const PAIRS_AT_ONCE = 32

/** Updates over which the learning rate rises. */
const WARM_UP = 50

/** The share of predicted tokens at the end of a training with scheduled sampling (Mihaylova & Martins 2019). */
const LEAST_TRUTH = 0.5

/** Random streams of a seed, by purpose. */
const streams = { initial: 0, rows: 1, update: 2, candidates: 3 } as const

const keyOf = (seed: number, stream: keyof typeof streams): Key => fold(key(seed), streams[stream])

/** What is trained and measured, and what is remembered of it. */
interface Experiment {
  readonly run: Run
  readonly options: TranslationExperiment
  readonly services: EArmServices
  readonly task: TranslationTask
  readonly trainer: TranslationTrainer
  readonly runtime: TranslationRuntime
  readonly shape: UpdateShape
  readonly memory: Memory
}

/** Trainings by name and the seconds they took; saved where there is a folder. */
interface Memory {
  readonly fit: (name: string) => StepsState | undefined
  readonly seconds: (name: string) => number
  readonly keep: (name: string, fit: StepsState, seconds: number) => Promise<void>
}

const record = t.type({ seconds: t.record(t.string, exactNumber) })

/** Options that change what is trained. */
const settings = ({ out: _out, device: _device, samples: _samples, ...rest }: TranslationExperiment): unknown => {
  const { translated: _translated, lengths: _lengths, candidates: _candidates, ...own } = rest
  return JSON.parse(JSON.stringify(own))
}

const memoryOf = async (
  run: Run,
  options: TranslationExperiment,
  { directory, progress }: EArmServices,
  executor: Executor,
): Promise<Memory> => {
  const where = { name: 'translation', settings: settings(options), codec: record }
  const store =
    directory === undefined
      ? undefined
      : await run(fitsStore({ ...where, directory, adapter: executor.description, say: progress.note }))
  const loaded = store === undefined ? undefined : await run(store.load)
  let fits: Fits = loaded?.fits ?? {}
  let seconds: Readonly<Record<string, number>> = loaded?.record.seconds ?? {}
  return {
    fit: (name) => fits[name],
    seconds: (name) => seconds[name] ?? 0,
    keep: async (name, fit, spent) => {
      fits = { ...fits, [name]: fit }
      seconds = { ...seconds, [name]: (seconds[name] ?? 0) + spent }
      if (store !== undefined) await run(store.save({ record: { seconds }, fits }))
    },
  }
}

/** The feeds of a step; scheduled sampling reaches its share at the end of training. */
const feedsAt =
  ({ options, task }: Experiment, seed: number) =>
  (step: number): Feeds => {
    const { source, lengths, target } = drawPairs(task.rows.training, fold(keyOf(seed, 'rows'), step), options.batch)
    const first = options.objective.startEpoch * options.updates
    const slope = (1 - LEAST_TRUTH) / Math.max(1, options.epochs * options.updates - first)
    const mixing = mixingAt({ kind: 'linear', slope, least: LEAST_TRUTH }, Math.max(0, step - first))
    return {
      source,
      lengths,
      tokens: target,
      key: Uint32Array.from(fold(keyOf(seed, 'update'), step)),
      mixing: Float32Array.of(mixing),
    }
  }

interface Training {
  readonly seed: number
  readonly name: string
  readonly variant: TranslationVariant
  readonly until: number
}

/** A training from `start` until the end of an epoch. */
const trained = async (
  experiment: Experiment,
  { seed, name: own, variant, until }: Training,
  start: () => StepsState,
): Promise<StepsState> => {
  const { run, options, services, task, trainer, runtime, memory } = experiment
  const { updates, batch, time, objective } = options
  const name = `${own}-${seed}`
  const from = memory.fit(name) ?? start()
  const steps = until * updates
  if (stepsFinished(from, steps)) return from
  const validation = firstPairs(task.rows.validation, options.measured)
  const prepared = await run(trainer.prepared(variant))
  let begun = performance.now()
  const kept = async (fit: StepsState): Promise<void> => {
    const spent = (performance.now() - begun) / 1000
    begun = performance.now()
    await memory.keep(name, fit, spent)
  }
  const training = trainSteps({
    prepared,
    watch: ['crossEntropy', 'logSumExp', ...(variant === 'e-arm' && objective.lambda > 0 ? ['energy', 'ess'] : [])],
    batches: feedsAt(experiment, seed),
    steps,
    evaluateEvery: updates,
    evaluate: (parameters) =>
      TE.map((scores: Parameters<typeof perToken>[0]) => ({ score: perToken(scores).value }))(
        runtime.score(parameters, validation),
      ),
    onSnapshot: (fit) => TE.fromTask(() => kept(fit)),
    signal: services.signal,
    progress: services.progress,
    label: `${own}, seed ${seed}`,
    tokensPerStep: batch * time,
  })
  return run(training(from))
}

const epochRecords = ({ curve }: StepsState, updates: number): readonly EpochRecord[] =>
  curve.map(({ step, watched, score }) => ({
    epoch: step / updates,
    training: watched['crossEntropy'] ?? Number.NaN,
    validation: score,
    logSumExp: watched['logSumExp'] ?? Number.NaN,
    ...(watched['energy'] === undefined ? {} : { energy: watched['energy'] }),
    ...(watched['ess'] === undefined ? {} : { effectiveSampleSize: watched['ess'] }),
  }))

const measured = async (
  experiment: Experiment,
  seed: number,
  variant: TranslationVariant,
  fit: StepsState,
): Promise<TranslationRecord> => {
  const { run, options, task, runtime, services, shape, memory } = experiment
  const { progress, signal } = services
  const scores = await run(runtime.score(fit.best, firstPairs(task.rows.test, options.measured)))
  const { value, standardError } = perToken(scores)
  progress.start(`translating, ${variant}`, Number.POSITIVE_INFINITY)
  const search = { signal, onSentence: () => progress.advance(1, {}) }
  const own = { run, options, task, runtime, key: keyOf(seed, 'candidates'), search }
  const translations = await measureTranslations(own, fit.best)
  progress.end()
  return {
    variant,
    epochs: epochRecords(fit, options.updates),
    best: fit.stopping.best,
    test: value,
    standardError,
    negatives: shape.negatives,
    seconds: memory.seconds(`${variant}-${seed}`),
    ...translations,
  }
}

/** All trainings of a seed: one until the start epoch, and those that go on from there. */
const seedRun = async (experiment: Experiment, seed: number): Promise<TranslationSeed> => {
  const { options, task } = experiment
  const until = options.objective.startEpoch
  const shared = await trained(experiment, { seed, name: 'shared', variant: 'plain', until }, () =>
    startSteps(task.network.initialise(keyOf(seed, 'initial'))),
  )
  const variants: TranslationRecord[] = []
  for (const variant of options.variants) {
    const fit = await trained(experiment, { seed, name: variant, variant, until: options.epochs }, () => shared)
    variants.push(await measured(experiment, seed, variant, fit))
  }
  return { seed, variants }
}

const resultsOf = async (experiment: Experiment, executor: Executor): Promise<TranslationResults> => {
  const { options, task } = experiment
  const begun = performance.now()
  const seeds: TranslationSeed[] = []
  for (let i = 0; i < options.seeds; i++) seeds.push(await seedRun(experiment, options.seed + i))
  const { training, validation, test } = task.rows
  return {
    options,
    adapter: executor.description,
    title: task.title,
    licence: task.licence,
    parameters: parameterCount(task.network.parameters),
    pairs: { training: training.count, validation: validation.count, test: test.count },
    shown: task.sentences
      .slice(0, Math.min(options.samples, options.translated))
      .map(([source, reference]) => ({ source, reference })),
    seeds,
    seconds: (performance.now() - begun) / 1000,
  }
}

const trainerFor = (executor: Executor, options: TranslationExperiment, task: TranslationTask, shape: UpdateShape) => {
  const steps = options.epochs * options.updates
  const rate = warmedUp(Math.min(WARM_UP, steps), cosineRate(options.learningRate, steps, options.learningRate / 10))
  return translationTrainer(executor, task.network, {
    loss: { ...options.objective, sharing: { kind: 'batch' } },
    shape,
    end: task.end,
    optimiser: chain(clipByGlobalNorm(1), adam(rate)),
    dropout: options.network.dropout,
  })
}

/** An experiment on a task that is at hand, on an executor that is open. */
export const translationOn =
  (executor: Executor, services: EArmServices, task: TranslationTask) =>
  (options: TranslationExperiment): TE.TaskEither<Failure, TranslationResults> =>
    effect(async (run) => {
      const { batch, time, objective } = options
      const length = Math.min(objective.length ?? time, time)
      const shape = { batch, time, length, negatives: negativeRows(objective, batch, length) }
      const memory = await memoryOf(run, options, services, executor)
      const trainer = await run(trainerFor(executor, options, task, shape))
      const runtime = translationRuntime(executor, task.network, { batch: PAIRS_AT_ONCE, time, end: task.end })
      try {
        return await resultsOf({ run, options, services, task, trainer, runtime, shape, memory }, executor)
      } finally {
        runtime.release()
        trainer.release()
      }
    })

/** Runs an experiment. What was trained is saved after every epoch where there is a folder. */
export const runTranslation: RunTranslation = (services) => (options) =>
  effect(async (run) => {
    const checked = validateTranslation(options)
    if (E.isLeft(checked)) return fail(checked.left)
    const executor = await run(openExecutor(checked.right.device))
    services.progress.note(executor.description)
    try {
      const task = await run(translationTask(services.data, checked.right))
      return await run(translationOn(executor, services, task)(checked.right))
    } finally {
      executor.release()
    }
  })
