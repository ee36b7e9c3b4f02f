/**
 * The executor of a run: opened when the options are valid, named in the run's progress, released at the end.
 */
import type { Either } from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { openExecutor } from '../choose.ts'
import { type Run, effect, need } from '../effect.ts'
import type { Failure } from '../errors.ts'
import type { Executor } from '../executor.ts'
import type { Progress } from '../progress.ts'
import type { DeviceChoice } from '../experiment/device.ts'

/** Options that are valid, and the executor that they ask for, open. */
export interface OnExecutor<O> {
  readonly run: Run
  readonly executor: Executor
  readonly options: O
}

/**
 * Does something on the executor that valid options ask for; it is released afterwards, whatever happens. Left: what is wrong
 * with the options, or the failure of `openExecutor`, of `use`.
 */
export const onExecutor =
  <O extends { readonly device: DeviceChoice }>(valid: Either<Failure, O>, { note }: Pick<Progress, 'note'>) =>
  <A>(use: (on: OnExecutor<O>) => Promise<A>): TaskEither<Failure, A> =>
    effect(async (run) => {
      const options = need(valid)
      const executor = await run(openExecutor(options.device))
      note(executor.description)
      try {
        return await use({ run, executor, options })
      } finally {
        executor.release()
      }
    })
