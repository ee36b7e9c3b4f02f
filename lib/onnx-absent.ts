/** What bundlers for browsers put in the place of `onnx.ts` (the field `browser` of package.json): no ONNX Runtime there. */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { type Failure, failure } from './errors.ts'
import type { Executor } from './executor.ts'

/** `NoAdapter`: the package `onnxruntime-node` is native code. */
export const openOnnx = (): TE.TaskEither<Failure, Executor> =>
  TE.left(
    failure(
      'NoAdapter',
      "ONNX Runtime's package for Node does not run in browsers",
      "open 'auto' or 'gpu' for WebGPU, or 'reference'",
    ),
  )
