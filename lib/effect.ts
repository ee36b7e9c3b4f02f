/**
 * Sequential effects written as ordinary code: `effect(async (run) => …)` is a `TaskEither` in which `await run(task)`
 * gives the task's result or ends the whole effect with its failure. Loops over many steps stay flat.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { type Failure, failure, fromThrown } from './errors.ts'

/** Runs a task inside an effect. */
export type Run = <B>(task: TaskEither<Failure, B>) => Promise<B>

class Left extends Error {
  readonly reason: Failure
  constructor(reason: Failure) {
    super(reason.what)
    this.reason = reason
  }
}

const run: Run = async (task) => {
  const result = await task()
  if (E.isLeft(result)) throw new Left(result.left)
  return result.right
}

/**
 * An effect from sequential code; anything thrown becomes a failure.
 *
 * @example
 * effect(async (run) => 2 * (await run(effect(() => Promise.resolve(21))))) // => 42
 */
export const effect =
  <A>(body: (run: Run) => Promise<A>): TaskEither<Failure, A> =>
  () =>
    body(run).then(E.right, (thrown: unknown) =>
      E.left(
        thrown instanceof Left
          ? thrown.reason
          : fromThrown(
              'Runtime',
              'report this with the command or the call that you made, unless a function of yours threw it',
            )(thrown),
      ),
    )

/** Ends an effect with a failure. */
export const fail = (reason: Failure): never => {
  throw new Left(reason)
}

/** What was found, or the end of the effect with the failure that was found instead. */
export const need = <A>(found: E.Either<Failure, A>): A => (E.isRight(found) ? found.right : fail(found.left))

/** What a run that was asked to stop ends with. */
export const interrupted: Failure = failure(
  'Interrupted',
  'the run was interrupted',
  'start it again with the same --out to go on from the last checkpoint',
)

/** Ends an effect when its signal was aborted. */
export const stopIfAborted = (signal: AbortSignal): void => {
  if (signal.aborted) fail(interrupted)
}

/** Effects that run one after the other, in the order in which they were begun, whoever begins them. */
export const inTurn = (): (<E, A>(task: TaskEither<E, A>) => TaskEither<E, A>) => {
  let last: Promise<unknown> = Promise.resolve()
  return (task) => () => {
    const mine = last.then(task)
    last = mine.catch(() => undefined)
    return mine
  }
}
