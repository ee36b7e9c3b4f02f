/**
 * The tasks that options name: text, images, translation.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import type { DataServices } from '../../data/services.ts'
import type { Failure } from '../../errors.ts'
import type { EArmExperiment } from './experiment-options.ts'
import { pairsOn, pairsTask } from './pairs-task.ts'
import type { EvaluationRequest, MeasuredTask, Task } from './task.ts'
import { rowsOn, rowsTask } from './rows-task.ts'

/** The task that the options name, fetched if need be. Failures as in `corpus`, `imageSet` and `translationTask`. */
export const eArmTask = (services: DataServices, options: EArmExperiment): TaskEither<Failure, Task> =>
  options.task === 'translate' ? pairsTask(services, options) : rowsTask(services, options)

/**
 * The network of these options on what is asked for in their place. Failures as in `eArmTask`; `Usage` for images of another
 * shape, and for files of which no pair fits.
 */
export const measuredTask = (
  services: DataServices,
  options: EArmExperiment,
  request: EvaluationRequest,
): TaskEither<Failure, MeasuredTask> =>
  options.task === 'translate' ? pairsOn(services, options, request) : rowsOn(services, options, request)
