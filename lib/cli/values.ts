/**
 * Value parsers of the command line: numbers and comma-separated lists, whose errors say what to write instead.
 */
import { message } from '@optique/core/message'
import type { NonEmptyString } from '@optique/core/nonempty'
import { choice, type ValueParser } from '@optique/core/valueparser'

/** A number in any JavaScript notation, such as `500`, `0.2` or `1e7`; `example` is shown when it is not one. */
export const numeric = (metavar: NonEmptyString, example: string): ValueParser<'sync', number> => ({
  mode: 'sync',
  metavar,
  placeholder: 0,
  parse: (input) => {
    const value = input.trim() === '' ? Number.NaN : Number(input)
    return Number.isFinite(value)
      ? { success: true, value }
      : { success: false, error: message`${input} is not a number (write for example ${example})` }
  },
  format: String,
})

/** One of some names. */
export const oneOf = <const T extends string>(metavar: NonEmptyString, names: readonly T[]): ValueParser<'sync', T> =>
  choice(names, {
    metavar,
    errors: { invalidChoice: (input) => message`${input} is not one of ${names.join(', ')}` },
  })

/** A comma-separated list of what `item` parses, such as `500,1000,5000`. */
export const list = <T>(item: ValueParser<'sync', T>): ValueParser<'sync', readonly T[]> => ({
  mode: 'sync',
  metavar: `${item.metavar},…`,
  placeholder: [],
  parse: (input) => {
    const values: T[] = []
    for (const part of input.split(',')) {
      const parsed = item.parse(part)
      if (!parsed.success) return parsed
      values.push(parsed.value)
    }
    return { success: true, value: values }
  },
  format: (values) => values.map((value) => item.format(value)).join(','),
})
