/**
 * The executor of a run: opened when the options are valid, named in the run's progress, deaf to nothing, released at the
 * end.
 */
import type { Either } from 'fp-ts/lib/Either.js'
import { flow, pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { orElse } from '../at.ts'
import { heeding } from '../breath.ts'
import { openExecutor } from '../choose.ts'
import { type Run, effect, fail, need } from '../effect.ts'
import { type Failure, usage } from '../errors.ts'
import type { Executor, Prepared, Program } from '../executor.ts'
import type { Progress } from '../progress.ts'
import type { Computing, Workers } from '../experiment/device.ts'
import type { Threads } from '../scale/lanes.ts'
import type { WorkerKind } from '../scale/protocol.ts'
import { listed, queueUrl, withoutPassword } from '../scale/queue/url.ts'

/** Options that are valid, and the executor that they ask for, open. */
export interface OnExecutor<O> {
  readonly run: Run
  readonly executor: Executor
  readonly options: O
}

/** What computes a run where its options do not say. */
export interface OwnExecutor {
  /** Opened in place of the device that the options name. */
  readonly executor?: TE.TaskEither<Failure, Executor>
  /** The folder where compiled programs are kept for the next process; nowhere unless given. */
  readonly programs?: string | undefined
}

/** What a run tells, and what stops it. */
interface Told extends OwnExecutor {
  readonly progress: Pick<Progress, 'note'>
  readonly signal?: AbortSignal
}

/**
 * The executor, which lets the event loop turn before it prepares or runs a program and does neither once the signal was
 * aborted: so a signal is heard in every phase that computes, whatever loop it is in. State can still be read and written.
 */
const heedful =
  (signal: AbortSignal | undefined) =>
  (executor: Executor): Executor => {
    const own = new WeakMap<Prepared, Prepared>()
    const heed = heeding(signal)
    return {
      ...executor,
      prepare: <S extends string, O extends string>(program: Program<S, O>, beside?: Prepared) =>
        pipe(
          heed(
            executor.prepare<string, string>(program, beside === undefined ? undefined : (own.get(beside) ?? beside)),
          ),
          TE.map((prepared): Prepared<S, O> => {
            const heeded: Prepared = { ...prepared, run: flow(prepared.run, heed) }
            own.set(heeded, prepared)
            return heeded
          }),
        ),
    }
  }

/** What workers are opened with. */
interface Opening {
  readonly note: Progress['note']
  readonly work: () => Program
  readonly signal: AbortSignal | undefined
  readonly programs: string | undefined
}

const besideGpu = ({ description }: Executor, { workers, on }: Computing): Failure => {
  const [flag, value] = on === undefined ? ['--workers', orElse(workers, 1)] : ['--on', withoutPassword(on)]
  return usage(
    `${flag} ${value} spread work over the processor, and ${description} computes`,
    `leave ${flag} out, or give --device cpu`,
    { workers },
  )
}

/** Worker threads, as many as are asked for; none where `auto` finds none faster. */
const threadsFor = (
  executor: Executor,
  kind: WorkerKind,
  workers: Workers,
  { note, work, programs }: Opening,
): TE.TaskEither<Failure, Threads | undefined> =>
  effect(async (run) => {
    const { openThreads } = await import('../scale/threads.ts')
    const open = (count: number): TE.TaskEither<Failure, Threads> => openThreads(kind, count, { cache: programs })
    if (workers !== 'auto') return run(open(workers))
    const { autoWorkers, thisMachine } = await import('./auto-workers.ts')
    const found = await run(autoWorkers({ machine: thisMachine(), open, note })(executor, work()))
    return found === undefined ? undefined : run(open(found))
  })

/** Workers of a kind of executor: those of a queue, or threads, where either is asked for. */
const workersFor = (
  executor: Executor,
  computing: Computing,
  opening: Opening,
): TE.TaskEither<Failure, Threads | undefined> =>
  effect(async (run) => {
    const { workers, on } = computing
    const { name } = executor
    if (on === undefined && (workers === undefined || (workers === 'auto' && name === 'webgpu'))) return undefined
    if (name === 'webgpu') return fail(besideGpu(executor, computing))
    if (on === undefined) return workers === undefined ? undefined : run(threadsFor(executor, name, workers, opening))
    const { openQueue } = await import('../scale/queue/giver.ts')
    const lanes = workers === 'auto' ? undefined : workers
    return run(openQueue({ ...opening, on: need(queueUrl(on)), kind: name, workers: lanes }))
  })

/**
 * The executor that is asked for, with workers as its lanes where some are. Left: as `openExecutor`, `openThreads` and `openQueue`,
 * `Usage` for workers beside a GPU.
 */
const opened = (computing: Computing, told: Opening): TE.TaskEither<Failure, Executor> =>
  effect(async (run) => {
    const { note, programs } = told
    const cache = programs === undefined ? {} : { cache: { folder: programs, note } }
    const executor = await run(openExecutor(computing.device, cache))
    told.note(executor.description)
    const threads = await run(
      TE.mapLeft((found: Failure) => {
        executor.release()
        return found
      })(workersFor(executor, computing, told)),
    )
    if (threads === undefined) return executor
    told.note(threads.description)
    return {
      ...executor,
      lanes: threads.lanes,
      ...(threads.helpers === undefined ? {} : { helpers: threads.helpers }),
      release: () => {
        threads.release()
        executor.release()
      },
    }
  })

/** What a report says of who computed: the executor, and the workers of a queue that took part until now. */
export const adapterOf = ({ description, helpers = () => [] }: Executor): string => named(description, helpers())

/** What computed, with the names of those who did, where they have some. */
export const named = (description: string, helpers: readonly string[]): string =>
  helpers.length === 0 ? description : `${description} at ${listed(helpers)}`

/**
 * Does something on the executor that valid options ask for; it is released afterwards, whatever happens. `work` is a program of
 * what is done most, by which `--workers auto` chooses. Left: what is wrong with the options, the failure of `openExecutor`, of `use`, or `Interrupted` when the signal was aborted.
 */
export const onExecutor =
  <O extends Computing>(
    valid: Either<Failure, O>,
    { progress, signal, executor: own, programs }: Told,
    work: (options: O) => Program,
  ) =>
  <A>(use: (on: OnExecutor<O>) => Promise<A>): TE.TaskEither<Failure, A> =>
    effect(async (run) => {
      const options = need(valid)
      const asked = own ?? opened(options, { note: progress.note, work: () => work(options), signal, programs })
      const executor = heedful(signal)(await run(heeding(signal)(asked)))
      try {
        return await use({ run, executor, options })
      } finally {
        executor.release()
      }
    })
