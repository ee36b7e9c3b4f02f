/**
 * The executor over ONNX Runtime: programs run on the CPU's own kernels, without a GPU or a driver;
 * in browsers on those of WebAssembly.
 *
 * A program becomes one ONNX graph (see `onnx/lower.ts`): forward, gradient and optimiser step together. Loops are
 * unrolled; random bits are made on the host and fed, the same ones as everywhere. `onnxruntime-node` (in browsers
 * `onnxruntime-web`) and `protobufjs` are optional dependencies: without them opening fails with a `NoAdapter` failure.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { pipe } from 'fp-ts/lib/function.js'
import { checked } from './checked.ts'
import type { Failure } from './errors.ts'
import type { Executor } from './executor.ts'
import { prepareOn } from './onnx/prepare.ts'
import { installed } from './onnx/installed.ts'
import { type OnnxOptions, type OnnxSource, loadRuntime } from './onnx/runtime.ts'

export type { OnnxOptions } from './onnx/runtime.ts'

/** The executor over given libraries. */
export const openOnnxFrom =
  (source: OnnxSource) =>
  (options: OnnxOptions = {}): TE.TaskEither<Failure, Executor> =>
    pipe(
      loadRuntime(options, source),
      TE.map(
        (runtime): Executor =>
          checked(
            {
              name: 'onnx',
              description: `ONNX Runtime ${runtime.version} (${source.target}, ${runtime.threads} ${runtime.threads === 1 ? 'thread' : 'threads'})`,
              software: true,
              prepare: prepareOn(runtime),
              release: () => undefined,
            },
            { on: runtime },
          ),
      ),
    )

/**
 * Opens the executor. Fails with `NoAdapter` when ONNX Runtime is missing or broken.
 *
 * @example
 * import { add, constant, evaluateOne, run } from 'exptilt'
 * const executor = await run(openOnnx({ threads: 2 }))
 * evaluateOne(executor)(add(constant(1), constant(2))) // => 3
 */
export const openOnnx: (options?: OnnxOptions) => TE.TaskEither<Failure, Executor> = openOnnxFrom(installed)
