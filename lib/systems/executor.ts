/**
 * The executor of a run: opened when the options are valid, named in the run's progress, deaf to nothing, released at the
 * end.
 */
import type { Either } from 'fp-ts/lib/Either.js'
import { flow, pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { heeding } from '../breath.ts'
import { openExecutor } from '../choose.ts'
import { type Run, effect, need } from '../effect.ts'
import type { Failure } from '../errors.ts'
import type { Executor, Prepared, Program } from '../executor.ts'
import type { Progress } from '../progress.ts'
import type { DeviceChoice } from '../experiment/device.ts'

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
 * Does something on the executor that valid options ask for; it is released afterwards, whatever happens. Left: what is wrong
 * with the options, the failure of `openExecutor`, of `use`, or `Interrupted` when the signal was aborted.
 */
export const onExecutor =
  <O extends { readonly device: DeviceChoice }>(valid: Either<Failure, O>, { progress, signal }: Told) =>
  <A>(use: (on: OnExecutor<O>) => Promise<A>): TE.TaskEither<Failure, A> =>
    effect(async (run) => {
      const options = need(valid)
      const executor = heedful(signal)(await run(heeding(signal)(openExecutor(options.device))))
      progress.note(executor.description)
      try {
        return await use({ run, executor, options })
      } finally {
        executor.release()
      }
    })
