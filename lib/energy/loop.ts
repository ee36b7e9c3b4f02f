/**
 * Loops of effects that do not grow the stack: a step from state to state, repeated until a test holds.
 */
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { Failure } from '../errors.ts'

/** Applies `step` until `done(state)`; the first failure ends the loop. Ten million steps use constant stack. */
export const iterateUntil =
  <S>(done: (state: S) => boolean, step: (state: S) => TE.TaskEither<Failure, S>) =>
  (start: S): TE.TaskEither<Failure, S> =>
  async () => {
    let current: E.Either<Failure, S> = E.right(start)
    while (E.isRight(current) && !done(current.right)) current = await step(current.right)()
    return current
  }
