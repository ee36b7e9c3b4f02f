/**
 * A translation experiment from end to end: pairs → the same encoder–decoder trained by cross-entropy alone and, from the
 * start epoch on, with the energy objective (and with scheduled sampling) → cross-entropy, BLEU, translations. Until the
 * start epoch the trainings are one and the same (E4, E21), and are done once. Killed at any moment, a run goes on from its
 * last epoch to the same bits.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { effect, need } from '../../effect.ts'
import type { Failure } from '../../errors.ts'
import type { Executor, Feeds } from '../../executor.ts'
import { fold } from '../../key.ts'
import { parameterCount } from '../../models/parameters.ts'
import { type StepsState, startSteps } from '../../train/steps-state.ts'
import { onExecutor } from '../executor.ts'
import type { EArmServices } from './experiment-results.ts'
import { childWords } from './feeds.ts'
import { rememberedRun } from './memory.ts'
import { keyOf } from './runs.ts'
import { mixingAt } from './scheduled-sampling.ts'
import { type Remembering, type Training, epochRecords, trainedUntil, trainingName, watchedOf } from './trainings.ts'
import { type DecodedWords, decodedWords, exposureAgainst } from './translation-exposure.ts'
import { ROWS_AT_ONCE, memoryName } from './translation-models.ts'
import { measureTranslations, searchesOf } from './translation-measures.ts'
import type { TranslationExperiment } from './experiment-options.ts'
import { settingsOf, validateTranslation } from './settings.ts'
import { type TranslationVariant, hasEnergy } from './translation-programs.ts'
import type { RunTranslation, TranslationRecord, TranslationResults, TranslationSeed } from './translation-results.ts'
import { drawPairs, firstPairs } from './translation-rows.ts'
import { type PairScores, type TranslationRuntime, perToken, translationRuntime } from './translation-runtime.ts'
import { type TranslationTask, translationTask } from './translation-task.ts'
import { type TranslationTrainer, translationSettings, translationTrainer } from './translation-trainer.ts'

/** The share of predicted tokens at the end of a training with scheduled sampling (Mihaylova & Martins 2019). */
const LEAST_TRUTH = 0.5

/** What is trained and measured, and what is remembered of it. */
interface Experiment extends Remembering {
  readonly options: TranslationExperiment
  readonly task: TranslationTask
  readonly trainer: TranslationTrainer
  readonly runtime: TranslationRuntime
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
      key: childWords(keyOf(seed, 'update'), step),
      mixing: Float32Array.of(mixing),
    }
  }

/** A training from `start` until the end of an epoch. */
const trained = async (
  experiment: Experiment,
  { variant, ...training }: Training & { readonly variant: TranslationVariant },
  start: () => StepsState,
): Promise<StepsState> => {
  const { run, options, task, trainer, runtime } = experiment
  const validation = firstPairs(task.rows.validation, options.measured)
  return trainedUntil(experiment, training, start, async () => ({
    prepared: await run(trainer.prepared(variant)),
    watch: watchedOf(hasEnergy(variant) && options.objective.lambda > 0 ? 'energy' : 'plain'),
    batches: feedsAt(experiment, training.seed),
    evaluate: (parameters) =>
      TE.map((scores: PairScores) => ({ score: perToken(scores).value }))(runtime.score(parameters, validation)),
    tokensPerStep: options.batch * options.time,
  }))
}

/** A training, what was found of it, and the words of Table 8. */
interface Measured {
  readonly record: TranslationRecord
  readonly words: DecodedWords
}

const measured = async (
  experiment: Experiment,
  training: Pick<Training, 'seed'> & { readonly variant: TranslationVariant },
  fit: StepsState,
): Promise<Measured> => {
  const { run, options, task, trainer, runtime, services, memory } = experiment
  const { progress, signal } = services
  const { seed, variant } = training
  const scores = await run(runtime.score(fit.best, firstPairs(task.rows.test, options.measured)))
  const { value, standardError } = perToken(scores)
  const [tested, compared] = [task.rows.test, task.rows.training].map((rows) =>
    Math.min(options.translated, rows.count),
  )
  progress.start(`translating, ${variant}, seed ${seed}`, (tested ?? 0) * searchesOf(options) + (compared ?? 0))
  const search = { signal, onSentences: (count: number) => progress.advance(count, {}) }
  const measuring = { run, options, task, runtime, key: keyOf(seed, 'samples'), search }
  const translations = await measureTranslations(measuring, fit.best)
  const words = await decodedWords(measuring, fit.best)
  progress.end()
  const record: TranslationRecord = {
    variant,
    epochs: epochRecords(fit, options),
    best: fit.stopping.best,
    test: value,
    standardError,
    negatives: trainer.shape.negatives,
    seconds: memory.seconds(trainingName({ seed, name: variant })),
    ...translations,
  }
  return { record, words }
}

/** The records, each with its words against those of plain training where that is among them. */
const compared = (found: readonly Measured[]): readonly TranslationRecord[] => {
  const plain = found.find(({ record }) => record.variant === 'plain')
  return found.map((one) =>
    plain === undefined || one === plain
      ? one.record
      : { ...one.record, exposure: need(exposureAgainst(one.words, plain.words)) },
  )
}

/** All trainings of a seed: one until the start epoch, and those that go on from there. */
const seedRun = async (experiment: Experiment, seed: number): Promise<TranslationSeed> => {
  const { options, task } = experiment
  const until = options.objective.startEpoch
  const shared = await trained(experiment, { seed, name: 'shared', variant: 'plain', until }, () =>
    startSteps(task.network.initialise(keyOf(seed, 'initial'))),
  )
  const found: Measured[] = []
  for (const variant of options.variants) {
    const fit = await trained(experiment, { seed, name: variant, variant, until: options.epochs }, () => shared)
    found.push(await measured(experiment, { seed, variant }, fit))
  }
  return { seed, variants: compared(found) }
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

/** An experiment on a task that is at hand, on an executor that is open. */
export const translationOn =
  (executor: Executor, services: EArmServices, task: TranslationTask) =>
  (options: TranslationExperiment): TE.TaskEither<Failure, TranslationResults> =>
    effect(async (run) => {
      const { directory, progress } = services
      const where = { directory, name: memoryName, settings: settingsOf(options), adapter: executor.description }
      const memory = await run(rememberedRun({ ...where, progress }))
      const trainer = await run(translationTrainer(executor, task.network, translationSettings(options, task.end)))
      const sizes = { batch: ROWS_AT_ONCE, time: options.time, end: task.end }
      const runtime = translationRuntime(executor, task.network, sizes)
      try {
        return await resultsOf({ run, options, services, task, trainer, runtime, memory }, executor)
      } finally {
        runtime.release()
        trainer.release()
      }
    })

/** Runs an experiment. What was trained is saved after every epoch where there is a folder. */
export const runTranslation: RunTranslation = (services) => (options) =>
  onExecutor(
    validateTranslation(options),
    services,
  )(async ({ run, executor, options: valid }) => {
    const task = await run(translationTask(services.data, valid))
    return run(translationOn(executor, services, task)(valid))
  })
