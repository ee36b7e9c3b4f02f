/** What is wrong with a field of a page, as a sentence. */
import * as E from 'fp-ts/lib/Either.js'
import { type Failure, usage } from '../lib/errors.ts'

/** A whole number within bounds. */
export const whole = (name: string, x: number, low: number, high: number): E.Either<Failure, number> =>
  Number.isInteger(x) && x >= low && x <= high
    ? E.right(x)
    : E.left(usage(`the ${name} is ${x}`, `give a whole number from ${low} to ${high}`))

/** A seed of a page. */
export const seedOf = ({ seed }: { readonly seed: number }): E.Either<Failure, number> =>
  whole('seed', seed, 0, 2 ** 32 - 1)

/** The longest expression, and alphabet, in characters. */
const LONGEST = 2000

/** A text that a field may have. */
export const bounded = (name: string, text: string): E.Either<Failure, string> =>
  text.length <= LONGEST
    ? E.right(text)
    : E.left(usage(`the ${name} has ${text.length} characters`, `write at most ${LONGEST}`))

/** A regular expression as it is typed. */
export const patternOf = (source: string): E.Either<Failure, RegExp> =>
  E.flatMap(readPattern)(bounded('expression', source))

const readPattern = (source: string): E.Either<Failure, RegExp> =>
  source === ''
    ? E.left(usage('an expression is empty', 'write what a string must hold, such as 11 or ^0'))
    : E.tryCatch(
        () => new RegExp(source, 'u'),
        (thrown) =>
          usage(
            `/${source}/ is not a regular expression (${thrown instanceof Error ? thrown.message : 'not readable'})`,
            "write it as JavaScript does, with the flag 'u'",
          ),
      )
