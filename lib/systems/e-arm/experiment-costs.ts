/**
 * What an update of an experiment's model costs, kind by kind: Table 11 of the paper on the data and sizes at hand.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { openExecutor } from '../../choose.ts'
import { type Run, effect, fail } from '../../effect.ts'
import type { Failure } from '../../errors.ts'
import type { Executor } from '../../executor.ts'
import { fold, key } from '../../key.ts'
import { adam, chain, clipByGlobalNorm } from '../../optimise/index.ts'
import { countParameters } from '../residual/networks.ts'
import { type AbsentKind, CHAINS, type MeasuredCosts, timedKinds } from './cost.ts'
import { type EArmExperiment, validateExperiment } from './experiment-options.ts'
import type { EArmServices } from './experiment-results.ts'
import { type EArmTask, eArmTask } from './task.ts'
import { type TrainerSettings, updateShape } from './trainer.ts'
import { isEmbedded, updateKinds } from './update-kinds.ts'

/** The costs of an experiment's updates. */
export interface ExperimentCosts extends MeasuredCosts {
  readonly options: EArmExperiment
}

/** The function behind `exptilt earm … table 11`. */
export type MeasureCosts = (services: EArmServices) => (options: EArmExperiment) => TaskEither<Failure, ExperimentCosts>

const absentKinds = (task: EArmTask, { network }: EArmExperiment): readonly AbsentKind[] =>
  isEmbedded(task.model)
    ? []
    : CHAINS.map((steps) => ({
        name: `SGLD ${steps}`,
        why: `only for --network transformer: the ${network.kind} is not read from embeddings`,
      }))

const timed = async (
  run: Run,
  services: EArmServices,
  options: EArmExperiment,
  executor: Executor,
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
      chains: CHAINS,
    }),
  )
  const { negatives, length } = updateShape({ ...settings, counted: 'all' })
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
      absent: absentKinds(task, options),
    }
  } finally {
    release()
  }
}

/** Seconds per 100 updates of each kind of Table 11 that the model has, all in one run. Failures as in `runEArm`. */
export const measureCosts: MeasureCosts = (services) => (options) =>
  effect(async (run) => {
    const checked = validateExperiment(options)
    if (checked._tag === 'Left') return fail(checked.left)
    const executor = await run(openExecutor(checked.right.device))
    services.progress.note(executor.description)
    try {
      return await timed(run, services, checked.right, executor)
    } finally {
      executor.release()
    }
  })
