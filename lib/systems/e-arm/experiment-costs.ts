/**
 * What an update of an experiment's network costs, kind by kind: Table 11 of the paper on the data and sizes at hand.
 */
import { eArmWork } from './tokens-task.ts'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { effect } from '../../effect.ts'
import type { Failure } from '../../errors.ts'
import type { Executor } from '../../executor.ts'
import { fold, key } from '../../key.ts'
import { onExecutor } from '../executor.ts'
import { type MeasuredCosts, timedKinds } from './cost.ts'
import type { EArmExperiment } from './experiment-options.ts'
import type { EArmServices } from './results.ts'
import { validateExperiment } from './settings.ts'
import type { Task } from './task.ts'
import { eArmTask } from './tasks.ts'

/** The costs of an experiment's updates. */
export interface ExperimentCosts extends MeasuredCosts {
  readonly options: EArmExperiment
}

/** The function behind `exptilt earm … table 11`. */
export type MeasureCosts = (services: EArmServices) => (options: EArmExperiment) => TaskEither<Failure, ExperimentCosts>

/** The costs on a task that is at hand, on an executor that is open. */
export const costsOn = (executor: Executor, services: EArmServices, task: Task): TaskEither<Failure, ExperimentCosts> =>
  effect(async (run) => {
    const { kinds, release, dataTokens, sampledTokens } = await run(
      task.updates(executor, fold(key(task.options.seed), 0)),
    )
    try {
      return {
        options: task.options,
        adapter: executor.description,
        title: task.title,
        parameters: task.parameters,
        dataTokens,
        sampledTokens,
        costs: await run(timedKinds(services, kinds)),
        absent: [],
      }
    } finally {
      release()
    }
  })

/** Seconds per 100 updates of each kind of Table 11 that the network has, all in one run. Failures as in `runEArm`. */
export const measureCosts: MeasureCosts = (services) => (options) =>
  onExecutor(
    validateExperiment(options),
    services,
    eArmWork,
  )(async ({ run, executor, options: valid }) => {
    const task = await run(eArmTask(services.data, valid))
    return run(costsOn(executor, services, task))
  })
