/**
 * Which executor to take: the one place where a program decides between GPU, ONNX Runtime and the reference.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { lastOf } from './at.ts'
import { type Failure, failure, fromThrown } from './errors.ts'
import type { Executor } from './executor.ts'
import type { OnnxOptions } from './onnx.ts'
import { openReference } from './reference.ts'

/** `auto` takes the fastest there is; `gpu` demands a WebGPU adapter, `cpu` the processor, the others name an executor. */
export type ExecutorChoice = 'auto' | 'gpu' | 'cpu' | 'onnx' | 'reference'

/** What an executor is opened with: `cache`, where ONNX Runtime keeps compiled programs for the next process (nowhere unless given). */
type ExecutorOptions = Pick<OnnxOptions, 'cache'>

/** What there is to choose from; modules are loaded only when they are wanted. */
export interface ExecutorSource {
  readonly webGpu: (adapter: 'hardware' | 'software' | 'auto') => TaskEither<Failure, Executor>
  readonly onnx: (options: ExecutorOptions) => TaskEither<Failure, Executor>
}

const loaded =
  <A>(load: () => Promise<TaskEither<Failure, A>>): TaskEither<Failure, A> =>
  async () => {
    try {
      return await (await load())()
    } catch (thrown) {
      return E.left(fromThrown('NoAdapter', 'choose another device')(thrown))
    }
  }

/** The executors of this installation. */
const installedExecutors: ExecutorSource = {
  webGpu: (adapter) => loaded(async () => (await import('./webgpu.ts')).openWebGpu({ adapter })),
  onnx: (options) => loaded(async () => (await import('./onnx.ts')).openOnnx(options)),
}

const because = (executor: Executor, reason: string): Executor => ({
  ...executor,
  description: `${executor.description}; ${reason}`,
})

type Attempt = readonly [open: TaskEither<Failure, Executor>, reason: (earlier: readonly Failure[]) => string]

const missing = (earlier: readonly Failure[]): string => earlier.map((f) => f.what).join('; ')

const attempts = (choice: ExecutorChoice, from: ExecutorSource, options: ExecutorOptions): readonly Attempt[] => {
  const oracle: Attempt = [
    async () => E.right(openReference()),
    (earlier) => `taken because nothing faster opens (${missing(earlier)})`,
  ]
  const named: TaskEither<Failure, Executor> = async () => E.right(openReference())
  switch (choice) {
    case 'auto':
      return [
        [from.webGpu('hardware'), () => 'a hardware adapter was found'],
        [from.onnx(options), () => 'taken because there is no hardware GPU adapter'],
        [
          from.webGpu('software'),
          (earlier) =>
            `taken because there is neither a hardware GPU nor ONNX Runtime, which is faster (${lastOf(earlier).remedy})`,
        ],
        oracle,
      ]
    case 'gpu':
      return [[from.webGpu('auto'), () => 'asked for']]
    case 'cpu':
      return [[from.onnx(options), () => 'asked for'], oracle]
    case 'onnx':
      return [[from.onnx(options), () => 'asked for']]
    case 'reference':
      return [[named, () => 'asked for']]
    default:
      return []
  }
}

/** `openExecutor` over a given source. */
export const openExecutorFrom =
  (from: ExecutorSource) =>
  (choice: ExecutorChoice, options: ExecutorOptions = {}): TaskEither<Failure, Executor> =>
  async () => {
    const earlier: Failure[] = []
    for (const [open, reason] of attempts(choice, from, options)) {
      const opened = await open()
      if (E.isRight(opened)) return E.right(because(opened.right, reason(earlier)))
      earlier.push(opened.left)
    }
    const last = earlier.at(-1)
    return E.left(
      last ??
        failure('NoAdapter', `there is no executor '${choice}'`, 'choose auto, gpu, cpu, onnx or reference', {
          choice,
        }),
    )
  }

/**
 * Opens an executor. `auto`: a hardware WebGPU adapter, else ONNX Runtime, else a software adapter, else the reference.
 * `gpu` takes a software adapter too, and fails with `NoAdapter` where there is none; `cpu`: ONNX Runtime, else the
 * reference. The executor's `description` says in one line what was taken and why.
 *
 * @example
 * const executor = await run(openExecutor('reference'))
 * evaluateOne(executor)(add(constant(1), constant(2))) // => 3
 */
export const openExecutor: (choice: ExecutorChoice, options?: ExecutorOptions) => TaskEither<Failure, Executor> =
  openExecutorFrom(installedExecutors)
