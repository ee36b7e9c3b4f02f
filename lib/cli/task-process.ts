/**
 * The process of one run (bin/task.js): is told by its worker what to run, tells how far it is and what came of it, and ends
 * with its worker.
 */
import { homedir } from 'node:os'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { decodeAs } from '../codec/json.ts'
import { programFolder } from '../data/services.ts'
import { type Failure, failure, raise, usage } from '../errors.ts'
import type { Executor } from '../executor.ts'
import type { Progress } from '../progress.ts'
import type { WorkerKind } from '../scale/protocol.ts'
import { openKind } from '../scale/thread.ts'
import { type TaskNews, type TaskOrder, taskOrderCodec } from './task-protocol.ts'
import { systemOf } from './task-systems.ts'

/** Progress as it is told to a worker: at most twice a second. */
const toldProgress = (say: (news: TaskNews) => void): Progress => {
  let [phase, done, earlier, total, begun, told] = ['', 0, 0, 0, 0, 0]
  const tell = (): void => {
    const now = performance.now()
    if (now - told < 500) return
    told = now
    const known = Number.isFinite(total) ? total : undefined
    say({ kind: 'progress', progress: { phase, done, earlier, total: known, seconds: (now - begun) / 1000 } })
  }
  return {
    start: (next, steps, before = 0) => {
      ;[phase, done, earlier, total, begun] = [next, before, before, steps, performance.now()]
      tell()
    },
    advance: (n) => {
      done += n
      tell()
    },
    end: () => undefined,
    stop: () => undefined,
    note: (line) => say({ kind: 'note', line }),
  }
}

const plainly = (found: Failure): Failure => failure(found.tag, found.what, found.remedy)

const computed = (
  { system, options, device, directory, begun, given }: Extract<TaskOrder, { readonly kind: 'run' }>,
  signal: AbortSignal,
  progress: Progress,
  executorOf: (kind: WorkerKind) => TE.TaskEither<Failure, Executor>,
): TE.TaskEither<Failure, string> =>
  pipe(
    TE.fromEither(systemOf(system)),
    TE.chain(({ run }) =>
      run({ progress, signal, executor: executorOf(device), directory, begun: begun ?? undefined, given })(options),
    ),
  )

const NO_CHILD = usage('this is no process of a run', 'start exptilt worker')

/** Does what the process that started this one says; ends with it. Throws `Usage` where none did. */
export const serveTask = (own: Pick<NodeJS.Process, 'send'>): void => {
  if (own.send === undefined) return raise(NO_CHILD)
  const [stop, programs] = [new AbortController(), programFolder(process.env, homedir())]
  const say = (news: TaskNews): void => void process.send?.(news)
  const last = (news: TaskNews): void => void process.send?.(news, () => process.disconnect())
  process.on('disconnect', () => process.exit(0))
  // A terminal sends Ctrl-C to all: the worker says what is to be done.
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined)
  process.on('message', (message) => {
    const order = decodeAs(taskOrderCodec, 'order of a worker')(message)
    if (E.isLeft(order)) return last({ kind: 'failed', failure: plainly(order.left) })
    if (order.right.kind === 'stop') return stop.abort()
    void computed(order.right, stop.signal, toldProgress(say), (kind) => openKind(kind, programs))().then((done) => {
      last(E.isLeft(done) ? { kind: 'failed', failure: plainly(done.left) } : { kind: 'results', results: done.right })
    })
  })
}
