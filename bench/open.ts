/**
 * Opening an executor for a measurement, and unwrapping what it returns.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { describeFailure, type Failure } from '../lib/errors.ts'
import type { Executor } from '../lib/executor.ts'
import { openOnnx, openOnnxFrom } from '../lib/onnx.ts'
import { openThreads } from '../lib/scale/threads.ts'
import { openWebGpu } from '../lib/webgpu.ts'
import { profiledIn } from './profiled.ts'
import type { Settings } from './types.ts'

/** Runs a task and throws its failure. */
export const must = async <A>(task: TaskEither<Failure, A>): Promise<A> => {
  const result = await task()
  if (E.isLeft(result)) throw new Error(describeFailure(result.left))
  return result.right
}

const openOn = ({ device, threads, profile }: Settings): TaskEither<Failure, Executor> =>
  device === 'webgpu'
    ? openWebGpu()
    : (typeof profile === 'string' ? openOnnxFrom(profiledIn(profile)) : openOnnx)(
        typeof threads === 'number' ? { threads } : {},
      )

/**
 * The executor named in `settings.device`: `webgpu` or `onnx`, on so many `threads`, with a `profile` of each of its sessions in that
 * folder; with `settings.workers` worker threads as its lanes, if given.
 */
export const openDevice = async (settings: Settings): Promise<Executor> => {
  const executor = await must(openOn(settings))
  const { workers } = settings
  return typeof workers === 'number'
    ? { ...executor, lanes: (await must(openThreads('onnx', workers))).lanes }
    : executor
}
