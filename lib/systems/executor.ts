/**
 * The executor of a run: opened when the options are valid, named in the run's progress, deaf to nothing, released at the
 * end.
 */
import type { Either } from 'fp-ts/lib/Either.js'
import { flow, pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { heeding } from '../breath.ts'
import { openExecutor } from '../choose.ts'
import { type Run, effect, fail, need } from '../effect.ts'
import { type Failure, usage } from '../errors.ts'
import type { Executor, Prepared, Program } from '../executor.ts'
import type { Progress } from '../progress.ts'
import type { Computing } from '../experiment/device.ts'

/** Options that are valid, and the executor that they ask for, open. */
export interface OnExecutor<O> {
  readonly run: Run
  readonly executor: Executor
  readonly options: O
}

/** What a run tells, and what stops it. */
interface Told {
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

/**
 * The executor that is asked for, with worker threads as its lanes where some are. Left: as `openExecutor` and `openThreads`,
 * `Usage` for workers beside a GPU.
 */
const opened = ({ device, workers }: Computing, note: Progress['note']): TE.TaskEither<Failure, Executor> =>
  effect(async (run) => {
    const executor = await run(openExecutor(device))
    note(executor.description)
    if (workers === undefined) return executor
    const { name } = executor
    if (name === 'webgpu') {
      executor.release()
      return fail(
        usage(
          `--workers ${workers} spread work over the processor, and ${executor.description} computes`,
          'leave --workers out, or give --device cpu',
          { workers },
        ),
      )
    }
    const { openThreads } = await import('../scale/threads.ts')
    const threads = await run(
      TE.mapLeft((found: Failure) => {
        executor.release()
        return found
      })(openThreads(name, workers)),
    )
    note(threads.description)
    return {
      ...executor,
      lanes: threads.lanes,
      release: () => {
        threads.release()
        executor.release()
      },
    }
  })

/**
 * Does something on the executor that valid options ask for; it is released afterwards, whatever happens. Left: what is wrong
 * with the options, the failure of `openExecutor`, of `use`, or `Interrupted` when the signal was aborted.
 */
export const onExecutor =
  <O extends Computing>(valid: Either<Failure, O>, { progress, signal }: Told) =>
  <A>(use: (on: OnExecutor<O>) => Promise<A>): TE.TaskEither<Failure, A> =>
    effect(async (run) => {
      const options = need(valid)
      const executor = heedful(signal)(await run(heeding(signal)(opened(options, progress.note))))
      try {
        return await use({ run, executor, options })
      } finally {
        executor.release()
      }
    })
