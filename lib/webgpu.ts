/**
 * The executor over WebGPU.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { AcquireOptions } from './device.ts'
import { type Failure, failure } from './errors.ts'
import type { Executor } from './executor.ts'

/** Opens the executor. */
export const openWebGpu = (options: AcquireOptions = {}): TE.TaskEither<Failure, Executor> =>
  TE.left(failure('NoAdapter', 'WebGPU is not available', 'choose another device', { options }))
