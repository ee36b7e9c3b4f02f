/**
 * An E-ARM experiment from end to end: data → the same network trained by cross-entropy alone and, from its start epoch on,
 * in other ways (with the energy objective, with scheduled sampling) → test measures → what the networks make. Until the
 * start epoch the trainings are one and the same (E4, E21), and are done once. Killed at any moment, a run goes on from its
 * last epoch to the same bits.
 */
import type * as TE from 'fp-ts/lib/TaskEither.js'
import { effect } from '../../effect.ts'
import type { Failure } from '../../errors.ts'
import type { Executor } from '../../executor.ts'
import type { Evaluation } from '../../train/steps.ts'
import { type Arrays, type StepsState, startSteps } from '../../train/steps-state.ts'
import { adapterOf, onExecutor } from '../executor.ts'
import type { EArmExperiment } from './experiment-options.ts'
import { rememberedRun } from './memory.ts'
import type { EArmResults, EArmServices, RunEArm, SeedRecord, Shown, TrainingRecord } from './results.ts'
import { keyOf, memoryName } from './runs.ts'
import { settingsOf, validateExperiment } from './settings.ts'
import { eArmWork } from './tokens-task.ts'
import type { Task, TaskRuntime, TaskTrainer } from './task.ts'
import { eArmTask } from './tasks.ts'
import {
  type Remembering,
  type Training,
  epochRecords,
  trainedUntil,
  trainingName,
  watchedOf,
  withPatience,
} from './trainings.ts'
import { hasEnergy, type Variant } from './variants.ts'

/** A run under way. */
interface Experiment extends Remembering {
  readonly options: EArmExperiment
  readonly task: Task
  readonly trainer: TaskTrainer
  readonly runtime: TaskRuntime
}

/** The score of validation, and of the test rows where they are to be measured after every epoch. */
const evaluated = ({ runtime, options: { testCurve = false } }: Experiment, parameters: Arrays) =>
  effect(async (run): Promise<Evaluation> => {
    const of = async (part: 'validation' | 'test'): Promise<number> =>
      runtime.measured(await run(runtime.score(parameters, part))).test
    const score = await of('validation')
    return testCurve ? { score, facts: { test: await of('test') } } : { score }
  })

/** A training from `start` until the end of an epoch. */
const trained = async (
  experiment: Experiment,
  { variant, ...training }: Training & { readonly variant: Variant },
  start: () => StepsState,
): Promise<StepsState> => {
  const { run, options, task, trainer } = experiment
  return trainedUntil(experiment, training, start, async () => ({
    ...(await run(trainer.stepping(variant, training.seed))),
    watch: watchedOf(hasEnergy(variant) && options.objective.lambda > 0 ? 'energy' : 'plain'),
    evaluate: (parameters) => evaluated(experiment, parameters),
    tokensPerStep: options.batchTokens ?? options.batch * task.time,
  }))
}

interface TrainedVariant {
  readonly variant: Variant
  readonly fit: StepsState
}

const recordOf = async (
  { run, options, trainer, runtime, memory }: Experiment,
  seed: number,
  { variant, fit }: TrainedVariant,
): Promise<TrainingRecord> => ({
  variant,
  epochs: epochRecords(fit, options),
  best: fit.stopping.best,
  ...runtime.measured(await run(runtime.score(fit.best, 'test'))),
  negatives: trainer.negatives,
  seconds: memory.seconds(trainingName({ seed, name: variant })),
})

/** All trainings of a seed: one until the start epoch, and those that go on from there. */
const seedRun = async (
  experiment: Experiment,
  seed: number,
  shown: boolean,
): Promise<{ readonly record: SeedRecord; readonly shown: Shown | undefined }> => {
  const { run, options, task, runtime } = experiment
  const until = options.objective.startEpoch
  const shared = await trained(experiment, { seed, name: 'shared', variant: 'plain', until }, () =>
    startSteps(task.initialise(keyOf(seed, 'initial'))),
  )
  const fits: TrainedVariant[] = []
  for (const variant of options.variants) {
    const training = { seed, name: variant, variant, until: options.epochs }
    fits.push({ variant, fit: await trained(experiment, training, () => withPatience(shared, options.patience)) })
  }
  const networks = fits.map(({ variant, fit }) => ({ variant, parameters: fit.best }))
  const found = await run(runtime.review(networks, seed, { exposure: true, shown }))
  const records: TrainingRecord[] = []
  for (const [i, one] of fits.entries()) {
    const translation = found.translations[i]
    const record = await recordOf(experiment, seed, one)
    records.push(translation === undefined ? record : { ...record, translation })
  }
  return { record: { seed, variants: records }, shown: found.shown }
}

const conducted = async (experiment: Experiment, executor: Executor): Promise<EArmResults> => {
  const { options, task } = experiment
  const begun = performance.now()
  const seeds: SeedRecord[] = []
  let shown: Shown = { kind: 'texts', samples: {}, texts: {} }
  for (let i = 0; i < options.seeds; i++) {
    const found = await seedRun(experiment, options.seed + i, i === options.seeds - 1)
    seeds.push(found.record)
    shown = found.shown ?? shown
  }
  return {
    options,
    adapter: adapterOf(executor),
    title: task.title,
    licence: task.licence,
    measure: task.measure,
    parameters: task.parameters,
    rows: task.rows,
    seeds,
    shown,
    seconds: (performance.now() - begun) / 1000,
  }
}

/** An experiment on a task that is at hand, on an executor that is open. */
export const experimentOn = (
  executor: Executor,
  services: EArmServices,
  task: Task,
): TE.TaskEither<Failure, EArmResults> =>
  effect(async (run) => {
    const { options } = task
    const { directory, progress } = services
    const where = { directory, name: memoryName(options), settings: settingsOf(options), adapter: executor.description }
    const memory = await run(rememberedRun({ ...where, progress }))
    const trainer = await run(task.trainer(executor))
    const runtime = task.runtime(executor, services)
    try {
      return await conducted({ run, options, services, task, trainer, runtime, memory }, executor)
    } finally {
      runtime.release()
      trainer.release()
    }
  })

/**
 * Runs an experiment. What was trained is saved after every epoch where there is a folder.
 *
 * @example
 * import { eArm } from 'exptilt/systems'
 * const started = (services: eArm.EArmServices) => runEArm(services)(eArm.eArmPresets.lm.tiny)
 */
export const runEArm: RunEArm = (services) => (options) =>
  onExecutor(
    validateExperiment(options),
    services,
    eArmWork,
  )(async ({ run, executor, options: valid }) => {
    const task = await run(eArmTask(services.data, valid))
    for (const note of task.notes) services.progress.note(note)
    return run(experimentOn(executor, services, task))
  })
