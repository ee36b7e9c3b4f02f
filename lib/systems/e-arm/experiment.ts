/**
 * An E-ARM experiment from end to end: data → the same network trained by cross-entropy alone and, from its start epoch on,
 * with the energy objective → test measures → samples. Until the start epoch both trainings are one and the same (E4, E21),
 * and are done once. Killed at any moment, a run goes on from its last epoch to the same bits.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { Executor } from '../../executor.ts'
import { fold } from '../../key.ts'
import { type LanguageRuntime, languageRuntime } from '../../models/language-runtime.ts'
import { type StepsState, startSteps } from '../../train/steps-state.ts'
import { type OnExecutor, onExecutor } from '../executor.ts'
import { countParameters } from '../residual/networks.ts'
import type { EArmExperiment } from './experiment-options.ts'
import { settingsOf, validateExperiment } from './settings.ts'
import {
  type EArmResults,
  type EArmServices,
  type RunEArm,
  type SeedRecord,
  type Variant,
  type VariantRecord,
  variants,
} from './experiment-results.ts'
import { childWords } from './feeds.ts'
import { rememberedRun } from './memory.ts'
import { activeIn } from './options.ts'
import { decodedSamples, drawnRows, keyOf, memoryName, rowCrossEntropies, ROWS_AT_ONCE, testMeasure } from './runs.ts'
import { type EArmTask, eArmTask } from './task.ts'
import { type EArmTrainer, eArmTrainer } from './trainer.ts'
import {
  type Remembering,
  type Training,
  epochRecords,
  optimiserFor,
  trainedUntil,
  trainingName,
  watchedOf,
} from './trainings.ts'

/** A run under way. */
interface Experiment extends Remembering {
  readonly options: EArmExperiment
  readonly task: EArmTask
  readonly trainer: EArmTrainer
  readonly language: LanguageRuntime
}

/** A training from `start` until the end of an epoch. */
const trained = async (
  experiment: Experiment,
  { variant, ...training }: Training & { readonly variant: Variant },
  start: () => StepsState,
): Promise<StepsState> => {
  const { options, task, trainer, language } = experiment
  const { updates, objective, batch } = options
  const active = (step: number): boolean => variant === 'e-arm' && activeIn(objective, Math.floor(step / updates))
  return trainedUntil(experiment, training, start, async (from) => ({
    prepared: trainer.prepared,
    watch: watchedOf(active(from.step) ? 'energy' : 'plain'),
    batches: (step) => ({
      tokens: task.batch(fold(keyOf(training.seed, 'rows'), step)),
      key: childWords(keyOf(training.seed, 'update'), step),
      active: Float32Array.of(active(step) ? 1 : 0),
    }),
    evaluate: (parameters) =>
      TE.map((each: Float64Array) => ({ score: testMeasure(each).test }))(
        rowCrossEntropies(language, parameters, task.validation),
      ),
    tokensPerStep: batch * task.time,
  }))
}

const variantRecord = async (
  experiment: Experiment,
  training: Pick<Training, 'seed' | 'name'>,
  fit: StepsState,
): Promise<VariantRecord> => {
  const { run, options, task, trainer, language, memory } = experiment
  const each = await run(rowCrossEntropies(language, fit.best, task.test))
  return {
    epochs: epochRecords(fit, options),
    best: fit.stopping.best,
    ...testMeasure(each),
    negatives: trainer.shape.negatives,
    seconds: memory.seconds(trainingName(training)),
  }
}

/** Both trainings of a seed: one until the start epoch, and two that go on from there. */
const seedRun = async (experiment: Experiment, seed: number) => {
  const { options, task } = experiment
  const { startEpoch } = options.objective
  const shared = await trained(experiment, { seed, name: 'shared', variant: 'plain', until: startEpoch }, () =>
    startSteps(task.model.initialise(keyOf(seed, 'initial'))),
  )
  const fits = { plain: shared, 'e-arm': shared }
  for (const variant of variants)
    fits[variant] = await trained(experiment, { seed, name: variant, variant, until: options.epochs }, () => shared)
  const result: SeedRecord = {
    seed,
    plain: await variantRecord(experiment, { seed, name: 'plain' }, fits.plain),
    eArm: await variantRecord(experiment, { seed, name: 'e-arm' }, fits['e-arm']),
  }
  return { result, fits }
}

/** Rows drawn from both models of a seed with the same key. */
const drawn = async (
  { run, options, task, language, services }: Experiment,
  seed: number,
  fits: Readonly<Record<Variant, StepsState>>,
): Promise<EArmResults['samples']> => {
  const samples: Record<string, readonly (readonly number[])[]> = {}
  for (const variant of variants)
    samples[variant] = await run(
      drawnRows(language, fits[variant].best, {
        key: keyOf(seed, 'samples'),
        count: options.samples,
        length: task.time,
        signal: services.signal,
      }),
    )
  return samples
}

const conducted = async (experiment: Experiment, executor: Executor): Promise<EArmResults> => {
  const { options, task } = experiment
  const begun = performance.now()
  const seeds: SeedRecord[] = []
  let samples: EArmResults['samples'] = {}
  for (let i = 0; i < options.seeds; i++) {
    const { result, fits } = await seedRun(experiment, options.seed + i)
    seeds.push(result)
    if (i === options.seeds - 1) samples = await drawn(experiment, result.seed, fits)
  }
  const { decode, image } = task
  const texts = decode === undefined ? {} : decodedSamples(samples, decode)
  return {
    options,
    adapter: executor.description,
    title: task.title,
    licence: task.licence,
    measure: task.measure,
    parameters: countParameters(task.model),
    seeds,
    samples,
    texts,
    ...(image === undefined ? {} : { image }),
    seconds: (performance.now() - begun) / 1000,
  }
}

/** Opens the trainer and the runtime that measures, and does something with them. */
const within = async (
  { run, options, executor }: OnExecutor<EArmExperiment>,
  services: EArmServices,
): Promise<EArmResults> => {
  const task = await run(eArmTask(services.data, options))
  for (const note of task.notes) services.progress.note(note)
  const trainer = await run(
    eArmTrainer(executor, task.model, {
      options: options.objective,
      batch: options.batch,
      time: task.time,
      optimiser: optimiserFor(options),
      counted: 'all',
      dropout: options.network.dropout,
    }),
  )
  const language = languageRuntime(executor, task.model, { batch: ROWS_AT_ONCE })
  try {
    const { directory, progress } = services
    const where = { directory, name: memoryName, settings: settingsOf(options), adapter: executor.description }
    const memory = await run(rememberedRun({ ...where, progress }))
    return await conducted({ run, options, services, task, trainer, language, memory }, executor)
  } finally {
    language.release()
    trainer.release()
  }
}

/** Runs an experiment. What was trained is saved after every epoch where there is a folder. */
export const runEArm: RunEArm = (services) => (options) =>
  onExecutor(validateExperiment(options), services)((on) => within(on, services))
