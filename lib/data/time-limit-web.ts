/**
 * Calls without a limit of time: what bundlers for browsers put in the place of `time-limit.ts` (the field `browser` of
 * package.json). Nothing there can stop a call but the end of its worker, which is for the page to decide.
 */
import * as E from 'fp-ts/lib/Either.js'

/** Nothing. */
export const newRoom = (): undefined => undefined

/** What a call gives; `caught` gets what it throws. */
export const within = <A>(_limit: number, call: () => A, caught: (thrown: unknown) => never): E.Either<'late', A> =>
  E.tryCatch(call, caught)
