/**
 * Rules for option records: each is a function from a value to perhaps a failure, in one sentence that names the flag and the
 * way out; of several the first failure wins.
 */
import * as E from 'fp-ts/lib/Either.js'
import { type Failure, failure } from '../errors.ts'

/** What is wrong with a value, if anything. */
export type Rule<A> = (value: A) => Failure | undefined

/** A `Usage` failure. */
export const usage = (what: string, remedy: string, facts: Readonly<Record<string, unknown>> = {}): Failure =>
  failure('Usage', what, remedy, facts)

/** The first thing that any of the rules finds wrong. */
export const firstOf =
  <A>(rules: readonly Rule<A>[]): Rule<A> =>
  (value) => {
    for (const rule of rules) {
      const found = rule(value)
      if (found !== undefined) return found
    }
    return undefined
  }

/** A number of the record is whole, and from `least` to `most`. */
export const wholeNumber =
  <A>(flag: string, least: number, most: number, remedy: string) =>
  (of: (value: A) => number): Rule<A> =>
  (value) => {
    const given = of(value)
    return Number.isInteger(given) && given >= least && given <= most
      ? undefined
      : usage(`${flag} ${given} is not a whole number from ${least} to ${most}`, remedy, { given, least, most })
  }

/** The value where a rule finds nothing wrong with it, else what is wrong. */
export const checkedBy =
  <A>(rule: Rule<A>) =>
  (value: A): E.Either<Failure, A> => {
    const found = rule(value)
    return found === undefined ? E.right(value) : E.left(found)
  }
