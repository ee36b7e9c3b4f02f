/** What a failing function gave: its value or its failure, whichever a spec expects. */
import * as E from 'fp-ts/lib/Either.js'
import type { Failure } from '../lib/errors.ts'

export { right, run } from '../lib/outcome.ts'

/** The left side, or an error. */
export const left = (found: E.Either<Failure, unknown>): Failure => {
  if (E.isRight(found)) throw new Error('a failure was expected')
  return found.left
}
