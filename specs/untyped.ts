/** What plain JavaScript passes where the compiler wants something else. */
const saysNothing = (given: unknown): given is never => given !== saysNothing

/** A value as one of any type. */
export const untyped = (given: unknown): never => {
  if (saysNothing(given)) return given
  throw new Error('nothing was given')
}
