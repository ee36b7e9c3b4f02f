/**
 * Values inside messages: quoted, and short whatever a hostile file puts there.
 */

const LONGEST = 48

/** A string in quotes, control characters escaped, cut after 48 characters. */
export const quoted = (text: string): string =>
  text.length <= LONGEST ? JSON.stringify(text) : `${JSON.stringify(text.slice(0, LONGEST))}…`

/** Any decoded value in a few words: scalars as they are, arrays and objects by their size. */
export const summary = (value: unknown): string => {
  if (value === undefined) return 'nothing'
  if (typeof value === 'string') return quoted(value)
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`
  if (Array.isArray(value)) return `an array of ${value.length}`
  return value !== null && typeof value === 'object'
    ? `an object of ${Object.keys(value).length} fields`
    : String(value)
}
