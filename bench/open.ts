/**
 * Opening an executor for a measurement, and unwrapping what it returns.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { describeFailure, type Failure } from '../lib/errors.ts'
import type { Executor } from '../lib/executor.ts'
import { openOnnx } from '../lib/onnx.ts'
import { openWebGpu } from '../lib/webgpu.ts'
import type { Settings } from './types.ts'

/** Runs a task and throws its failure. */
export const must = async <A>(task: TaskEither<Failure, A>): Promise<A> => {
  const result = await task()
  if (E.isLeft(result)) throw new Error(describeFailure(result.left))
  return result.right
}

/** The executor named in `settings.device`: `webgpu` or `onnx`. */
export const openDevice = ({ device }: Settings): Promise<Executor> =>
  must(device === 'webgpu' ? openWebGpu() : openOnnx())
