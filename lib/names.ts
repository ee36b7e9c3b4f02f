/**
 * Choices that have names: the compiler knows them, plain JavaScript does not. A name that is none of them is refused where it is read first,
 * never taken as another.
 */
import * as E from 'fp-ts/lib/Either.js'
import { type Failure, raise, usage } from './errors.ts'

/** Choices by what they are called: the name that was given, and the names that there are. */
type Choices = Readonly<Record<string, readonly [given: unknown, names: readonly string[]]>>

const shown = (given: unknown): string => (typeof given === 'string' ? `'${given}'` : String(given))

/** `Usage` for the first choice whose name is none of those that there are. */
export const unknownName = (choices: Choices): Failure | undefined => {
  for (const [what, [given, names]] of Object.entries(choices))
    if (!names.some((name) => name === given))
      return usage(`there is no ${what} ${shown(given)}`, `use ${names.slice(0, -1).join(', ')} or ${names.at(-1)}`, {
        given,
        names,
      })
  return undefined
}

/** The same as a step of a chain. */
export const namedBy = (choices: Choices): E.Either<Failure, undefined> => {
  const wrong = unknownName(choices)
  return wrong === undefined ? E.right(undefined) : E.left(wrong)
}

/** The same, thrown. */
export const requireNames = (choices: Choices): void => {
  const wrong = unknownName(choices)
  if (wrong !== undefined) raise(wrong)
}
