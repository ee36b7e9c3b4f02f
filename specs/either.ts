/** What a failing function gave: its value or its failure, whichever a spec expects. */
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { describeFailure, type Failure } from '../lib/errors.ts'

/** The right side, or an error with the failure's message. */
export const right = <A>(found: E.Either<Failure, A>): A => {
  if (E.isLeft(found)) throw new Error(describeFailure(found.left))
  return found.right
}

/** The left side, or an error. */
export const left = (found: E.Either<Failure, unknown>): Failure => {
  if (E.isRight(found)) throw new Error('a failure was expected')
  return found.left
}

/** Runs an effect that must succeed. */
export const run = async <A>(effect: TaskEither<Failure, A>): Promise<A> => right(await effect())
