/**
 * What an update of an experiment's model costs, kind by kind: Table 11 of the paper on the data and sizes at hand.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import type { Failure } from '../../errors.ts'
import { fold, key } from '../../key.ts'
import { adam, chain, clipByGlobalNorm } from '../../optimise/index.ts'
import { type OnExecutor, onExecutor } from '../executor.ts'
import { countParameters } from '../residual/networks.ts'
import { type MeasuredCosts, timedKinds } from './cost.ts'
import type { EArmExperiment } from './experiment-options.ts'
import { validateExperiment } from './settings.ts'
import type { EArmServices } from './experiment-results.ts'
import { eArmTask } from './task.ts'
import { type TrainerSettings, updateShape } from './trainer.ts'
import { updateKinds } from './update-kinds.ts'

/** The costs of an experiment's updates. */
export interface ExperimentCosts extends MeasuredCosts {
  readonly options: EArmExperiment
}

/** The function behind `exptilt earm … table 11`. */
export type MeasureCosts = (services: EArmServices) => (options: EArmExperiment) => TaskEither<Failure, ExperimentCosts>

const timed = async (
  { run, options, executor }: OnExecutor<EArmExperiment>,
  services: EArmServices,
): Promise<ExperimentCosts> => {
  const task = await run(eArmTask(services.data, options))
  const settings: Omit<TrainerSettings, 'counted' | 'scheduled'> = {
    options: options.objective,
    batch: options.batch,
    time: task.time,
    optimiser: chain(clipByGlobalNorm(1), adam(options.learningRate)),
    dropout: options.network.dropout,
  }
  const start = fold(key(options.seed), 0)
  const { kinds, release } = await run(
    updateKinds(executor, task.model, {
      ...settings,
      tokens: task.batch(start),
      parameters: task.model.initialise(start),
      key: start,
    }),
  )
  const { negatives, length } = updateShape(settings)
  try {
    const costs = await run(timedKinds(services, kinds))
    return {
      options,
      adapter: executor.description,
      title: task.title,
      parameters: countParameters(task.model),
      dataTokens: options.batch * task.time,
      sampledTokens: negatives * length,
      costs,
      absent: [],
    }
  } finally {
    release()
  }
}

/** Seconds per 100 updates of each kind of Table 11 that the model has, all in one run. Failures as in `runEArm`. */
export const measureCosts: MeasureCosts = (services) => (options) =>
  onExecutor(validateExperiment(options), services)((on) => timed(on, services))
