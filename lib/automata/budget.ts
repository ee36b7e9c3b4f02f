/** What automata that are made out of others may grow to, checked before or while they are made. */
import { type Failure, failure } from '../errors.ts'

/** The most arcs: about half a gigabyte while they are made. */
export const MOST_ARCS: number = 2 ** 22

/** A construction that passes the budget; `facts` says by what. */
export const tooLarge = (what: string, remedy: string, facts: Readonly<Record<string, unknown>> = {}): Failure =>
  failure('Limit', `${what} has more than ${MOST_ARCS} arcs`, remedy, { limit: MOST_ARCS, ...facts })
