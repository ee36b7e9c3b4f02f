/** What every example does with a failure: show its one sentence and stop. */
import type { Either } from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { describeFailure, type Failure } from 'exptilt'

/** The value of a Right; a Left is thrown as its sentence. */
export const right = <A>(result: Either<Failure, A>): A => {
  if (result._tag === 'Left') throw new Error(describeFailure(result.left))
  return result.right
}

/** Runs an effect that should succeed. */
export const run = async <A>(effect: TaskEither<Failure, A>): Promise<A> => right(await effect())
