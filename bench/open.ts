/**
 * Opening an executor for a measurement, and unwrapping what it returns.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { describeFailure, type Failure } from '../lib/errors.ts'
import type { Executor } from '../lib/executor.ts'
import { openOnnx } from '../lib/onnx.ts'
import { openThreads } from '../lib/scale/threads.ts'
import { openWebGpu } from '../lib/webgpu.ts'
import type { Settings } from './types.ts'

/** Runs a task and throws its failure. */
export const must = async <A>(task: TaskEither<Failure, A>): Promise<A> => {
  const result = await task()
  if (E.isLeft(result)) throw new Error(describeFailure(result.left))
  return result.right
}

/** The executor named in `settings.device`: `webgpu` or `onnx`; with `settings.workers` worker threads as its lanes, if given. */
export const openDevice = async ({ device, workers }: Settings): Promise<Executor> => {
  const executor = await must(device === 'webgpu' ? openWebGpu() : openOnnx())
  return typeof workers === 'number'
    ? { ...executor, lanes: (await must(openThreads('onnx', workers))).lanes }
    : executor
}
