/**
 * Values inside messages: quoted, and short whatever a hostile file puts there.
 */

const LONGEST = 48

/** A string in quotes, control characters escaped, cut after 48 characters. */
export const quoted = (text: string): string =>
  text.length <= LONGEST ? JSON.stringify(text) : `${JSON.stringify(text.slice(0, LONGEST))}…`

/** Any decoded value in a few words: scalars as they are, arrays and objects by their size. */
export const summary = (value: unknown): string => {
  switch (typeof value) {
    case 'undefined':
      return 'nothing'
    case 'string':
      return quoted(value)
    case 'number':
    case 'boolean':
    case 'bigint':
      return String(value)
    case 'function':
    case 'symbol':
      return `a ${typeof value}`
    case 'object':
      return value === null
        ? 'null'
        : Array.isArray(value)
          ? `an array of ${value.length}`
          : `an object of ${Object.keys(value).length} fields`
  }
}
