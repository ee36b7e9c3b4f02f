/**
 * The work of a worker thread (bin/thread.js): opens the executor that it was started for, says what it is, and serves it.
 */
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { parentPort, workerData } from 'node:worker_threads'
import { decodeAs } from '../codec/json.ts'
import { nameCodec } from '../codec/names.ts'
import { effect, fail, need } from '../effect.ts'
import { type Failure, failure } from '../errors.ts'
import type { Executor } from '../executor.ts'
import { openOnnx } from '../onnx.ts'
import { openReference } from '../reference.ts'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { type WorkerKind, workerKinds } from './protocol.ts'
import { serve } from './serve.ts'

const orders = t.type({ kind: nameCodec(workerKinds), cache: t.union([t.string, t.undefined]) })

const NO_WORKER = failure('Usage', 'this is no worker thread', 'start it through `openThreads`')

/** An executor of one thread, of a kind; compiled programs are kept in a folder, if one is given. */
export const openKind = (kind: WorkerKind, cache?: string): TaskEither<Failure, Executor> =>
  kind === 'onnx'
    ? openOnnx({ threads: 1, ...(cache === undefined ? {} : { cache: { folder: cache } }) })
    : async () => E.right(openReference())

const open: TaskEither<Failure, Executor> = effect((run) => {
  const { kind, cache } = need(decodeAs(orders, 'orders of a worker')(workerData))
  return run(openKind(kind, cache))
})

/** Serves the executor of this thread to the thread that started it. Rejects where there is none. */
export const startThread = async (): Promise<void> => {
  if (parentPort === null) return fail(NO_WORKER)
  const opened = await open()
  parentPort.postMessage(
    E.isLeft(opened)
      ? { description: '', failure: { ...opened.left, facts: {} } }
      : { description: opened.right.description, failure: undefined },
  )
  if (E.isRight(opened)) serve(parentPort, opened.right)
}
